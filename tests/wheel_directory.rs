//! Is the newest suitable wheel of a directory installed, and no more trusted than any other file?

use crate::support::announce::announce;
use crate::support::interpreters::Interpreters;
use crate::support::made_wheels::pip_for;
use crate::support::pip_wheel::PipWheel;
use crate::support::process::Finished;
use crate::support::target::Target;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// A directory of wheels beside a target.
struct Wheels {
    target: Target,
    directory: PathBuf,
}

impl Wheels {
    fn new() -> Wheels {
        let target = Target::new();
        let directory = target.scratch.work().join("wheels");
        fs::create_dir(&directory).expect("the name is free");
        Wheels { target, directory }
    }

    /// The path of the wheel of a version.
    fn path(&self, version: &str) -> PathBuf {
        self.directory.join(format!("pip-{version}-py3-none-any.whl"))
    }

    /// Runs the tool on them with options that must make it fail.
    fn refusal(&self, options: &[&str]) -> Finished {
        let directory = self.directory.to_string_lossy();
        let refused = self.target.refusal(&[&["--wheel-dir", &*directory], options].concat());
        assert_eq!(refused.status(), Some(1), "{refused}");
        refused
    }

    /// Runs the tool on them.
    fn install(&self, options: &[&str]) -> Finished {
        let tool = self.target.tool().argument("--wheel-dir").argument(&self.directory);
        tool.arguments(options).run().expect_success()
    }
}

fn sha256_of(path: &Path) -> String {
    let digest = Sha256::digest(fs::read(path).expect("a wheel can be read"));
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes it");
        text
    })
}

#[test]
fn newest_wheel_that_supports_the_python_is_installed() {
    let wheels = Wheels::new();
    for (version, requires) in [("99", ">=3.90"), ("98", "<3.6"), ("97", ">=3.6"), ("96", ">=3.6")]
    {
        pip_for(version, requires).write(&wheels.directory);
    }
    // The pin applies to the wheel that is installed, and to no other.
    for version in ["99", "98", "96"] {
        let refused = wheels.refusal(&["--sha256", &sha256_of(&wheels.path(version))]);
        assert!(refused.stderr().contains("the wheel `pip-97-py3-none-any.whl` has "), "{refused}");
    }
    let installed = wheels.install(&["--sha256", &sha256_of(&wheels.path("97"))]);
    assert!(installed.stdout().ends_with("Successfully installed pip-97\n"), "{installed}");
    assert!(wheels.target.library().join("pip-97.dist-info").is_dir());
}

/// As pip reports the directory of `--find-links`.
#[test]
fn wheel_directory_is_named_in_the_report() {
    let wheels = Wheels::new();
    pip_for("97", ">=3.6").write(&wheels.directory);
    let line = format!("Looking in links: {}\n", wheels.directory.display());
    for (options, has_line) in [
        (&["--dry-run"][..], true),
        (&["--quiet"], false),
        // By now there is nothing to do.
        (&[], true),
        (&["--json"], false),
    ] {
        let told = wheels.install(options);
        assert_eq!(told.stdout().starts_with(&line), has_line, "{told}");
        assert_eq!(told.stdout().contains("Looking in links"), has_line, "{told}");
    }
}

/// A file that Python runs at every start requires trust, which a digest establishes.
#[test]
fn pth_file_takes_a_pinned_digest() {
    let wheels = Wheels::new();
    pip_for("97", ">=3.6").file("evil.pth", "import this\n").write(&wheels.directory);
    let right = sha256_of(&wheels.path("97"));
    let installed = wheels.target.library().join("evil.pth");
    for options in [&[][..], &["--dry-run"], &["--sha256", &"0".repeat(64)]] {
        let refused = wheels.refusal(options);
        assert!(refused.stderr().contains("  evil.pth: "), "{refused}");
        assert!(refused.stderr().contains("[pth-file]\n"), "{refused}");
        assert!(!installed.exists());
    }
    // The pin is for this very wheel, and not for the directory.
    wheels.install(&["--sha256", &right]);
    assert_eq!(fs::read(&installed).expect("it was installed"), b"import this\n");
    pip_for("98", ">=3.6").file("evil.pth", "import that\n").write(&wheels.directory);
    let refused = wheels.refusal(&["-U", "--sha256", &right]);
    assert!(refused.stderr().contains("[pth-file]\n"), "{refused}");
}

/// Escape sequences, line ends and marks that reverse text have no effect in a terminal.
#[test]
fn control_characters_in_names_are_escaped_in_errors() {
    let wheels = Wheels::new();
    let names =
        ["pip/evil\u{1b}[2J\r.py", "pip/\u{202e}yp.live", "pip/\u{9b}31mred.py", "pip/a\nerror: b"];
    let wheel = names.iter().fold(pip_for("97", ">=3.6"), |wheel, name| wheel.file(name, ""));
    wheel.write(&wheels.directory);
    let shown = [
        r"pip/evil\u{1b}[2J\r.py",
        r"pip/\u{202e}yp.live",
        r"pip/\u{9b}31mred.py",
        r"pip/a\nerror: b",
    ];
    let check = |text: &str| {
        for shown in shown {
            assert!(text.contains(&format!("\n  {shown}: ")), "{shown}: {text:?}");
        }
        let is_plain = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
        assert!(text.chars().all(is_plain), "{text:?}");
    };
    check(&wheels.refusal(&[]).stderr());
    let refused = wheels.refusal(&["--json"]);
    let document: Value = serde_json::from_str(&refused.stdout()).expect("it is JSON");
    check(document["error"]["message"].as_str().expect("it is text"));
    check(&refused.stderr());
}

/// Whatever the modes in the archive, files get one of two, as with pip: a file that anyone may run
/// becomes one that everyone may run.
#[test]
fn modes_in_a_wheel_become_0644_and_0755() {
    let modes = [
        ("pip/all.py", 0o666, 0o644),
        ("pip/closed.py", 0o600, 0o644),
        ("pip/none.py", 0o000, 0o644),
        ("pip/read.py", 0o444, 0o644),
        ("pip/open", 0o777, 0o755),
        ("pip/own", 0o700, 0o755),
        ("pip/group", 0o610, 0o755),
        ("pip/others", 0o601, 0o755),
        ("pip/only", 0o111, 0o755),
    ];
    let wheels = Wheels::new();
    let wheel = modes.iter().fold(pip_for("97", ">=3.6"), |wheel, (name, mode, _)| {
        wheel.file(name, "#\n").mode(name, 0o100_000 | mode)
    });
    wheel.write(&wheels.directory);
    let mode = |library: &Path, name: &str| {
        let metadata = library.join(name).metadata().expect("it was installed");
        metadata.permissions().mode() & 0o7777
    };
    wheels.install(&[]);
    let pips = Target::new();
    let pip = PipWheel::bundled().pop().expect("the tool under test bundles one");
    pip.install(&wheels.path("97"), &["--no-compile"], &pips.python, pips.scratch.home());
    for (name, _, expected) in modes {
        for library in [wheels.target.library(), pips.library()] {
            let found = mode(&library, name);
            assert_eq!(found, expected, "{}/{name}: {found:o}", library.display());
        }
    }
    for made in ["pip", "pip/__pycache__", "pip-97.dist-info"] {
        assert_eq!(mode(&wheels.target.library(), made), 0o755, "{made}");
    }
    announce(&format!("modes: as pip's on {}", Interpreters::newest().name()));
}

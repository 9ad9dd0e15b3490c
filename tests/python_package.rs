//! Does the Python package work for its users, wherever pip has installed it?
//!
//! A test assembles the package's wheel from its sources, with a small script in the place of the
//! program, so that no release build is needed. `release/check` tries the real wheels.

use crate::support::announce::{announce, fail_if_required};
use crate::support::interpreters::{Interpreters, sample};
use crate::support::process::{Finished, Program};
use crate::support::python_copy::{PythonCopy, SHIM};
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::wheel_builder::{EXECUTABLE, WheelBuilder};
use std::fs;
use std::path::{Path, PathBuf};

/// Standing in for a missing `ensurepip`.
mod stand_in;

/// The oldest Python of the package.
const OLDEST: (u32, u32) = (3, 8);

/// A `PATH` without the program.
const PLAIN_PATH: &str = "/usr/bin:/bin";

/// A script that calls the tool under test.
fn calls_tool() -> String {
    format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_ensurepip-host"))
}

/// A script that answers only which version of pip it has.
fn answers(version: &str) -> String {
    format!("#!/bin/sh\necho '{{\"wheel\": {{\"version\": \"{version}\"}}}}'\n")
}

/// Writes the package's wheel with this script as the program. Returns the path.
fn write_wheel(directory: &Path, program: &str) -> PathBuf {
    let version = env!("CARGO_PKG_VERSION");
    let mut wheel = WheelBuilder::new("ensurepip_host", version, &[]).metadata(
        "METADATA",
        &format!(
            "Metadata-Version: 2.1\nName: ensurepip-host\nVersion: {version}\n\
             Requires-Python: >=3.8\n"
        ),
    );
    for entry in Path::new(SHIM).read_dir().expect("the package can be listed").flatten() {
        if entry.path().is_file() {
            let name = format!("ensurepip_host/{}", entry.file_name().to_string_lossy());
            wheel = wheel.file(&name, fs::read(entry.path()).expect("a source can be read"));
        }
    }
    let script = format!("ensurepip_host-{version}.data/scripts/ensurepip-host");
    wheel.file(&script, program).mode(&script, EXECUTABLE).write(directory)
}

/// A Python in an environment without the program, which writes no bytecode.
fn plain(python: &Path, home: &Path) -> Program {
    Program::new(python, home)
        .environment("PATH", PLAIN_PATH)
        .environment("PYTHONDONTWRITEBYTECODE", "1")
}

/// Installs a wheel with pip of a Python, which the tool installs first.
fn install(python: &Path, home: &Path, wheel: &Path, options: &[&str]) {
    let tool = Program::under_test(home).arguments(["--default-pip", "--python"]);
    tool.argument(python).run().expect_success();
    let pip = plain(python, home).environment("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    let pip = pip.arguments(["-m", "pip", "install", "--no-index"]).arguments(options);
    pip.argument(wheel).run().expect_success();
}

/// A Python of the test's own without `ensurepip`, and with the package.
struct Bare {
    scratch: Scratch,
    copy: PythonCopy,
}

impl Bare {
    /// Makes one, if an interpreter can be copied. Its package has this script as the program.
    fn make(program: &str) -> Option<Self> {
        let bare = Self::without_package()?;
        let wheel = write_wheel(bare.scratch.work(), program);
        install(&bare.copy.python, bare.home(), &wheel, &[]);
        Some(bare)
    }

    /// Makes one without the package.
    fn without_package() -> Option<Self> {
        let Some(interpreter) = PythonCopy::newest_with("os.py") else {
            let missing = "a Python that can be copied".to_owned();
            announce(&format!("package for Python: 0 cells ran; missing: {missing}"));
            fail_if_required(&[missing]);
            return None;
        };
        let scratch = Scratch::new();
        let copy = PythonCopy::make(interpreter, &scratch.work().join("python"));
        copy.remove_ensurepip();
        Some(Self { scratch, copy })
    }

    fn home(&self) -> &Path {
        self.scratch.home()
    }

    /// `ensurepip` in its standard library.
    fn place(&self) -> PathBuf {
        self.copy.library.join("ensurepip")
    }

    /// This Python, in an environment without the program.
    fn run(&self) -> Program {
        plain(&self.copy.python, self.home())
    }

    /// `python -m ensurepip_host.stand_in`.
    fn stand_in(&self, arguments: &[&str]) -> Finished {
        let module = self.run().arguments(["-m", "ensurepip_host.stand_in"]);
        module.arguments(arguments).run()
    }

    /// Writes a program that answers with its name as the version of pip.
    fn write_program(&self, name: &str) -> PathBuf {
        let directory = self.scratch.work().join(name);
        fs::create_dir(&directory).expect("a directory can be made");
        let program = directory.join("ensurepip-host");
        crate::support::copy::write_program(&program, answers(name));
        program
    }
}

#[test]
fn package_runs_installed_program_on_every_python() {
    let interpreters = Interpreters::of_this_machine();
    let pypy = interpreters.with_pypy().into_iter().filter(|python| python.is_pypy);
    let all = interpreters.found.iter().chain(pypy);
    let able = sample(all.filter(|python| python.version >= OLDEST).collect());
    for interpreter in &able {
        let target = Target::of(interpreter);
        let home = target.scratch.home();
        let wheel = write_wheel(target.scratch.work(), &calls_tool());
        install(&target.python, home, &wheel, &[]);
        let run = || plain(&target.python, home);
        let version = run().arguments(["-m", "ensurepip_host", "--version"]).run();
        let version = version.expect_success().stdout();
        let pip = run().arguments(["-m", "pip", "--version"]).run().expect_success().stdout();
        assert!(pip.starts_with(&format!("{} from ", version.trim_end())), "{version}{pip}");

        let uninstall = run().arguments(["-m", "ensurepip_host._uninstall"]).run();
        uninstall.expect_success();
        assert!(!target.library().join("pip").exists());
        let bootstrap = "import ensurepip_host; ensurepip_host.bootstrap(altinstall=True)";
        run().arguments(["-c", bootstrap]).run().expect_success();
        assert!(target.library().join("pip").is_dir());
    }
    announce(&format!("package for Python: {}", interpreters.summary(&able)));
    fail_if_required(&interpreters.missing);
}

/// A build from the sources uses the build tool of a release.
#[test]
fn package_is_built_by_maturin_of_releases() {
    let release = Path::new(env!("CARGO_MANIFEST_DIR")).join("../release");
    let text = |name: &str| fs::read_to_string(release.join(name)).expect("it is text");
    let required = text("requirements.txt");
    let maturin =
        required.lines().find(|line| line.starts_with("maturin==")).expect("it is listed");
    let expected = format!("\nrequires = [\"{maturin}\"]\n");
    assert!(text("python/pyproject.toml").contains(&expected), "{maturin}");
}

/// In an environment, the script is beside the interpreter. Here it is elsewhere, and not on `PATH`.
#[test]
fn package_finds_program_in_user_target_and_prefix_installations() {
    let Some(bare) = Bare::without_package() else { return };
    let wheel = write_wheel(bare.scratch.work(), &answers("1.2.3"));
    let (python, version) = (&bare.copy.python, bare.copy.interpreter.name());
    let made = |name: &str| bare.scratch.work().join(name);
    let library = format!("lib/python{version}/site-packages");
    let user = made("user");
    fs::create_dir(&user).expect("a directory can be made");
    for (options, home, modules) in [
        (&["--user"][..], &*user, None),
        (&["--target", &made("target").to_string_lossy()], bare.home(), Some(made("target"))),
        (
            &["--prefix", &made("prefix").to_string_lossy()],
            bare.home(),
            Some(made("prefix").join(library)),
        ),
    ] {
        install(python, home, &wheel, options);
        let mut run = plain(python, home);
        if let Some(modules) = modules {
            run = run.environment("PYTHONPATH", &modules.to_string_lossy());
        }
        let told = run.arguments(["-m", "ensurepip_host", "--version"]).run();
        assert!(told.succeeded(), "{options:?}: {told}");
        assert_eq!(told.stdout(), "pip 1.2.3\n", "{options:?}");
    }
}

/// Each place is used once those before it have no program any more.
#[test]
fn package_looks_for_program_in_documented_order() {
    let Some(bare) = Bare::make(&answers("installed")) else { return };
    let [variable, recorded, path] =
        ["variable", "recorded", "path"].map(|name| bare.write_program(name));
    let put = bare.run().environment("ENSUREPIP_HOST", &recorded.to_string_lossy());
    put.arguments(["-m", "ensurepip_host.stand_in"]).run().expect_success();

    let directory = path.parent().expect("it is in a directory");
    let search = format!("{}:{PLAIN_PATH}", directory.display());
    let version = |variable: &str| {
        let run = bare.run().environment("PATH", &search).environment("ENSUREPIP_HOST", variable);
        run.arguments(["-m", "ensurepip", "--version"]).run()
    };
    assert_eq!(version(&variable.to_string_lossy()).stdout(), "pip variable\n");
    assert_eq!(version("").stdout(), "pip installed\n");
    let pip = bare.run().arguments(["-m", "pip", "uninstall", "--yes", "ensurepip-host"]).run();
    pip.expect_success();
    assert_eq!(version("").stdout(), "pip recorded\n");
    fs::remove_file(recorded).expect("it is there");
    assert_eq!(version("").stdout(), "pip path\n");
    fs::remove_file(path).expect("it is there");
    let told = version("");
    assert_eq!((told.status(), told.stdout()), (Some(1), String::new()), "{told}");
    let message = "error: there is no program `ensurepip-host`: ";
    assert!(told.stderr().starts_with(message), "{told}");
    assert_eq!(told.stderr().lines().count(), 1, "{told}");
}

/// The public names, and their parameters, defaults included.
#[test]
fn package_interface_equals_ensurepip() {
    let target = Target::new();
    let home = target.scratch.home();
    let wheel = write_wheel(target.scratch.work(), &calls_tool());
    install(&target.python, home, &wheel, &[]);
    let script = "
import ensurepip, ensurepip_host, inspect, os
for module in ensurepip, ensurepip_host:
    shown = []
    for name in sorted(module.__all__):
        parameters = inspect.signature(getattr(module, name)).parameters.values()
        shown.append((name, [(p.name, p.kind, p.default) for p in parameters]))
    print(shown)
print(os.path.exists(os.path.join(os.path.dirname(ensurepip_host.__file__), 'py.typed')))
";
    let told = plain(&target.python, home).arguments(["-c", script]).run().expect_success();
    let told = told.stdout();
    let lines: Vec<_> = told.lines().collect();
    let [theirs, ours, is_typed] = lines[..] else { panic!("{told}") };
    assert!(theirs.contains("'altinstall'"), "{theirs}");
    assert_eq!(ours, theirs);
    assert_eq!(is_typed, "True");
}

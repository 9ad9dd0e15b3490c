//! Is a seeded pip a pip like any other, wherever the environment comes from?
//!
//! `pip_accepts.rs` checks that it is sound and can be removed. Here it works: it installs, it
//! replaces itself by another version and back, and it is the one that its environment has.

use crate::support::announce::{announce, fail_if_required};
use crate::support::interpreters::{Interpreter, Interpreters, sample};
use crate::support::made_wheels::{WORDS, greeting};
use crate::support::pip_wheel::PipWheel;
use crate::support::process::{Finished, Program};
use crate::support::python_copy::PythonCopy;
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::tree::Tree;
use crate::support::venv;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Inherited surroundings of a run.
mod inherited;

/// The oldest Python whose pip is tested here: nobody seeds older ones any more.
const OLDEST: (u32, u32) = (3, 8);

/// The wheels that the program bundles.
const WHEELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wheels");

#[test]
fn installed_pip_can_install_wheel() {
    for_each_interpreter("installing", |seeded| {
        let wheel = greeting()
            .entry_points("[console_scripts]\ngreet = greeting:main\n")
            .write(seeded.target.scratch.work());
        let told = seeded.pip(&["install", "--no-index", &wheel.to_string_lossy()]);
        let told = told.expect_success();
        assert!(told.stdout().ends_with("Successfully installed greeting-1.0\n"), "{told}");
        assert_eq!(told.stderr(), "", "{told}");
        let script = seeded.target.environment.join("bin/greet");
        let told = Program::new(&script, seeded.target.scratch.home()).run().expect_success();
        assert_eq!((told.stdout(), told.stderr()), (format!("{WORDS}\n"), String::new()));
    });
}

/// pip removes everything that the program wrote, and what it then installs itself equals what the program
/// had written, except for the scripts, which it writes in its former style. The link `lib64` in the
/// environment is kept, with the same target.
#[test]
fn installed_pip_can_downgrade_and_upgrade_itself() {
    for_each_interpreter("there and back", |seeded| {
        let environment = &seeded.target.environment;
        let names = || Tree::of(environment).paths().map(Path::to_owned).collect::<Vec<_>>();
        let is_of_scripts = |path: &Path| {
            path.starts_with("bin") || path.file_name().is_some_and(|name| name == "RECORD")
        };
        let content = || Tree::of_all_but(environment, is_of_scripts).without_bytecode_content();
        let (before, names_before) = (content(), names());
        let version = PipWheel::bundled().into_iter().map(|wheel| wheel.version);
        let versions: Vec<_> = version.take_while(|version| *version != seeded.version).collect();
        let older = versions.last().expect("there is an older one");
        let steps = [
            (vec![format!("pip=={older}")], older),
            (vec!["-U".to_owned(), "pip".to_owned()], &seeded.version),
        ];
        for (arguments, version) in steps {
            let mut command = vec!["install", "--no-index", "--find-links", WHEELS];
            command.extend(arguments.iter().map(String::as_str));
            let told = seeded.pip(&command).expect_success();
            let end = format!("Successfully installed pip-{version}\n");
            assert!(told.stdout().ends_with(&end), "{told}");
            assert_eq!(seeded.metadata(), [format!("pip-{version}.dist-info")], "{told}");
            let told = seeded.pip(&["--version"]).expect_success();
            let beginning = format!("pip {version} from {}/", seeded.target.library().display());
            assert!(told.stdout().starts_with(&beginning), "{told}");
            assert_eq!(told.stderr(), "", "{told}");
        }
        let differences = before.differences("seeded", &content(), "there and back");
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        assert_eq!(names(), names_before);
        let (lib, lib64) = ("lib", environment.join("lib64"));
        assert!(!lib64.exists() || fs::read_link(&lib64).is_ok_and(|link| link == Path::new(lib)));
    });
}

/// As in an environment of a system where `lib` is the link.
#[test]
fn venv_with_lib_symlink_is_installed_once() {
    let target = Target::new();
    let install = || {
        target.tool().run().expect_success();
        Tree::of(&target.library())
    };
    let usual = install();
    let uninstall = Program::under_test(target.scratch.home()).argument("uninstall");
    uninstall.argument("--python").argument(&target.python).run().expect_success();
    let [lib, lib64] = ["lib", "lib64"].map(|name| target.environment.join(name));
    // This link is missing on 32-bit systems, and on macOS.
    let _ = fs::remove_file(&lib64);
    fs::rename(&lib, &lib64).expect("a directory can be renamed");
    symlink("lib64", &lib).expect("a link can be made");
    let differences = usual.differences("a directory", &install(), "a link");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(lib.is_symlink());
}

/// `ensurepip` finds the pip of the base, and does nothing: the difference `judged-in-target`.
#[test]
fn venv_with_system_site_packages_gets_own_pip() {
    let Some(interpreter) = PythonCopy::newest_with("os.py") else {
        let missing = "a Python that can be copied".to_owned();
        announce(&format!("seeding an open environment: 0 cells ran; missing: {missing}"));
        fail_if_required(&[missing]);
        return;
    };
    let scratch = Scratch::new();
    let home = scratch.home();
    let base = PythonCopy::make(interpreter, &scratch.work().join("base"));
    let tool = |python: &Path| Program::under_test(home).argument("--python").argument(python);
    tool(&base.python).run().expect_success();
    let environment = scratch.work().join("env");
    let make = ["-m", "venv", "--without-pip", "--system-site-packages"];
    base.run(home).arguments(make).argument(&environment).run().expect_success();
    let python = venv::python_of(&environment);
    let place = || {
        let told = PythonCopy::program(&python, home).arguments(["-m", "pip", "--version"]).run();
        let told = told.expect_success().stdout();
        if told.contains(&*environment.to_string_lossy()) { "environment" } else { "base" }
    };
    let (outside, before) = (Tree::of(&base.prefix), Tree::of(&environment));
    assert_eq!(place(), "base");
    let theirs = PythonCopy::program(&python, home).arguments(["-m", "ensurepip"]).run();
    assert!(theirs.stdout().contains("Requirement already satisfied"), "{theirs}");
    assert!(before.differences("before", &Tree::of(&environment), "ensurepip").is_empty());

    tool(&python).run().expect_success();
    assert_eq!(place(), "environment");
    // Only that one is uninstalled.
    let uninstall = Program::under_test(home).arguments(["uninstall", "--python"]);
    let told = uninstall.argument(&python).run().expect_success();
    assert!(told.stdout().contains("Successfully uninstalled"), "{told}");
    assert_eq!(place(), "base");
    for (before, directory) in [(before, &environment), (outside, &base.prefix)] {
        let differences = before.differences("before", &Tree::of(directory), "after");
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

/// As set by `activate`; `--python` overrides it, and an empty value is ignored.
#[test]
fn virtual_env_variable_selects_target() {
    let (active, other) = (Target::new(), Target::new());
    let look = |environment: &str, first: &Path, python: Option<&Path>| {
        let path = format!("{}:{}", first.display(), std::env::var("PATH").expect("it is set"));
        let tool = Program::under_test(active.scratch.home()).argument("--no-compile");
        let tool = tool.environment("VIRTUAL_ENV", environment).environment("PATH", &path);
        let tool = tool.argument("--dry-run").argument("-v");
        match python {
            Some(python) => tool.argument("--python").argument(python).run(),
            None => tool.run(),
        }
    };
    let named = active.environment.to_string_lossy();
    let elsewhere = other.environment.join("bin");
    for (environment, python, target) in
        [(&*named, None, &active), (&*named, Some(&*other.python), &other), ("", None, &other)]
    {
        let told = look(environment, &elsewhere, python).expect_success();
        let line = format!("\n  purelib is {}\n", target.library().display());
        assert!(told.stdout().contains(&line), "{told}");
    }
    let refused = look("/nowhere", &elsewhere, None);
    assert_eq!(refused.status(), Some(1), "{refused}");
    let expected = "error: VIRTUAL_ENV is `/nowhere`: there is no Python in it\n";
    assert_eq!(refused.stderr(), expected, "{refused}");

    let tool = Program::under_test(active.scratch.home()).environment("VIRTUAL_ENV", &named);
    tool.argument("--no-compile").run().expect_success();
    assert!(active.library().join("pip").is_dir() && !other.library().join("pip").exists());
}

/// An environment into which the program has installed pip, with all of its scripts.
struct Seeded {
    target: Target,
    version: String,
}

impl Seeded {
    fn new(interpreter: &Interpreter) -> Self {
        let target = Target::of(interpreter);
        let told = target.tool().argument("--default-pip").run().expect_success().stdout();
        let version =
            told.lines().find_map(|line| line.strip_prefix("Successfully installed pip-"));
        let version = version.expect("it says what it has installed").to_owned();
        Self { target, version }
    }

    /// Runs `python -m pip`.
    fn pip(&self, arguments: &[&str]) -> Finished {
        Program::new(&self.target.python, self.target.scratch.home())
            .environment("PIP_CONFIG_FILE", "/dev/null")
            .environment("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .arguments(["-m", "pip"])
            .arguments(arguments)
            .run()
    }

    /// The names of all metadata of pip.
    fn metadata(&self) -> Vec<String> {
        let entries = self.target.library().read_dir().expect("it can be listed").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("pip-")).collect()
    }
}

/// Runs a check on a fresh environment for every interpreter.
fn for_each_interpreter(name: &str, check: impl Fn(&Seeded)) {
    let interpreters = Interpreters::of_this_machine();
    let able = interpreters.found.iter().filter(|python| python.version >= OLDEST);
    let able = sample(able.collect());
    for interpreter in &able {
        check(&Seeded::new(interpreter));
    }
    announce(&format!("seeding, {name}: {}", interpreters.summary(&able)));
    fail_if_required(&interpreters.missing);
}

//! Can the program replace CPython's `ensurepip` for its callers?
//!
//! A copy of an interpreter gets the package in `release/python`, under CPython's name. It calls the
//! program, and is used as `venv`, CPython's own tests and people use it. The same is done with
//! CPython's package for comparison.

use crate::support::announce::{announce, fail_if_required};
use crate::support::process::{Finished, Program};
use crate::support::python_copy::PythonCopy;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use crate::support::venv;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The tests of CPython for it.
const TESTS: &str = "test.test_venv.EnsurePipTest";

/// Their file in the standard library.
const TESTS_FILE: &str = "test/test_venv.py";

/// A Python whose `ensurepip` is ours, one with its own, and a scratch directory around both.
struct Copies {
    scratch: Scratch,
    ours: PythonCopy,
    theirs: PythonCopy,
}

impl Copies {
    /// Makes them, if the tests of CPython are available.
    fn make() -> Option<Self> {
        let Some(interpreter) = PythonCopy::newest_with(TESTS_FILE) else {
            let missing = format!("a Python with {TESTS_FILE} that can be copied");
            announce(&format!("ensurepip's place: 0 cells ran; missing: {missing}"));
            fail_if_required(&[missing]);
            return None;
        };
        let scratch = Scratch::new();
        let copy = |name: &str| PythonCopy::make(interpreter, &scratch.work().join(name));
        let (ours, theirs) = (copy("ours"), copy("theirs"));
        ours.use_shim();
        Some(Self { scratch, ours, theirs })
    }

    fn home(&self) -> &Path {
        self.scratch.home()
    }

    /// Runs `python -m ensurepip` of one of them.
    fn ensurepip(&self, copy: &PythonCopy, arguments: &[&str]) -> Finished {
        let told = copy.run(self.home()).arguments(["-m", "ensurepip"]).arguments(arguments).run();
        assert!(!told.stderr().contains("panicked"), "{told}");
        told
    }

    /// The names in the scripts directory of our copy that begin with `pip`.
    fn scripts(&self) -> Vec<String> {
        let scripts = self.ours.prefix.join("bin");
        let entries = scripts.read_dir().expect("it can be listed").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.filter(|name| name.starts_with("pip")).collect();
        names.sort();
        names
    }
}

/// Every test of CPython runs, with the same outcome as for CPython's own package: none is skipped
/// for lack of it.
#[test]
fn shim_passes_cpython_ensurepip_tests() {
    let Some(copies) = Copies::make() else { return };
    let [theirs, ours] = [&copies.theirs, &copies.ours].map(|copy| {
        let tests = copy.run(copies.home()).arguments(["-m", "unittest", "-v", TESTS]).run();
        let outcomes = outcomes(&tests.stderr());
        (tests, outcomes)
    });
    let (tests, outcomes) = ours;
    assert!(tests.succeeded(), "{tests}");
    let ran = format!("\nRan {} tests in ", outcomes.len());
    assert!(tests.stderr().contains(&ran), "{tests}");
    assert_eq!(outcomes, theirs.1, "theirs: {}\nours: {tests}", theirs.0);
    let with_pip = outcomes.iter().find(|(name, _)| name.starts_with("test_with_pip "));
    assert_eq!(with_pip.map(|(_, outcome)| &**outcome), Some("ok"), "{tests}");
    let name = copies.ours.interpreter.name();
    announce(&format!("ensurepip's place: {} tests of CPython ran on {name}", outcomes.len()));
}

/// `venv` calls `python -m ensurepip --upgrade --default-pip`, and so does this test.
#[test]
fn shim_lets_venv_install_pip() {
    let Some(copies) = Copies::make() else { return };
    let environment = copies.scratch.work().join("env");
    let make = |options: &[&str]| {
        let venv = copies.ours.run(copies.home()).arguments(["-m", "venv"]).arguments(options);
        let told = venv.argument(&environment).run().expect_success();
        assert_eq!((told.stdout(), told.stderr()), (String::new(), String::new()));
    };
    make(&[]);
    // The file records how it was called.
    let tree = || Tree::of_all_but(&environment, |path| path.ends_with("pyvenv.cfg"));
    let by_venv = tree();
    let version = PythonCopy::program(&environment.join("bin/pip"), copies.home());
    let version = version.argument("--version").run().expect_success();
    assert!(version.stdout().starts_with(&format!("pip {}", bundled(&copies))), "{version}");
    assert_eq!(version.stderr(), "");

    make(&["--clear", "--without-pip"]);
    assert!(!venv::library_of(&environment).join("pip").exists());
    // `venv` calls the interpreter by the name that it was called by itself.
    let tool = Program::under_test(copies.home()).arguments(["-U", "--default-pip", "--python"]);
    tool.argument(environment.join("bin/python3")).run().expect_success();
    let differences = by_venv.differences("venv", &tree(), "the tool");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn shim_options_select_scripts() {
    let Some(copies) = Copies::make() else { return };
    let name = copies.ours.interpreter.name();
    let (pip, pip3, versioned) = ("pip".to_owned(), "pip3".to_owned(), format!("pip{name}"));
    for (options, scripts) in [
        (&["--altinstall"][..], vec![versioned.clone()]),
        (&[], vec![pip3.clone(), versioned.clone()]),
        (&["--default-pip"], vec![pip, pip3, versioned]),
    ] {
        let told = copies.ensurepip(&copies.ours, options).expect_success();
        let end = format!("Successfully installed pip-{}\n", bundled(&copies));
        assert!(told.stdout().ends_with(&end), "{told}");
        assert_eq!(copies.scripts(), scripts, "{options:?}");
        let uninstall = copies.ours.run(copies.home()).arguments(["-m", "ensurepip._uninstall"]);
        let told = uninstall.run().expect_success();
        assert!(told.stdout().contains("Successfully uninstalled pip"), "{told}");
        assert_eq!(told.stderr(), "");
        assert_eq!(copies.scripts(), Vec::<String>::new());
    }
}

/// With nothing to install: every kind of wrong command line, and a few right ones.
#[test]
fn shim_exit_statuses_equal_ensurepip() {
    let Some(copies) = Copies::make() else { return };
    let file = copies.scratch.home().join("file");
    fs::write(&file, "").expect("a file can be written");
    for (arguments, status) in [
        (&["--version"][..], 0),
        (&["--version", "--unknown"], 0),
        (&["--help"], 0),
        (&["--unknown"], 2),
        (&["stray"], 2),
        (&["--ver"], 2),
        (&["--root"], 2),
        (&["--altinstall", "--default-pip"], 1),
        (&["--alt", "--def"], 1),
        (&["--root", "file"], 1),
    ] {
        let [theirs, ours] =
            [&copies.theirs, &copies.ours].map(|copy| copies.ensurepip(copy, arguments));
        assert_eq!(ours.status(), Some(status), "{ours}");
        assert_eq!(theirs.status(), Some(status), "{theirs}");
        // The error message for a wrong command line is the same, after the usage.
        let [theirs, ours] = [theirs, ours].map(|told| last_line(&told.stderr()));
        if arguments != ["--root", "file"] {
            assert_eq!(ours, theirs, "{arguments:?}");
        }
    }
    let version = copies.ensurepip(&copies.ours, &["--version"]);
    assert_eq!(version.stdout(), format!("pip {}\n", bundled(&copies)));
    let help = copies.ensurepip(&copies.ours, &["--help"]).stdout();
    for option in
        ["--version", "--verbose", "--upgrade", "--user", "--root", "--altinstall", "--default-pip"]
    {
        assert!(help.contains(option), "{option} is not in\n{help}");
    }
    assert_eq!(copies.scripts(), Vec::<String>::new());
}

/// The interface of `ensurepip.bootstrap` for programs.
#[test]
fn shim_bootstrap_function_behaves_as_ensurepip() {
    let Some(copies) = Copies::make() else { return };
    let root = copies.scratch.work().join("root");
    let script = "
import ensurepip, subprocess, sys

def hook(event, arguments):
    if event.startswith('ensurepip'):
        print(event, arguments, flush=True)

def failure(*arguments, **keywords):
    try:
        ensurepip.bootstrap(*arguments, **keywords)
    except Exception as error:
        return type(error).__name__, str(error)

sys.addaudithook(hook)
print(sorted(ensurepip.__all__))
print(failure(altinstall=True, default_pip=True))
print(failure('root')[0])
print(failure(root=sys.argv[2])[0])
print(ensurepip.bootstrap(root=sys.argv[1], altinstall=True), ensurepip.version())
";
    let told = copies.ours.run(copies.home()).arguments(["-c", script]);
    let told = told.argument(&root).argument(&copies.ours.python).run().expect_success();
    let stdout = told.stdout();
    let lines: Vec<_> = stdout.lines().collect();
    let event = |root: &Path| format!("ensurepip.bootstrap ('{}',)", root.display());
    let version = bundled(&copies);
    let using = lines.iter().find(|line| line.starts_with("Using ")).expect("it says").to_string();
    let python = copies.ours.python.display().to_string();
    assert!(using.starts_with(&format!("Using {python} (Python 3.")), "{told}");
    assert!(using.ends_with(&format!("), as described by {python} on this machine")), "{told}");
    let expected = [
        "['bootstrap', 'version']",
        "('ValueError', 'Cannot use altinstall and default_pip together')",
        "TypeError",
        &event(&copies.ours.python),
        "CalledProcessError",
        &event(&root),
        &format!("Created {}", root.display()),
        &using,
        &format!("Processing pip-{version}-py3-none-any.whl"),
        "Installing collected packages: pip",
        &format!("Successfully installed pip-{version}"),
        &format!("None {version}"),
    ];
    assert_eq!(lines, expected, "{told}");
    assert!(told.stderr().starts_with("error: "), "{told}");
    assert_eq!(copies.scripts(), Vec::<String>::new());
}

/// The program's path: from the variable, else on PATH, else none.
#[test]
fn shim_finds_program_by_variable_or_path() {
    let Some(copies) = Copies::make() else { return };
    let program = Path::new(env!("CARGO_BIN_EXE_ensurepip-host"));
    let directory = program.parent().expect("it is in a directory").to_string_lossy();
    for (variable, path, is_found) in [
        ("/nowhere/ensurepip-host", &*directory, false),
        (&*program.to_string_lossy(), "/nowhere", true),
        ("", &*directory, true),
        ("", "/nowhere", false),
    ] {
        let told = copies
            .ours
            .run(copies.home())
            .environment("ENSUREPIP_HOST", variable)
            .environment("PATH", path)
            .arguments(["-m", "ensurepip", "--version"])
            .run();
        assert_eq!(told.succeeded(), is_found, "{told}");
        assert!(is_found || last_line(&told.stderr()).contains("ensurepip-host"), "{told}");
        // The help works without the program.
        let help = copies.ours.run(copies.home()).environment("ENSUREPIP_HOST", variable);
        help.arguments(["-m", "ensurepip", "--help"]).run().expect_success();
    }
}

/// The version that the program reports.
fn bundled(copies: &Copies) -> String {
    let version = Program::under_test(copies.home());
    let version = version.argument("--version").run().expect_success().stdout();
    let version = version.lines().next().unwrap_or_default();
    version.trim_start_matches("pip ").to_owned()
}

/// The outcome of each test, as `unittest -v` prints it: `name (class) ... outcome`.
fn outcomes(told: &str) -> BTreeMap<String, String> {
    let lines = told.lines().filter(|line| line.starts_with("test_"));
    let parts = lines.filter_map(|line| line.split_once(" ... "));
    parts.map(|(name, outcome)| (name.to_owned(), outcome.to_owned())).collect()
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().to_owned()
}

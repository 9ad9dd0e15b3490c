//! Does pip itself find no fault with the installation, and remove all of it?
//!
//! The bundled pip is installed into a virtual environment, and then run to check itself.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::support::announce::{announce, fail_if_required};
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use crate::support::venv;

/// One installation for each Python serves all checks: making it takes longer than they do.
#[test]
fn pip_accepts_installation_and_removes_every_file() {
    let interpreters = Interpreters::of_this_machine();
    let able = interpreters.cpythons();
    for interpreter in &able {
        let installed = Installed::new(interpreter);
        pip_finds_it_sound(&installed);
        launchers_run_pip(&installed);
        pip_lists_every_file(&installed);
        pip_uninstall_removes_every_file(&installed);
    }
    announce(&format!("pip accepts: {}", interpreters.summary(&able)));
    fail_if_required(&interpreters.missing);
}

fn pip_finds_it_sound(installed: &Installed) {
    let check = installed.pip(&["check"]).expect_success();
    assert_eq!(check.stdout(), "No broken requirements found.\n");

    let list = installed.pip(&["list", "--format=json"]).expect_success();
    let list: serde_json::Value = serde_json::from_str(&list.stdout()).expect("pip lists in JSON");
    // Only pip.
    let expected = serde_json::json!([{ "name": "pip", "version": installed.version }]);
    assert_eq!(list, expected);

    let version = installed.pip(&["--version"]).expect_success();
    assert!(version.stdout().starts_with(&format!("pip {} from ", installed.version)));
    // A broken dist-info causes warnings first.
    assert_eq!(version.stderr(), "");
}

fn launchers_run_pip(installed: &Installed) {
    let expected = installed.pip(&["--version"]).expect_success().stdout();
    let versioned = format!("pip{}", installed.interpreter.name());
    for launcher in ["pip3", &versioned] {
        let path = installed.virtual_environment.join("bin").join(launcher);
        let version = installed.run(&path, &["--version"]).expect_success();
        assert_eq!(version.stdout(), expected, "{launcher}");
        assert_eq!(version.stderr(), "", "{launcher}");
    }
}

fn pip_lists_every_file(installed: &Installed) {
    let show = installed.pip(&["show", "-f", "pip"]).expect_success().stdout();
    let (headers, files) = show.split_once("Files:\n").expect("pip shows a list of files");
    let location = headers
        .lines()
        .find_map(|line| line.strip_prefix("Location: "))
        .expect("pip shows a location");
    let known = files
        .lines()
        .map(|line| lexically_normal(&Path::new(location).join(line.trim_start())))
        .collect::<BTreeSet<_>>();
    let present = Tree::of(&installed.virtual_environment)
        .files_added_to(&installed.before)
        .into_iter()
        .map(|path| installed.virtual_environment.join(path))
        .collect::<BTreeSet<_>>();
    let unknown = present.difference(&known).take(20).collect::<Vec<_>>();
    let absent = known.difference(&present).take(20).collect::<Vec<_>>();
    assert!(unknown.is_empty(), "pip does not know of {unknown:#?}");
    assert!(absent.is_empty(), "pip knows of files that are not there: {absent:#?}");
    // Two empty lists would be equal as well.
    assert!(present.iter().any(|path| path.ends_with("bin/pip3")));
    assert!(present.iter().any(|path| path.extension().is_some_and(|name| name == "pyc")));
}

fn pip_uninstall_removes_every_file(installed: &Installed) {
    installed.pip(&["uninstall", "-y", "pip"]).expect_success();
    let after = Tree::of(&installed.virtual_environment);
    let differences = installed.before.differences("before", &after, "after");
    assert!(differences.is_empty(), "left behind:\n{}", differences.join("\n"));
}

/// A virtual environment into which the tool under test has installed pip.
struct Installed {
    interpreter: &'static Interpreter,
    scratch: Scratch,
    virtual_environment: PathBuf,
    python: PathBuf,
    /// The virtual environment as it was without pip.
    before: Tree,
    /// The installed version, as reported by the tool under test.
    version: String,
}

impl Installed {
    fn new(interpreter: &'static Interpreter) -> Self {
        let scratch = Scratch::new();
        let virtual_environment = scratch.work().join("venv");
        let python = venv::make_without_pip(interpreter, &virtual_environment, scratch.home());
        let before = Tree::of(&virtual_environment);
        let installed = Program::under_test(scratch.home())
            .argument("--python")
            .argument(&python)
            .run()
            .expect_success();
        let version = installed
            .stdout()
            .lines()
            .find_map(|line| line.strip_prefix("Successfully installed pip-"))
            .expect("it says what it has installed")
            .to_owned();
        Self { interpreter, scratch, virtual_environment, python, before, version }
    }

    /// Runs `python -m pip`.
    fn pip(&self, arguments: &[&str]) -> Finished {
        self.run(&self.python, &[&["-m", "pip"], arguments].concat())
    }

    /// Runs a program of the virtual environment, with pip quiet and isolated.
    fn run(&self, program: &Path, arguments: &[&str]) -> Finished {
        Program::new(program, self.scratch.home())
            .environment("PIP_CONFIG_FILE", "/dev/null")
            .environment("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .environment("PIP_NO_INPUT", "1")
            .arguments(arguments)
            .run()
    }
}

/// Resolves `..` without reading links, as RECORD's `../../../bin` requires.
fn lexically_normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

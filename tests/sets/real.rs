//! Real sets, compared with pip: five sets of `wheels.txt`, which `tests/good-wheels` fetches.

use std::env;
use std::path::PathBuf;

use super::with_pip::{Both, pip};
use crate::support::announce::report_skipped;
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::process::Program;
use crate::support::target::Target;

/// What the wheels are for.
const PYTHON: (u32, u32) = (3, 13);

/// The requirements file that lists them, with hashes.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/sets/wheels.txt");

/// The directory of the wheels, and a Python that they are for.
fn wheels(check: &str) -> Option<(PathBuf, &'static Interpreter)> {
    let directory = env::var_os("ENSUREPIP_HOST_TEST_WHEELS").map(PathBuf::from);
    let directory = directory.map(|directory| directory.join("sets")).filter(|path| path.is_dir());
    let found = Interpreters::of_this_machine().found.iter();
    let python = found.into_iter().find(|python| python.version == PYTHON);
    let is_here = cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"));
    match (directory, python.filter(|_| is_here)) {
        (Some(directory), Some(python)) => Some((directory, python)),
        (None, _) => {
            report_skipped(check, "a directory that `tests/good-wheels` has filled");
            None
        }
        (_, None) => {
            report_skipped(check, "a Python 3.13 on Linux for x86-64");
            None
        }
    }
}

/// Installs projects by both programs and compares. Then pip finds nothing missing, and these
/// top-level modules can be imported.
fn compare(name: &str, projects: &[&str], modules: &str) {
    let Some((wheels, python)) = wheels(&format!("the set of {name}")) else { return };
    let both = Both::of(Target::of(python), &wheels, projects);
    let with = projects.iter().flat_map(|project| ["--with", project]);
    let tool = both.target.tool().argument("--wheel-dir").argument(&wheels).arguments(with);
    both.compare(python, tool);
    let run = |arguments: &[&str]| {
        let home = both.target.scratch.home();
        let python = Program::new(&both.target.python, home);
        python.arguments(arguments).run().expect_success().stdout()
    };
    assert_eq!(run(&["-m", "pip", "check"]), "No broken requirements found.\n");
    run(&["-c", &format!("import pip, {modules}")]);
}

#[test]
fn real_set_of_flask_is_what_pip_installs() {
    let others = ["blinker", "click", "itsdangerous", "jinja2", "markupsafe", "werkzeug"];
    compare("flask", &[&["flask"][..], &others].concat(), &format!("flask, {}", others.join(", ")));
}

#[test]
fn real_set_of_requests_is_what_pip_installs() {
    let projects = ["requests", "certifi", "charset-normalizer", "idna", "urllib3"];
    compare("requests", &projects, &projects.join(", ").replace('-', "_"));
}

/// With a library for one version of Python.
#[test]
fn real_set_of_pydantic_is_what_pip_installs() {
    let projects =
        ["pydantic", "annotated-types", "pydantic-core", "typing-extensions", "typing-inspection"];
    compare("pydantic", &projects, &projects.join(", ").replace('-', "_"));
}

/// With a library for the stable ABI.
#[test]
fn real_set_of_cryptography_is_what_pip_installs() {
    let modules = "cryptography.fernet, cffi, _cffi_backend, pycparser";
    compare("cryptography", &["cryptography", "cffi", "pycparser"], modules);
}

/// With headers, files in `share` and a script that is a file. `jupyterlab_pygments` imports
/// `pygments`, which it does not require.
#[test]
fn real_set_with_data_is_what_pip_installs() {
    let projects = ["greenlet", "jsonpatch", "jsonpointer", "jupyterlab-pygments"];
    compare("data", &projects, "greenlet, jsonpatch, jsonpointer");
}

/// All of them, by the list from which pip has fetched them; the metadata of requests has extras.
#[test]
fn real_requirements_file_with_hashes_is_installed() {
    let Some((wheels, python)) = wheels("the list of all sets") else { return };
    let target = Target::of(python);
    let tool = |options: &[&str]| {
        let tool = target.tool().argument("--no-compile").argument("--wheel-dir").argument(&wheels);
        tool.arguments(options)
    };
    let refused = tool(&["-r", LIST, "--with", "requests[socks]"]).run();
    assert_eq!(refused.status(), Some(1), "{refused}");
    let message =
        "requests 2.34.2 requires `PySocks!=1.5.7,>=1.5.6; extra == \"socks\"`, which is missing";
    assert!(refused.stderr().contains(message), "{refused}");
    tool(&["-r", LIST]).run().expect_success();
    let frozen = pip(&target).arguments(["freeze", "--all"]).run().expect_success().stdout();
    let listed = std::fs::read_to_string(LIST).expect("the list is there");
    let listed = listed.lines().filter_map(|line| line.split_once(' ')).map(|(pin, _)| pin);
    let normal = |text: &str| text.to_lowercase().replace(['_', '.'], "-");
    let mut frozen: Vec<String> = frozen.lines().map(normal).collect();
    let mut listed: Vec<String> = listed.map(normal).collect();
    frozen.sort();
    listed.sort();
    assert_eq!(frozen, listed);
}

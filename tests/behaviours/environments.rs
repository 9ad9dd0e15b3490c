//! Virtual environments, as `test_venv` tests them.

use super::with_copy;
use crate::support::interpreters::Interpreters;
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use crate::support::venv;
use std::fs;
use std::path::{Path, PathBuf};

/// An environment of the newest Python into which the program has installed pip, in spite of every
/// setting that keeps pip from installing.
fn with_pip(scratch: &Scratch, options: &[&str]) -> PathBuf {
    let environment = scratch.work().join("env");
    Program::new(&Interpreters::newest().executable, scratch.home())
        .arguments(["-m", "venv", "--without-pip"])
        .arguments(options)
        .argument(&environment)
        .run()
        .expect_success();
    let configuration = scratch.home().join(".pip");
    fs::create_dir(&configuration).expect("a directory can be made");
    let text = "[global]\nno-install=1\n";
    fs::write(configuration.join("pip.conf"), text).expect("a file can be written");
    let tool = Program::under_test(scratch.home()).environment("PIP_NO_INSTALL", "1");
    let tool = tool.arguments(["--upgrade", "--default-pip", "--python"]);
    let told = tool.argument(venv::python_of(&environment)).run().expect_success();
    assert_eq!(told.stderr(), "", "{told}");
    fs::remove_dir_all(&configuration).expect("a directory can be removed");
    environment
}

/// Runs the Python of an environment in isolation.
fn isolated(environment: &Path, arguments: &[&str], scratch: &Scratch) -> Finished {
    let python = venv::python_of(environment);
    let options = ["-W", "ignore::DeprecationWarning", "-W", "ignore::ImportWarning", "-I"];
    Program::new(&python, scratch.home()).arguments(options).arguments(arguments).run()
}

/// An environment gets pip in spite of `PIP_NO_INSTALL` and `~/.pip/pip.conf`. The pip is in the
/// environment, reports the same version as the program, and prints no warnings, whether or not the
/// environment can see the system's packages.
#[test]
fn venv_gets_working_pip_despite_pip_settings() {
    for options in [&[][..], &["--system-site-packages"]] {
        let scratch = Scratch::new();
        let environment = with_pip(&scratch, options);
        let told = isolated(&environment, &["-m", "pip", "--version"], &scratch).expect_success();
        assert_eq!(told.stderr(), "", "{told}");
        let version = Program::under_test(scratch.home()).argument("--version").run();
        let version = version.expect_success().stdout();
        let version = version.lines().next().expect("it is that of pip");
        let beginning = format!("{version} from {}/", environment.display());
        assert!(told.stdout().starts_with(&beginning), "{told}");
    }
}

/// Uninstalling from there prints `Successfully uninstalled pip` and nothing on standard error, and
/// then no pip can be imported.
#[test]
fn venv_uninstall_removes_pip() {
    let scratch = Scratch::new();
    let environment = with_pip(&scratch, &[]);
    let tool = Program::under_test(scratch.home()).arguments(["uninstall", "--python"]);
    let told = tool.argument(venv::python_of(&environment)).run().expect_success();
    assert!(told.stdout().contains("Successfully uninstalled pip"), "{told}");
    assert_eq!(told.stderr(), "");
    let import = isolated(&environment, &["-c", "import pip"], &scratch);
    assert!(import.stderr().contains("ModuleNotFoundError: No module named 'pip'"), "{import}");
}

/// `venv.create()` installs no pip unless asked to, also with the program in `ensurepip`'s place,
/// which is not run then.
#[test]
fn venv_create_installs_pip_only_if_requested() {
    let scratch = Scratch::new();
    let Some(copy) = with_copy("venv_create_installs_pip_only_if_requested", &scratch) else {
        return;
    };
    copy.use_shim();
    for (arguments, has_pip) in
        [("", false), (", with_pip=False", false), (", with_pip=True", true)]
    {
        let environment = scratch.work().join("env");
        let create = format!("import venv, sys; venv.create(sys.argv[1]{arguments})");
        let python = copy.run(scratch.home());
        let python =
            if has_pip { python } else { python.environment("ENSUREPIP_HOST", "/nowhere") };
        let made = python.arguments(["-c", &create]).argument(&environment).run();
        let made = made.expect_success();
        assert_eq!((made.stdout(), made.stderr()), (String::new(), String::new()));
        let library = venv::library_of(&environment);
        assert_eq!(library.join("pip").is_dir(), has_pip, "{arguments}");
        fs::remove_dir_all(&environment).expect("an environment can be removed");
    }
}

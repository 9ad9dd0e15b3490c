//! Does everything that CPython's own tests assert of `ensurepip` hold for the program?
//!
//! There is one test for each assertion of `test_ensurepip` and `test_venv`. Where these check how
//! pip is called, the test checks the result: the program calls no pip. Where it is available,
//! `ensurepip` itself answers beside the program.
//!
//! | test | of |
//! |---|---|
//! | `version_option_reads_wheel_directory` | `wheels` |
//! | `version_option_reports_bundled_wheel` | `wheels` |
//! | `wheel_directory_is_never_current_directory` | `wheels` |
//! | `wheel_directory_newest_pip_is_used` | `wheels` |
//! | `install_adds_only_pip_files` | `effects` |
//! | `root_user_and_upgrade_options_have_only_their_effect` | `effects` |
//! | `verbose_levels_increase_output` | `words` |
//! | `bytecode_is_omitted_without_cache_tag` | `effects` |
//! | `scripts_follow_options_not_inherited_variable` | `effects` |
//! | `altinstall_with_default_pip_runs_nothing` | `words` |
//! | `pip_variables_do_not_change_install_or_uninstall` | `effects` |
//! | `install_works_without_zlib` | `effects` |
//! | `uninstall_skips_absent_or_other_version` | `removal` |
//! | `uninstall_output_equals_ensurepip` | `removal` |
//! | `version_option_runs_no_python` | `words` |
//! | `exit_status_reports_success_or_failure` | `words` |
//! | `options_work_in_any_order` | `words` |
//! | `upgrade_short_option_equals_long_option` | `effects` |
//! | `help_exits_with_0_and_unknown_option_with_2` | `words` |
//! | `venv_gets_working_pip_despite_pip_settings` | `environments` |
//! | `venv_uninstall_removes_pip` | `environments` |
//! | `venv_create_installs_pip_only_if_requested` | `environments` |

use crate::support::announce::{announce, fail_if_required};
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::process::{Finished, Program};
use crate::support::python_copy::PythonCopy;
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The files that are left, and where.
mod effects;

/// Virtual environments.
mod environments;

/// Uninstalling.
mod removal;

/// Wheels and versions.
mod wheels;

/// Command lines, and output.
mod words;

/// The first Python whose `ensurepip` has only pip, and a wheel directory that can be set.
const FIRST_WITH_PIP_ALONE: (u32, u32) = (3, 12);

/// The newest Python with an `ensurepip` of pip alone; if there is none, this is announced.
fn with_ensurepip(test: &str) -> Option<&'static Interpreter> {
    let able = Interpreters::of_this_machine().with_ensurepip();
    let found = able.into_iter().rfind(|python| python.version >= FIRST_WITH_PIP_ALONE);
    if found.is_none() {
        let missing = "an ensurepip of pip alone".to_owned();
        announce(&format!("{test}: not held against ensurepip; missing: {missing}"));
        fail_if_required(&[missing]);
    }
    found
}

/// A copy of the newest Python that can be copied; if there is none, this is announced.
fn with_copy(test: &str, scratch: &Scratch) -> Option<PythonCopy> {
    let found = PythonCopy::newest_with("os.py");
    if found.is_none() {
        let missing = "a Python that can be copied".to_owned();
        announce(&format!("{test}: 0 cells ran; missing: {missing}"));
        fail_if_required(&[missing]);
    }
    found.map(|interpreter| PythonCopy::make(interpreter, &scratch.work().join("python")))
}

/// The result of a module of CPython's `ensurepip`.
fn run_module(python: &Path, module: &str, arguments: &[&str], home: &Path) -> Finished {
    Program::new(python, home).arguments(["-m", module]).arguments(arguments).run()
}

/// Where an interpreter's `ensurepip` has its wheel.
fn wheels_of(interpreter: &Interpreter) -> &Path {
    interpreter.wheel_directory.as_deref().expect("only one with ensurepip is asked for it")
}

/// The names in the scripts directory of an environment that begin with `pip`, in order.
fn scripts_in(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().expect("it can be listed").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("pip")).collect();
    names.sort();
    names
}

/// A directory of empty files with the names of wheels.
fn named_wheels(scratch: &Scratch, names: &[&str]) -> PathBuf {
    let directory = scratch.work().join("wheels");
    fs::create_dir(&directory).expect("a directory can be made");
    for name in names {
        fs::write(directory.join(name), "").expect("a file can be written");
    }
    directory
}

/// A directory with a `python3` that leaves a mark there when run.
fn trap(scratch: &Scratch) -> PathBuf {
    let directory = scratch.work().join("trap");
    fs::create_dir(&directory).expect("a directory can be made");
    let python = directory.join("python3");
    fs::write(&python, "#!/bin/sh\n: > \"$(dirname \"$0\")/ran\"\n").expect("it can be written");
    fs::set_permissions(python, fs::Permissions::from_mode(0o755)).expect("it is ours");
    directory
}

/// The last line of an output.
fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

/// A directory with only one of the bundled wheels.
fn directory_of_older(target: &Target, version: &str) -> PathBuf {
    let directory = target.scratch.work().join("older");
    fs::create_dir(&directory).expect("a directory can be made");
    let name = format!("pip-{version}-py3-none-any.whl");
    let wheels = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../wheels"));
    fs::copy(wheels.join(&name), directory.join(name)).expect("a wheel can be copied");
    directory
}

//! Finds the target Python and asks it for its facts.
//!
//! It is run once, isolated (`-I`): neither the environment nor the current directory affects its
//! answer. Only the host asks it; the component gets the facts.

mod requested;

use crate::error::Error;
use crate::facts::{Facts, Origin};
use crate::platform;
use crate::process::Process;
use crate::progress::Reporter;
use serde::Deserialize;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) use requested::{Found, requested};

/// The program that the Python runs to answer.
const QUERY: &str = include_str!("interpreter/query.py");

#[derive(Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
enum Answer {
    Python { facts: Box<Facts> },
    TooOld { version: [u32; 3] },
}

/// The names of an interpreter on PATH, the preferred one first.
const NAMES: &[&str] = &["python3", "python"];

/// Finds the Python to install for: of the active virtual environment, else the first on PATH, else
/// the one that the system's launcher starts.
pub(crate) fn find(reporter: &Reporter) -> Result<PathBuf, Error> {
    if let Some(environment) = env::var_os("VIRTUAL_ENV").filter(|value| !value.is_empty()) {
        return requested::in_directory(Path::new(&environment)).ok_or_else(|| {
            Error::Environment {
                name: "VIRTUAL_ENV",
                value: environment.to_string_lossy().into_owned(),
                detail: "there is no Python in it",
            }
        });
    }
    let mut found = NAMES.iter().flat_map(|name| on_path(name));
    let starts = |python: &PathBuf| !platform::is_alias(python) || ask(python, reporter).is_ok();
    if let Some(python) = found.find(starts) {
        return Ok(python);
    }
    let launcher = platform::LAUNCHER.and_then(|name| on_path(name).into_iter().next());
    Ok(ask(&launcher.ok_or(Error::NoPython)?, reporter)?.executable)
}

/// The programs of this name on PATH, in order.
pub(crate) fn on_path(name: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    let found = env::split_paths(&path).map(|directory| directory.join(&name));
    found.filter(|candidate| candidate.is_file()).collect()
}

/// Asks a Python.
pub(crate) fn ask(python: &Path, reporter: &Reporter) -> Result<Facts, Error> {
    understand(python, &answer(python, reporter)?)
}

/// Asks the Python of a version that the system's launcher starts.
fn ask_launcher(launcher: &Path, version: &str, reporter: &Reporter) -> Result<Facts, Error> {
    let mut command = Command::new(launcher);
    command.arg(format!("-{version}"));
    understand(launcher, &answer_of(isolate(command), launcher, reporter)?)
}

/// A Python's answer about itself.
pub(crate) fn answer(python: &Path, reporter: &Reporter) -> Result<String, Error> {
    answer_of(isolated(python), python, reporter)
}

fn answer_of(mut command: Command, python: &Path, reporter: &Reporter) -> Result<String, Error> {
    let output = Process::output(command.args(["-c", QUERY]), reporter)
        .map_err(|reason| Error::PythonStart { path: python.to_owned(), reason })?
        .ok_or(Error::Cancelled)?;
    let wrong = |detail: String| Error::PythonAnswer { path: python.to_owned(), detail };
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        if stderr.contains("Unknown option: -I") {
            return Err(wrong(
                "it is older than Python 3.4; the oldest supported is 3.6".to_owned(),
            ));
        }
        let reason = reason(&stderr).unwrap_or("no error output");
        return Err(wrong(format!("it ended with {}: {reason}", output.status)));
    }
    let stdout = String::from_utf8_lossy(&output.stdout);
    let line = stdout.lines().rfind(|line| !line.trim().is_empty());
    Ok(line.unwrap_or_default().to_owned())
}

/// The line of an error output that states the reason: a Python states it last, after a traceback; any
/// other program, such as a version manager's, first.
fn reason(stderr: &str) -> Option<&str> {
    let mut lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?;
    if first.starts_with("Traceback ") { lines.next_back().or(Some(first)) } else { Some(first) }
}

/// Parses the answer.
pub(crate) fn understand(python: &Path, answer: &str) -> Result<Facts, Error> {
    let wrong = |detail: String| Error::PythonAnswer { path: python.to_owned(), detail };
    match serde_json::from_str(answer) {
        Ok(Answer::Python { mut facts }) => {
            facts.origin = Origin { interpreter: Some(python.to_owned()), others: Vec::new() };
            Ok(*facts)
        }
        Ok(Answer::TooOld { version: [major, minor, micro] }) => {
            Err(wrong(format!("it is Python {major}.{minor}.{micro}; the oldest supported is 3.6")))
        }
        // Python writes bytes that are not UTF-8 as halves of surrogate pairs (PEP 383).
        Err(_) if answer.contains("\\udc") => Err(wrong("a path in it is not UTF-8".to_owned())),
        Err(error) => Err(wrong(format!("its answer cannot be read: {error}"))),
    }
}

/// On macOS, the variable by which the starter of a framework's Python tells the interpreter its
/// path. Some pass it on to the processes that they start, which then take that path for their own.
const LAUNCHER_VARIABLE: &str = "__PYVENV_LAUNCHER__";

/// Variables that Python reads even if isolated: builds of CPython set them, and so does that
/// starter.
const HEEDED_VARIABLES: &[&str] = &[
    "_PYTHON_HOST_PLATFORM",
    "_PYTHON_PROJECT_BASE",
    "_PYTHON_SYSCONFIGDATA_NAME",
    LAUNCHER_VARIABLE,
];

/// Variables that let a launcher on Windows download a missing Python.
const DOWNLOAD_VARIABLES: &[&str] = &["PYLAUNCHER_ALLOW_INSTALL", "PYLAUNCHER_ALWAYS_INSTALL"];

/// A command that runs a Python in isolation: without its environment variables, user site, and
/// current directory on its path, and without writing bytecode.
pub(crate) fn isolated(python: &Path) -> Command {
    isolate(Command::new(python))
}

/// Adds what isolates a Python to a command that starts it.
fn isolate(mut command: Command) -> Command {
    for name in HEEDED_VARIABLES.iter().chain(DOWNLOAD_VARIABLES) {
        command.env_remove(name);
    }
    // The install manager downloads by default.
    command.env("PYTHON_MANAGER_AUTOMATIC_INSTALL", "0");
    command.args(["-I", "-B"]);
    command
}

/// A command that runs a Python in isolation, and in the same way each time. Before 3.11, the order of sets
/// in bytecode depends on a seed that only the environment can set, and that `-I` would leave unread. So the
/// environment contains the seed and, of Python's variables, only the one that keeps the current directory
/// off the path. Before CPython 3.11 only `-I` does that: the program that is run has to remove the
/// directory.
pub(crate) fn repeatable(python: &Path) -> Command {
    let mut command = Command::new(python);
    for (name, _) in env::vars_os() {
        let upper = name.to_string_lossy().to_ascii_uppercase();
        if upper.starts_with("PYTHON") || upper.starts_with("_PYTHON") {
            command.env_remove(name);
        }
    }
    command.env_remove(LAUNCHER_VARIABLE).env("PYTHONHASHSEED", "0").args(["-s", "-B"]);
    // This also keeps CPython 3.11 and later from using tens of KiB of stack for that directory's
    // path.
    command.env("PYTHONSAFEPATH", "1");
    command
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn reason_is_last_line_of_traceback_and_first_of_other_output() {
        for (stderr, expected) in [
            ("", None),
            ("\n  \n", None),
            (
                "\nmanager: python3.12: command not found\n\nThe command exists in 3.12.1\n",
                Some("manager: python3.12: command not found"),
            ),
            (
                "Traceback (most recent call last):\n  File \"x\", line 1\nOSError: full\n\n",
                Some("OSError: full"),
            ),
            ("Traceback (most recent call last):", Some("Traceback (most recent call last):")),
        ] {
            assert_eq!(reason(stderr), expected, "{stderr:?}");
        }
    }
}

//! The target Python, asked what it is.
//!
//! It is run once, isolated (`-I`): neither the environment nor the current directory has a say in
//! its answer. That it is asked at all is the host's affair; the component gets the facts.

use crate::error::Error;
use crate::platform;
use crate::process::Process;
use crate::progress::Listener;
use serde::Deserialize;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The question.
const QUERY: &str = include_str!("interpreter/query.py");

/// What a Python says of itself. Paths are absolute, links in them unresolved.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Facts {
    /// `sys.version_info[:3]`.
    pub(crate) version: [u32; 3],
    /// `sys.implementation.name`.
    pub(crate) implementation: String,
    /// `sys.implementation.cache_tag`.
    pub(crate) cache_tag: Option<String>,
    /// `os.name`.
    pub(crate) os: String,
    /// `sysconfig.get_platform()`.
    pub(crate) platform: String,
    /// `sys.executable`.
    pub(crate) executable: PathBuf,
    /// The interpreter that scripts name: `executable`, unless it runs from its build directory.
    pub(crate) shebang: String,
    pub(crate) prefix: String,
    pub(crate) exec_prefix: String,
    pub(crate) base_prefix: String,
    pub(crate) base_exec_prefix: String,
    pub(crate) platlibdir: String,
    pub(crate) abiflags: String,
    pub(crate) free_threaded: bool,
    pub(crate) winver: Option<String>,
    pub(crate) user_base: Option<String>,
    /// `sysconfig.get_path("stdlib")`, where PEP 668 has its marker.
    pub(crate) stdlib: String,
    /// Whether this Python looks into the user site.
    pub(crate) user_site: UserSite,
    /// The bytecode's magic number in hexadecimal; none if it is not known.
    pub(crate) magic: Option<String>,
    /// The preferred scheme.
    #[serde(rename = "paths")]
    pub(crate) scheme: Scheme,
    /// `sysconfig.get_paths()` of the user scheme; none where there is no user base.
    pub(crate) user_paths: Option<Paths>,
    /// Where the distributor's own packages are installed, below the base prefix; none where no
    /// distribution keeps them apart from what pip installs, and where it was not asked.
    pub(crate) package_paths: Option<Paths>,
}

/// The install scheme, as far as it is known.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Paths")]
pub(crate) enum Scheme {
    /// The Python was asked for its paths.
    Reported(Paths),
    /// It was not, and this is the name of the scheme.
    Named(SchemeName),
}

impl From<Paths> for Scheme {
    fn from(paths: Paths) -> Scheme {
        Scheme::Reported(paths)
    }
}

/// The schemes that pip takes for an installation that is not the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SchemeName {
    /// `posix_prefix`, also of a virtual environment.
    PosixPrefix,
    /// Debian's `posix_local`.
    PosixLocal,
    /// `posix_prefix` as Fedora, its relatives and openSUSE have it: below `local` of the prefix.
    RpmLocal,
    /// `nt`, also of a virtual environment.
    Nt,
}

/// The install paths that a Python names.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Paths {
    pub(crate) purelib: String,
    pub(crate) platlib: String,
    pub(crate) include: String,
    pub(crate) scripts: String,
    pub(crate) data: String,
}

/// Whether a Python looks into the user site.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UserSite {
    On,
    /// Switched off, by `PYTHONNOUSERSITE` or because the process has other rights than its user.
    Off,
    /// It is a virtual environment that is closed to what is outside it.
    Invisible,
    /// It is the Python of an image, whose users are not known.
    OfNobody,
}

#[derive(Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
enum Answer {
    Python { facts: Box<Facts> },
    TooOld { version: [u32; 3] },
}

/// What an interpreter is called on PATH, the preferred name first.
const NAMES: &[&str] = &["python3", "python"];

/// Finds the Python to install for: of the active virtual environment, else the first on PATH, else
/// the one that the system's launcher starts.
pub(crate) fn find(listener: &Listener) -> Result<PathBuf, Error> {
    if let Some(environment) = env::var_os("VIRTUAL_ENV").filter(|value| !value.is_empty()) {
        return Ok(Path::new(&environment).join(platform::VENV_PYTHON));
    }
    let mut found = NAMES.iter().flat_map(|name| on_path(name));
    let starts = |python: &PathBuf| !platform::is_alias(python) || ask(python, listener).is_ok();
    if let Some(python) = found.find(starts) {
        return Ok(python);
    }
    let launcher = platform::LAUNCHER.and_then(|name| on_path(name).into_iter().next());
    Ok(ask(&launcher.ok_or(Error::NoPython)?, listener)?.executable)
}

/// The programs of this name on PATH, in order.
pub(crate) fn on_path(name: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    let found = env::split_paths(&path).map(|directory| directory.join(&name));
    found.filter(|candidate| candidate.is_file()).collect()
}

/// Asks a Python.
pub(crate) fn ask(python: &Path, listener: &Listener) -> Result<Facts, Error> {
    understand(python, &answer(python, listener)?)
}

/// What a Python says of itself.
pub(crate) fn answer(python: &Path, listener: &Listener) -> Result<String, Error> {
    let output = Process::output(isolated(python).args(["-c", QUERY]), listener)
        .map_err(|reason| Error::PythonStart { path: python.to_owned(), reason })?
        .ok_or(Error::Cancelled)?;
    let wrong = |detail: String| Error::PythonAnswer { path: python.to_owned(), detail };
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        if stderr.contains("Unknown option: -I") {
            return Err(wrong(
                "it is older than Python 3.4, and the oldest known is 3.6".to_owned(),
            ));
        }
        let last = stderr.lines().last().unwrap_or("without a word");
        return Err(wrong(format!("it ended with {}: {last}", output.status)));
    }
    let stdout = String::from_utf8_lossy(&output.stdout);
    let line = stdout.lines().rfind(|line| !line.trim().is_empty());
    Ok(line.unwrap_or_default().to_owned())
}

/// What that means.
pub(crate) fn understand(python: &Path, answer: &str) -> Result<Facts, Error> {
    let wrong = |detail: String| Error::PythonAnswer { path: python.to_owned(), detail };
    match serde_json::from_str(answer) {
        Ok(Answer::Python { facts }) => Ok(*facts),
        Ok(Answer::TooOld { version: [major, minor, micro] }) => {
            Err(wrong(format!("it is Python {major}.{minor}.{micro}, and the oldest known is 3.6")))
        }
        // Python writes bytes that are not UTF-8 as halves of surrogate pairs (PEP 383).
        Err(_) if answer.contains("\\udc") => Err(wrong("a path in it is not UTF-8".to_owned())),
        Err(error) => Err(wrong(format!("its answer cannot be read: {error}"))),
    }
}

/// On macOS, what the starter of a framework's Python tells the interpreter that it is. Some pass it
/// on to what they start, which is then taken for another.
const LAUNCHER_VARIABLE: &str = "__PYVENV_LAUNCHER__";

/// Variables that Python heeds isolated as well: builds of CPython set them, and that starter.
const HEEDED_VARIABLES: &[&str] = &[
    "_PYTHON_HOST_PLATFORM",
    "_PYTHON_PROJECT_BASE",
    "_PYTHON_SYSCONFIGDATA_NAME",
    LAUNCHER_VARIABLE,
];

/// Variables that let a launcher on Windows download a Python which is not there.
const DOWNLOAD_VARIABLES: &[&str] = &["PYLAUNCHER_ALLOW_INSTALL", "PYLAUNCHER_ALWAYS_INSTALL"];

/// A command that runs a Python by itself: no environment variables of its own, no user site, no
/// current directory on its path, and nothing written.
pub(crate) fn isolated(python: &Path) -> Command {
    let mut command = Command::new(python);
    for name in HEEDED_VARIABLES.iter().chain(DOWNLOAD_VARIABLES) {
        command.env_remove(name);
    }
    // The install manager downloads unless it is told not to.
    command.env("PYTHON_MANAGER_AUTOMATIC_INSTALL", "0");
    command.args(["-I", "-B"]);
    command
}

/// A command that runs a Python by itself, and in the same way each time. Before 3.11, the order of
/// sets in bytecode depends on a seed that only the environment can set, and which `-I` would leave
/// unread; so the environment has that and, of Python's, only what keeps the current directory off the path.
/// Before CPython 3.11 nothing but `-I` does: what is run has to take it away.
pub(crate) fn repeatable(python: &Path) -> Command {
    let mut command = Command::new(python);
    for (name, _) in env::vars_os() {
        let upper = name.to_string_lossy().to_ascii_uppercase();
        if upper.starts_with("PYTHON") || upper.starts_with("_PYTHON") {
            command.env_remove(name);
        }
    }
    command.env_remove(LAUNCHER_VARIABLE).env("PYTHONHASHSEED", "0").args(["-s", "-B"]);
    // It also keeps CPython 3.11 and later from taking tens of KiB of stack for that directory's path.
    command.env("PYTHONSAFEPATH", "1");
    command
}

//! The Pythons of this machine.
//!
//! These are `python3` on `PATH`, pyenv's newest micro release of each of [`WANTED_MINORS`],
//! `python3.N` on `PATH` for those that pyenv lacks, and `pypy3`. One without a usable `ensurepip`
//! can be a target, but there is nothing to compare with.
//!
//! A test that repeats itself for each Python uses a sample of them, and all of them in a complete
//! run: see [`sample`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::announce::required;

/// The minor releases of Python 3 that a complete run covers.
const WANTED_MINORS: [u32; 8] = [6, 7, 8, 9, 10, 11, 12, 13];

/// The oldest Python that a bundled pip runs on.
const OLDEST_PYTHON: (u32, u32) = (3, 6);

/// Debian's name for its PyPy.
const PYPY: &str = "pypy3";

/// The first Python with PEP 552.
const FIRST_WITH_HASHED_BYTECODE: (u32, u32) = (3, 7);

/// The first Python whose `ensurepip` installs pip alone.
const FIRST_WITHOUT_SETUPTOOLS: (u32, u32) = (3, 12);

/// The script by which an interpreter describes itself.
const DESCRIBE_SCRIPT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/describe_python.py");

/// A Python that a bundled pip runs on.
pub(crate) struct Interpreter {
    /// `sys.executable`: the interpreter itself, not pyenv's shim for it.
    pub(crate) executable: PathBuf,
    /// Major and minor version.
    pub(crate) version: (u32, u32),
    /// Whether it is PyPy, not CPython.
    pub(crate) is_pypy: bool,
    /// The directory that its `ensurepip` takes the pip wheel from; none if it has no usable one.
    pub(crate) wheel_directory: Option<PathBuf>,
    /// The version of the pip that its `ensurepip` installs.
    pub(crate) pip_version: Option<String>,
}

/// The Pythons that were found, and those that are missing.
pub(crate) struct Interpreters {
    /// One for each version, in order; all of them CPython.
    pub(crate) found: Vec<Interpreter>,
    /// PyPy.
    pypy: Option<Interpreter>,
    /// Names of those that a complete run needs.
    pub(crate) missing: Vec<String>,
}

/// The answer to [`DESCRIBE_SCRIPT`].
#[derive(serde::Deserialize)]
struct Description {
    executable: PathBuf,
    implementation: String,
    major: u32,
    minor: u32,
    wheel_directory: Option<PathBuf>,
    pip_version: Option<String>,
}

impl Interpreter {
    /// Its name in messages: `3.12`; and `pypy3`.
    pub(crate) fn name(&self) -> String {
        if self.is_pypy {
            return PYPY.to_owned();
        }
        format!("{}.{}", self.version.0, self.version.1)
    }

    /// Whether its bytecode can refer to its source by hash: only that form is the same for sources
    /// of different times.
    pub(crate) fn has_hashed_bytecode(&self) -> bool {
        self.version >= FIRST_WITH_HASHED_BYTECODE
    }

    /// Whether its `ensurepip` installs setuptools as well.
    pub(crate) fn has_setuptools(&self) -> bool {
        self.version < FIRST_WITHOUT_SETUPTOOLS
    }
}

impl From<Description> for Interpreter {
    fn from(description: Description) -> Self {
        let Description { executable, implementation, major, minor, wheel_directory, pip_version } =
            description;
        let is_pypy = implementation == "pypy";
        Self { executable, version: (major, minor), is_pypy, wheel_directory, pip_version }
    }
}

impl Interpreters {
    /// The interpreters of this machine, searched once in a test run.
    pub(crate) fn of_this_machine() -> &'static Self {
        static FOUND: OnceLock<Interpreters> = OnceLock::new();
        FOUND.get_or_init(Self::look_for)
    }

    /// The newest interpreter.
    pub(crate) fn newest() -> &'static Interpreter {
        Self::of_this_machine().found.last().expect("there is a Python that pip runs on")
    }

    /// A [`sample`] of CPythons.
    pub(crate) fn cpythons(&self) -> Vec<&Interpreter> {
        sample(self.found.iter().collect())
    }

    /// A [`sample`] of all Pythons.
    pub(crate) fn with_pypy(&self) -> Vec<&Interpreter> {
        sample(self.found.iter().chain(&self.pypy).collect())
    }

    /// A [`sample`] of the Pythons whose `ensurepip` works.
    pub(crate) fn with_ensurepip(&self) -> Vec<&Interpreter> {
        let all = self.found.iter().chain(&self.pypy);
        sample(all.filter(|python| python.wheel_directory.is_some()).collect())
    }

    /// The minor releases whose names exist on this machine, whether or not they work.
    pub(crate) fn minors_by_name() -> BTreeSet<u32> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let directories = std::env::split_paths(&path).collect::<Vec<_>>();
        let is_on_path = |minor: &u32| {
            directories.iter().any(|directory| directory.join(format!("python3.{minor}")).is_file())
        };
        let on_path = WANTED_MINORS.into_iter().filter(is_on_path);
        on_path.chain(pyenv_executables().into_keys()).collect()
    }

    /// The end of an announcement: how many cells ran, where, and what is missing.
    pub(crate) fn summary(&self, ran: &[&Interpreter]) -> String {
        let list = |names: &[String], separator: &str| match names {
            [] => "none".to_owned(),
            names => names.join(separator),
        };
        let versions = ran.iter().map(|python| python.name()).collect::<Vec<_>>();
        let (versions, missing) = (list(&versions, " "), list(&self.missing, ", "));
        let reach = if required() { "" } else { ", a sample" };
        format!("{} cells ran on {versions}{reach}; missing: {missing}", ran.len())
    }

    fn look_for() -> Self {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();

        match describe(Path::new("python3")) {
            // A python3 that exists but does not answer is a broken test, not a missing tool.
            Some(Err(problem)) => panic!("python3 on PATH does not answer: {problem}"),
            Some(Ok(description)) => {
                if description.wheel_directory.is_none() {
                    missing.push("the ensurepip of python3".to_owned());
                }
                keep(&mut found, description);
            }
            None => missing.push("python3".to_owned()),
        }
        // Inserted second, pyenv's build replaces a distributor's of the same version, because it
        // is unpatched.
        for executable in pyenv_executables().values() {
            if let Some(Ok(description)) = describe(executable) {
                keep(&mut found, description);
            }
        }
        for minor in WANTED_MINORS {
            // A shim of pyenv for a version that is not activated does not answer.
            let name = format!("python3.{minor}");
            if !found.contains_key(&(3, minor))
                && let Some(Ok(description)) = describe(Path::new(&name))
            {
                keep(&mut found, description);
            }
        }
        missing.extend(
            WANTED_MINORS
                .into_iter()
                .filter(|minor| !found.contains_key(&(3, *minor)))
                .map(|minor| format!("3.{minor}")),
        );
        let pypy = match describe(Path::new(PYPY)) {
            Some(Err(problem)) => panic!("{PYPY} on PATH does not answer: {problem}"),
            Some(Ok(description)) => Some(Interpreter::from(description)),
            None => None,
        };
        if pypy.as_ref().is_none_or(|pypy| pypy.wheel_directory.is_none()) {
            missing.push(PYPY.to_owned());
        }
        Self { found: found.into_values().collect(), pypy, missing }
    }
}

/// The Pythons that a test repeats itself for, out of those that it could use: all in a complete
/// run (see [`required`]), otherwise the oldest, the newest and one other, which is PyPy if there
/// is one.
///
/// The input must be ordered from the oldest, with PyPy at the end; the result has the same order.
pub(crate) fn sample(mut able: Vec<&Interpreter>) -> Vec<&Interpreter> {
    if required() {
        return able;
    }
    let pypy = able.pop_if(|python| python.is_pypy);
    let last = able.len().saturating_sub(1);
    let middle = if pypy.is_none() { last / 2 } else { 0 };
    let cpythons = able.into_iter().enumerate();
    let sampled = cpythons.filter(|(place, _)| [0, middle, last].contains(place));
    sampled.map(|(_, python)| python).chain(pypy).collect()
}

/// Keeps an interpreter, replacing one of the same version, if the bundled pip runs on it.
fn keep(found: &mut BTreeMap<(u32, u32), Interpreter>, description: Description) {
    let interpreter = Interpreter::from(description);
    if interpreter.version >= OLDEST_PYTHON && !interpreter.is_pypy {
        found.insert(interpreter.version, interpreter);
    }
}

/// Asks an interpreter about itself; `None` if there is no such program.
///
/// This one runs in the environment of the test: pyenv's shims need it to find their target.
fn describe(program: &Path) -> Option<Result<Description, String>> {
    let output = match Command::new(program).args(["-I", "-B", DESCRIBE_SCRIPT]).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some(Err(error.to_string())),
    };
    if !output.status.success() {
        return Some(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Some(serde_json::from_slice(&output.stdout).map_err(|error| error.to_string()))
}

/// pyenv's newest micro release of each wanted version, by minor release.
fn pyenv_executables() -> BTreeMap<u32, PathBuf> {
    let versions = pyenv_root().map(|root| root.join("versions"));
    let Some(entries) = versions.and_then(|versions| versions.read_dir().ok()) else {
        return BTreeMap::new();
    };
    let mut newest = BTreeMap::new();
    for entry in entries.flatten() {
        let Some((minor, micro)) = entry.file_name().to_str().and_then(minor_and_micro) else {
            continue;
        };
        let executable = entry.path().join("bin").join("python");
        let candidate = (micro, executable);
        newest
            .entry(minor)
            .and_modify(|best| {
                if candidate > *best {
                    best.clone_from(&candidate);
                }
            })
            .or_insert(candidate);
    }
    newest
        .into_iter()
        .filter(|(minor, _)| WANTED_MINORS.contains(minor))
        .map(|(minor, (_, executable))| (minor, executable))
        .collect()
}

/// Parses `3.12.1`. Other names (`3.13.0t`, `pypy3.10-7.3.17`, an environment's) are ignored.
fn minor_and_micro(directory_name: &str) -> Option<(u32, u32)> {
    let (minor, micro) = directory_name.strip_prefix("3.")?.split_once('.')?;
    Some((minor.parse().ok()?, micro.parse().ok()?))
}

/// Where pyenv keeps its Pythons, by pyenv's own order of precedence.
fn pyenv_root() -> Option<PathBuf> {
    if let Some(root) = std::env::var_os("PYENV_ROOT").filter(|root| !root.is_empty()) {
        return Some(PathBuf::from(root));
    }
    if let Ok(output) = Command::new("pyenv").arg("root").output()
        && output.status.success()
        && let Ok(root) = String::from_utf8(output.stdout)
    {
        return Some(PathBuf::from(root.trim_end()));
    }
    std::env::home_dir().map(|home| home.join(".pyenv"))
}

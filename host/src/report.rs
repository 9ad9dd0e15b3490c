//! The report of a run: as data, as text, as JSON.

mod json;
mod sbom;
mod text;
mod warning;

use crate::error::Error;
use std::path::PathBuf;

pub use json::failure_as_json;
pub(crate) use json::{Document, Done};
pub(crate) use sbom::{document as cyclonedx_document, vendored as vendored_in};

/// The requested command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// [`Bootstrap::run`](crate::Bootstrap::run).
    Install,
    /// [`Bootstrap::uninstall`](crate::Bootstrap::uninstall).
    Uninstall,
    /// [`Bootstrap::status`](crate::Bootstrap::status).
    Status,
}

impl Command {
    /// Its name in a JSON document.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Command::Install => "install",
            Command::Uninstall => "uninstall",
            Command::Status => "status",
        }
    }
}

/// The report of a run.
///
/// Displayed as text, it has the wording of `ensurepip`, at the requested verbosity:
/// `print!("{report}")`. [`Report::to_json`] is for programs.
#[derive(Clone, Debug)]
pub struct Report {
    /// The requested command.
    pub command: Command,
    /// The verbosity of its text, from 0 to 3.
    pub verbosity: u8,
    /// The root, as it was given; none for this system itself.
    pub root: Option<PathBuf>,
    /// Whether the root did not exist before: it was created, or a dry run would have created it.
    pub root_is_new: bool,
    /// The interpreter that the work was done for.
    pub python: Python,
    /// The users that the installation is for.
    pub scope: Scope,
    /// The marker of PEP 668, by which a distributor manages this Python; none if there is none.
    pub externally_managed: Option<PathBuf>,
    /// The mechanism that confined changes, beside the sandbox: `Landlock`. None if there was none,
    /// or nothing was to be changed.
    pub confined_by: Option<&'static str>,
    /// The wheel of pip; without pip, the first of the others.
    pub wheel: WheelSource,
    /// All wheels of the run, that one first, and what became of the project of each.
    pub wheels: Vec<WheelReport>,
    /// The install scheme.
    pub scheme: Scheme,
    /// Modules that the target's Python lacks, and without which its present or future pip cannot
    /// start. None where that is not known: for a pip that is not bundled, for another Python than
    /// CPython on a POSIX system, and where there is no pip.
    pub missing_modules: Option<Vec<MissingModule>>,
    /// The outcome.
    pub outcome: Outcome,
}

/// A module of the standard library that pip needs and a Python lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingModule {
    /// Its full name, such as `distutils.cmd`.
    pub module: String,
    /// Debian's package that contains it; none where that is not known, and for other
    /// distributions.
    pub package: Option<String>,
}

/// A Python, with the facts that a report contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// Its path in the target.
    pub executable: PathBuf,
    /// Its version, as `X.Y.Z`.
    pub version: String,
    /// Its name, such as `cpython`.
    pub implementation: String,
    /// Its platform, such as `linux-x86_64`.
    pub platform: String,
    /// The interpreter of this machine that was run and asked for these facts. None if they were
    /// read from the files of the root, and nothing was run.
    pub asked: Option<PathBuf>,
    /// Other interpreters of the root, by their paths there, that were not selected.
    pub others: Vec<String>,
    /// Whether it is that of a virtual environment.
    pub is_virtual_environment: bool,
}

/// The users that an installation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everyone who uses this Python.
    Everyone,
    /// The user, who asked for it.
    User,
    /// The user, because the library directories cannot be written.
    UserFallback,
}

/// The wheel of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WheelSource {
    /// The project in it, as the wheel spells it: `pip`.
    pub project: String,
    /// Its version.
    pub version: String,
    /// Its file name.
    pub file_name: String,
    /// The directory it was found in; none if it is bundled.
    pub directory: Option<PathBuf>,
    /// Its SHA-256 digest, in hexadecimal.
    pub sha256: String,
    /// The licences that it states; none for a bundled wheel, which is pip's.
    pub licenses: Licenses,
}

/// The licences that a wheel states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licenses {
    /// An SPDX expression, as in `License-Expression` of its metadata.
    pub expression: Option<String>,
    /// Names and classifiers, as in `License` and `Classifier` of its metadata; none if there is an
    /// expression.
    pub names: Vec<String>,
}

/// The directories of a run. The paths in `granted` and `scripts` are those of this machine, with
/// the root before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// The path of each role in the target, in the order `purelib`, `platlib`, `headers`,
    /// `scripts`, `data`.
    pub paths: [(&'static str, String); 5],
    /// The directories granted to the component.
    pub granted: Vec<Granted>,
    /// The directory of the scripts.
    pub scripts: PathBuf,
}

/// A directory that the component was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// Its role in the install scheme: `purelib`, `platlib`, `headers` or `data`.
    pub role: &'static str,
    /// Its path.
    pub path: PathBuf,
}

/// A version of pip, or of another project, that the target has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its version; empty if it does not state one.
    pub version: String,
    /// The directory that it is in, with the root before it.
    pub directory: PathBuf,
}

/// The error that a run would fail with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the error, as [`Error::code`](crate::Error::code) returns it.
    pub code: &'static str,
    /// The message of the run.
    pub message: String,
    /// Advice on the error.
    pub hint: Option<&'static str>,
}

impl Refusal {
    /// The refusal for an error.
    pub(crate) fn of(error: &Error) -> Refusal {
        Refusal { code: error.code(), message: error.to_string(), hint: error.hint() }
    }
}

/// What a run would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToDo {
    /// Install it.
    Install,
    /// Replace the version that is there.
    Upgrade,
    /// Nothing.
    Nothing,
}

impl ToDo {
    /// What a run does about the version that a target has, which may be older than the wheel.
    pub(crate) fn about(installed: Option<&Found>, is_older: bool, upgrade: bool) -> ToDo {
        match installed {
            None => ToDo::Install,
            Some(_) if is_older && upgrade => ToDo::Upgrade,
            Some(_) => ToDo::Nothing,
        }
    }
}

/// Every file of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The files, scripts included, sorted by path.
    pub files: Vec<File>,
    /// The libraries in pip's own package, as its bill of materials lists them. Empty for a pip that
    /// has none.
    pub vendored: Vec<Vendored>,
}

/// A library that pip brings in its own package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vendored {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its package URL.
    pub purl: String,
}

/// A file of the target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Its path in the target, without the root, with the separators of the target.
    pub path: String,
    /// Its SHA-256 digest, in hexadecimal; none for a file that is not written yet.
    pub sha256: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// Its permission bits; none where files have none.
    pub mode: Option<u32>,
    /// The number of its wheel in [`Report::wheels`]; none for a script of several wheels.
    pub wheel: Option<usize>,
}

/// A wheel of a run, and what became of its project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WheelReport {
    /// The wheel.
    pub source: WheelSource,
    /// What became of its project.
    pub change: Change,
}

/// What became of a project, or would.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It was installed, or would be.
    Installed {
        /// The version that it replaces; empty if that does not state one. None if there is none.
        replaced: Option<String>,
    },
    /// The target has it, and keeps it.
    Kept(Found),
    /// It was removed.
    Removed {
        /// Its version.
        version: String,
    },
    /// The target has another version than the one to be removed, which stays.
    Other(Found),
    /// There is nothing to be removed.
    Absent,
    /// The target was inspected.
    Status {
        /// What the target has of it.
        installed: Option<Found>,
        /// Whether that is older than the wheel, so that an upgrade would replace it.
        is_older: bool,
        /// What a run would do, unless it is refused.
        to_do: ToDo,
    },
}

/// The outcome of a run. What it states about one version is about pip, or else the first wheel that it
/// applies to; [`Report::wheels`] has all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// pip was installed.
    Installed {
        /// How many files were written, bytecode included, scripts left out.
        files: u32,
        /// How many of them are bytecode.
        bytecode: u32,
        /// The file names of the scripts.
        scripts: Vec<String>,
        /// The version that was replaced, if one was; empty if it did not state one.
        replaced: Option<String>,
        /// How many files were removed for it, scripts left out.
        removed: u32,
        /// Every file, if requested by [`Bootstrap::manifest`](crate::Bootstrap::manifest).
        manifest: Option<Manifest>,
    },
    /// pip would be installed; only a plan was requested.
    Planned {
        /// The wheel's files for the target, sorted by path; without scripts, bytecode and the
        /// metadata that an installer adds.
        files: Vec<File>,
        /// The names of the scripts, without `.exe`.
        scripts: Vec<String>,
        /// The version that would be replaced, if one would.
        replaces: Option<String>,
    },
    /// pip was removed.
    Removed {
        /// Its version.
        version: String,
        /// How many files were removed, scripts left out.
        files: u32,
        /// The file names of the scripts that belonged to it.
        scripts: Vec<String>,
        /// The paths of all removed files in the target, without the root, scripts included, sorted, if
        /// requested by [`Bootstrap::manifest`](crate::Bootstrap::manifest).
        removed: Option<Vec<String>>,
    },
    /// The target has a pip of another version than the one to be removed, which stays.
    Other(Found),
    /// There is no pip to be removed.
    Absent,
    /// The target has a pip, and kept it.
    Kept(Found),
    /// The target was inspected.
    Status {
        /// Its pip.
        installed: Option<Found>,
        /// Whether that pip is older than the wheel, so that an upgrade would replace it.
        is_older: bool,
        /// What a run would do, unless it is refused.
        to_do: ToDo,
        /// The error of a run, with an upgrade where that would replace the pip; none if the run
        /// would not be refused.
        refusal: Option<Refusal>,
    },
}

/// A version in a sentence.
fn shown(version: &str) -> &str {
    if version.is_empty() { "of unknown version" } else { version }
}

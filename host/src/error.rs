//! Every error, with the facts needed to fix its cause.

/// Gives each case its code, and lists the codes: a case without one does not compile. Cases that have
/// codes of their own come last.
macro_rules! codes {
    ($($case:pat => $code:literal,)* $(; $inner:pat => $inner_code:expr)*) => {
        pub(super) const CODES: &[&str] = &[$($code),*];

        /// A name for the case, for programs. It stays the same from version to version.
        #[must_use]
        pub fn code(&self) -> &'static str {
            match self {
                $($case => $code,)*
                $($inner => $inner_code,)*
            }
        }
    };
}

mod hint;
mod holder;
mod root;
mod set;

pub use holder::Holder;
pub use root::RootError;
pub use set::SetError;

use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why pip was not installed. The message names the file and the reason; [`Error::hint`] gives
/// advice where there is some.
///
/// Whatever the error, the target is as it was before.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Both kinds of scripts were asked for. These are the words of CPython's `ensurepip`.
    #[error("Cannot use altinstall and default_pip together")]
    ConflictingScripts,

    /// An environment variable has an invalid value.
    #[error("{name} is `{value}`: {detail}")]
    Environment {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        detail: &'static str,
    },

    /// The root is most likely a mistake, or it is not clear which Python is meant.
    #[error(transparent)]
    Root(#[from] RootError),

    /// A set of wheels cannot be installed.
    #[error(transparent)]
    Set(#[from] SetError),

    /// There is no Python to install for.
    #[error("no Python was found: neither `python3` nor `python` is on PATH")]
    NoPython,

    /// No Python of this machine has the version that was asked for.
    #[error("no Python {version} was found: {detail}")]
    NoSuchPython {
        /// The version.
        version: String,
        /// What there is instead.
        detail: String,
    },

    /// The scripts of a Windows image name their interpreter with its drive, which no file states.
    #[error("the files of the Windows Python `{}` do not state its drive, which its scripts need", path.display())]
    UnknownDrive {
        /// The interpreter.
        path: PathBuf,
    },

    /// Bytecode is requested for a Python that is not run, and no Python on PATH compiles the same.
    #[error("no Python on PATH compiles bytecode for `{}`, which is {implementation} {version}", path.display())]
    NoCompiler {
        /// The interpreter.
        path: PathBuf,
        /// Its name, such as `cpython`.
        implementation: String,
        /// Its version.
        version: String,
    },

    /// The root has a Python, and one of its files lacks what is needed to identify it.
    #[error("the files of the Python in the root do not identify it: `{}` {detail}", path.display())]
    PythonFiles {
        /// The file.
        path: PathBuf,
        /// What is wrong with it or missing.
        detail: String,
    },

    /// Two files of a Python in the root belong to different Pythons.
    #[error("`{}` and `{}` contradict each other: {detail}", first.display(), second.display())]
    PythonContradiction {
        /// The one file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// The contradiction: the value of each.
        detail: String,
    },

    /// The interpreter could not be started.
    #[error("failed to run the Python `{}`: {reason}", path.display())]
    PythonStart {
        /// The interpreter.
        path: PathBuf,
        /// The reason.
        reason: io::Error,
    },

    /// The interpreter ran, and its output is not what a Python reports about itself.
    #[error("`{}` did not return valid interpreter information: {detail}", path.display())]
    PythonAnswer {
        /// The interpreter.
        path: PathBuf,
        /// What is wrong with its output.
        detail: String,
    },

    /// No pip here supports the interpreter's version.
    #[error("`{}` is Python {found}, which pip {version} does not support: it requires Python {requires}", path.display())]
    UnsupportedPython {
        /// The interpreter.
        path: PathBuf,
        /// Its version.
        found: String,
        /// The version of pip.
        version: String,
        /// pip's `Requires-Python`.
        requires: String,
    },

    /// The interpreter's distributor does not want it to be changed (PEP 668).
    #[error("this Python is managed by its distributor, according to `{}`\n\n{message}\n", path.display())]
    ExternallyManaged {
        /// The marker.
        path: PathBuf,
        /// Its message.
        message: String,
    },

    /// The user site cannot take an installation.
    #[error("cannot install into the user site: {0}")]
    UserSite(String),

    /// None of the wheels supports the interpreter.
    #[error("no available pip supports Python {found} (`{}`): too {} for {}", path.display(), if *is_old { "old" } else { "new" }, wheels.join(", "))]
    NoFittingWheel {
        /// The interpreter.
        path: PathBuf,
        /// Its version.
        found: String,
        /// Whether it is older than the supported ones, and not newer.
        is_old: bool,
        /// The wheels, each with the Pythons it supports.
        wheels: Vec<String>,
    },

    /// The wheel has another digest than the caller pinned.
    #[error("the wheel `{wheel}` has the SHA-256 digest {found}, not {expected}")]
    WheelNotPinned {
        /// The wheel's file name.
        wheel: String,
        /// Its digest, in hexadecimal.
        found: String,
        /// The digest that was asked for; of several, how many were.
        expected: String,
    },

    /// The directory of wheels cannot be read, or has no wheel of a project.
    #[error("no wheel of {wanted} in `{}`: {detail}", path.display())]
    WheelDirectory {
        /// The project, and the version if one is wanted.
        wanted: String,
        /// The directory.
        path: PathBuf,
        /// What it has instead, or why it cannot be read.
        detail: String,
    },

    /// A wheel cannot be read.
    #[error("failed to read the wheel `{}`: {reason}", path.display())]
    WheelRead {
        /// The wheel.
        path: PathBuf,
        /// The reason.
        reason: io::Error,
    },

    /// The program's own wheel is not the one it was built with.
    #[error("the bundled wheel `{file_name}` is damaged: CRC-32 mismatch")]
    WheelDamaged {
        /// The wheel's file name.
        file_name: String,
    },

    /// The wheel must not be installed.
    #[error("the wheel `{wheel}` is unsound\n{}", faults.join("\n"))]
    UnsoundWheel {
        /// The wheel's file name.
        wheel: String,
        /// All its faults, a line each: entry, code and reason.
        faults: Vec<String>,
    },

    /// A directory of the target cannot be opened or made.
    #[error("failed to open the directory `{}`: {detail}", path.display())]
    Directory {
        /// The directory, as named on this machine.
        path: PathBuf,
        /// The reason.
        detail: String,
    },

    /// Something that cannot be replaced is in the way: a directory in the place of a file, or
    /// something else in the place of a directory.
    #[error("`{}` is in the way of pip, and cannot be replaced", path.display())]
    Occupied {
        /// What is in the way.
        path: PathBuf,
    },

    /// The metadata of the installed version does not list its files.
    #[error("cannot replace or remove pip{}{version}: `{}` does not list its files", if version.is_empty() { "" } else { " " }, path.display())]
    UnknownFiles {
        /// Its metadata.
        path: PathBuf,
        /// Its version; empty if it does not state one.
        version: String,
    },

    /// A file or directory named like the metadata of pip cannot be read as metadata.
    #[error("cannot determine which pip is installed: `{}` is not a `.dist-info` directory", path.display())]
    UnreadableMetadata {
        /// Its path.
        path: PathBuf,
    },

    /// There are several pips, and they would not all be replaced or removed.
    #[error("more than one pip is installed: {}", list(paths))]
    SeveralVersions {
        /// The metadata of each.
        paths: Vec<PathBuf>,
    },

    /// Reading or writing in the target failed.
    #[error("failed to {operation} `{}`: {reason}", path.display())]
    Io {
        /// The operation that failed, as a verb.
        operation: String,
        /// The path, as named on this machine.
        path: PathBuf,
        /// The reason.
        reason: String,
    },

    /// The scripts could not be written.
    #[error("failed to write the scripts: {0}")]
    Shims(String),

    /// Bytecode could not be compiled.
    #[error("failed to compile bytecode: {0}")]
    Bytecode(String),

    /// A bytecode pack cannot be used or written.
    #[error("bytecode pack `{}`: {reason}", path.display())]
    BytecodePack {
        /// The pack.
        path: PathBuf,
        /// The reason.
        reason: String,
    },

    /// Modes could not be set.
    #[error("failed to set modes: {0}")]
    Permissions(String),

    /// Another run holds the lock of the target, and did not end soon.
    #[error("`{}` is locked by {}", path.display(), holder.as_ref().map_or("another run".to_owned(), Holder::to_string))]
    Locked {
        /// The directory.
        path: PathBuf,
        /// The process that holds it, where the system reports it.
        holder: Option<Holder>,
    },

    /// An image cannot be read or changed.
    #[error(transparent)]
    Image(#[from] ensurepip_oci::Error),

    /// A run in the image of one platform failed.
    #[error("{platform}: {error}")]
    ImagePlatform {
        /// The platform, as `OS/ARCHITECTURE[/VARIANT]`.
        platform: String,
        /// The reason.
        error: Box<Error>,
    },

    /// The caller's callback cancelled the run.
    #[error("cancelled; the target is unchanged")]
    Cancelled,

    /// A required thread could not be started.
    #[error("failed to start a thread: {reason}")]
    Thread {
        /// The reason.
        reason: io::Error,
    },

    /// The system grants less memory than an installation takes.
    #[error("not enough memory: an installation takes {needed} MiB more")]
    Memory {
        /// How much it takes from here on, in MiB.
        needed: usize,
    },

    /// The component was stopped, or broke the contract.
    #[error("the component failed: {0}")]
    Component(String),
}

/// Paths in a sentence.
fn list(paths: &[PathBuf]) -> String {
    let paths = paths.iter().map(|path| format!("`{}`", path.display()));
    paths.collect::<Vec<_>>().join(", ")
}

impl Error {
    codes! {
        Error::Image(ensurepip_oci::Error::Layout { .. }) => "image-layout",
        Error::Image(ensurepip_oci::Error::Selection { .. }) => "image-selection",
        Error::Image(ensurepip_oci::Error::Blob { .. }) => "image-blob",
        Error::Image(ensurepip_oci::Error::Document { .. }) => "image-document",
        Error::Image(ensurepip_oci::Error::Layer { .. }) => "image-layer",
        Error::ConflictingScripts => "conflicting-scripts",
        Error::Environment { .. } => "environment",
        Error::NoPython => "no-python",
        Error::NoSuchPython { .. } => "no-such-python",
        Error::UnknownDrive { .. } => "unknown-drive",
        Error::NoCompiler { .. } => "no-compiler",
        Error::PythonFiles { .. } => "python-files",
        Error::PythonContradiction { .. } => "python-contradiction",
        Error::PythonStart { .. } => "python-start",
        Error::PythonAnswer { .. } => "python-answer",
        Error::UnsupportedPython { .. } => "unsupported-python",
        Error::ExternallyManaged { .. } => "externally-managed",
        Error::UserSite(_) => "user-site",
        Error::NoFittingWheel { .. } => "no-fitting-wheel",
        Error::WheelNotPinned { .. } => "wheel-not-pinned",
        Error::WheelDirectory { .. } => "wheel-directory",
        Error::WheelRead { .. } => "wheel-read",
        Error::WheelDamaged { .. } => "wheel-damaged",
        Error::UnsoundWheel { .. } => "unsound-wheel",
        Error::Directory { .. } => "directory",
        Error::Occupied { .. } => "occupied",
        Error::UnknownFiles { .. } => "unknown-files",
        Error::UnreadableMetadata { .. } => "unreadable-metadata",
        Error::SeveralVersions { .. } => "several-versions",
        Error::Io { .. } => "io",
        Error::Shims(_) => "shims",
        Error::Bytecode(_) => "bytecode",
        Error::BytecodePack { .. } => "bytecode-pack",
        Error::Permissions(_) => "permissions",
        Error::Locked { .. } => "locked",
        Error::Cancelled => "cancelled",
        Error::Thread { .. } => "thread",
        Error::Memory { .. } => "memory",
        Error::Component(_) => "component",
        ; Error::Root(error) => error.code()
        ; Error::Set(error) => error.code()
        ; Error::ImagePlatform { error, .. } => error.code()
        ; Error::Image(ensurepip_oci::Error::Stopped) => "cancelled"
        // A file that cannot be read or written.
        ; Error::Image(_) => "io"
    }

    /// All codes.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        [Self::CODES, RootError::CODES, SetError::CODES].concat().into_iter()
    }
}

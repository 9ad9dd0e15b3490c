//! Sets of wheels that cannot be installed: not stated clearly, not all there, or not made for the
//! target.

use std::path::PathBuf;
use thiserror::Error;

/// Why a set of wheels is refused. Nothing was made or changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetError {
    /// Other projects than pip are wanted, and no directory of wheels was named.
    #[error("no directory of wheels was named, and only pip is bundled")]
    NoDirectory,

    /// pip is not wanted, and nothing else is.
    #[error(
        "nothing is to be installed: pip is left out, and no other project is wanted for this target"
    )]
    Empty,

    /// What is wanted of a project cannot be read.
    #[error("`{text}` is no project with or without a version: {detail}")]
    Requirement {
        /// The text.
        text: String,
        /// What is wrong with it.
        detail: String,
    },

    /// A requirements file or a lock file cannot be read, or states what cannot be installed.
    #[error("`{}`: {detail}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The line or the package, and what is wrong with it.
        detail: String,
    },

    /// Two statements about one project contradict each other.
    #[error("{0}")]
    Contradiction(String),

    /// Hashes are required, because some were given, and a project has none.
    #[error("`{project}` has no hash, and others have, so that all need one")]
    NoHash {
        /// The project, as it was named.
        project: String,
    },

    /// None of the wheels of a project is for the target.
    #[error("no wheel of {wanted} fits {python} (`{}`):\n{}", path.display(), reasons.join("\n"))]
    NoFittingWheel {
        /// The project, and the version if one is wanted.
        wanted: String,
        /// The name and version of the Python, as in a sentence.
        python: String,
        /// The interpreter.
        path: PathBuf,
        /// Each wheel, and why it does not fit: a line each.
        reasons: Vec<String>,
    },

    /// The wheels require what neither the set nor the target has.
    #[error("not all that the wheels require is there:\n{}", unmet.join("\n"))]
    Unmet {
        /// A line for each requirement: the wheel, the requirement, and what there is instead.
        unmet: Vec<String>,
    },

    /// Two wheels want the same path.
    #[error("the wheels `{}` and `{}` cannot both be installed: both want `{}`", wheels[0], wheels[1], path.display())]
    Conflict {
        /// The file names of the wheels.
        wheels: [String; 2],
        /// The path.
        path: PathBuf,
    },

    /// A bytecode pack is for pip alone.
    #[error("a bytecode pack has the bytecode of pip alone, not that of other wheels")]
    BytecodePack,
}

impl SetError {
    codes! {
        SetError::NoDirectory => "no-wheel-directory",
        SetError::Empty => "empty-set",
        SetError::Requirement { .. } => "requirement",
        SetError::File { .. } => "requirements-file",
        SetError::Contradiction(_) => "contradicting-requirements",
        SetError::NoHash { .. } => "no-hash",
        SetError::NoFittingWheel { .. } => "no-fitting-wheel-in-set",
        SetError::Unmet { .. } => "unmet-requirements",
        SetError::Conflict { .. } => "conflicting-wheels",
        SetError::BytecodePack => "bytecode-pack-for-set",
    }

    /// As [`Error::hint`](super::Error::hint).
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            SetError::NoDirectory => Some("name the directory with `--wheel-dir DIR`"),
            SetError::Empty => {
                Some("name a project with `--with NAME`, or a file of them with `-r FILE`")
            }
            SetError::NoHash { .. } => Some(
                "list it with its hash in the requirements file; for pip, pass `--sha256`, or leave it out with `--without-pip`",
            ),
            SetError::Unmet { .. } => Some(
                "add what is missing with `--with NAME`, or pass `--no-deps` to install the set as it is",
            ),
            SetError::BytecodePack => Some(
                "with `--compile`, a Python compiles all; without it, pip gets no bytecode in an image",
            ),
            _ => None,
        }
    }
}

//! Roots that are mistakes: misspelt, not set, or without the requested Python.

use std::path::PathBuf;
use thiserror::Error;

/// Why a root is refused. Nothing was made or changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RootError {
    /// The root is an empty path, as that of a variable that is not set.
    #[error("the root is an empty path")]
    Empty,

    /// The root does not exist, and no Python was named for which to make it.
    #[error("the root `{}` does not exist", path.display())]
    Missing {
        /// The root.
        path: PathBuf,
    },

    /// The root has files, and no Python among them.
    #[error("no Python was found in the root `{}`, which is not empty", path.display())]
    NoPython {
        /// The root.
        path: PathBuf,
    },

    /// The root is an image, and does not have the Python that was named.
    #[error("the root `{}` has no `{}`{}", path.display(), python.display(), instead(found))]
    OtherPython {
        /// The root.
        path: PathBuf,
        /// The interpreter that was named, by its absolute path.
        python: PathBuf,
        /// The interpreters that it has, by their paths there.
        found: Vec<String>,
    },

    /// One Python was found first, and a distributor's Python has the prefix that was asked for. They
    /// have different directories for packages.
    #[error("the package at `{prefix}` could be for two Pythons: `{}` was found first, and `{}` has that prefix", first.display(), packaged.display())]
    AmbiguousPrefix {
        /// The prefix that was asked for.
        prefix: String,
        /// The interpreter on PATH, or of the active virtual environment.
        first: PathBuf,
        /// The distributor's interpreter.
        packaged: PathBuf,
    },
}

impl RootError {
    codes! {
        RootError::Empty => "empty-root",
        RootError::Missing { .. } => "no-root",
        RootError::NoPython { .. } => "no-python-in-root",
        RootError::OtherPython { .. } => "python-not-in-root",
        RootError::AmbiguousPrefix { .. } => "ambiguous-prefix",
    }

    /// As [`Error::hint`](super::Error::hint).
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            RootError::Empty => "use `/` for this system",
            RootError::Missing { .. } => {
                "make the directory first, or name the Python to install for with `--python PATH` or \
                 `--prefix DIR`"
            }
            RootError::NoPython { .. } => {
                "name the interpreter with `--python PATH`, by its absolute path in the root or as one of \
                 this machine; or name the prefix in the root at which one will be with `--prefix DIR`"
            }
            RootError::OtherPython { .. } => {
                "an absolute `--python PATH` is a path in the root; a name or a relative path, such as \
                 `python3`, is a Python of this machine, and so is any path with `--prefix DIR`"
            }
            RootError::AmbiguousPrefix { .. } => "name the one to install for with `--python PATH`",
        }
    }
}

/// The interpreters that an image has instead of the named one, as the end of a sentence.
fn instead(found: &[String]) -> String {
    match found {
        [] => ", and no other Python was found".to_owned(),
        found => format!("; it has `{}`", found.join("`, `")),
    }
}

//! Roots that are mistakes: misspelt, not set, or without the requested Python.

use std::path::PathBuf;
use thiserror::Error;

/// Why a root is refused. Nothing was made or changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RootError {
    /// The root is an empty path, as that of an unset variable.
    #[error("the root is an empty path")]
    Empty,

    /// The root does not exist, and no Python was named that it could be made for.
    #[error("the root `{}` does not exist", path.display())]
    Missing {
        /// The root.
        path: PathBuf,
    },

    /// The root has files, but no Python among them.
    #[error("no Python was found in the root `{}`, which is not empty", path.display())]
    NoPython {
        /// The root.
        path: PathBuf,
    },

    /// The root is an image, and does not have the named Python.
    #[error("the root `{}` has no `{}`{}", path.display(), python.display(), instead(found))]
    OtherPython {
        /// The root.
        path: PathBuf,
        /// The named interpreter, by its absolute path.
        python: PathBuf,
        /// The interpreters of the root, by their paths there.
        found: Vec<String>,
    },

    /// The Python found first is not the distributor's Python that has the requested prefix. The two
    /// have different directories for packages.
    #[error("the package at `{prefix}` could be for two Pythons: `{}` was found first, and `{}` has that prefix", first.display(), packaged.display())]
    AmbiguousPrefix {
        /// The requested prefix.
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

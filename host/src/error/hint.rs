//! What someone can do about an error.

use super::Error;

impl Error {
    /// What to do about it, as a sentence without a full stop; none where the message says it all.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Error::ExternallyManaged { .. } => Some(
                "`--break-system-packages` goes on regardless, at the risk of breaking this Python \
                 or the system that needs it; a virtual environment is the safe way",
            ),
            Error::NoPython => Some("name one with `--python PATH`"),
            Error::Root(error) => Some(error.hint()),
            Error::UnknownDrive { .. } => Some(
                "`--executable PATH` says what the interpreter is called there, such as \
                 `C:\\Python313\\python.exe`",
            ),
            Error::NoCompiler { .. } => Some(
                "without `--compile`, pip goes without bytecode, which Python makes up for when it \
                 can",
            ),
            Error::PythonFiles { .. } | Error::PythonContradiction { .. } => Some(
                "`--python PATH` names another interpreter: one of the root, by its path in there",
            ),
            Error::UnsupportedPython { .. } | Error::NoFittingWheel { .. } => {
                Some("`--wheel-dir DIR` installs the newest pip of a directory that fits")
            }
            Error::UnsoundWheel { faults, .. }
                if faults.iter().any(|fault| fault.ends_with("[debundled]")) =>
            {
                Some(
                    "without `--wheel-dir`, the bundled pip is installed, which needs nothing else",
                )
            }
            Error::UnknownFiles { .. } | Error::UnreadableMetadata { .. } => {
                Some("remove it with whatever installed it, and try again")
            }
            Error::SeveralVersions { .. } => Some(
                "`--upgrade` replaces all of them by one, unless one is newer than that; otherwise, \
                 remove those that are too many with whatever installed them",
            ),
            Error::Locked { .. } => Some("wait until it has ended, and try again"),
            Error::Occupied { .. } => Some("remove it, or move it away, and try again"),
            Error::Shims(detail) if detail.contains("interpreter path") => {
                Some("`--executable PATH` says which interpreter the scripts are to name")
            }
            _ => None,
        }
    }
}

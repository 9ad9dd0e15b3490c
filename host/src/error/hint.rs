//! What a user can do about an error.

use super::Error;

impl Error {
    /// Advice on the error, as a sentence without a full stop; none where the message is enough.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Error::ExternallyManaged { .. } => Some(
                "use a virtual environment; or pass `--break-system-packages`, at the risk of breaking \
                 this Python or the system that needs it",
            ),
            Error::NoPython | Error::NoSuchPython { .. } => Some("name one with `--python PATH`"),
            Error::Root(error) => Some(error.hint()),
            Error::Set(error) => error.hint(),
            Error::ImagePlatform { error, .. } => error.hint(),
            Error::UnknownDrive { .. } => Some(
                "pass the interpreter's path on that system with `--executable PATH`, for example \
                 `C:\\Python313\\python.exe`",
            ),
            Error::NoCompiler { .. } => Some(
                "without `--compile`, pip is installed without bytecode, and Python compiles it when it \
                 can",
            ),
            Error::PythonFiles { .. } | Error::PythonContradiction { .. } => Some(
                "name another interpreter of the root with `--python PATH`, by its path in the root",
            ),
            Error::UnsupportedPython { .. } | Error::NoFittingWheel { .. } => {
                Some("`--wheel-dir DIR` installs the newest suitable pip of a directory")
            }
            Error::UnsoundWheel { faults, .. }
                if faults.iter().any(|fault| fault.ends_with("[debundled]")) =>
            {
                Some(
                    "without `--wheel-dir`, the bundled pip is installed, which needs nothing else; or \
                     add what is missing with `--with NAME`",
                )
            }
            Error::UnknownFiles { .. } | Error::UnreadableMetadata { .. } => {
                Some("remove it with the tool that installed it, and try again")
            }
            Error::SeveralVersions { .. } => Some(
                "`--upgrade` replaces all of them with one version, unless one of them is newer; \
                 otherwise, remove the others with the tool that installed them",
            ),
            Error::Locked { .. } => Some("wait until it has ended, and try again"),
            Error::Occupied { .. } => Some("remove it, or move it away, and try again"),
            Error::Shims(detail) if detail.contains("interpreter path") => {
                Some("name the interpreter for the scripts with `--executable PATH`")
            }
            _ => None,
        }
    }
}

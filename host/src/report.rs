//! What a run has done, for whoever asked for it.

use std::path::PathBuf;

/// What a run has done. Paths are those of this machine, with the root before them.
#[derive(Clone, Debug)]
pub struct Report {
    /// The project that was installed: `pip`.
    pub project: String,
    /// The version of the wheel.
    pub version: String,
    /// The wheel: its path, or only its file name if it is bundled.
    pub wheel: PathBuf,
    /// The interpreter that was installed for.
    pub python: PathBuf,
    /// Its version, as `X.Y.Z`.
    pub python_version: String,
    /// What the component was granted.
    pub granted: Vec<Granted>,
    /// Where scripts go.
    pub scripts_directory: PathBuf,
    /// Whether it went to the user site without being asked to, because the library directories
    /// cannot be written.
    pub is_user_installation_for_want: bool,
    /// What came of it.
    pub outcome: Outcome,
}

/// A directory that the component was granted.
#[derive(Clone, Debug)]
pub struct Granted {
    /// Its role in the install scheme: `purelib`, `platlib`, `headers` or `data`.
    pub role: &'static str,
    /// Its path.
    pub path: PathBuf,
}

/// What came of a run.
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
    },
    /// pip would be installed; it was asked for no more than that.
    Planned {
        /// How many files the wheel has for the target.
        files: u32,
        /// The names of the scripts, without `.exe`.
        scripts: Vec<String>,
    },
    /// pip was removed.
    Removed {
        /// Its version.
        version: String,
        /// How many files were removed, scripts left out.
        files: u32,
        /// The file names of the scripts that belonged to it.
        scripts: Vec<String>,
    },
    /// The target has a pip of another version than the one to be removed, which stays.
    Other {
        /// Its version; empty if it does not state one.
        installed: String,
    },
    /// There is no pip to be removed.
    Absent,
    /// The target has a pip, and kept it.
    Kept {
        /// Its version; empty if it does not state one.
        version: String,
        /// The directory that it is in.
        directory: PathBuf,
    },
}

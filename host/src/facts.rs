//! The facts about a Python, from either source: reported by the Python itself (`interpreter.rs`),
//! or read from the files of an image (`image.rs`).

#[cfg(test)]
pub(crate) mod sample;

use serde::Deserialize;
use std::path::PathBuf;

/// The facts about a Python. Paths are absolute, and links in them are not resolved.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The source of the facts; not part of a Python's own answer.
    #[serde(skip)]
    pub(crate) origin: Origin,
    /// `sys.version_info[:3]`.
    pub(crate) version: [u32; 3],
    /// `sys.implementation.name`.
    pub(crate) implementation: String,
    /// `sys.implementation.cache_tag`.
    pub(crate) cache_tag: Option<String>,
    /// `os.name`.
    pub(crate) os: String,
    /// `sysconfig.get_platform()`. On Linux it names the kernel's CPU, which files do not state.
    /// Read from files, it names the CPU that the interpreter was built for: `i686` and `armv7l`
    /// among the 32-bit ones, and `unknown` for one that is not in the table.
    pub(crate) platform: String,
    /// `sys.executable`.
    pub(crate) executable: PathBuf,
    /// The interpreter that scripts name: `executable`, unless it runs from its build directory.
    pub(crate) shebang: String,
    pub(crate) prefix: String,
    pub(crate) exec_prefix: String,
    pub(crate) base_prefix: String,
    pub(crate) base_exec_prefix: String,
    /// `sys.platlibdir`; on Windows `lib`, as `sysconfig` has it there.
    pub(crate) platlibdir: String,
    pub(crate) abiflags: String,
    pub(crate) free_threaded: bool,
    /// `sys.winver`; none elsewhere than on Windows.
    pub(crate) winver: Option<String>,
    pub(crate) user_base: Option<String>,
    /// `sysconfig.get_path("stdlib")`, the directory of the PEP 668 marker.
    pub(crate) stdlib: String,
    /// Whether this Python looks into the user site.
    pub(crate) user_site: UserSite,
    /// The magic number of its bytecode, four bytes in hexadecimal; none if it is not known.
    pub(crate) magic: Option<String>,
    /// The preferred scheme.
    #[serde(rename = "paths")]
    pub(crate) scheme: Scheme,
    /// `sysconfig.get_paths()` of the user scheme; none where there is no user base.
    pub(crate) user_paths: Option<Paths>,
    /// Where the distributor's own packages are installed, below the base prefix; none where no
    /// distribution separates them from what pip installs, and where the Python was not asked.
    pub(crate) package_paths: Option<Paths>,
    /// `site.getsitepackages()`: where this Python looks for packages, apart from the user site. In a
    /// virtual environment that includes the system's packages, those of the base Python too.
    #[serde(default)]
    pub(crate) site_packages: Vec<String>,
}

/// The source of facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The interpreter of this machine that was run; none if the files of a root were read.
    pub(crate) interpreter: Option<PathBuf>,
    /// Other interpreters of that root, which were not selected.
    pub(crate) others: Vec<String>,
}

/// The install scheme: its paths, or only its name.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(from = "Paths")]
pub(crate) enum Scheme {
    /// The paths that the Python reported.
    Reported(Paths),
    /// The name of the scheme of a Python that was not run.
    Named(SchemeName),
}

impl From<Paths> for Scheme {
    fn from(paths: Paths) -> Scheme {
        Scheme::Reported(paths)
    }
}

/// The schemes that pip uses for an installation that is not the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SchemeName {
    /// `posix_prefix`, also of a virtual environment.
    PosixPrefix,
    /// Debian's `posix_local`.
    PosixLocal,
    /// `posix_prefix` in the variant of Fedora, its relatives and openSUSE: below `local` of the
    /// prefix.
    RpmLocal,
    /// `nt`, also of a virtual environment.
    Nt,
}

/// The install paths that a Python reports.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
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
    /// Invisible: this is a virtual environment that is isolated from everything outside it.
    Invisible,
    /// Unknown: the users of an image's Python are not known.
    Unknown,
}

//! What is known of a Python, however it was found out: reported by the Python itself
//! (`interpreter.rs`), or read from the files of an image (`image.rs`).

#[cfg(test)]
pub(crate) mod sample;

use serde::Deserialize;
use std::path::PathBuf;

/// What is known of a Python. Paths are absolute, and links in them are not resolved.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Where all of this comes from; not part of a Python's own answer.
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
    /// `sysconfig.get_platform()`. On Linux it names the kernel's CPU, which files cannot: read from
    /// files, it is the one that the interpreter was built for, `i686` and `armv7l` among the 32-bit
    /// ones, and `unknown` for one that is not in the table.
    pub(crate) platform: String,
    /// `sys.executable`.
    pub(crate) executable: PathBuf,
    /// The interpreter that scripts name: `executable`, unless it runs from its build directory.
    pub(crate) shebang: String,
    pub(crate) prefix: String,
    pub(crate) exec_prefix: String,
    pub(crate) base_prefix: String,
    pub(crate) base_exec_prefix: String,
    /// `sys.platlibdir`; on Windows the `lib` that `sysconfig` has there.
    pub(crate) platlibdir: String,
    pub(crate) abiflags: String,
    pub(crate) free_threaded: bool,
    /// `sys.winver`; none elsewhere than on Windows.
    pub(crate) winver: Option<String>,
    pub(crate) user_base: Option<String>,
    /// `sysconfig.get_path("stdlib")`, where PEP 668 has its marker.
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
    /// distribution keeps them apart from what pip installs, and where it was not asked.
    pub(crate) package_paths: Option<Paths>,
}

/// Where facts come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The interpreter of this machine that was run; none if the files of a root were read.
    pub(crate) interpreter: Option<PathBuf>,
    /// Other interpreters of that root, which were passed over for this one.
    pub(crate) others: Vec<String>,
}

/// The install scheme, as far as it is known.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(from = "Paths")]
pub(crate) enum Scheme {
    /// The Python was asked for its paths.
    Reported(Paths),
    /// It was not, and this is the name of the scheme.
    Named(SchemeName),
}

impl From<Paths> for Scheme {
    fn from(paths: Paths) -> Scheme {
        Scheme::Reported(paths)
    }
}

/// The schemes that pip takes for an installation that is not the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SchemeName {
    /// `posix_prefix`, also of a virtual environment.
    PosixPrefix,
    /// Debian's `posix_local`.
    PosixLocal,
    /// `posix_prefix` as Fedora, its relatives and openSUSE have it: below `local` of the prefix.
    RpmLocal,
    /// `nt`, also of a virtual environment.
    Nt,
}

/// The install paths that a Python names.
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
    /// It is a virtual environment that is closed to what is outside it.
    Invisible,
    /// It is the Python of an image, whose users are not known.
    Unknown,
}

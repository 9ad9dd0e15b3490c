//! # The bundled wheels
//!
//! pip as PyPI has it, byte for byte, one version for each range of Pythons. Made from
//! `wheels.csv` and the files beside it, whose digests the build script has checked.

/// A wheel of pip that comes with the program.
#[derive(Clone, Copy)]
pub struct BundledWheel {
    /// pip's version, as in the file name.
    pub version: &'static str,
    /// The file name, as on PyPI.
    pub file_name: &'static str,
    /// The SHA-256 digest of its bytes, in lower-case hexadecimal.
    pub sha256: &'static str,
    /// The Pythons it supports, as its metadata states (PEP 440 specifiers).
    pub requires_python: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

/// All of them, the newest first.
pub const BUNDLED: &[BundledWheel] = include!(concat!(env!("OUT_DIR"), "/table.rs"));

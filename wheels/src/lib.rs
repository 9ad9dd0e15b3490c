//! # The bundled wheels
//!
//! pip as PyPI has it, byte for byte, one version for each range of Pythons. Made from
//! `wheels.csv`, `imports.csv` and the files beside them, whose digests the build script has checked.

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
    /// What it needs of the standard library, by Python, the oldest first.
    pub imports: &'static [Imports],
    /// Its bytes.
    pub bytes: &'static [u8],
}

/// The modules of the standard library that a pip cannot do without on one Python.
///
/// They are those that CPython ships as files and pip's own code imports. See `imports.py`, which finds
/// them by running pip without each.
#[derive(Clone, Copy)]
pub struct Imports {
    /// Y of Python 3.Y.
    pub minor: u32,
    /// Their full names, sorted.
    pub modules: &'static [&'static str],
}

/// All of them, the newest first.
pub const BUNDLED: &[BundledWheel] = include!(concat!(env!("OUT_DIR"), "/table.rs"));

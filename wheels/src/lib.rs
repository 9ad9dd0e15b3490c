//! # The bundled wheels
//!
//! pip as PyPI has it, one version for each range of Pythons. The build script has checked each wheel
//! with the code of the component, and compared its digest with `wheels.csv`. A program holds the wheels
//! unpacked and compressed again: the newest with LZ4, because it is the one that is mostly installed, and
//! LZ4 unpacks ten times as fast as the archive; the others with zlib, because that is smaller.

use flate2::read::ZlibDecoder;
use std::fmt;
use std::io::Read as _;

/// A wheel of pip that comes with the program.
#[derive(Clone, Copy)]
pub struct BundledWheel {
    /// pip's version, as in the file name.
    pub version: &'static str,
    /// The file name, as on PyPI.
    pub file_name: &'static str,
    /// The SHA-256 digest of the wheel file on PyPI, in lower-case hexadecimal.
    pub sha256: &'static str,
    /// The Pythons it supports, as its metadata states (PEP 440 specifiers).
    pub requires_python: &'static str,
    /// The modules that it needs of the standard library, by Python, the oldest first.
    pub imports: &'static [Imports],
    /// All its files except `RECORD`, in the order of the archive. All go to the library directory.
    pub files: &'static [BundledFile],
    /// Their contents.
    pub contents: PackedContents,
}

impl BundledWheel {
    /// The contents of the file at a path in the library directory, in the unpacked contents of all files.
    #[must_use]
    pub fn file<'contents>(
        &self,
        path: &str,
        contents: &'contents [u8],
    ) -> Option<&'contents [u8]> {
        let mut rest = contents;
        for file in self.files {
            let (own, others) = rest.split_at_checked(usize::try_from(file.size).ok()?)?;
            if file.path == path {
                return Some(own);
            }
            rest = others;
        }
        None
    }
}

/// A file of a bundled wheel.
#[derive(Clone, Copy, Debug)]
pub struct BundledFile {
    /// Its path in the library directory, with `/`.
    pub path: &'static str,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 digest of its contents.
    pub sha256: [u8; 32],
    /// Whether it is executable.
    pub executable: bool,
    /// Its modification time, in seconds since 1970.
    pub modified: u64,
}

/// The contents of a wheel's files, one after the other, packed.
#[derive(Clone, Copy)]
pub struct PackedContents {
    /// How they are packed.
    pub packing: Packing,
    /// How many bytes they are when they are unpacked.
    pub size: usize,
    /// The CRC-32 of the unpacked contents.
    pub crc32: u32,
    /// The packed contents.
    pub bytes: &'static [u8],
}

/// How contents are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// An LZ4 block.
    Lz4,
    /// A zlib stream (RFC 1950).
    Zlib,
}

/// The program was damaged: what it holds of a wheel is not what it was built with.
#[derive(Debug)]
pub struct Damaged;

impl fmt::Display for Damaged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the bundled wheel is damaged")
    }
}

impl std::error::Error for Damaged {}

impl PackedContents {
    /// Unpacks the contents.
    ///
    /// # Errors
    ///
    /// Fails if they are not what the program was built with.
    pub fn unpack(&self) -> Result<Vec<u8>, Damaged> {
        let unpacked = match self.packing {
            Packing::Lz4 => {
                lz4_flex::block::decompress(self.bytes, self.size).map_err(|_| Damaged)?
            }
            Packing::Zlib => {
                let mut unpacked = Vec::with_capacity(self.size);
                let read = ZlibDecoder::new(self.bytes).take(self.size as u64 + 1);
                { read }.read_to_end(&mut unpacked).map_err(|_| Damaged)?;
                unpacked
            }
        };
        if unpacked.len() == self.size && crc32fast::hash(&unpacked) == self.crc32 {
            Ok(unpacked)
        } else {
            Err(Damaged)
        }
    }
}

/// The modules of the standard library that a pip cannot do without on one Python.
///
/// They are those that CPython ships as files and pip's own code imports. `imports.py` finds them by
/// running pip without each.
#[derive(Clone, Copy)]
pub struct Imports {
    /// Y of Python 3.Y.
    pub minor: u32,
    /// Their full names, sorted.
    pub modules: &'static [&'static str],
}

/// All of them, the newest first.
///
/// A static, not a constant, so that a program holds their contents once.
#[expect(clippy::unreadable_literal, reason = "the table is generated")]
pub static BUNDLED: &[BundledWheel] = include!(concat!(env!("OUT_DIR"), "/table.rs"));

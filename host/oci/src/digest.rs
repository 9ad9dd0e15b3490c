//! Digests of blobs, in their written form, and readers that compute them.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};
use std::fmt::{self, Write as _};
use std::io::{self, Read};
use std::str::FromStr;

/// The algorithms that the specification registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Algorithm {
    Sha256,
    Sha512,
}

/// The digest of a blob, written as `sha256:` or `sha512:` and lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest {
    algorithm: Algorithm,
    hexadecimal: String,
}

impl Digest {
    /// The SHA-256 digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Digest {
        Digest::finished(Algorithm::Sha256, &Sha256::digest(bytes))
    }

    /// The directory of its algorithm below `blobs`.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self.algorithm {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
        }
    }

    /// Its lower-case hexadecimal digits: the name of its file in the directory of its algorithm.
    #[must_use]
    pub fn hexadecimal(&self) -> &str {
        &self.hexadecimal
    }

    /// Computes a digest of the same algorithm.
    pub(crate) fn hasher(&self) -> Hasher {
        Hasher::new(self.algorithm)
    }

    fn finished(algorithm: Algorithm, digest: &[u8]) -> Digest {
        let hexadecimal = digest.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes every byte");
            text
        });
        Digest { algorithm, hexadecimal }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.algorithm(), self.hexadecimal)
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Digest, String> {
        let (algorithm, hexadecimal) = text.split_once(':').unwrap_or_default();
        let (algorithm, length) = match algorithm {
            "sha256" => (Algorithm::Sha256, 64),
            "sha512" => (Algorithm::Sha512, 128),
            _ => return Err(format!("`{}` is not a sha256 or sha512 digest", text.escape_debug())),
        };
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if hexadecimal.len() != length || !hexadecimal.bytes().all(is_digit) {
            return Err(format!(
                "`{}` does not have {length} hexadecimal digits",
                text.escape_debug()
            ));
        }
        Ok(Digest { algorithm, hexadecimal: hexadecimal.to_owned() })
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Digest, String> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

/// Computes a digest piece by piece.
pub(crate) enum Hasher {
    Sha256(Box<Sha256>),
    Sha512(Box<Sha512>),
}

impl Hasher {
    fn new(algorithm: Algorithm) -> Hasher {
        match algorithm {
            Algorithm::Sha256 => Hasher::Sha256(Box::default()),
            Algorithm::Sha512 => Hasher::Sha512(Box::default()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Sha256(hasher) => hasher.update(bytes),
            Hasher::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Digest {
        match self {
            Hasher::Sha256(hasher) => Digest::finished(Algorithm::Sha256, &hasher.finalize()),
            Hasher::Sha512(hasher) => Digest::finished(Algorithm::Sha512, &hasher.finalize()),
        }
    }
}

/// A reader that computes the digest and the size of what is read through it.
pub struct Verifying<R> {
    inner: R,
    hasher: Hasher,
    size: u64,
}

impl<R: Read> Verifying<R> {
    /// Computes a digest of the algorithm that this one has.
    pub fn new(inner: R, expected: &Digest) -> Verifying<R> {
        Verifying { inner, hasher: Hasher::new(expected.algorithm), size: 0 }
    }

    /// Computes the SHA-256 digest.
    pub fn sha256(inner: R) -> Verifying<R> {
        Verifying { inner, hasher: Hasher::new(Algorithm::Sha256), size: 0 }
    }

    /// Returns the reader, and the digest of what was read so far.
    pub(crate) fn so_far(self) -> (R, Digest) {
        (self.inner, self.hasher.finish())
    }

    /// Reads what is left, and returns the digest and the size in bytes of everything.
    ///
    /// # Errors
    ///
    /// Those of reading.
    pub fn finish(mut self) -> io::Result<(Digest, u64)> {
        io::copy(&mut self, &mut io::sink())?;
        Ok((self.hasher.finish(), self.size))
    }
}

impl<R: Read> Read for Verifying<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.size += read as u64;
        Ok(read)
    }
}

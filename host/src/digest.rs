//! SHA-256 digests in their written form.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::{self, Read};

/// How much is read at a time, in bytes.
const PORTION: usize = 1 << 16;

/// The digest of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The digest of what can be read, and its size in bytes.
pub(crate) fn sha256_of(mut contents: impl Read) -> io::Result<(String, u64)> {
    let (mut hasher, mut size) = (Sha256::new(), 0);
    let mut portion = vec![0; PORTION];
    loop {
        match contents.read(&mut portion) {
            Ok(0) => return Ok((hexadecimal(&hasher.finalize()), size)),
            Ok(count) => {
                hasher.update(&portion[..count]);
                size += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A digest in lower-case hexadecimal.
pub(crate) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every byte");
        text
    })
}

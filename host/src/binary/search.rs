//! Searches a file for text, part by part.

use std::io::{self, Read};

/// How much of a file is searched, in bytes.
pub(crate) const SEARCHED: u64 = 1 << 26;

/// How many bytes of a part are seen once more, with the next part. No text is longer.
const OVERLAP: usize = 64;

/// Inspects one part after another, until `inspect` has found something.
pub(crate) fn search<T>(
    mut file: impl Read,
    mut inspect: impl FnMut(&[u8]) -> Option<T>,
) -> io::Result<Option<T>> {
    let mut window = Vec::new();
    loop {
        let read = (&mut file).take(1 << 20).read_to_end(&mut window)?;
        if let Some(found) = inspect(&window) {
            return Ok(Some(found));
        }
        if read == 0 {
            return Ok(None);
        }
        window.drain(..window.len().saturating_sub(OVERLAP));
    }
}

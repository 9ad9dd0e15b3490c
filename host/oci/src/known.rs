//! A layer as bytes, for a cache: with them, the blob need not be read again.
//!
//! The form belongs to this version of the program; what was written by another is not read.

#[cfg(test)]
mod tests;

use crate::compression::Compression;
use crate::contents::Contents;
use crate::digest::{Digest, Verifying};
use crate::layer::{Layer, MOST_CONTENTS, MOST_NAME_BYTES, Records, read_number, write_number};
use std::io::{self, Cursor, Read, Write};

impl Layer {
    /// Writes the layer so that [`Layer::decode`] reads it. Equal layers give equal bytes.
    ///
    /// # Errors
    ///
    /// Those of writing, and of reading kept contents.
    pub fn encode(&self, out: &mut impl Write) -> io::Result<()> {
        let digest = self.digest.to_string();
        let mut head = MAGIC.to_vec();
        head.push(match self.compression {
            Compression::None => 0,
            Compression::Gzip => 1,
            Compression::Zstd => 2,
        });
        write_number(&mut head, digest.len() as u64);
        head.extend_from_slice(digest.as_bytes());
        write_number(&mut head, self.records.bytes().len() as u64);
        write_number(&mut head, self.contents.length());
        let contents = self.contents.part(0, self.contents.length());
        let all = Cursor::new(head).chain(self.records.bytes()).chain(contents);
        let mut all = Verifying::sha256(all);
        let mut buffer = vec![0; BUFFER];
        loop {
            match all.read(&mut buffer)? {
                0 => break,
                read => out.write_all(&buffer[..read])?,
            }
        }
        let (check, _) = all.finish()?;
        out.write_all(check.hexadecimal().as_bytes())
    }

    /// Reads what [`Layer::encode`] has written for the blob with this digest. `None` if it is anything
    /// else, or damaged, or followed by more.
    pub fn decode(bytes: impl Read, digest: &Digest) -> Option<Layer> {
        let mut bytes = Verifying::sha256(bytes);
        let mut magic = [0; MAGIC.len()];
        bytes.read_exact(&mut magic).ok()?;
        if magic != *MAGIC {
            return None;
        }
        let mut compression = [0];
        bytes.read_exact(&mut compression).ok()?;
        let compression = match compression {
            [0] => Compression::None,
            [1] => Compression::Gzip,
            [2] => Compression::Zstd,
            _ => return None,
        };
        let length = number(&mut bytes)?;
        if piece(&mut bytes, length, LONGEST_DIGEST)? != digest.to_string().as_bytes() {
            return None;
        }
        let length = number(&mut bytes)?;
        let contents_length = number(&mut bytes).filter(|&length| length <= MOST_CONTENTS)?;
        let records = piece(&mut bytes, length, MOST_NAME_BYTES)?;
        let records = Records::read(records, contents_length)?;
        let mut contents = Contents::default();
        let mut buffer = vec![0; BUFFER];
        while contents.length() < contents_length {
            let left = usize::try_from(contents_length - contents.length()).unwrap_or(usize::MAX);
            let wanted = left.min(BUFFER);
            match bytes.read(&mut buffer[..wanted]).ok()? {
                0 => return None,
                read => contents.append(&buffer[..read]).ok()?,
            }
        }
        let (mut bytes, computed) = bytes.so_far();
        let mut check = Vec::new();
        bytes.by_ref().take(CHECK + 1).read_to_end(&mut check).ok()?;
        (check == computed.hexadecimal().as_bytes()).then(|| Layer {
            digest: digest.clone(),
            compression,
            records,
            contents,
        })
    }
}

/// Reads a number as [`write_number`] writes it.
fn number(bytes: &mut impl Read) -> Option<u64> {
    let mut number = Vec::new();
    loop {
        let mut byte = [0];
        bytes.read_exact(&mut byte).ok()?;
        number.extend(byte);
        if byte[0] & 0x80 == 0 {
            return read_number(&mut &number[..]);
        }
        if number.len() == LONGEST_NUMBER {
            return None;
        }
    }
}

fn piece(bytes: &mut impl Read, length: u64, longest: usize) -> Option<Vec<u8>> {
    if length > longest as u64 {
        return None;
    }
    let mut piece = Vec::new();
    bytes.by_ref().take(length).read_to_end(&mut piece).ok()?;
    (piece.len() as u64 == length).then_some(piece)
}

/// What the bytes begin with; the number is that of the form.
const MAGIC: &[u8; 18] = b"ensurepip layer 1\n";

/// The hexadecimal digits of a SHA-256 digest, which end the bytes.
const CHECK: u64 = 64;

/// The most bytes of a number.
const LONGEST_NUMBER: usize = 10;

/// The most bytes of a digest in its written form.
const LONGEST_DIGEST: usize = 256;

const BUFFER: usize = 128 * 1024;

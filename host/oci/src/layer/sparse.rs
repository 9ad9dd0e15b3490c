//! Sparse files: in the archive, zeros that their file system has not stored are left out.
//!
//! There are four forms, all of GNU tar: its own, where the map of the pieces is in the header, and
//! those of PAX, with the map in records (0.0 and 0.1) or in front of the contents (1.0).

use super::number::decimal;

/// Where the pieces are of which a sparse file consists.
#[derive(Debug, Default)]
pub(super) struct Sparse {
    pub(super) pieces: Vec<Piece>,
    /// The offset of a piece whose length is in the next record.
    offset: u64,
    /// The numbers of the form, if there are any.
    pub(super) major: Vec<u8>,
    pub(super) minor: Vec<u8>,
}

/// A piece of a file: its offset there and its length, in bytes.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl Sparse {
    /// Takes a record of PAX, without `GNU.sparse.`.
    pub(super) fn set(&mut self, name: &[u8], value: &[u8]) -> Result<(), &'static str> {
        match name {
            b"major" => self.major = value.to_vec(),
            b"minor" => self.minor = value.to_vec(),
            b"offset" => self.offset = number(value)?,
            b"numbytes" => self.add(self.offset, number(value)?)?,
            b"map" => {
                let mut numbers = value.split(|&byte| byte == b',');
                while let Some(offset) = numbers.next() {
                    let length = numbers.next().ok_or(MALFORMED)?;
                    self.add(number(offset)?, number(length)?)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Adds a piece of the file at this offset.
    pub(super) fn add(&mut self, offset: u64, length: u64) -> Result<(), &'static str> {
        if self.pieces.len() == MOST_PIECES {
            return Err("sparse file of too many pieces");
        }
        self.pieces.push(Piece { offset, length });
        Ok(())
    }
}

/// A number in the map.
pub(super) fn number(digits: &[u8]) -> Result<u64, &'static str> {
    decimal(digits).ok_or(MALFORMED)
}

pub(super) const MALFORMED: &str = "malformed map of a sparse file";

/// The most pieces of a file: each takes 16 bytes of memory.
const MOST_PIECES: usize = 1 << 16;

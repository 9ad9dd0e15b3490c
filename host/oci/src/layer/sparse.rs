//! Sparse files: in the archive, zeros that their file system has not stored are left out.
//!
//! There are four forms, all of GNU tar: its own, where the map of the pieces is in the header, and
//! those of PAX, with the map in records (0.0 and 0.1) or in front of the contents (1.0).

use super::tar::{Archive, Fault};
use crate::contents::Contents;
use std::io::{self, BufRead};

/// Where the pieces are of which a sparse file consists.
#[derive(Debug, Default)]
pub(super) struct Sparse {
    pieces: Vec<Piece>,
    /// The offset of a piece whose length is in the next record.
    offset: u64,
    /// The numbers of the form, if there are any.
    major: Vec<u8>,
    minor: Vec<u8>,
}

#[derive(Debug)]
struct Piece {
    offset: u64,
    length: u64,
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

    /// Keeps the contents of the member, which has this size with what was left out.
    pub(super) fn keep<R: BufRead>(
        mut self,
        archive: &mut Archive<R>,
        size: u64,
        contents: &mut Contents,
    ) -> Result<(), Fault> {
        match (&self.major[..], &self.minor[..]) {
            (b"1", b"0") => self.read_map(archive)?,
            (b"" | b"0", b"" | b"0" | b"1") => {}
            _ => return Err("sparse file of an unknown form".into()),
        }
        let mut position = 0;
        for Piece { offset, length } in self.pieces {
            let hole =
                offset.checked_sub(position).ok_or("sparse file with pieces that overlap")?;
            let end = offset.checked_add(length).filter(|&end| end <= size);
            position = end.ok_or("sparse file with a piece behind its end")?;
            zeros(hole, contents)?;
            archive.contents(length, |bytes| contents.append(bytes))?;
        }
        zeros(size - position, contents)?;
        Ok(())
    }

    /// Reads the map in front of the contents: decimal numbers, each in a line, and zeros up to a
    /// multiple of 512 bytes.
    fn read_map<R: BufRead>(&mut self, archive: &mut Archive<R>) -> Result<(), Fault> {
        self.pieces.clear();
        let mut length = 0;
        let mut next = || {
            let mut digits = Vec::new();
            loop {
                let mut byte = 0;
                archive.contents(1, |bytes| {
                    byte = bytes[0];
                    Ok(())
                })?;
                length += 1;
                match byte {
                    b'\n' => return number(&digits).map_err(Fault::from),
                    _ if digits.len() == MOST_DIGITS => return Err(MALFORMED.into()),
                    _ => digits.push(byte),
                }
            }
        };
        for _ in 0..next()? {
            let (offset, length) = (next()?, next()?);
            self.add(offset, length)?;
        }
        archive.contents(super::tar::padding(length), |_| Ok(()))?;
        Ok(())
    }
}

fn zeros(mut length: u64, contents: &mut Contents) -> io::Result<()> {
    while length > 0 {
        let some = usize::try_from(length).unwrap_or(usize::MAX).min(ZEROS.len());
        contents.append(&ZEROS[..some])?;
        length -= some as u64;
    }
    Ok(())
}

fn number(digits: &[u8]) -> Result<u64, &'static str> {
    super::pax::decimal(digits).ok_or(MALFORMED)
}

const MALFORMED: &str = "malformed map of a sparse file";

static ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];

/// The most pieces of a file: each takes 16 bytes of memory.
const MOST_PIECES: usize = 1 << 16;

/// The most digits of a number in the map.
const MOST_DIGITS: usize = 20;

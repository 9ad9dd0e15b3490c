//! Writes out sparse files, with the zeros that were left out.

use super::sparse::{MALFORMED, Piece, Sparse, number};
use super::tar::{Archive, Fault, padding};
use crate::contents::Contents;
use std::io::{self, BufRead};

/// Keeps the contents of a member, which has this size with what was left out.
pub(super) fn keep<R: BufRead>(
    mut sparse: Sparse,
    archive: &mut Archive<R>,
    size: u64,
    contents: &mut Contents,
) -> Result<(), Fault> {
    match (&sparse.major[..], &sparse.minor[..]) {
        (b"1", b"0") => read_map(&mut sparse, archive)?,
        (b"" | b"0", b"" | b"0" | b"1") => {}
        _ => return Err("sparse file of an unknown form".into()),
    }
    let mut position = 0;
    for Piece { offset, length } in sparse.pieces {
        let hole = offset.checked_sub(position).ok_or("sparse file with pieces that overlap")?;
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
fn read_map<R: BufRead>(sparse: &mut Sparse, archive: &mut Archive<R>) -> Result<(), Fault> {
    sparse.pieces.clear();
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
        sparse.add(offset, length)?;
    }
    archive.contents(padding(length), |_| Ok(()))?;
    Ok(())
}

fn zeros(mut length: u64, contents: &mut Contents) -> io::Result<()> {
    while length > 0 {
        let some = usize::try_from(length).unwrap_or(usize::MAX).min(ZEROS.len());
        contents.append(&ZEROS[..some])?;
        length -= some as u64;
    }
    Ok(())
}

static ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];

/// The most digits of a number in the map.
const MOST_DIGITS: usize = 20;

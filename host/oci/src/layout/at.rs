//! Reading a part of a file without moving its position, so that several threads can.

use std::fs::File;
use std::io::{self, Read};

/// A part of a file.
#[derive(Debug)]
pub(crate) struct Part<'file> {
    file: &'file File,
    /// Where the next byte is.
    offset: u64,
    /// How many bytes are left.
    left: u64,
}

impl<'file> Part<'file> {
    /// The part of this size at this offset, both in bytes.
    pub(crate) fn new(file: &'file File, offset: u64, size: u64) -> Part<'file> {
        Part { file, offset, left: size }
    }
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let read = read_at(self.file, &mut buffer[..most], self.offset)?;
        self.offset += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

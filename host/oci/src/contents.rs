//! Keeps the contents of files: in memory while they are small, otherwise in a temporary file that
//! has no name.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

/// Contents of several files, one behind the other.
pub(crate) struct Contents {
    kept: Kept,
    length: u64,
}

enum Kept {
    Memory(Vec<u8>),
    /// With the position of its last user.
    File(Mutex<File>),
}

impl Default for Contents {
    fn default() -> Contents {
        Contents { kept: Kept::Memory(Vec::new()), length: 0 }
    }
}

impl Contents {
    /// How many bytes there are.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Adds bytes at the end.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Kept::Memory(memory) = &mut self.kept {
            if memory.len() + bytes.len() <= IN_MEMORY {
                memory.extend_from_slice(bytes);
                self.length += bytes.len() as u64;
                return Ok(());
            }
            let mut file = tempfile::tempfile()?;
            file.write_all(memory)?;
            self.kept = Kept::File(Mutex::new(file));
        }
        if let Kept::File(file) = &mut self.kept {
            let file = file.get_mut().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(self.length))?;
            file.write_all(bytes)?;
            self.length += bytes.len() as u64;
        }
        Ok(())
    }

    /// A part. Several threads may read at the same time.
    pub(crate) fn part(&self, offset: u64, length: u64) -> Part<'_> {
        Part {
            contents: self,
            position: offset,
            end: offset.saturating_add(length).min(self.length),
        }
    }
}

/// Reads a part of [`Contents`].
pub(crate) struct Part<'contents> {
    contents: &'contents Contents,
    position: u64,
    end: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let read = match &self.contents.kept {
            Kept::Memory(memory) => {
                let start = usize::try_from(self.position).unwrap_or(usize::MAX);
                memory.get(start..).unwrap_or_default().read(&mut buffer[..wanted])?
            }
            Kept::File(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(self.position))?;
                file.read(&mut buffer[..wanted])?
            }
        };
        self.position += read as u64;
        Ok(read)
    }
}

/// How many bytes are kept in memory. Most layers have fewer that anyone asks for, and each open
/// file counts against the limit of the process.
const IN_MEMORY: usize = 256 * 1024;

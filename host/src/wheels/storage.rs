//! Where the bytes of wheel files are until they are installed.

use super::Contents;
use crate::digest::{sha256, sha256_of};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// How many bytes of wheel files are held in memory: those of a wheel that is installed alone, and those
/// of all wheels of a set together. What is held is unpacked once; several instances check it if it is
/// alone. It takes up to ten times as much memory.
const ALONE: u64 = 16 << 20;
const SET: u64 = 4 << 20;

/// Holds wheel files in memory as long as there is room, and leaves others in their directory.
pub(crate) struct Storage {
    /// How many bytes of memory are left.
    room: u64,
    /// The directory, once a wheel was left in it.
    directory: Option<Arc<Dir>>,
}

impl Storage {
    /// For one wheel.
    pub(crate) fn for_one() -> Storage {
        Storage { room: ALONE, directory: None }
    }

    /// For a set of wheels from one directory.
    pub(crate) fn for_set() -> Storage {
        Storage { room: SET, directory: None }
    }

    /// Leaves all wheels in their directory.
    #[cfg(test)]
    pub(crate) fn without_memory() -> Storage {
        Storage { room: 0, directory: None }
    }

    /// Takes a wheel file, and returns its SHA-256 digest. The component follows no link, so that a linked
    /// file is held in memory whatever its size.
    pub(super) fn take(&mut self, path: &Path) -> io::Result<(Contents, String)> {
        if fs::symlink_metadata(path)?.is_file()
            && fs::metadata(path)?.len() > self.room
            && let (Some(parent), Some(name)) = (path.parent(), path.file_name())
        {
            let directory = match &self.directory {
                Some(directory) => Arc::clone(directory),
                None => Arc::new(Dir::open_ambient_dir(parent, ambient_authority())?),
            };
            let (sha256, size) = sha256_of(&directory.open(name)?.into_std())?;
            self.directory = Some(Arc::clone(&directory));
            return Ok((Contents::File { directory, size }, sha256));
        }
        let bytes = fs::read(path)?;
        self.room = self.room.saturating_sub(bytes.len() as u64);
        let sha256 = sha256(&bytes);
        Ok((Contents::Archive(bytes), sha256))
    }
}

//! A locked file, so that two runs wait for each other.

use cap_fs_ext::{
    FollowSymlinks, MetadataExt as _, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _,
};
use cap_std::fs::{Dir, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

/// How often the file may be gone when its lock is had. Each time, another run has done its work.
const MOST_TRIES: usize = 1_000;

/// Opens the file of this name for writing, and locks it. It is created if it is not there, and keeps what
/// a killed run has written. Who is done with the file renames or removes it and then closes it.
///
/// Where the file system has no locks, nothing guards against another run.
pub(super) fn open(directory: &Dir, name: &Path) -> io::Result<File> {
    for _ in 0..MOST_TRIES {
        let file = open_with(directory, name, OpenOptions::new().write(true).create(true))?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(ErrorKind::AlreadyExists, "not a regular file"));
        }
        let file = file.into_std();
        let _ = file.lock();
        let file = File::from_std(file);
        // While this run waited, the other one may have renamed or removed the file.
        match open_with(directory, name, &mut OpenOptions::new()) {
            Ok(named) if identity(&named)? == identity(&file)? => return Ok(file),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Err(io::Error::other("replaced again and again by others"))
}

fn open_with(directory: &Dir, name: &Path, options: &mut OpenOptions) -> io::Result<File> {
    directory.open_with(name, options.read(true).follow(FollowSymlinks::No).nonblock(true))
}

/// What identifies a file.
fn identity(file: &File) -> io::Result<(u64, u64)> {
    let metadata = file.metadata()?;
    Ok((metadata.dev(), metadata.ino()))
}

//! Every file of an installation, as it is in the target now: the contents of an image's layer.
//!
//! The files are read again through the handles that they were written through, so that the
//! manifest has their real state, and not the component's claims.

use crate::digest::sha256;
use crate::platform;
use crate::report::File;
use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, Metadata, OpenOptions};
use std::fs;
use std::io::{self, Read as _};

/// The maximum size of a text that is read, in bytes.
const TEXT_LIMIT: u64 = 1 << 20;

/// Reads a file by its path in an open directory. `shown` is its path in the target.
pub(crate) fn file(directory: &Dir, path: &str, shown: String) -> io::Result<File> {
    let (mut file, metadata) = open(directory, path)?;
    let mut contents = Vec::new();
    file.read_to_end(&mut contents)?;
    Ok(File {
        path: shown,
        sha256: Some(sha256(&contents)),
        size: contents.len() as u64,
        mode: platform::mode(&metadata),
        wheel: None,
    })
}

/// Reads a text by its path in an open directory. Reads no more of it than 1 MiB.
pub(crate) fn text(directory: &Dir, path: &str) -> io::Result<String> {
    let (file, _) = open(directory, path)?;
    let mut contents = Vec::new();
    file.take(TEXT_LIMIT).read_to_end(&mut contents)?;
    Ok(String::from_utf8_lossy(&contents).into_owned())
}

/// Opens a regular file.
fn open(directory: &Dir, path: &str) -> io::Result<(fs::File, Metadata)> {
    let mut options = OpenOptions::new();
    // Opening it must not wait for a writer, should it have become a FIFO meanwhile.
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    let file = directory.open_with(path, &options)?.into_std();
    let metadata = Metadata::from_file(&file)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    Ok((file, metadata))
}

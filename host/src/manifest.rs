//! Every file of an installation, as it is in the target now: the contents of an image's layer.
//!
//! The files are read again through the handles that they were written through, so that the
//! manifest has their real state, and not the component's claims.

use crate::digest::sha256;
use crate::platform;
use crate::report::File;
use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, Metadata, OpenOptions};
use std::io::{self, Read as _};

/// Reads a file by its path in an open directory. `shown` is its path in the target.
pub(crate) fn file(directory: &Dir, path: &str, shown: String) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Opening it must not wait for a writer, should it have become a FIFO meanwhile.
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    let mut file = directory.open_with(path, &options)?.into_std();
    let metadata = Metadata::from_file(&file)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut contents = Vec::new();
    file.read_to_end(&mut contents)?;
    Ok(File {
        path: shown,
        sha256: Some(sha256(&contents)),
        size: contents.len() as u64,
        mode: platform::mode(&metadata),
    })
}

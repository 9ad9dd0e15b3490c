//! Every file of an installation, as it is in the target now: what an image's layer has.
//!
//! Read again through the handles that it was written through, so that what is told is what is
//! there, and not what the component says.

use crate::digest::sha256;
use crate::platform;
use crate::report::File;
use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, Metadata, OpenOptions};
use std::io::{self, Read as _};

/// Looks at a file by its path in an open directory. `shown` is its path in the target.
pub(crate) fn file(directory: &Dir, path: &str, shown: String) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Should it have become a FIFO by now, opening it must not wait for a writer.
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

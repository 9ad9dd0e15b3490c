//! Layouts in a directory.

use super::unreadable;
use crate::{Digest, Error, document};
use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, FileType, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// The directory with the blobs, which has one directory for each algorithm.
pub(crate) const BLOBS: &str = "blobs";

/// The directory of a layout.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    root: Dir,
}

impl Directory {
    /// Opens the directory that the user has named.
    pub(crate) fn open(path: &Path) -> Result<Directory, Error> {
        let root = Dir::open_ambient_dir(path, ambient_authority())
            .map_err(|error| unreadable("open", path, &error))?;
        Ok(Directory { path: path.to_owned(), root })
    }

    /// Its path, for errors.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The open directory.
    pub(crate) fn root(&self) -> &Dir {
        &self.root
    }

    /// Opens the blob of this digest, and returns its size. It has to be a regular file, and no link
    /// may lead to it.
    pub(crate) fn blob(&self, digest: &Digest) -> Result<Option<(File, u64)>, Error> {
        let fault =
            |reason: &str| Error::Blob { digest: digest.clone(), reason: reason.to_owned() };
        let found = self
            .root
            .open_dir_nofollow(BLOBS)
            .and_then(|blobs| blobs.open_dir_nofollow(digest.algorithm()))
            .and_then(|directory| open_regular(&directory, digest.hexadecimal()));
        match found {
            Ok(Opened::Regular(file, size)) => Ok(Some((file, size))),
            Ok(Opened::Other(kind)) if kind.is_symlink() => {
                Err(fault("a symbolic link; `cp -RL` copies a layout without links"))
            }
            Ok(Opened::Other(_)) => Err(fault("not a regular file")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(fault(&error.to_string())),
        }
    }

    /// The contents of a document beside the blobs.
    pub(crate) fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path.join(name);
        let layout = |reason| Error::Layout { path: self.path.clone(), reason };
        let (file, size) = match open_regular(&self.root, name) {
            Ok(Opened::Regular(file, size)) => (file, size),
            Ok(Opened::Other(_)) => return Err(layout(format!("`{name}` is not a regular file"))),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable("open", &path, &error)),
        };
        if size > document::LARGEST {
            let reason = format!("larger than {} bytes", document::LARGEST);
            return Err(document::wrong(name, reason));
        }
        let mut text = Vec::new();
        file.take(document::LARGEST)
            .read_to_end(&mut text)
            .map_err(|error| unreadable("read", &path, &error))?;
        Ok(Some(text))
    }
}

/// What is under a name.
enum Opened {
    /// A regular file, and its size in bytes.
    Regular(File, u64),
    /// Something that is not opened.
    Other(FileType),
}

/// Opens a regular file, without following a link, and without waiting for the other end of a pipe.
fn open_regular(directory: &Dir, name: &str) -> io::Result<Opened> {
    let kind = directory.symlink_metadata(name)?.file_type();
    if !kind.is_file() {
        return Ok(Opened::Other(kind));
    }
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    let file = directory.open_with(name, &options)?;
    let metadata = file.metadata()?;
    if metadata.is_file() {
        Ok(Opened::Regular(file, metadata.len()))
    } else {
        Ok(Opened::Other(metadata.file_type()))
    }
}

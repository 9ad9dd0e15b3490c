//! Layouts in a tar archive.

mod members;

use super::at::Part;
use super::unreadable;
use crate::{Digest, Error, document};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The archive of a layout: where each of its files is.
#[derive(Debug)]
pub(crate) struct Archive {
    path: PathBuf,
    file: File,
    members: BTreeMap<String, Place>,
}

/// Where the contents of a file are in the archive, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where they begin.
    pub(crate) offset: u64,
    /// How many they are.
    pub(crate) size: u64,
}

impl Archive {
    /// Opens the archive that the user has named, and finds its files.
    pub(crate) fn open(path: &Path) -> Result<Archive, Error> {
        let file = File::open(path).map_err(|error| unreadable("open", path, &error))?;
        Archive::read(path, file)
    }

    /// Finds the files of an archive that is open.
    pub(crate) fn read(path: &Path, file: File) -> Result<Archive, Error> {
        let layout = |reason| Error::Layout { path: path.to_owned(), reason };
        if let Some(reason) = compressed(path, &file)? {
            return Err(layout(reason));
        }
        let found = members::find(&file).map_err(|error| unreadable("read", path, &error))?;
        let has = |name| found.members.contains_key(name);
        if has("manifest.json") && !(has(super::MARKER) && has(super::INDEX)) {
            let name = path.display();
            return Err(layout(format!(
                "a Docker archive without a layout; `skopeo copy docker-archive:{name} oci:DIRECTORY:TAG` converts it"
            )));
        }
        match found.fault {
            Some(fault) => Err(layout(fault)),
            None => Ok(Archive { path: path.to_owned(), file, members: found.members }),
        }
    }

    /// The archive itself.
    pub(crate) fn file_handle(&self) -> &File {
        &self.file
    }

    /// All files, by their names.
    pub(crate) fn members(&self) -> &BTreeMap<String, Place> {
        &self.members
    }

    /// Where the blob of this digest is.
    pub(crate) fn blob(&self, digest: &Digest) -> Option<Place> {
        self.members.get(&blob_name(digest)).copied()
    }

    /// A reader of the contents in this place.
    pub(crate) fn part(&self, place: Place) -> Part<'_> {
        Part::new(&self.file, place.offset, place.size)
    }

    /// The contents of a document beside the blobs.
    pub(crate) fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(place) = self.members.get(name) else { return Ok(None) };
        if place.size > document::LARGEST {
            let reason = format!("larger than {} bytes", document::LARGEST);
            return Err(document::wrong(name, reason));
        }
        let mut text = Vec::new();
        self.part(*place)
            .read_to_end(&mut text)
            .map_err(|error| unreadable("read", &self.path, &error))?;
        Ok(Some(text))
    }
}

/// The name of a blob in an archive.
pub(crate) fn blob_name(digest: &Digest) -> String {
    format!("{}/{}/{}", super::directory::BLOBS, digest.algorithm(), digest.hexadecimal())
}

/// Why this cannot be read in place: blobs of a compressed archive have no offsets.
fn compressed(path: &Path, file: &File) -> Result<Option<String>, Error> {
    let mut start = Vec::new();
    Part::new(file, 0, 6)
        .read_to_end(&mut start)
        .map_err(|error| unreadable("read", path, &error))?;
    let (format, program) = match start[..] {
        [0x1f, 0x8b, ..] => ("gzip", "gzip"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ("Zstandard", "zstd"),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => ("xz", "xz"),
        [b'B', b'Z', b'h', ..] => ("bzip2", "bzip2"),
        _ => return Ok(None),
    };
    let name = path.display();
    Ok(Some(format!("compressed with {format}; `{program} -dc {name} > LAYOUT.tar` unpacks it")))
}

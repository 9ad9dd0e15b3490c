//! Layouts: the files of images, in a directory or in an archive.

pub(crate) mod archive;
mod at;
pub(crate) mod directory;

use crate::document::descriptor::Descriptor;
use crate::document::{self, Object, wrong};
use crate::{Digest, Error, Verifying};
use archive::Archive;
use directory::Directory;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The file that makes a directory a layout.
pub(crate) const MARKER: &str = "oci-layout";
/// The contents of the marker in a new layout.
pub(crate) const MARKER_TEXT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;
/// The file that lists the images of a layout.
pub(crate) const INDEX: &str = "index.json";

/// A layout that is open for reading: a directory, or a tar archive of one. It can be used from several
/// threads at once.
#[derive(Debug)]
pub struct Layout {
    path: PathBuf,
    target: PathBuf,
    files: Files,
}

/// Where the files of a layout are.
#[derive(Debug)]
pub(crate) enum Files {
    /// In a directory.
    Directory(Directory),
    /// In an archive.
    Archive(Archive),
}

impl Layout {
    /// Opens a layout. Archives are `oci-archive` files, and what `docker save` writes since it contains
    /// a layout; they cannot be compressed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the path cannot be read, [`Error::Layout`] if no layout is there.
    pub fn open(path: &Path) -> Result<Layout, Error> {
        let unopened = |error| unreadable("open", path, &error);
        let target = follow(path).map_err(unopened)?;
        let metadata = fs::metadata(&target).map_err(unopened)?;
        let files = if metadata.is_dir() {
            Files::Directory(Directory::open(path)?)
        } else if metadata.is_file() {
            Files::Archive(Archive::open(path)?)
        } else {
            let reason = "neither a directory nor a regular file".to_owned();
            return Err(Error::Layout { path: path.to_owned(), reason });
        };
        let layout = Layout { path: path.to_owned(), target, files };
        check_marker(&layout.file(MARKER)?)?;
        Ok(layout)
    }

    /// The path with which it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of what is replaced: where the path leads if it is that of a link.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    pub(crate) fn files(&self) -> &Files {
        &self.files
    }

    /// Opens a blob of this digest and this size in bytes. The reader has to compare its digest.
    ///
    /// # Errors
    ///
    /// [`Error::Blob`] if it is missing, has another size, or is not a regular file.
    pub fn blob(&self, digest: &Digest, size: u64) -> Result<BlobReader<'_>, Error> {
        let fault = |reason| Error::Blob { digest: digest.clone(), reason };
        let (reader, actual) = match &self.files {
            Files::Directory(directory) => {
                let found = directory.blob(digest)?;
                found.map(|(file, size)| (Source::File(file), size))
            }
            Files::Archive(archive) => {
                let found = archive.blob(digest);
                found.map(|part| (Source::Part(archive.part(part)), part.size))
            }
        }
        .ok_or_else(|| fault("missing from the layout".to_owned()))?;
        if actual != size {
            return Err(fault(format!("has {actual} bytes instead of {size}")));
        }
        Ok(BlobReader(reader.take(size)))
    }

    /// Whether there is a blob of this digest, of whatever size.
    pub(crate) fn has(&self, digest: &Digest) -> Result<bool, Error> {
        match &self.files {
            Files::Directory(directory) => Ok(directory.blob(digest)?.is_some()),
            Files::Archive(archive) => Ok(archive.blob(digest).is_some()),
        }
    }

    /// The bytes of a document, whose digest was compared.
    pub(crate) fn document(&self, descriptor: &Descriptor) -> Result<Vec<u8>, Error> {
        let Descriptor { digest, size, .. } = descriptor;
        if *size > document::LARGEST {
            let reason = format!("larger than {} bytes", document::LARGEST);
            return Err(Error::Blob { digest: digest.clone(), reason });
        }
        let mut reader = Verifying::new(self.blob(digest, *size)?, digest);
        let mut text = Vec::new();
        let read = reader.read_to_end(&mut text).and_then(|_| reader.finish());
        check(read, digest, *size)?;
        Ok(text)
    }

    /// The bytes of `index.json`.
    pub(crate) fn index(&self) -> Result<Vec<u8>, Error> {
        self.file(INDEX)
    }

    /// The bytes of a file beside the blobs.
    fn file(&self, name: &'static str) -> Result<Vec<u8>, Error> {
        let text = match &self.files {
            Files::Directory(directory) => directory.file(name)?,
            Files::Archive(archive) => archive.file(name)?,
        };
        text.ok_or_else(|| {
            let reason = format!("no `{name}`");
            Error::Layout { path: self.path.clone(), reason }
        })
    }
}

/// Checks the version that the marker of a layout states.
pub(crate) fn check_marker(text: &[u8]) -> Result<(), Error> {
    let marker = Object::parse(MARKER.to_owned(), text, &["imageLayoutVersion"])?;
    let version: String = marker.require("imageLayoutVersion")?;
    if version == "1" || version.starts_with("1.") {
        return Ok(());
    }
    Err(wrong(MARKER, format!("version `{}` is not supported", version.escape_debug())))
}

/// Where a path leads. One that is not that of a link stays as it is, for errors.
pub(crate) fn follow(path: &Path) -> io::Result<PathBuf> {
    let is_link = fs::symlink_metadata(path)?.file_type().is_symlink();
    if is_link { fs::canonicalize(path) } else { Ok(path.to_owned()) }
}

/// Compares what was read of a blob with what it should be.
pub(crate) fn check(
    read: io::Result<(Digest, u64)>,
    digest: &Digest,
    size: u64,
) -> Result<(), Error> {
    let reason = match read {
        Ok((actual, _)) if actual == *digest => return Ok(()),
        Ok((_, read)) if read < size => "unexpected end of file".to_owned(),
        Ok((actual, _)) => format!("contents have the digest {actual}"),
        Err(error) => error.to_string(),
    };
    Err(Error::Blob { digest: digest.clone(), reason })
}

/// Reports a file operation that failed.
pub(crate) fn unreadable(operation: &'static str, path: &Path, error: &io::Error) -> Error {
    Error::Io { operation, path: path.to_owned(), reason: error.to_string() }
}

/// The contents of a blob.
#[derive(Debug)]
pub struct BlobReader<'layout>(io::Take<Source<'layout>>);

#[derive(Debug)]
enum Source<'layout> {
    File(cap_std::fs::File),
    Part(at::Part<'layout>),
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Source::File(file) => file.read(buffer),
            Source::Part(part) => part.read(buffer),
        }
    }
}

impl Read for BlobReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

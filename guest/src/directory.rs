//! A granted directory: all file system operations of the component.
//!
//! All paths are relative to the directory, with `/`; an implementation must refuse to leave it. No
//! operation follows a link or opens an existing file for writing.

mod preopen;

pub(crate) use preopen::Preopen;

use crate::archive::ReadAt;
use crate::bindings::ensurepip::bootstrap::types::{Error, IoFailure, Operation, Role};
use crate::file_data::{Data, Unreadable};

/// The kind of a directory entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    /// A regular file, a link, or anything else that is not a directory.
    Other,
}

/// The contents of a directory.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The entries, unordered.
    pub(crate) named: Vec<(String, Kind)>,
    /// The number of further entries whose names WASI cannot express: bytes that are not UTF-8, or on
    /// Windows half a surrogate pair. They belong to no wheel, and cannot be opened or removed here.
    pub(crate) nameless: u32,
}

/// The reason of a failure to remove a directory that is not empty.
pub(crate) const NOT_EMPTY: &str = "not-empty";

/// An operation that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What was tried.
    pub(crate) operation: Operation,
    /// The path; of two, the new one.
    pub(crate) path: String,
    /// The name of the `wasi:filesystem` error code.
    pub(crate) reason: String,
}

impl Failure {
    /// Whether this may be a move that the system refuses with `EXDEV`, and that must be done another
    /// way. Hosts made of wasmtime 48 or older report that as `io`.
    pub(crate) fn may_cross_devices(&self) -> bool {
        matches!(self.reason.as_str(), "cross-device" | "io")
    }

    /// The failure as an error, in the directory of this role.
    pub(crate) fn of(self, role: Role) -> Error {
        let Failure { operation, path, reason } = self;
        Error::Io(IoFailure { role, path, operation, reason })
    }
}

/// Why a file was not written.
#[derive(Debug)]
pub(crate) enum NotWritten {
    /// The directory refused an operation.
    Failure(Failure),
    /// Its contents could not be unpacked again.
    Unreadable(Unreadable),
}

impl NotWritten {
    /// The reason as an error, in the directory of this role.
    pub(crate) fn of(self, role: Role) -> Error {
        match self {
            NotWritten::Failure(failure) => failure.of(role),
            NotWritten::Unreadable(unreadable) => unreadable.into(),
        }
    }
}

/// A granted directory.
pub(crate) trait Directory {
    /// The contents of a directory; the directory itself is `.`.
    fn list(&self, path: &str) -> Result<Listing, Failure>;

    /// The kind of an entry, without following links. None if there is no such entry.
    fn kind(&self, path: &str) -> Result<Option<Kind>, Failure>;

    /// The contents of a regular file; none if there is no such file, or if it is larger than
    /// `limit`.
    fn read_file(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, Failure>;

    /// Opens a regular file to read parts of it; none if there is no such file.
    fn open_file(&self, path: &str) -> Result<Option<Box<dyn ReadAt>>, Failure>;

    /// Creates a directory, whose parent exists.
    fn create_directory(&self, path: &str) -> Result<(), Failure>;

    /// Creates a new file in an existing directory, with these contents and this modification time
    /// (seconds since 1970).
    fn create_file(&self, path: &str, data: &Data, modified: u64) -> Result<(), NotWritten>;

    /// Gives a file or directory another name.
    fn rename(&self, from: &str, to: &str) -> Result<(), Failure>;

    /// Removes anything but a directory.
    fn remove_file(&self, path: &str) -> Result<(), Failure>;

    /// Removes an empty directory.
    fn remove_directory(&self, path: &str) -> Result<(), Failure>;

    /// Closes the handles that are kept open between calls. A process may have as few as 16 open
    /// files, and the host needs some of them for its own work.
    fn close_cached(&self) {}
}

/// Removes a directory with all its contents, if it exists. Links are removed, not followed. An
/// entry that cannot be removed does not stop the rest. Returns the first failure, which is
/// [`NOT_EMPTY`] for a directory with a nameless entry.
pub(crate) fn remove_tree(directory: &dyn Directory, path: &str) -> Result<(), Failure> {
    match directory.kind(path)? {
        None => return Ok(()),
        Some(Kind::Other) => return directory.remove_file(path),
        Some(Kind::Directory) => {}
    }
    let mut removed = Ok(());
    for (name, kind) in directory.list(path)?.named {
        let below = format!("{path}/{name}");
        removed = removed.and(match kind {
            Kind::Directory => remove_tree(directory, &below),
            Kind::Other => directory.remove_file(&below),
        });
    }
    removed.and_then(|()| directory.remove_directory(path))
}

#[cfg(test)]
pub(crate) mod memory;

//! What a layer contains: its entries in their order, and the contents of the files that matter.
//!
//! A layer is read once, as a stream. Nothing is unpacked.

mod entry;
mod expanding;
mod name;
mod number;
mod pax;
mod reading;
mod record;
mod sparse;
mod tar;

pub use entry::{Entry, EntryKind, Xattrs};
pub use reading::read_layer;
pub use record::Entries;

pub(crate) use name::{LONGEST_PATH, clean};
pub(crate) use record::{Records, read_number, write_number};

use crate::compression::Compression;
use crate::contents::Contents;
use crate::digest::Digest;

/// What one layer contains.
///
/// It takes some tens of bytes for each entry; kept contents are in a temporary file unless they are
/// small.
pub struct Layer {
    pub(crate) digest: Digest,
    pub(crate) compression: Compression,
    pub(crate) records: Records,
    pub(crate) contents: Contents,
}

impl Layer {
    /// The digest of its blob.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// How its blob is compressed.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Its entries, in the order of the archive.
    #[must_use]
    pub fn entries(&self) -> Entries<'_> {
        self.records.entries()
    }
}

/// The most entries of a layer, and the most paths of an image.
pub(crate) const MOST_ENTRIES: usize = 1 << 20;

/// The most bytes that the entries of a layer take, and the names of an image.
pub(crate) const MOST_NAME_BYTES: usize = 64 << 20;

/// The most bytes of extended attributes, in a layer and in an image.
pub(crate) const MOST_XATTR_BYTES: usize = 4 << 20;

/// The most bytes of contents that are kept of a layer.
pub(crate) const MOST_CONTENTS: u64 = 512 << 20;

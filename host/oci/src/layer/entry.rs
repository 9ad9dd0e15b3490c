//! The entries of a layer, as they are applied.

/// An entry of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'layer> {
    /// The path without `.`, `..`, and slashes in front, at the end or in a row. The root directory is
    /// the empty path. For a whiteout, this is the path that it hides; for an opaque whiteout, that of
    /// the directory.
    pub path: Vec<u8>,
    /// What is there.
    pub kind: EntryKind<'layer>,
    /// The permissions, at most `0o7777`; 0 for a whiteout.
    pub mode: u32,
    /// The user ID of the owner; 0 for a whiteout.
    pub uid: u32,
    /// The group ID; 0 for a whiteout.
    pub gid: u32,
    /// The modification time in seconds since 1970, rounded down; 0 for a whiteout.
    pub modified: i64,
}

/// The kind of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind<'layer> {
    /// A directory.
    Directory {
        /// Its extended attributes.
        xattrs: Xattrs<'layer>,
    },
    /// A regular file.
    File {
        /// Its size in bytes.
        size: u64,
        /// Where its contents begin among those that the layer has kept, if it has.
        contents: Option<u64>,
    },
    /// A symbolic link.
    Link {
        /// What it leads to, as written in the archive.
        target: &'layer [u8],
    },
    /// Another name of a file.
    HardLink {
        /// The path of the file, in the same form as the path of an entry.
        target: &'layer [u8],
    },
    /// A device or a FIFO.
    Other,
    /// Hides a path of the lower layers.
    Whiteout,
    /// Hides everything that the lower layers have in a directory.
    OpaqueWhiteout,
}

/// Extended attributes: names and values.
pub type Xattrs<'layer> = Vec<(&'layer [u8], &'layer [u8])>;

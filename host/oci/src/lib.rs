//! OCI images as files.
//!
//! Reads an image from a layout, which is a directory or an archive of one, works out the tree that
//! its layers make, and adds a layer to it. Nothing is ever written outside the layout and the
//! temporary files of a run, no path that an image contains is ever opened, and nothing is executed.
//!
//! The formats are those of the [OCI image specification], version 1.1, and of Docker's manifests,
//! version 2, schema 2.
//!
//! [OCI image specification]: https://github.com/opencontainers/image-spec

mod compression;
mod contents;
mod digest;
mod document;
mod error;
mod hashing;
mod known;
mod layer;
mod layout;
mod location;
mod new_layer;
mod platform;
mod select;
mod tree;
mod update;

pub use compression::Compression;
pub use digest::{Digest, Verifying};
pub use error::Error;
pub use layer::{Entries, Entry, EntryKind, Layer, Xattrs, read_layer};
pub use layout::{BlobReader, Layout};
pub use location::Location;
pub use new_layer::{NewEntry, NewKind, NewLayer, write_layer};
pub use platform::Platform;
pub use select::{Image, LayerBlob, Selection, Skipped};
pub use tree::{Kind, Node, Nodes, Tree, Xattr};
pub use update::{Addition, Dropped, Update};

#[cfg(test)]
mod tests;

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

mod digest;
mod document;
mod error;
mod layout;
mod location;
mod platform;
mod select;
mod update;

pub use digest::{Digest, Verifying};
pub use document::media_type::Compression;
pub use error::Error;
pub use layout::{BlobReader, Layout};
pub use location::Location;
pub use platform::Platform;
pub use select::{Image, LayerBlob, Selection, Skipped};
pub use update::{Addition, Dropped, Update};

#[cfg(test)]
mod tests;

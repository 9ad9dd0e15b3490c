//! Errors, each with what it is about and the reason.

use crate::digest::Digest;
use std::path::PathBuf;

/// What can go wrong with an image. None of these changes the layout.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file operation failed.
    #[error("cannot {operation} `{}`: {reason}", path.display())]
    Io {
        /// What was tried, as a verb: `open`, `read`, `create`.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The path leads to no OCI layout.
    #[error("`{}` is not an OCI image layout: {reason}", path.display())]
    Layout {
        /// The directory or archive.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
    /// No image, or more than one, has the requested reference or platform.
    #[error("`{}`: {reason}", path.display())]
    Selection {
        /// The directory or archive.
        path: PathBuf,
        /// What was not found, and what there is.
        reason: String,
    },
    /// A blob is missing, or its contents have another digest or size.
    #[error("blob {digest}: {reason}")]
    Blob {
        /// Its digest.
        digest: Digest,
        /// What is wrong.
        reason: String,
    },
    /// An index, manifest or config is not what the specification requires.
    #[error("{document}: {reason}")]
    Document {
        /// The document: `index.json`, or its kind and digest, such as `manifest sha256:…`.
        document: String,
        /// What is wrong.
        reason: String,
    },
    /// A layer cannot be read.
    #[error("layer {digest}: {}{reason}", entry.as_ref().map(|name| format!("`{}`: ", name.escape_debug())).unwrap_or_default())]
    Layer {
        /// The digest of its blob.
        digest: Digest,
        /// The entry, if the fault is in one.
        entry: Option<String>,
        /// What is wrong.
        reason: String,
    },
    /// An entry of a new layer cannot be written.
    #[error("new layer: `{}`: {reason}", entry.escape_debug())]
    NewLayer {
        /// Its path.
        entry: String,
        /// What is wrong.
        reason: String,
    },
    /// The caller has asked to stop.
    #[error("stopped")]
    Stopped,
}

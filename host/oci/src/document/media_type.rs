//! Media types of OCI and of Docker.

use crate::Compression;

/// Whose formats a document is of. They differ in nothing but their media types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// The OCI image specification.
    Oci,
    /// Docker's image manifest, version 2, schema 2.
    Docker,
}

/// The media type of an OCI index.
pub(crate) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Whose manifest of one image a media type names.
pub(crate) fn manifest(media_type: &str) -> Option<Flavour> {
    match media_type {
        "application/vnd.oci.image.manifest.v1+json" => Some(Flavour::Oci),
        "application/vnd.docker.distribution.manifest.v2+json" => Some(Flavour::Docker),
        _ => None,
    }
}

/// Whether a media type names an index of manifests.
pub(crate) fn is_index(media_type: &str) -> bool {
    matches!(media_type, OCI_INDEX | "application/vnd.docker.distribution.manifest.list.v2+json")
}

/// Whether a media type names the configuration of an image.
pub(crate) fn is_config(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.oci.image.config.v1+json"
            | "application/vnd.docker.container.image.v1+json"
    )
}

/// The compression of the layer that a media type names. Layers that may not be distributed count
/// too: `nondistributable` in OCI's names, `foreign` in Docker's.
pub(crate) fn layer(media_type: &str) -> Option<Compression> {
    let suffix = [
        "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.docker.image.rootfs.foreign.diff.tar",
    ]
    .iter()
    .find_map(|prefix| media_type.strip_prefix(prefix))?;
    match suffix {
        "" => Some(Compression::None),
        "+gzip" | ".gzip" => Some(Compression::Gzip),
        "+zstd" | ".zstd" => Some(Compression::Zstd),
        _ => None,
    }
}

/// The media type of a layer that is added to an image.
pub(crate) fn of_layer(flavour: Flavour, compression: Compression) -> &'static str {
    match (flavour, compression) {
        (Flavour::Oci, Compression::None) => "application/vnd.oci.image.layer.v1.tar",
        (Flavour::Oci, Compression::Gzip) => "application/vnd.oci.image.layer.v1.tar+gzip",
        (Flavour::Oci, Compression::Zstd) => "application/vnd.oci.image.layer.v1.tar+zstd",
        (Flavour::Docker, Compression::None) => "application/vnd.docker.image.rootfs.diff.tar",
        (Flavour::Docker, Compression::Gzip) => "application/vnd.docker.image.rootfs.diff.tar.gzip",
        (Flavour::Docker, Compression::Zstd) => "application/vnd.docker.image.rootfs.diff.tar.zstd",
    }
}

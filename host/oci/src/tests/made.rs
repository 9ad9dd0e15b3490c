//! Layouts made by hand, after the image specification.

use crate::{Addition, Compression, Digest};
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(super) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub(super) const REFERENCE: &str = "org.opencontainers.image.ref.name";
pub(super) const IMAGE_NAME: &str = "io.containerd.image.name";

/// A layout in a directory of its own.
pub(super) struct Made {
    scratch: TempDir,
}

impl Made {
    /// An empty layout.
    pub(super) fn new() -> Made {
        let scratch = tempfile::tempdir().expect("there is room");
        let made = Made { scratch };
        fs::create_dir_all(made.path().join("blobs/sha256")).expect("it can be made");
        fs::write(made.path().join("oci-layout"), r#"{"imageLayoutVersion": "1.0.0"}"#)
            .expect("there is room");
        made.list(&[]);
        made
    }

    /// A layout with one image for amd64, under the reference `x`.
    pub(super) fn with_image() -> Made {
        let made = Made::new();
        let image = made.image("amd64", "a");
        made.list(&[named(image, "x")]);
        made
    }

    pub(super) fn path(&self) -> PathBuf {
        self.scratch.path().join("layout")
    }

    pub(super) fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Adds a blob, and returns its descriptor.
    pub(super) fn blob(&self, media_type: &str, contents: &[u8]) -> Value {
        let digest = Digest::of(contents);
        fs::write(self.blob_path(&digest), contents).expect("there is room");
        json!({"mediaType": media_type, "digest": digest.to_string(), "size": contents.len()})
    }

    pub(super) fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.path().join("blobs").join(digest.algorithm()).join(digest.hexadecimal())
    }

    /// Adds a document, and returns its descriptor.
    pub(super) fn document(&self, media_type: &str, document: &Value) -> Value {
        self.blob(media_type, document.to_string().as_bytes())
    }

    /// Adds an image with one layer, and returns the descriptor of its manifest, with the platform.
    pub(super) fn image(&self, architecture: &str, contents: &str) -> Value {
        let (layer, diff_id) = layer(contents);
        let layer = self.blob(LAYER, &layer);
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "created": "2024-01-02T03:04:05.678Z",
            "config": {"Env": ["PATH=/bin"]},
            "rootfs": {"type": "layers", "diff_ids": [diff_id.to_string()]},
            "history": [{"created": "2024-01-02T03:04:05Z", "created_by": "by hand"}],
        });
        self.image_of(&config, &[layer], architecture)
    }

    /// Adds the image of this config and these layers.
    pub(super) fn image_of(&self, config: &Value, layers: &[Value], architecture: &str) -> Value {
        let config = self.document(CONFIG, config);
        let manifest =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
        let mut descriptor = self.document(MANIFEST, &manifest);
        descriptor["platform"] = json!({"architecture": architecture, "os": "linux"});
        descriptor
    }

    /// Adds an index, and returns its descriptor.
    pub(super) fn index(&self, manifests: &[Value]) -> Value {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        self.document(INDEX, &index)
    }

    /// Writes `index.json`.
    pub(super) fn list(&self, manifests: &[Value]) {
        self.write_index(&json!({"schemaVersion": 2, "manifests": manifests}).to_string());
    }

    pub(super) fn write_index(&self, text: &str) {
        fs::write(self.path().join("index.json"), text).expect("there is room");
    }

    /// What `index.json` contains.
    pub(super) fn listed(&self) -> Value {
        listed(&self.path())
    }

    /// The document that a descriptor names.
    pub(super) fn read(&self, descriptor: &Value) -> Value {
        read(&self.path(), descriptor)
    }
}

/// What the `index.json` of a layout contains.
pub(super) fn listed(layout: &Path) -> Value {
    let text = fs::read(layout.join("index.json")).expect("it is there");
    serde_json::from_slice(&text).expect("it is JSON")
}

/// The document that a descriptor names, whose digest and size are right.
pub(super) fn read(layout: &Path, descriptor: &Value) -> Value {
    let digest: Digest = text(&descriptor["digest"]).parse().expect("it is a digest");
    let path = layout.join("blobs").join(digest.algorithm()).join(digest.hexadecimal());
    let contents = fs::read(path).expect("it is there");
    assert_eq!(Digest::of(&contents), digest);
    assert_eq!(descriptor["size"], json!(contents.len()));
    serde_json::from_slice(&contents).expect("it is JSON")
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().expect("it is a string")
}

/// The same descriptor with a reference.
pub(super) fn named(mut descriptor: Value, reference: &str) -> Value {
    descriptor["annotations"][REFERENCE] = json!(reference);
    descriptor
}

/// A layer with one file, compressed, and its diff ID.
pub(super) fn layer(contents: &str) -> (Vec<u8>, Digest) {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_mode(0o644);
    header.set_size(contents.len() as u64);
    archive.append_data(&mut header, "file", contents.as_bytes()).expect("there is room");
    let archive = archive.into_inner().expect("there is room");
    let diff_id = Digest::of(&archive);
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&archive).expect("there is room");
    (encoder.finish().expect("there is room"), diff_id)
}

/// A layer to add.
pub(super) fn addition(contents: &str) -> Addition {
    let (compressed, diff_id) = layer(contents);
    Addition {
        digest: Digest::of(&compressed),
        compressed,
        compression: Compression::Gzip,
        diff_id,
        created: Some(1_700_000_000),
        created_by: "ensurepip-host".to_owned(),
    }
}

/// All files of a directory, by their paths, with their contents.
pub(super) fn tree(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut left = vec![path.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory).expect("it is a directory") {
            let path = entry.expect("it can be read").path();
            let kind = fs::symlink_metadata(&path).expect("it is there").file_type();
            if kind.is_dir() {
                found.push((path.clone(), Vec::new()));
                left.push(path);
            } else if kind.is_file() {
                found.push((path.clone(), fs::read(&path).expect("it can be read")));
            } else {
                found.push((path, Vec::new()));
            }
        }
    }
    found.sort();
    found
}

/// A file of an archive.
pub(super) fn archived(archive: &Path, name: &str) -> Option<Vec<u8>> {
    let mut archive = tar::Archive::new(fs::File::open(archive).expect("it is there"));
    for entry in archive.entries().expect("it is an archive") {
        let mut entry = entry.expect("it can be read");
        if *entry.path_bytes() == *name.as_bytes() {
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).expect("it can be read");
            return Some(contents);
        }
    }
    None
}

/// Packs a directory into an archive.
pub(super) fn pack(directory: &Path, prefix: &str, archive: &Path) {
    let mut builder = tar::Builder::new(fs::File::create(archive).expect("it can be made"));
    builder.append_dir_all(prefix, directory).expect("there is room");
    builder.finish().expect("there is room");
}

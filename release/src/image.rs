//! A container image of the program alone, for each of its CPUs, as an archive of an OCI image layout.
//!
//! [Image layout](https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md). The same
//! programs make the same archive.

use anyhow::{Context as _, Result, bail};
use ensurepip_oci::{Compression, Digest, NewEntry, NewKind, NewLayer, write_layer};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// What an image has of the directory of an archive, and with which mode.
const FILES: [(&str, u32); 4] = [
    ("ensurepip-host", 0o755),
    ("LICENSE-APACHE", 0o644),
    ("LICENSE-MIT", 0o644),
    ("LICENSES-OF-CRATES", 0o644),
];

/// The empty directories. Users mount their targets on the first; the program has its temporary files in
/// the second.
const DIRECTORIES: [(&str, u32); 2] = [("work", 0o755), ("tmp", 0o1777)];

/// The date of everything in an image.
pub(crate) struct Date<'release> {
    /// In seconds since 1970.
    pub(crate) epoch: u64,
    /// The same as RFC 3339 has it.
    pub(crate) text: &'release str,
}

/// The archive, whose only reference is the version. Each program is given as `ARCHITECTURE=DIRECTORY`,
/// with the directory that an archive of the release is made from.
pub(crate) fn of(date: &Date<'_>, programs: &[&str]) -> Result<Vec<u8>> {
    let mut archive = Archive::new(date.epoch);
    archive.add("oci-layout", json!({"imageLayoutVersion": "1.0.0"}).to_string().as_bytes())?;
    let mut manifests = Vec::new();
    for program in programs {
        let Some((architecture, directory)) = program.split_once('=') else {
            bail!("expected ARCHITECTURE=DIRECTORY and not `{program}`");
        };
        let layer = layer(Path::new(directory), date.epoch)?;
        let config = config(architecture, date, &layer).to_string();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": descriptor("config.v1+json", config.as_bytes()),
            "layers": [descriptor("layer.v1.tar+gzip", &layer.bytes)],
        });
        let manifest = manifest.to_string();
        let mut listed = descriptor("manifest.v1+json", manifest.as_bytes());
        listed["platform"] = json!({"os": "linux", "architecture": architecture});
        manifests.push(listed);
        for blob in [&layer.bytes, config.as_bytes(), manifest.as_bytes()] {
            archive.add_blob(blob)?;
        }
    }
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": manifests,
    });
    let index = index.to_string();
    archive.add_blob(index.as_bytes())?;
    let mut listed = descriptor("index.v1+json", index.as_bytes());
    listed["annotations"] = json!({"org.opencontainers.image.ref.name": env!("CARGO_PKG_VERSION")});
    let top = json!({"schemaVersion": 2, "manifests": [listed]});
    archive.add("index.json", top.to_string().as_bytes())?;
    archive.tar.into_inner().context("failed to write to memory")
}

/// The only layer.
fn layer(directory: &Path, epoch: u64) -> Result<NewLayer> {
    let modified = i64::try_from(epoch).context("a date is near")?;
    let entry = |path: &str, kind, mode| NewEntry {
        path: path.as_bytes().to_vec(),
        kind,
        mode,
        uid: 0,
        gid: 0,
        modified,
    };
    let mut entries: Vec<NewEntry> = DIRECTORIES
        .map(|(name, mode)| entry(name, NewKind::Directory { xattrs: Vec::new() }, mode))
        .into();
    for (name, mode) in FILES {
        let path = directory.join(name);
        let contents = fs::read(&path);
        let contents = contents.with_context(|| format!("failed to read `{}`", path.display()))?;
        entries.push(entry(name, NewKind::File(contents), mode));
    }
    Ok(write_layer(entries, Compression::Gzip)?)
}

fn config(architecture: &str, date: &Date<'_>, layer: &NewLayer) -> Value {
    json!({
        "created": date.text,
        "architecture": architecture,
        "os": "linux",
        "config": {
            "Entrypoint": ["/ensurepip-host"],
            "WorkingDir": "/work",
            "Labels": {
                "org.opencontainers.image.title": "ensurepip-host",
                "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
                "org.opencontainers.image.licenses": env!("CARGO_PKG_LICENSE"),
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id.to_string()]},
        "history": [{"created": date.text, "created_by": "release/build"}],
    })
}

/// The descriptor of a blob.
fn descriptor(kind: &str, bytes: &[u8]) -> Value {
    json!({
        "mediaType": format!("application/vnd.oci.image.{kind}"),
        "digest": Digest::of(bytes).to_string(),
        "size": bytes.len(),
    })
}

/// An archive in memory.
struct Archive {
    tar: tar::Builder<Vec<u8>>,
    epoch: u64,
}

impl Archive {
    fn new(epoch: u64) -> Archive {
        Archive { tar: tar::Builder::new(Vec::new()), epoch }
    }

    fn add_blob(&mut self, bytes: &[u8]) -> Result<()> {
        self.add(&format!("blobs/sha256/{}", Digest::of(bytes).hexadecimal()), bytes)
    }

    fn add(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len().try_into().context("a file is not that large")?);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(self.epoch);
        self.tar.append_data(&mut header, path, bytes).context("failed to write to memory")
    }
}

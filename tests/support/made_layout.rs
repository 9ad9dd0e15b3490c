//! OCI layouts: an image of Debian as one layer, and documents that a test writes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use ensurepip_host::Platform;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::images::{Recipe, copy};

/// Where the layouts are made, once for a checkout.
const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/layouts");

/// The media types, as the image specification has them.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A layout of a test's own.
pub(crate) struct Layout {
    path: PathBuf,
    /// The descriptor of the layer, and the digest of its contents.
    layer: Value,
    diff_id: Value,
}

impl Layout {
    /// A copy of the layout with this image, for this machine's platform, as `latest`. The error
    /// states what is missing.
    pub(crate) fn copy_to(recipe: &'static Recipe, path: &Path) -> Result<Layout, String> {
        static MAKING: Mutex<()> = Mutex::new(());
        let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        let (root, name) = (recipe.made()?, recipe.file_name());
        let original = Path::new(CACHE).join(&name);
        if !original.is_dir() {
            let unfinished = original.with_extension(std::process::id().to_string());
            make(&root, &unfinished).map_err(|reason| format!("a layer of {name}: {reason}"))?;
            // Another process may have been faster.
            if fs::rename(&unfinished, &original).is_err() {
                let _ = fs::remove_dir_all(&unfinished);
            }
        }
        copy(&original, path);
        let layer = fs::read(path.join("layer.json")).expect("it was written");
        let layer: Value = serde_json::from_slice(&layer).expect("it was written");
        fs::remove_file(path.join("layer.json")).expect("it was written");
        let layout = Layout {
            path: path.to_owned(),
            layer: layer["descriptor"].clone(),
            diff_id: layer["diff_id"].clone(),
        };
        let mut manifest = layout.image(&own_platform());
        manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": "latest" });
        layout.set_index(&json!([manifest]));
        Ok(layout)
    }

    /// Adds the same image for a platform, and returns its descriptor.
    pub(crate) fn image(&self, platform: &Platform) -> Value {
        let (os, architecture) = (&platform.os, &platform.architecture);
        let config = json!({
            "architecture": architecture,
            "os": os,
            "config": {},
            "rootfs": { "type": "layers", "diff_ids": [self.diff_id] },
        });
        let mut descriptor = self.add(&json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.descriptor(CONFIG, config.to_string().as_bytes()),
            "layers": [self.layer],
        }));
        descriptor["platform"] = json!({ "architecture": architecture, "os": os });
        descriptor
    }

    /// Adds a manifest, and returns its descriptor.
    pub(crate) fn add(&self, manifest: &Value) -> Value {
        self.descriptor(MANIFEST, manifest.to_string().as_bytes())
    }

    /// Lists an index of these manifests as `latest`, and nothing else.
    pub(crate) fn set_inner_index(&self, manifests: &Value) {
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
        let mut descriptor = self.descriptor(INDEX, index.to_string().as_bytes());
        descriptor["annotations"] = json!({ "org.opencontainers.image.ref.name": "latest" });
        self.set_index(&json!([descriptor]));
    }

    fn set_index(&self, manifests: &Value) {
        let index = json!({ "schemaVersion": 2, "manifests": manifests });
        fs::write(self.path.join("index.json"), index.to_string()).expect("it can be written");
    }

    /// Adds a blob, and returns its descriptor.
    pub(crate) fn descriptor(&self, media_type: &str, blob: &[u8]) -> Value {
        let digest = hexadecimal(&Sha256::digest(blob));
        fs::write(self.path.join("blobs/sha256").join(&digest), blob).expect("it can be written");
        let digest = format!("sha256:{digest}");
        json!({ "mediaType": media_type, "digest": digest, "size": blob.len() })
    }
}

/// The platform of this machine.
pub(crate) fn own_platform() -> Platform {
    let name = format!("linux/{}", std::env::consts::ARCH);
    name.parse().expect("Rust's names are known")
}

/// Makes a layout with a layer of this root, and `layer.json`, which describes it.
fn make(root: &Path, layout: &Path) -> io::Result<()> {
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    let plain = layout.join("layer.tar");
    let mut tar = Command::new("tar");
    run(tar.args(["--numeric-owner", "-cf"]).arg(&plain).arg("-C").arg(root).arg("."))?;
    let (diff_id, _) = hash(&plain)?;
    run(Command::new("gzip").args(["-1", "-n"]).arg(&plain))?;
    let packed = layout.join("layer.tar.gz");
    let (digest, size) = hash(&packed)?;
    fs::rename(&packed, blobs.join(&digest))?;
    let descriptor =
        json!({ "mediaType": LAYER, "digest": format!("sha256:{digest}"), "size": size });
    let layer = json!({ "descriptor": descriptor, "diff_id": format!("sha256:{diff_id}") });
    fs::write(layout.join("layer.json"), layer.to_string())
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(io::Error::other(told)) }
}

/// The digest of a file in hexadecimal, and its size.
fn hash(path: &Path) -> io::Result<(String, usize)> {
    let contents = fs::read(path)?;
    Ok((hexadecimal(&Sha256::digest(&contents)), contents.len()))
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

//! A bill of materials: which pip an image has, and every file of it, as CycloneDX 1.6 (ECMA-424).
//!
//! It has neither a time nor a serial number, so that the same inputs give the same document.

use super::{File, Found, Outcome, Report};
use serde_json::{Value, json};

impl Report {
    /// A CycloneDX document of the pip in the target after the run, with a line end. None if there
    /// is no pip, or if the target was only inspected.
    ///
    /// The files are those of the manifest: only an installation with
    /// [`Bootstrap::manifest`](crate::Bootstrap::manifest) lists them.
    #[must_use]
    pub fn to_cyclonedx(&self) -> Option<String> {
        self.pip_component().map(|component| document(&[component]))
    }

    /// The pip that the target has after the run, as a component. None if there is no pip, or if the
    /// target was only inspected.
    pub(crate) fn pip_component(&self) -> Option<Value> {
        let (version, files) = match &self.outcome {
            Outcome::Installed { manifest, .. } => (&self.wheel.version, manifest.as_deref()),
            Outcome::Kept(Found { version, .. }) => (version, None),
            _ => return None,
        };
        Some(self.component(version, files.unwrap_or_default()))
    }

    /// pip itself, with the digest of the wheel that it came from.
    fn component(&self, version: &str, files: &[File]) -> Value {
        let (project, purl) = ("pip", format!("pkg:pypi/pip@{version}"));
        let mut component = json!({
            "type": "library",
            "bom-ref": purl,
            "name": project,
            "version": version,
            "purl": purl,
            "licenses": [{ "license": { "id": "MIT" } }],
        });
        if !files.is_empty() {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": self.wheel.sha256 }]);
            component["components"] = files.iter().map(file).collect();
        }
        component
    }
}

/// A document of these components, with a line end.
pub(crate) fn document(components: &[Value]) -> String {
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "tools": { "components": [{
            "type": "application",
            "name": "ensurepip-host",
            "version": env!("CARGO_PKG_VERSION"),
        }] } },
        "components": components,
    });
    format!("{document:#}\n")
}

/// A file of the target.
fn file(file: &File) -> Value {
    let mut component = json!({ "type": "file", "name": file.path });
    if let Some(sha256) = &file.sha256 {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sha256 }]);
    }
    component
}

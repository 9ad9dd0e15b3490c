//! A bill of materials: which pip an image has, and every file of it, as CycloneDX 1.6 (ECMA-424).
//!
//! It has neither a time nor a serial number, so that the same inputs give the same document.

use super::{File, Found, Manifest, Outcome, Report, Vendored};
use serde_json::{Value, json};

impl Report {
    /// A CycloneDX document of the pip in the target after the run, with a line end. None if there
    /// is no pip, or if the target was only inspected.
    ///
    /// Files and vendored libraries are those of the manifest: only an installation with
    /// [`Bootstrap::manifest`](crate::Bootstrap::manifest) lists them.
    #[must_use]
    pub fn to_cyclonedx(&self) -> Option<String> {
        self.pip_component().map(|component| document(&[component]))
    }

    /// The pip that the target has after the run, as a component. None if there is no pip, or if the
    /// target was only inspected.
    pub(crate) fn pip_component(&self) -> Option<Value> {
        let (version, manifest) = match &self.outcome {
            Outcome::Installed { manifest, .. } => (&self.wheel.version, manifest.as_ref()),
            Outcome::Kept(Found { version, .. }) => (version, None),
            _ => return None,
        };
        Some(self.component(version, manifest))
    }

    /// pip itself, with the digest of the wheel that it came from.
    fn component(&self, version: &str, manifest: Option<&Manifest>) -> Value {
        let (project, purl) = ("pip", format!("pkg:pypi/pip@{version}"));
        let mut component = json!({
            "type": "library",
            "bom-ref": purl,
            "name": project,
            "version": version,
            "purl": purl,
            "licenses": [{ "license": { "id": "MIT" } }],
        });
        if let Some(Manifest { files, vendored }) = manifest {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": self.wheel.sha256 }]);
            component["components"] =
                vendored.iter().map(library).chain(files.iter().map(file)).collect();
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

/// The libraries that a bill of materials in a wheel lists with their versions: a CycloneDX document of
/// any version. What is malformed is left out, because the wheel may be anybody's.
pub(crate) fn vendored(text: &str) -> Vec<Vendored> {
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let components = document["components"].as_array().into_iter().flatten();
    let libraries = components.filter_map(|component| {
        let member = |name: &str| component[name].as_str().map(str::to_owned);
        let (name, version, purl) = (member("name")?, member("version")?, member("purl")?);
        purl.starts_with("pkg:").then_some(Vendored { name, version, purl })
    });
    libraries.collect()
}

/// A library in pip's own package.
fn library(library: &Vendored) -> Value {
    let Vendored { name, version, purl } = library;
    json!({ "type": "library", "name": name, "version": version, "purl": purl })
}

/// A file of the target.
fn file(file: &File) -> Value {
    let mut component = json!({ "type": "file", "name": file.path });
    if let Some(sha256) = &file.sha256 {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sha256 }]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::{Vendored, vendored};

    #[test]
    fn vendored_libraries_need_name_version_and_package_url() {
        let text = r#"{"bomFormat": "CycloneDX", "components": [
            {"type": "library", "name": "pip", "bom-ref": "bom-ref:pip"},
            {"type": "library", "name": "idna", "version": "3.20", "purl": "pkg:pypi/idna@3.20"},
            {"name": "odd", "version": 3, "purl": "pkg:pypi/odd@3"},
            {"name": "odd", "version": "3", "purl": "idna"},
            "odd", null
        ]}"#;
        let expected = Vendored {
            name: "idna".to_owned(),
            version: "3.20".to_owned(),
            purl: "pkg:pypi/idna@3.20".to_owned(),
        };
        assert_eq!(vendored(text), [expected]);
        for text in ["", "{", "[]", "7", r#"{"components": {}}"#, r#"{"components": 7}"#] {
            assert_eq!(vendored(text), [], "{text}");
        }
    }
}

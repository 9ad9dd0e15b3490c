//! A bill of materials: which pip an image has, what was installed beside it, and every file of that, as
//! CycloneDX 1.6 (ECMA-424).
//!
//! It has neither a time nor a serial number, so that the same inputs give the same document.

use super::{
    Change, File, Found, Licenses, Manifest, Outcome, Report, Vendored, WheelReport, WheelSource,
};
use crate::project::canonical;
use serde_json::{Value, json};

impl Report {
    /// A CycloneDX document of pip and the other projects of the run in the target after it, with a line
    /// end. None if there are none, or if the target was only inspected.
    ///
    /// Files and vendored libraries are those of the manifest: only an installation with
    /// [`Bootstrap::manifest`](crate::Bootstrap::manifest) lists them.
    #[must_use]
    pub fn to_cyclonedx(&self) -> Option<String> {
        let components = self.components();
        (!components.is_empty()).then(|| document(&components))
    }

    /// The projects of the run that the target has after it, as components, and the scripts that are not
    /// those of one project.
    pub(crate) fn components(&self) -> Vec<Value> {
        let manifest = match &self.outcome {
            Outcome::Installed { manifest, .. } => manifest.as_ref(),
            Outcome::Kept(_) => None,
            _ => return Vec::new(),
        };
        let mut components = Vec::new();
        for (number, WheelReport { source, change }) in self.wheels.iter().enumerate() {
            match change {
                Change::Installed { .. } => {
                    components.push(component(source, &source.version, manifest, number));
                }
                Change::Kept(Found { version, .. }) => {
                    components.push(component(source, version, None, number));
                }
                _ => {}
            }
        }
        let files = manifest.iter().flat_map(|manifest| &manifest.files);
        components.extend(files.filter(|file| file.wheel.is_none()).map(file));
        components
    }
}

/// A project, with the digest of the wheel that it came from, and its files.
fn component(
    source: &WheelSource,
    version: &str,
    manifest: Option<&Manifest>,
    number: usize,
) -> Value {
    let project = canonical(&source.project);
    let purl = format!("pkg:pypi/{project}@{version}");
    let mut component = json!({
        "type": "library",
        "bom-ref": purl,
        "name": project,
        "version": version,
        "purl": purl,
    });
    let is_pip = project == "pip";
    // What the target keeps may be another version, under another licence.
    let stated = Some(&source.licenses).filter(|_| source.version == version).and_then(licenses);
    if let Some(licenses) = stated {
        component["licenses"] = licenses;
    } else if is_pip {
        component["licenses"] = json!([{ "license": { "id": "MIT" } }]);
    }
    if let Some(Manifest { files, vendored }) = manifest {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": source.sha256 }]);
        let vendored = vendored.iter().filter(|_| is_pip).map(library);
        let files = files.iter().filter(|file| file.wheel == Some(number)).map(file);
        component["components"] = vendored.chain(files).collect();
    }
    component
}

/// The licences that a wheel states; none if it states none. A name is never taken to be an SPDX
/// identifier: it is free text.
fn licenses(Licenses { expression, names }: &Licenses) -> Option<Value> {
    match expression {
        Some(expression) => Some(json!([{ "expression": expression }])),
        None if names.is_empty() => None,
        None => Some(names.iter().map(|name| json!({ "license": { "name": name } })).collect()),
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

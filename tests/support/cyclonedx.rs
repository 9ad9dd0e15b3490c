//! The schema of CycloneDX, against which a bill of materials is validated.

use super::announce;
use jsonschema::Validator;
use serde_json::Value;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The distribution that contains the schemas of CycloneDX, and their directory there.
const SCHEMAS: (&str, &str) = ("cyclonedx-python-lib==11.12.0", "cyclonedx/schema/_res/");

/// The schema of the version that is written, and the schemas that it refers to, by file name.
const SCHEMA: &str = "bom-1.6.SNAPSHOT.schema.json";
const REFERENCES: [&str; 2] = ["spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"];

/// A validator for documents, with the schema downloaded into a directory. None if it is
/// unavailable.
pub(crate) fn validator(scratch: &Path) -> Option<Validator> {
    let schemas = download(scratch)?;
    let read = |name: &str| -> Value {
        let text = fs::read_to_string(schemas.join(name)).expect("the schema is there");
        serde_json::from_str(&text).expect("a schema is JSON")
    };
    let mut registry = jsonschema::Registry::new();
    for name in REFERENCES {
        let mut schema = read(name);
        // It is referred to by its file name, not by its own `$id`.
        let id = schema["$id"].as_str().expect("it has a name");
        let (base, _) = id.rsplit_once('/').expect("a name is an address");
        let id = format!("{base}/{name}");
        schema["$id"] = Value::String(id.clone());
        registry = registry.add(id, schema).expect("it is a schema");
    }
    let registry = registry.prepare().expect("they are schemas");
    let schema = read(SCHEMA);
    let validator = jsonschema::options().with_registry(&registry).build(&schema);
    Some(validator.expect("it is a schema"))
}

/// Announces that a check is skipped without the schema.
pub(crate) fn report_skipped(check: &str) {
    announce::report_skipped(check, &format!("{} for the schema of CycloneDX", SCHEMAS.0));
}

/// Downloads the schemas, if there is a network and a pip, and returns their directory.
fn download(into: &Path) -> Option<PathBuf> {
    let downloaded = Command::new("python3")
        .args(["-m", "pip", "download", "--quiet", "--no-deps", SCHEMAS.0, "--dest"])
        .arg(into)
        .stdin(Stdio::null())
        .output();
    downloaded.ok().filter(|output| output.status.success())?;
    let wheel = into.read_dir().ok()?.flatten().map(|entry| entry.path());
    let wheel = wheel.into_iter().find(|path| path.extension().is_some_and(|end| end == "whl"))?;
    let mut archive = zip::ZipArchive::new(File::open(wheel).ok()?).ok()?;
    for name in REFERENCES.into_iter().chain([SCHEMA]) {
        let mut contents = Vec::new();
        archive.by_name(&format!("{}{name}", SCHEMAS.1)).ok()?.read_to_end(&mut contents).ok()?;
        fs::write(into.join(name), contents).ok()?;
    }
    Some(into.to_owned())
}

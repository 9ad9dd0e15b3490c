//! The bill of materials of a program, as CycloneDX 1.6: the crates that are linked into it and into
//! its component, and the wheels that it bundles.
//!
//! It has neither a time nor a serial number, so that the same sources give the same document.
//! Rust's standard library and the C library are not included: no lock file names them.

use crate::crates::{self, Crate, Crates, Linked};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The document for the program of a target, with a line end.
pub(crate) fn of(target: &str) -> Result<String> {
    let Linked { mut crates, program, component } = Linked::into_program(target)?;
    let wheels = wheels()?;
    embed(&mut crates, "ensurepip-guest-artifact", [&component])?;
    embed(&mut crates, "ensurepip-wheels", wheels.keys())?;

    let dependencies = crates.iter().map(|(key, one)| json!({ "ref": key, "dependsOn": one.uses }));
    let dependencies: Vec<Value> = dependencies.collect();
    let mut subject = library(&program, &crates[&program]);
    subject["type"] = json!("application");
    subject["properties"] = json!([{ "name": "cargo:target", "value": target }]);
    let parts = crates.iter().filter(|(key, _)| **key != program);
    let parts = parts.map(|(key, one)| library(key, one));
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": subject },
        "components": parts.chain(wheels.into_values()).collect::<Vec<_>>(),
        "dependencies": dependencies,
    });
    Ok(format!("{document:#}\n"))
}

/// Records the components that a crate embeds as data.
fn embed<'key>(
    crates: &mut Crates,
    name: &str,
    keys: impl IntoIterator<Item = &'key String>,
) -> Result<()> {
    let embedder = crates.values_mut().find(|one| one.name == name);
    let embedder = embedder.with_context(|| format!("`{name}` is not linked"))?;
    embedder.uses.extend(keys.into_iter().cloned());
    Ok(())
}

/// A crate.
fn library(key: &str, one: &Crate) -> Value {
    let mut library = json!({
        "type": "library",
        "bom-ref": key,
        "name": one.name,
        "version": one.version,
        // A plus in a package URL is only allowed in its scheme.
        "purl": format!("pkg:cargo/{}", key.replace('+', "%2B")),
        "licenses": [{ "expression": one.licence }],
    });
    if let Some(sha256) = &one.sha256 {
        library["hashes"] = json!([{ "alg": "SHA-256", "content": sha256 }]);
    }
    library
}

/// The wheels of the table, by package URL.
fn wheels() -> Result<BTreeMap<String, Value>> {
    let table = crates::workspace().join("wheels/wheels.csv");
    let mut table = csv::Reader::from_path(&table)
        .with_context(|| format!("failed to read `{}`", table.display()))?;
    let wheel = |row: csv::StringRecord| {
        let [project, version, sha256, licence] =
            [0, 1, 3, 5].map(|column| row.get(column).unwrap_or_default());
        let purl = format!("pkg:pypi/{project}@{version}");
        let wheel = json!({
            "type": "library",
            "bom-ref": purl,
            "name": project,
            "version": version,
            "purl": purl,
            "licenses": [{ "expression": licence }],
            "hashes": [{ "alg": "SHA-256", "content": sha256 }],
        });
        (purl, wheel)
    };
    table.records().map(|row| Ok(wheel(row?))).collect()
}

//! Checks the wheels beside `wheels.csv` against it, and makes a Rust table of both and of `imports.csv`.
//!
//! A file that the table does not name, or names with another digest, ends the build, and so does a
//! wheel whose imports were not looked for.

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=.");
    if let Err(error) = run() {
        println!("cargo::error={error:#}");
    }
}

fn run() -> Result<()> {
    let directory = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut reader = csv::ReaderBuilder::new().from_path(directory.join("wheels.csv"))?;
    let imports = read_imports(&directory.join("imports.csv"))?;
    let mut table = String::from("&[\n");
    let mut named = BTreeSet::new();
    for row in reader.records() {
        let row = row?;
        let [project, version, file, sha256, requires_python, _licence, feature] =
            [0, 1, 2, 3, 4, 5, 6].map(|column| row.get(column).unwrap_or_default());
        let path = directory.join(file);
        check_digest(&path, sha256)?;
        if !file.starts_with(&format!("{project}-{version}-")) {
            bail!("`{file}` is not a wheel of {project} {version}");
        }
        named.insert(file.to_owned());
        if !feature.is_empty() && env::var_os(feature_variable(feature)).is_none() {
            continue;
        }
        let imports = imports.get(sha256).with_context(|| {
            format!("imports.csv has nothing of `{file}`; `imports.py` looks for its imports")
        })?;
        writeln!(
            table,
            "BundledWheel {{ version: {version:?}, file_name: {file:?}, sha256: {sha256:?}, \
             requires_python: {requires_python:?}, imports: &[{imports}], \
             bytes: include_bytes!({path:?}) }},",
            path = path.to_str().context("the path of the wheels is not UTF-8")?
        )?;
    }
    table.push(']');
    for entry in fs::read_dir(&directory)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".whl") && !named.contains(&name) {
            bail!("`{name}` is not in wheels.csv");
        }
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("table.rs"), table)?;
    Ok(())
}

/// The imports of each wheel, by its digest: entries of a Rust table.
fn read_imports(path: &Path) -> Result<BTreeMap<String, String>> {
    let mut imports = BTreeMap::<String, String>::new();
    for row in csv::ReaderBuilder::new().from_path(path)?.records() {
        let row = row?;
        let [_version, sha256, python, modules] =
            [0, 1, 2, 3].map(|column| row.get(column).unwrap_or_default());
        let minor = python.strip_prefix("3.").and_then(|minor| minor.parse::<u32>().ok());
        let minor = minor.with_context(|| format!("imports.csv names a Python `{python}`"))?;
        let modules: Vec<&str> = modules.split(' ').collect();
        let entries = imports.entry(sha256.to_owned()).or_default();
        write!(entries, "Imports {{ minor: {minor}, modules: &{modules:?} }}, ")?;
    }
    Ok(imports)
}

/// The variable that cargo sets for a feature that is on.
fn feature_variable(feature: &str) -> String {
    format!("CARGO_FEATURE_{}", feature.to_uppercase().replace('-', "_"))
}

fn check_digest(path: &Path, expected: &str) -> Result<()> {
    let bytes = fs::read(path).with_context(|| format!("failed to read `{}`", path.display()))?;
    let found =
        Sha256::digest(&bytes).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    if found != expected {
        bail!("`{}` has sha256 {found}, wheels.csv states {expected}", path.display());
    }
    Ok(())
}

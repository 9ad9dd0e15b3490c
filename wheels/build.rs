//! Checks the wheels beside `wheels.csv`, and makes a Rust table of them, of it and of `imports.csv`.
//!
//! Each wheel is checked with the code of the component, and packed anew. A file that `wheels.csv` does
//! not name, or names with another digest, ends the build. So does a wheel that the component would
//! refuse, and one whose imports were not looked for.

use anyhow::{Context as _, Error, Result, bail};
use ensurepip_guest::{CheckedFile, CheckedWheel, Role};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
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
    let (mut named, mut is_first) = (BTreeSet::new(), true);
    for row in reader.records() {
        let row = row?;
        let [project, version, file, sha256, requires_python, _licence, feature] =
            [0, 1, 2, 3, 4, 5, 6].map(|column| row.get(column).unwrap_or_default());
        let bytes = read(&directory.join(file), sha256)?;
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
        let packing = if is_first { "Lz4" } else { "Zlib" };
        is_first = false;
        let checked = ensurepip_guest::check_wheel(file, &bytes).map_err(Error::msg)?;
        writeln!(
            table,
            "BundledWheel {{ version: {version:?}, file_name: {file:?}, sha256: {sha256:?}, \
             requires_python: {requires_python:?}, imports: &[{imports}], files: &[{files}], \
             contents: {contents} }},",
            files = describe(file, &checked.files)?,
            contents = pack(file, &checked, packing)?,
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

/// The variable that cargo sets for an enabled feature.
fn feature_variable(feature: &str) -> String {
    format!("CARGO_FEATURE_{}", feature.to_uppercase().replace('-', "_"))
}

/// The files of a wheel: entries of a Rust table.
fn describe(wheel: &str, files: &[CheckedFile]) -> Result<String> {
    let mut entries = String::new();
    for CheckedFile { role, path, size, sha256, executable, modified } in files {
        if *role != Role::Purelib {
            bail!("`{path}` in `{wheel}` does not go to the library directory");
        }
        write!(
            entries,
            "BundledFile {{ path: {path:?}, size: {size}, sha256: {sha256:?}, \
             executable: {executable}, modified: {modified} }}, "
        )?;
    }
    Ok(entries)
}

/// Packs the contents of a wheel into a file of `OUT_DIR`. Returns the entry of the Rust table.
fn pack(wheel: &str, checked: &CheckedWheel, packing: &str) -> Result<String> {
    let contents = &checked.contents;
    let packed = if packing == "Lz4" {
        lz4_flex::block::compress(contents)
    } else {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(contents)?;
        encoder.finish()?
    };
    let path = Path::new(&env::var("OUT_DIR")?).join(format!("{wheel}.contents"));
    fs::write(&path, packed)?;
    Ok(format!(
        "PackedContents {{ packing: Packing::{packing}, size: {size}, crc32: {crc32}, \
         bytes: include_bytes!({path:?}) }}",
        size = contents.len(),
        crc32 = crc32fast::hash(contents),
        path = path.to_str().context("the path of the build is not UTF-8")?
    ))
}

/// Reads a file that has this SHA-256 digest.
fn read(path: &Path, expected: &str) -> Result<Vec<u8>> {
    let bytes = fs::read(path).with_context(|| format!("failed to read `{}`", path.display()))?;
    let found =
        Sha256::digest(&bytes).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    if found != expected {
        bail!("`{}` has sha256 {found}, wheels.csv states {expected}", path.display());
    }
    Ok(bytes)
}

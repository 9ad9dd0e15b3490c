//! The licences of the crates that are linked into a program or the component: each text once, below the crates that
//! it applies to.

use crate::crates::{self, Linked};
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The beginnings of names of licence files, in upper case.
const NAMES: &[&str] = &["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

/// The text for the program of a target, or for the component alone.
pub(crate) fn of(target: &str) -> Result<String> {
    let (file, linked) = if target == crates::COMPONENT_TARGET {
        ("component", crates::of_component()?)
    } else {
        ("program", Linked::into_program(target)?.crates)
    };
    let directories = directories()?;
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut all = format!("This {file} contains the following crates.\n\n");
    for (key, one) in linked.iter().filter(|(_, one)| one.sha256.is_some()) {
        writeln!(all, "{} {}: {}", one.name, one.version, one.licence)?;
        let directory = directories.get(key).with_context(|| format!("where is `{key}`?"))?;
        for text in licences_in(directory)? {
            texts.entry(text).or_default().insert(format!("{} {}", one.name, one.version));
        }
    }
    for (text, crates) in texts {
        let crates: Vec<String> = crates.into_iter().collect();
        let line = "=".repeat(80);
        writeln!(all, "\n{line}\n{}\n\n{}", crates.join("\n"), text.trim_end())?;
    }
    Ok(all)
}

/// The licences in the directory of a crate, in the order of their files' names.
fn licences_in(directory: &Path) -> Result<Vec<String>> {
    let failed = || format!("failed to read `{}`", directory.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        if NAMES.iter().any(|start| name.starts_with(start)) && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    let read = |path: PathBuf| fs::read_to_string(path).with_context(failed);
    files.into_iter().map(read).collect()
}

/// The source directories of all crates of the lock file, by `name@version`.
fn directories() -> Result<BTreeMap<String, PathBuf>> {
    let metadata = crates::cargo(&["metadata", "--locked", "--format-version", "1"])?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is no JSON")?;
    let directory = |package: &Value| {
        let (name, version) = (package["name"].as_str()?, package["version"].as_str()?);
        let directory = Path::new(package["manifest_path"].as_str()?).parent()?;
        Some((format!("{name}@{version}"), directory.to_owned()))
    };
    Ok(metadata["packages"].as_array().into_iter().flatten().filter_map(directory).collect())
}

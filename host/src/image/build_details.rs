//! `build-details.json`, in which CPython describes itself since 3.14 (PEP 739).

use super::{TEXT_LIMIT, incomplete, names};
use crate::error::Error;
use crate::root::Root;
use serde::Deserialize;

/// What is of use here.
#[derive(Deserialize)]
pub(super) struct BuildDetails {
    pub(super) language: Language,
    pub(super) implementation: Implementation,
    pub(super) abi: Option<Abi>,
}

#[derive(Deserialize)]
pub(super) struct Language {
    pub(super) version_info: Option<VersionInfo>,
}

#[derive(Deserialize)]
pub(super) struct VersionInfo {
    pub(super) major: u32,
    pub(super) minor: u32,
    pub(super) micro: u32,
}

#[derive(Deserialize)]
pub(super) struct Implementation {
    pub(super) name: String,
    /// Null: it caches no bytecode.
    pub(super) cache_tag: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Abi {
    #[serde(default)]
    pub(super) flags: Vec<String>,
}

/// The details in a standard library, and the path of their file. None if there are none.
pub(super) fn of(root: &mut Root, stdlib: &str) -> Result<Option<(BuildDetails, String)>, Error> {
    let path = names::join(stdlib, "build-details.json");
    let Some(contents) = root.read(&path, TEXT_LIMIT)? else { return Ok(None) };
    let details = serde_json::from_slice(&contents)
        .map_err(|error| incomplete(root, &path, format!("cannot be read: {error}")))?;
    Ok(Some((details, path)))
}

//! `build-details.json`, in which CPython describes itself since 3.14 (PEP 739).

use super::{TEXT_LIMIT, contradiction, incomplete, names};
use crate::error::Error;
use crate::root::Root;
use serde::Deserialize;

/// The members that are used here.
#[derive(Deserialize, PartialEq)]
pub(super) struct BuildDetails {
    pub(super) language: Language,
    pub(super) implementation: Implementation,
    pub(super) abi: Option<Abi>,
}

#[derive(Deserialize, PartialEq)]
pub(super) struct Language {
    pub(super) version_info: Option<VersionInfo>,
}

#[derive(Deserialize, PartialEq)]
pub(super) struct VersionInfo {
    pub(super) major: u32,
    pub(super) minor: u32,
    pub(super) micro: u32,
}

#[derive(Deserialize, PartialEq)]
pub(super) struct Implementation {
    pub(super) name: String,
    /// Null for an interpreter that caches no bytecode.
    pub(super) cache_tag: Option<String>,
}

#[derive(Deserialize, PartialEq)]
pub(super) struct Abi {
    #[serde(default)]
    pub(super) flags: Vec<String>,
}

/// The details in a standard library, and the path of their file. None if there are none.
///
/// CPython names the file `build-details.json`. Debian names it `build-details.FLAGS.TRIPLET.json`, so
/// that those of debug builds and of other CPUs can be beside it. Fails if several matching files
/// differ.
pub(super) fn of(
    root: &mut Root,
    stdlib: &str,
    is_debug: bool,
) -> Result<Option<(BuildDetails, String)>, Error> {
    let mut found: Option<(BuildDetails, String)> = None;
    for name in root.list(stdlib)? {
        if !is_of(&name, is_debug) {
            continue;
        }
        let path = names::join(stdlib, &name);
        let Some(contents) = root.read(&path, TEXT_LIMIT)? else { continue };
        let details: BuildDetails = serde_json::from_slice(&contents)
            .map_err(|error| incomplete(root, &path, format!("cannot be read: {error}")))?;
        match &found {
            None => found = Some((details, path)),
            Some((other, _)) if *other == details => {}
            Some((_, other_path)) => {
                let detail = "they describe two Pythons".to_owned();
                return Err(contradiction(root, other_path, &path, detail));
            }
        }
    }
    Ok(found)
}

/// Whether a file of this name describes a build of this kind.
fn is_of(name: &str, is_debug: bool) -> bool {
    let middle = name.strip_prefix("build-details").and_then(|rest| rest.strip_suffix(".json"));
    match middle {
        None => false,
        Some("") => true,
        Some(middle) => {
            let flags = middle.strip_prefix('.').and_then(|rest| rest.split_once('.'));
            flags.is_some_and(|(flags, _)| flags.contains('d') == is_debug)
        }
    }
}

//! The readers of an image's files, one by one, for `fuzz/`.

use super::{build_variables, find};
use crate::binary::{examine, releases};
use crate::root::Root;
use std::fs::File;
use std::io;
use std::path::Path;

/// The information read from a binary.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The CPUs that it is for.
    pub machines: Vec<&'static str>,
    /// The libraries that it is linked with.
    pub libraries: Vec<String>,
    /// `Py_Version`.
    pub version: Option<[u32; 3]>,
    /// The releases that its constants name.
    pub releases: Vec<u32>,
}

/// Reads a binary.
///
/// # Errors
///
/// Fails with what is wrong with the binary.
pub fn binary(file: File) -> Result<Code, String> {
    let as_text = |error: io::Error| error.to_string();
    let again = file.try_clone().map_err(as_text)?;
    let read = examine(file)?;
    let found = releases(&read, again, (3, 12)).map_err(as_text)?;
    Ok(Code {
        machines: read.machines,
        libraries: read.libraries,
        version: read.version,
        releases: found.into_iter().collect(),
    })
}

/// The variables of a `_sysconfigdata_*.py`, sorted. None if it cannot be read.
#[must_use]
pub fn variables(text: &str) -> Option<Vec<(String, String)>> {
    build_variables::parse(text).ok().map(|variables| variables.into_iter().collect())
}

/// The description of an image's Python.
#[derive(Debug, PartialEq, Eq)]
pub struct Described {
    /// Its version.
    pub version: [u32; 3],
    /// Facts that become paths: absolute ones.
    pub paths: Vec<String>,
    /// Facts that become parts of file names.
    pub names: Vec<String>,
}

/// Describes the Python of an image. None if it has none.
///
/// # Errors
///
/// Fails with the reason why it cannot be described.
pub fn describe(root: &Path, wanted: Option<&str>) -> Result<Option<Described>, String> {
    let found = find(&mut Root::new(Some(root.to_owned())), wanted);
    let found = found.map_err(|error| error.to_string())?;
    Ok(found.map(|found| Described {
        version: found.version,
        paths: vec![
            found.executable.to_string_lossy().into_owned(),
            found.prefix,
            found.exec_prefix,
            found.base_prefix,
            found.base_exec_prefix,
            found.stdlib,
        ],
        names: [
            Some(found.implementation),
            found.cache_tag,
            Some(found.platform),
            Some(found.platlibdir),
            Some(found.abiflags),
            found.winver,
        ]
        .into_iter()
        .flatten()
        .collect(),
    }))
}

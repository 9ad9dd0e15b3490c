//! Which files have bytecode, and the paths of that bytecode (PEP 3147).

use super::installation::{NewWheel, SourceFile};
use crate::bindings::ensurepip::bootstrap::types::{Python, Request};
use crate::bindings::exports::ensurepip::bootstrap::installer::Source;
use crate::entry_path::EntryPath;
use crate::scheme;
use crate::wheel::File;

/// Returns the sources to compile; none if this Python caches no bytecode, or if none is requested.
pub(super) fn find(wheels: &[NewWheel], python: &Python, request: &Request) -> Vec<SourceFile> {
    let Some(cache_tag) = python.cache_tag.as_ref().filter(|_| request.compile) else {
        return Vec::new();
    };
    let mut sources = Vec::new();
    for (wheel, NewWheel { planned, .. }) in wheels.iter().enumerate() {
        let files = planned.contents.files.iter().enumerate();
        sources.extend(files.filter_map(|(file, File { path, .. })| {
            Some(SourceFile { wheel, file, bytecode: cached(path, cache_tag)? })
        }));
    }
    sources
}

/// Describes these sources for the host to compile.
pub(super) fn describe(
    wheels: &[NewWheel],
    python: &Python,
    request: &Request,
    sources: &[SourceFile],
) -> Vec<Source> {
    let describe = |source: &SourceFile| {
        let NewWheel { number, planned, .. } = &wheels[source.wheel];
        let file = &planned.contents.files[source.file];
        Source {
            wheel: *number,
            entry: file.entry,
            path: scheme::final_path(python.os, &planned.scheme, file.role, &file.path),
            modified: request.source_date_epoch.unwrap_or(file.modified),
            size: file.data.size(),
            sha256: file.digest.to_vec(),
        }
    };
    sources.iter().map(describe).collect()
}

/// The path of a source's bytecode; `None` if the file is not a source.
fn cached(path: &EntryPath, cache_tag: &str) -> Option<EntryPath> {
    let (directory, name) = match path.as_str().rsplit_once('/') {
        Some((directory, name)) => (format!("{directory}/"), name),
        None => (String::new(), path.as_str()),
    };
    let stem = name.strip_suffix(".py")?;
    EntryPath::new(&format!("{directory}__pycache__/{stem}.{cache_tag}.pyc")).ok()
}

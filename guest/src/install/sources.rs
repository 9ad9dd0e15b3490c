//! Which files have bytecode, and the paths of that bytecode (PEP 3147).

use super::plan::Work;
use crate::bindings::ensurepip::bootstrap::types::{OsName, Request, Role, Scheme};
use crate::bindings::exports::ensurepip::bootstrap::installer::Source;
use crate::entry_path::EntryPath;
use crate::scheme;

/// A source file of a wheel.
pub(super) struct SourceFile {
    /// Its index among the files to install.
    pub(super) file: usize,
    /// The path of its bytecode, in the directory of its role.
    pub(super) bytecode: EntryPath,
}

/// Returns the sources to compile; none if this Python caches no bytecode, or if none is requested.
pub(super) fn find(work: &Work, request: &Request) -> Vec<SourceFile> {
    let Some(cache_tag) = work.python.cache_tag.as_ref().filter(|_| request.compile) else {
        return Vec::new();
    };
    let files = work.contents.files.iter().enumerate();
    let sources = files.filter_map(|(index, file)| {
        Some(SourceFile { file: index, bytecode: cached(&file.path, cache_tag)? })
    });
    sources.collect()
}

/// Describes these sources for the host to compile.
pub(super) fn describe(work: &Work, request: &Request, sources: &[SourceFile]) -> Vec<Source> {
    let describe = |source: &SourceFile| {
        let file = &work.contents.files[source.file];
        Source {
            entry: file.entry,
            path: final_path(work.python.os, &work.scheme, file.role, &file.path),
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

/// A file's path in the target.
pub(super) fn final_path(os: OsName, scheme: &Scheme, role: Role, path: &EntryPath) -> String {
    let directory = scheme::directory(scheme, role);
    match os {
        OsName::Posix => path.below(directory.trim_end_matches('/')),
        OsName::Nt => path.below(directory.trim_end_matches('\\')).replace('/', "\\"),
    }
}

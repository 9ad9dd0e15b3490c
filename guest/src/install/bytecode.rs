//! Bytecode: which sources have it, under what names (PEP 3147), and how it knows them (PEP 552).

use crate::bindings::ensurepip::bootstrap::interpreter::{Invalidation, Source};
use crate::bindings::ensurepip::bootstrap::types::{Error, OsName, Role, Scheme};
use crate::entry_path::EntryPath;
use crate::host::Host;
use crate::scheme;
use crate::wheel::File;

/// Bytecode of one source.
pub(super) struct Compiled<'files> {
    /// The source.
    pub(super) source: &'files File,
    /// The bytecode's path in the directory of the source's role.
    pub(super) path: EntryPath,
    pub(super) contents: Vec<u8>,
}

/// Has the sources among some files compiled. Those that are not valid in this Python are left
/// out, as `compileall` does.
pub(super) fn compile<'files>(
    host: &dyn Host,
    files: &'files [File],
    paths: (OsName, &Scheme),
    cache_tag: &str,
    source_date_epoch: Option<u64>,
) -> Result<Vec<Compiled<'files>>, Error> {
    let (os, scheme) = paths;
    let places = files.iter().filter_map(|file| Some((file, cached(&file.path, cache_tag)?)));
    let places: Vec<(&File, EntryPath)> = places.collect();
    let sources: Vec<Source> = places
        .iter()
        .map(|(file, _)| Source {
            path: final_path(os, scheme, file.role, &file.path),
            modified: source_date_epoch.unwrap_or(file.modified),
            contents: file.contents.clone(),
        })
        .collect();
    let invalidation = match source_date_epoch {
        Some(_) => Invalidation::CheckedHash,
        None => Invalidation::Timestamp,
    };
    let answers = host.compile(&sources, invalidation)?;
    if answers.len() != sources.len() {
        let detail = format!("{} sources have {} answers", sources.len(), answers.len());
        return Err(Error::Bytecode(detail));
    }
    let compiled = places.into_iter().zip(answers).filter_map(|((source, path), contents)| {
        Some(Compiled { source, path, contents: contents? })
    });
    Ok(compiled.collect())
}

/// Where the bytecode of a source goes; none if it is no source.
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

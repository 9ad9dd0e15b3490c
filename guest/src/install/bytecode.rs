//! Bytecode: which sources have it, under what names (PEP 3147), and how it knows them (PEP 552).

use crate::bindings::ensurepip::bootstrap::interpreter::{Invalidation, Source};
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::{Error, OsName, Role, Scheme};
use crate::entry_path::EntryPath;
use crate::host::Host;
use crate::scheme;
use crate::wheel::File;

/// How many bytes of sources the host gets at a time. A host may limit what crosses in one call, and
/// one that takes values without knowing their types counts each byte 40 times, of 128 MiB.
const PORTION: u64 = 2 << 20;

/// Bytecode of one source.
pub(super) struct Compiled<'files> {
    /// The source.
    pub(super) source: &'files File,
    /// The bytecode's path in the directory of the source's role.
    pub(super) path: EntryPath,
    pub(super) contents: Vec<u8>,
}

/// Has the sources among some files compiled, and passes each one's bytecode on. Those that are not
/// valid in this Python are left out, as `compileall` does.
pub(super) fn compile<'files>(
    host: &dyn Host,
    files: &'files [File],
    paths: (OsName, &Scheme),
    cache_tag: &str,
    source_date_epoch: Option<u64>,
    mut sink: impl FnMut(Compiled<'files>) -> Result<(), Error>,
) -> Result<(), Error> {
    let (os, scheme) = paths;
    let places = files.iter().filter_map(|file| Some((file, cached(&file.path, cache_tag)?)));
    let mut rest: Vec<(&File, EntryPath)> = places.collect();
    let invalidation = match source_date_epoch {
        Some(_) => Invalidation::CheckedHash,
        None => Invalidation::Timestamp,
    };
    let (count, mut done) = (rest.len(), 0);
    while !rest.is_empty() {
        host.report(Step::Compile, count, done)?;
        let others = rest.split_off(portion(&rest));
        done += rest.len();
        let sources: Vec<Source> = rest
            .iter()
            .map(|(file, _)| Source {
                path: final_path(os, scheme, file.role, &file.path),
                modified: source_date_epoch.unwrap_or(file.modified),
                contents: file.data.whole().into_owned(),
            })
            .collect();
        let answers = host.compile(&sources, invalidation)?;
        if answers.len() != sources.len() {
            let detail = format!("{} sources have {} answers", sources.len(), answers.len());
            return Err(Error::Bytecode(detail));
        }
        for ((source, path), contents) in rest.into_iter().zip(answers) {
            if let Some(contents) = contents {
                sink(Compiled { source, path, contents })?;
            }
        }
        rest = others;
    }
    Ok(())
}

/// How many of some files, at least one, make a portion.
fn portion(files: &[(&File, EntryPath)]) -> usize {
    let mut size = 0;
    let fit = files.iter().take_while(|(file, _)| {
        size += file.data.size();
        size <= PORTION
    });
    fit.count().max(1)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sha256;

    /// Sources of these sizes, and how many are in each portion.
    #[test]
    fn portions_are_as_large_as_they_may_be() {
        let mib = 1 << 20;
        for (sizes, expected) in [
            (&[][..], &[][..]),
            (&[0, 1, 2], &[3]),
            (&[mib, mib, 1, mib], &[2, 2]),
            (&[mib, mib + 1, PORTION, PORTION + 1, 1], &[1, 1, 1, 1, 1]),
        ] {
            let files: Vec<File> = sizes.iter().map(|size| source(*size)).collect();
            let places: Vec<_> = files.iter().map(|file| (file, file.path.clone())).collect();
            let (mut rest, mut counts) = (&places[..], Vec::new());
            while !rest.is_empty() {
                counts.push(portion(rest));
                rest = &rest[portion(rest)..];
            }
            assert_eq!(counts, expected, "{sizes:?}");
        }
    }

    fn source(size: u64) -> File {
        File {
            role: Role::Purelib,
            path: EntryPath::new("pip/source.py").expect("the path is sound"),
            data: vec![b'#'; usize::try_from(size).expect("it is small")].into(),
            digest: sha256(b""),
            executable: false,
            modified: 0,
        }
    }
}

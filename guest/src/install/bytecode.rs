//! Bytecode: which sources have it, under what names (PEP 3147), and how it knows them (PEP 552).

use crate::bindings::ensurepip::bootstrap::interpreter::{Invalidation, Source, SourceDigest};
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::{Error, OsName, Role, Scheme};
use crate::entry_path::EntryPath;
use crate::host::Host;
use crate::scheme;
use crate::wheel::File;
use std::collections::VecDeque;

/// How many bytes of sources the host gets at a time. A host may limit what crosses in one call, and
/// one that takes values without knowing their types counts each byte 40 times, of 128 MiB. And when
/// all is compiled, the bytecode of the last ones is still to be written.
const PORTION: u64 = 512 << 10;

/// How many bytes of sources may be with the host, waiting for their answer, if they are several.
const AHEAD: u64 = 8 << 20;

/// Bytecode of one source.
pub(super) struct Compiled<'files> {
    /// The source.
    pub(super) source: &'files File,
    /// The bytecode's path in the directory of the source's role.
    pub(super) path: EntryPath,
    pub(super) contents: Vec<u8>,
}

/// The sources among some files, on their way through the host.
pub(super) struct Compiling<'work> {
    host: &'work dyn Host,
    paths: (OsName, &'work Scheme),
    source_date_epoch: Option<u64>,
    /// What the host has, a portion for each call, and how many bytes that is.
    with_host: VecDeque<Vec<Place<'work>>>,
    ahead: u64,
    /// What it is still to get.
    rest: Vec<Place<'work>>,
    count: usize,
    done: usize,
}

/// A source, and where its bytecode goes.
type Place<'work> = (&'work File, EntryPath);

impl<'work> Compiling<'work> {
    /// Has the host begin with the sources among some files.
    pub(super) fn begin(
        host: &'work dyn Host,
        files: &'work [File],
        paths: (OsName, &'work Scheme),
        cache_tag: &str,
        source_date_epoch: Option<u64>,
    ) -> Result<Compiling<'work>, Error> {
        let places = files.iter().filter_map(|file| Some((file, cached(&file.path, cache_tag)?)));
        let rest: Vec<Place> = places.collect();
        let count = rest.len();
        let with_host = VecDeque::new();
        let mut compiling =
            Compiling { host, paths, source_date_epoch, with_host, ahead: 0, rest, count, done: 0 };
        compiling.bring()?;
        Ok(compiling)
    }

    /// Brings as much to the host as it may have.
    fn bring(&mut self) -> Result<(), Error> {
        while !self.rest.is_empty() {
            let count = portion(&self.rest);
            let size = size(&self.rest[..count]);
            if !self.with_host.is_empty() && self.ahead + size > AHEAD {
                break;
            }
            let rest = self.rest.split_off(count);
            let portion = std::mem::replace(&mut self.rest, rest);
            let invalidation = match self.source_date_epoch {
                Some(_) => Invalidation::CheckedHash,
                None => Invalidation::Timestamp,
            };
            let digests: Vec<SourceDigest> = portion
                .iter()
                .map(|(file, _)| SourceDigest {
                    path: self.final_path(file),
                    modified: self.modified(file),
                    sha256: file.digest.to_vec(),
                })
                .collect();
            if !self.host.recall(&digests, invalidation) {
                let sources: Vec<Source> = portion
                    .iter()
                    .map(|(file, _)| Source {
                        path: self.final_path(file),
                        modified: self.modified(file),
                        contents: file.data.whole().into_owned(),
                    })
                    .collect();
                self.host.compile(&sources, invalidation)?;
            }
            self.ahead += size;
            self.with_host.push_back(portion);
        }
        Ok(())
    }

    /// The bytecode of the next sources; none when there is no more. Those that are not valid in this
    /// Python are left out, as `compileall` does.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Compiled<'work>>>, Error> {
        let Some(portion) = self.with_host.pop_front() else { return Ok(None) };
        self.host.report(Step::Compile, self.count, self.done)?;
        let answers = self.host.compiled()?;
        if answers.len() != portion.len() {
            let detail = format!("{} sources have {} answers", portion.len(), answers.len());
            return Err(Error::Bytecode(detail));
        }
        self.done += portion.len();
        self.ahead -= size(&portion);
        self.bring()?;
        let compiled = portion.into_iter().zip(answers).filter_map(|((source, path), contents)| {
            Some(Compiled { source, path, contents: contents? })
        });
        Ok(Some(compiled.collect()))
    }

    fn final_path(&self, file: &File) -> String {
        let (os, scheme) = self.paths;
        final_path(os, scheme, file.role, &file.path)
    }

    fn modified(&self, file: &File) -> u64 {
        self.source_date_epoch.unwrap_or(file.modified)
    }
}

/// How many of some files, at least one, make a portion.
fn portion(files: &[Place]) -> usize {
    let mut size = 0;
    let fit = files.iter().take_while(|(file, _)| {
        size += file.data.size();
        size <= PORTION
    });
    fit.count().max(1)
}

/// How many bytes some sources are.
fn size(files: &[Place]) -> u64 {
    files.iter().map(|(file, _)| file.data.size()).sum()
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
        let half = PORTION / 2;
        for (sizes, expected) in [
            (&[][..], &[][..]),
            (&[0, 1, 2], &[3]),
            (&[half, half, 1, half], &[2, 2]),
            (&[half, half + 1, PORTION, PORTION + 1, 1], &[1, 1, 1, 1, 1]),
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

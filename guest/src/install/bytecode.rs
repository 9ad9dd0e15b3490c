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
    with_host: VecDeque<Portion<'work>>,
    ahead: u64,
    /// What it is still to get.
    rest: Vec<Place<'work>>,
    count: usize,
    done: usize,
}

/// A source, and where its bytecode goes.
pub(super) type Place<'work> = (&'work File, EntryPath);

/// What one call brought.
struct Portion<'work> {
    places: Vec<Place<'work>>,
    /// Whether the host had it from earlier.
    is_known: bool,
}

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
        let portions = self.portions();
        if portions.is_empty() {
            return Ok(());
        }
        let invalidation = match self.source_date_epoch {
            Some(_) => Invalidation::CheckedHash,
            None => Invalidation::Timestamp,
        };
        let digest = |(file, _): &Place| SourceDigest {
            path: self.final_path(file),
            modified: self.modified(file),
            sha256: file.digest.to_vec(),
        };
        let digests: Vec<Vec<SourceDigest>> =
            portions.iter().map(|places| places.iter().map(digest).collect()).collect();
        let mut known = self.host.recall(&digests, invalidation).into_iter();
        let portions = portions
            .into_iter()
            .map(|places| Portion { places, is_known: known.next().unwrap_or(false) });
        // What is known is answered before what is brought now.
        let (known, unknown): (Vec<_>, Vec<_>) = portions.partition(|portion| portion.is_known);
        self.with_host.extend(known);
        let has_helpers = self.host.helpers() > 0;
        for portion in unknown {
            let source = |(file, _): &Place| {
                let (path, modified) = (self.final_path(file), self.modified(file));
                let kept = has_helpers.then(|| file.data.elsewhere()).flatten();
                let contents = match kept {
                    Some(_) => Vec::new(),
                    None => file.data.whole().into_owned(),
                };
                Source { path, modified, contents, kept }
            };
            let sources: Vec<Source> = portion.places.iter().map(source).collect();
            self.host.compile(&sources, invalidation)?;
            self.with_host.push_back(portion);
        }
        Ok(())
    }

    /// As much of the rest as the host may have, in portions.
    fn portions(&mut self) -> Vec<Vec<Place<'work>>> {
        let mut portions = Vec::new();
        while !self.rest.is_empty() {
            let count = portion(&self.rest);
            let size = size(&self.rest[..count]);
            if self.ahead > 0 && self.ahead + size > AHEAD {
                break;
            }
            let rest = self.rest.split_off(count);
            portions.push(std::mem::replace(&mut self.rest, rest));
            self.ahead += size;
        }
        portions
    }

    /// Leaves to so many others their share of what the host knows: the answers of the first calls.
    pub(super) fn hand_over(&mut self, others: usize) -> Vec<Vec<Place<'work>>> {
        let known = self.with_host.iter().take_while(|portion| portion.is_known).count();
        let share = self.with_host.drain(..known * others / (others + 1));
        let handed: Vec<Vec<Place>> = share.map(|portion| portion.places).collect();
        for places in &handed {
            self.done += places.len();
            self.ahead -= size(places);
        }
        handed
    }

    /// The bytecode of the next sources; none when there is no more. Those that are not valid in this
    /// Python are left out, as `compileall` does.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Compiled<'work>>>, Error> {
        let Some(Portion { places, .. }) = self.with_host.pop_front() else { return Ok(None) };
        self.host.report(Step::Compile, self.count, self.done)?;
        let answers = self.host.compiled()?;
        if answers.len() != places.len() {
            let detail = format!("{} sources have {} answers", places.len(), answers.len());
            return Err(Error::Bytecode(detail));
        }
        self.done += places.len();
        self.ahead -= size(&places);
        self.bring()?;
        let compiled = places.into_iter().zip(answers).filter_map(|((source, path), contents)| {
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
    fn bytecode_sources_are_batched_up_to_size_limit() {
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

//! Caches compiled bytecode.
//!
//! The key is the whole request: the interpreter, the script that it ran, the digests of the
//! sources with their paths and times, and how the bytecode is validated. So an entry cannot be the
//! answer to another request.

use super::store::{Key, Store};
use super::workers::COMPILE;
use super::{Bytecode, Invalidation, SourceDigest, facts_cache};
use crate::facts::Facts;
use crate::scarcity;
use cap_std::fs::Dir;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

/// The cached bytecode of one interpreter.
pub(crate) struct Cache {
    store: Store,
    /// Which interpreter it is: what it reports about itself, and the identity of its file.
    interpreter: String,
}

impl Cache {
    /// Opens the cache directory. Returns `None` if there is to be no cache.
    pub(crate) fn open(path: &Path, python: &Path, facts: &Facts) -> Option<Cache> {
        let Facts { implementation, version, cache_tag, magic, .. } = facts;
        let file = facts_cache::identity(python)?;
        let interpreter = format!("{file} {implementation} {version:?} {cache_tag:?} {magic:?}");
        Some(Cache { store: Store::open(path)?, interpreter })
    }

    /// A cache for an unspecified interpreter, for tests.
    #[cfg(all(test, unix))]
    pub(super) fn of_anything(path: &Path) -> Option<Cache> {
        Some(Cache { store: Store::open(path)?, interpreter: String::new() })
    }

    /// The directory, so that the caller can permit writing there.
    pub(crate) fn directory(&self) -> &Dir {
        self.store.directory()
    }

    /// The key of a request.
    pub(super) fn key(&self, sources: &[SourceDigest], invalidation: Invalidation) -> Key {
        let times: Vec<[u8; 8]> =
            sources.iter().map(|source| source.modified.to_le_bytes()).collect();
        let sources = sources
            .iter()
            .zip(&times)
            .flat_map(|(source, modified)| [source.path.as_bytes(), &modified[..], &source.sha256]);
        let asked = [self.interpreter.as_str(), COMPILE, invalidation.name()].map(str::as_bytes);
        Key::of(asked.into_iter().chain(sources))
    }

    /// Returns the cached bytecode of several portions of sources, each if available. Reads on all
    /// CPUs.
    pub(super) fn get_all(
        &self,
        portions: &[Vec<SourceDigest>],
        invalidation: Invalidation,
    ) -> Vec<Option<Vec<Bytecode>>> {
        let get =
            |sources: &Vec<SourceDigest>| self.get(&self.key(sources, invalidation), sources.len());
        let cpus = scarcity::parallelism();
        let mut shares = portions.chunks(portions.len().div_ceil(cpus).max(1));
        let get_share = |share: &[_]| share.iter().map(get).collect::<Vec<_>>();
        thread::scope(|scope| {
            let own = shares.next().unwrap_or_default();
            let start = |share| {
                let started = thread::Builder::new().spawn_scoped(scope, move || get_share(share));
                (share, started)
            };
            let others: Vec<_> = shares.map(start).collect();
            let mut found = get_share(own);
            for (share, started) in others {
                found.extend(match started {
                    Ok(other) => other.join().unwrap_or_else(|panic| resume_unwind(panic)),
                    // The system refuses a thread.
                    Err(_) => get_share(share),
                });
            }
            found
        })
    }

    /// Returns the cached bytecode of `count` sources, if available.
    pub(super) fn get(&self, key: &Key, count: usize) -> Option<Vec<Bytecode>> {
        unpack(&self.store.get(key)?).filter(|found| found.len() == count)
    }

    /// Caches the bytecode of sources.
    pub(super) fn put(&self, key: &Key, answers: &[Bytecode]) {
        self.store.put(key, &pack(answers));
    }
}

/// Encodes each answer as its size plus one, then its bytes. A size of 0 stands for no answer.
fn pack(answers: &[Bytecode]) -> Vec<u8> {
    let mut body = Vec::new();
    for answer in answers {
        let size = answer.as_ref().map_or(0, |bytecode| bytecode.len() as u64 + 1);
        body.extend_from_slice(&size.to_le_bytes());
        body.extend_from_slice(answer.as_deref().unwrap_or_default());
    }
    body
}

/// Decodes the answers of an entry. Returns `None` if it is malformed.
fn unpack(mut body: &[u8]) -> Option<Vec<Bytecode>> {
    let mut answers = Vec::new();
    while !body.is_empty() {
        let (size, rest) = body.split_first_chunk()?;
        body = rest;
        answers.push(match u64::from_le_bytes(*size).checked_sub(1) {
            None => None,
            Some(size) => {
                let (bytecode, rest) = body.split_at_checked(usize::try_from(size).ok()?)?;
                body = rest;
                Some(bytecode.to_vec())
            }
        });
    }
    Some(answers)
}

#[cfg(test)]
mod tests {
    use super::{Bytecode, pack, unpack};

    fn answers() -> Vec<Bytecode> {
        vec![Some(b"bytecode".to_vec()), None, Some(Vec::new())]
    }

    #[test]
    fn bytecode_cache_entry_round_trips() {
        let entry = pack(&answers());
        assert_eq!(unpack(&entry), Some(answers()));
        assert_eq!(unpack(&pack(&[])), Some(Vec::new()));
        let ends = [0, 8 + 8, 8 + 8 + 8, entry.len()];
        for end in (0..entry.len()).filter(|end| !ends.contains(end)) {
            assert_eq!(unpack(&entry[..end]), None, "cut at {end}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytecode_cache_key_covers_all_inputs() {
        use super::{Cache, Key, Store};
        use crate::bytecode::{Invalidation, SourceDigest};
        let place = tempfile::tempdir().expect("there is room");
        let path = place.path().join("cache");
        let cache = |interpreter: &str| {
            let store = Store::open(&path).expect("it is ours");
            Cache { store, interpreter: interpreter.to_owned() }
        };
        let source = |path: &str, modified, sha256: &str| SourceDigest {
            path: path.to_owned(),
            modified,
            sha256: sha256.as_bytes().to_vec(),
        };
        let (one, other) = (cache("one"), cache("other"));
        let (timestamp, hash) = (Invalidation::Timestamp, Invalidation::CheckedHash);
        let keys: Vec<Key> = vec![
            one.key(&[source("/a", 1, "x")], timestamp),
            one.key(&[source("/a", 1, "x")], hash),
            one.key(&[source("/a", 2, "x")], timestamp),
            one.key(&[source("/b", 1, "x")], timestamp),
            one.key(&[source("/a", 1, "y")], timestamp),
            one.key(&[source("/a", 1, "x"), source("/a", 1, "x")], timestamp),
            other.key(&[source("/a", 1, "x")], timestamp),
        ];
        one.put(&keys[0], &answers());
        for (number, key) in keys.iter().enumerate() {
            let expected = (number == 0).then(answers);
            assert_eq!(one.get(key, 3), expected, "question {number}");
        }
        assert_eq!(one.get(&keys[0], 2), None, "of another number of sources");
    }
}

//! Caches compiled bytecode.
//!
//! The key is the whole request: the interpreter, the script that it ran, the digests of the
//! sources, and how the bytecode is validated. So an entry cannot be the answer to another request.
//! Paths and times are put into cached bytecode when it is used (`relocate.rs`). Where the bytecode
//! does not allow that, they are part of the key.

use super::relocate::Layout;
use super::workers::COMPILE;
use super::{Bytecode, Invalidation, SourceDigest, facts_cache};
use crate::facts::Facts;
use crate::scarcity;
use crate::store::{Key, Store};
use cap_std::fs::Dir;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

/// The cached bytecode of one interpreter.
pub(crate) struct Cache {
    store: Store,
    /// Which interpreter it is: what it reports about itself, and the identity of its file.
    interpreter: String,
    /// How it writes bytecode, if that allows other paths and times.
    layout: Option<Layout>,
}

impl Cache {
    /// Opens the cache directory. Returns `None` if there is to be no cache.
    pub(crate) fn open(path: &Path, python: &Path, facts: &Facts) -> Option<Cache> {
        let Facts { implementation, version, cache_tag, magic, .. } = facts;
        let file = facts_cache::identity(python)?;
        let interpreter = format!("{file} {implementation} {version:?} {cache_tag:?} {magic:?}");
        let layout = Layout::of(implementation, *version);
        Some(Cache { store: Store::open(path)?, interpreter, layout })
    }

    /// A cache for an unspecified interpreter, for tests.
    #[cfg(all(test, unix))]
    pub(super) fn of_anything(path: &Path) -> Option<Cache> {
        Some(Cache { store: Store::open(path)?, interpreter: String::new(), layout: None })
    }

    /// The directory, so that the caller can permit writing there.
    pub(crate) fn directory(&self) -> &Dir {
        self.store.directory()
    }

    /// The key of a request.
    fn key(&self, sources: &[SourceDigest], invalidation: Invalidation) -> Key {
        let form = if self.layout.is_some() { "canonical" } else { "as compiled" };
        let asked = [&self.interpreter, COMPILE, invalidation.name(), form].map(str::as_bytes);
        let times: Vec<[u8; 8]> =
            sources.iter().map(|source| source.modified.to_le_bytes()).collect();
        let sources = sources.iter().zip(&times).flat_map(|(source, modified)| {
            let place = [source.path.as_bytes(), modified].into_iter();
            let place = place.filter(|_| self.layout.is_none());
            place.chain([&source.sha256[..]])
        });
        Key::of(asked.into_iter().chain(sources))
    }

    /// Returns the cached bytecode of several portions of sources, each if available. Reads on all
    /// CPUs.
    pub(super) fn get_all(
        &self,
        portions: &[Vec<SourceDigest>],
        invalidation: Invalidation,
    ) -> Vec<Option<Vec<Bytecode>>> {
        let get = |sources: &Vec<SourceDigest>| self.get(sources, invalidation);
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

    /// Returns the cached bytecode of sources for their paths and times, if available.
    fn get(&self, sources: &[SourceDigest], invalidation: Invalidation) -> Option<Vec<Bytecode>> {
        let entry = self.store.get(&self.key(sources, invalidation))?;
        let found = unpack(&entry).filter(|found| found.len() == sources.len())?;
        let answers = found.into_iter().zip(sources).map(|(bytecode, source)| {
            let Some(bytecode) = bytecode else { return Some(None) };
            let SourceDigest { path, modified, .. } = source;
            let relocated = match self.layout {
                None => Some(bytecode.to_vec()),
                Some(layout) => layout.relocated(bytecode, path, *modified),
            };
            if relocated.is_none() {
                tracing::debug!(path, "the cached bytecode is not for this path");
            }
            relocated.map(Some)
        });
        answers.collect()
    }

    /// Caches the bytecode of sources, if it can be used at other paths or has its own path in the
    /// key.
    pub(super) fn put(
        &self,
        sources: &[SourceDigest],
        invalidation: Invalidation,
        answers: &[Bytecode],
    ) {
        let key = self.key(sources, invalidation);
        let Some(layout) = self.layout else { return self.store.put(&key, &pack(answers)) };
        let canonical = answers.iter().zip(sources).map(|(bytecode, source)| {
            let Some(bytecode) = bytecode else { return Some(None) };
            let canonical = layout.canonical(bytecode, &source.path);
            if canonical.is_none() {
                tracing::debug!(path = source.path, "the bytecode is for this path only");
            }
            canonical.map(Some)
        });
        if let Some(canonical) = canonical.collect::<Option<Vec<Bytecode>>>() {
            self.store.put(&key, &pack(&canonical));
        }
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
fn unpack(mut body: &[u8]) -> Option<Vec<Option<&[u8]>>> {
    let mut answers = Vec::new();
    while !body.is_empty() {
        let (size, rest) = body.split_first_chunk()?;
        body = rest;
        answers.push(match u64::from_le_bytes(*size).checked_sub(1) {
            None => None,
            Some(size) => {
                let (bytecode, rest) = body.split_at_checked(usize::try_from(size).ok()?)?;
                body = rest;
                Some(bytecode)
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
        let (answers, entry) = (answers(), pack(&answers()));
        assert_eq!(unpack(&entry), Some(answers.iter().map(Option::as_deref).collect()));
        assert_eq!(unpack(&pack(&[])), Some(Vec::new()));
        let ends = [0, 8 + 8, 8 + 8 + 8, entry.len()];
        for end in (0..entry.len()).filter(|end| !ends.contains(end)) {
            assert_eq!(unpack(&entry[..end]), None, "cut at {end}");
        }
    }

    #[cfg(unix)]
    mod stored {
        use super::super::{Cache, Layout, Store};
        use super::answers;
        use crate::bytecode::relocate::tests::{PATH, samples};
        use crate::bytecode::{Bytecode, Invalidation, SourceDigest};

        const TIMESTAMP: Invalidation = Invalidation::Timestamp;

        /// A cache in a directory of its own, and that directory.
        fn cache(layout: Option<Layout>) -> (Cache, tempfile::TempDir) {
            let place = tempfile::tempdir().expect("there is room");
            let store = Store::open(&place.path().join("cache")).expect("it is ours");
            (Cache { store, interpreter: "one".to_owned(), layout }, place)
        }

        fn source(path: &str, modified: u64, sha256: &str) -> SourceDigest {
            let sha256 = sha256.as_bytes().to_vec();
            SourceDigest { path: path.to_owned(), modified, sha256 }
        }

        #[test]
        fn bytecode_cache_key_covers_all_inputs() {
            let own = [1, 2, 3].map(|number| source("/a", number, "x"));
            let other = |change: fn(&mut SourceDigest)| {
                let mut changed = own.clone();
                change(&mut changed[1]);
                changed
            };
            let by_place: [fn(&mut SourceDigest); 2] =
                [|source| source.modified = 4, |source| source.path = "/b".to_owned()];
            let by_contents = other(|source| source.sha256 = b"y".to_vec());
            let (mut as_compiled, _place) = cache(None);
            as_compiled.put(&own, TIMESTAMP, &answers());
            assert_eq!(as_compiled.get(&own, TIMESTAMP), Some(answers()));
            for changed in by_place.map(other).into_iter().chain([by_contents.clone()]) {
                assert_eq!(as_compiled.get(&changed, TIMESTAMP), None);
            }
            let unlike = |cache: &Cache| {
                assert_eq!(cache.get(&own, Invalidation::CheckedHash), None);
                assert_eq!(cache.get(&own[..2], TIMESTAMP), None, "of other sources");
                assert_eq!(cache.get(&by_contents, TIMESTAMP), None);
            };
            unlike(&as_compiled);
            as_compiled.interpreter = "other".to_owned();
            assert_eq!(as_compiled.get(&own, TIMESTAMP), None);

            let (mut canonical, _place) = cache(Some(samples()[0].0));
            let nothing = vec![None; 3];
            canonical.put(&own, TIMESTAMP, &nothing);
            for changed in by_place.map(other) {
                assert_eq!(canonical.get(&changed, TIMESTAMP).as_ref(), Some(&nothing));
            }
            unlike(&canonical);
            canonical.layout = None;
            assert_eq!(canonical.get(&own, TIMESTAMP), None, "the other form");
            canonical.layout = Some(samples()[0].0);
            canonical.interpreter = "other".to_owned();
            assert_eq!(canonical.get(&own, TIMESTAMP), None);
        }

        #[test]
        fn bytecode_cache_puts_path_and_time_into_bytecode() {
            for (layout, bytecode) in samples() {
                let (cache, _place) = cache(Some(layout));
                let answers = [Some(bytecode.to_vec()), None];
                let at = |path, time| [source(path, time, "x"), source("/none.py", 0, "y")];
                cache.put(&at(PATH, 5), TIMESTAMP, &answers);
                let canonical = layout.canonical(bytecode, PATH).expect("it is understood");
                for (path, time) in [(PATH, 7), ("/opt/ä b/seed.py", 8)] {
                    let expected: Bytecode = layout.relocated(&canonical, path, time);
                    assert!(expected.is_some());
                    let found = cache.get(&at(path, time), TIMESTAMP);
                    assert_eq!(found, Some(vec![expected, None]), "{path}");
                }
                assert_eq!(cache.get(&at("a text", 7), TIMESTAMP), None, "it has that constant");
            }
        }

        /// One file that cannot be converted leaves out its portion.
        #[test]
        fn bytecode_for_one_path_only_is_not_cached() {
            for (layout, bytecode) in samples() {
                let (cache, _place) = cache(Some(layout));
                for other in [b"bytecode".to_vec(), bytecode[1..].to_vec()] {
                    let sources = [source(PATH, 1, "x"), source(PATH, 1, "y")];
                    cache.put(&sources, TIMESTAMP, &[Some(bytecode.to_vec()), Some(other)]);
                    assert_eq!(cache.get(&sources, TIMESTAMP), None);
                }
            }
        }
    }
}

//! Caches what interpreters report about themselves, for interpreters that only compile.
//!
//! Querying an interpreter takes longer than finding the bytecode that it compiled. The same file
//! gives the same answer.

use crate::store::{Key, Store};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// Cached answers of interpreters.
pub(crate) struct FactsCache(Store);

impl FactsCache {
    /// Opens the cache directory. Returns `None` if there is to be no cache.
    pub(crate) fn open(directory: &Path) -> Option<FactsCache> {
        Store::open(directory).map(FactsCache)
    }

    /// Returns the cached answer of this interpreter.
    pub(crate) fn get(&self, python: &Path) -> Option<String> {
        String::from_utf8(self.0.get(&key(python)?)?).ok()
    }

    /// Caches the answer of this interpreter.
    pub(crate) fn put(&self, python: &Path, answer: &str) {
        if let Some(key) = key(python) {
            self.0.put(&key, answer.as_bytes());
        }
    }
}

fn key(python: &Path) -> Option<Key> {
    // The same file may have two names, one of them that of an environment; and another version may
    // ask for something else.
    let (name, version) = (python.to_str()?, env!("CARGO_PKG_VERSION"));
    let question = ["answer", version, name, &identity(python)?];
    Some(Key::of(question.map(str::as_bytes)))
}

/// The identity of an interpreter's file. `None` if its path is not Unicode, so that no two
/// interpreters are confused.
pub(super) fn identity(python: &Path) -> Option<String> {
    let path = python.canonicalize().ok()?;
    let metadata = path.metadata().ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Some(format!("{} {} {modified:?}", path.to_str()?, metadata.len()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::FactsCache;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::time::{Duration, SystemTime};

    #[test]
    fn interpreter_facts_cache_misses_after_file_change() {
        let place = tempfile::tempdir().expect("there is room");
        let python = place.path().join("python");
        let write = |contents: &str| fs::write(&python, contents).expect("it is ours");
        write("one");
        let answers = FactsCache::open(&place.path().join("cache")).expect("it is ours");
        assert_eq!(answers.get(&python), None);
        answers.put(&python, "its answer");
        assert_eq!(answers.get(&python).as_deref(), Some("its answer"));
        let link = place.path().join("environment");
        symlink(&python, &link).expect("the name is free");
        assert_eq!(answers.get(&link), None, "under another name");

        let file = fs::File::options().write(true).open(&python).expect("it is ours");
        let modified = fs::metadata(&python).and_then(|metadata| metadata.modified());
        let modified = modified.expect("files have times");
        file.set_modified(SystemTime::now() + Duration::from_secs(10)).expect("it is ours");
        assert_eq!(answers.get(&python), None, "another time");
        file.set_modified(modified).expect("it is ours");
        assert!(answers.get(&python).is_some());
        write("longer");
        file.set_modified(modified).expect("it is ours");
        assert_eq!(answers.get(&python), None, "another size");
        fs::remove_file(&python).expect("it is there");
        assert_eq!(answers.get(&python), None);
        answers.put(&python, "of nothing");
    }
}

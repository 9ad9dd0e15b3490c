//! Bytecode that was compiled before, kept in a directory of this user.
//!
//! What was asked is the key: the interpreter, the digests of the sources with their paths and times,
//! and how the bytecode is to know them. Its digest is the name of the entry. So nothing that is found can be
//! the answer to another question, unless somebody has put it there; which is why it counts only
//! where no other user could have.

use super::{Bytecode, Invalidation, SourceDigest};
use crate::digest::hexadecimal;
use crate::interpreter::Facts;
use crate::platform;
use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, File, OpenOptions};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// What an entry begins with; another one for another format.
const MAGIC: &[u8; 16] = b"ensurepip-host 2";

/// How much all entries may be, in bytes. What pip has is about 5 MiB for each Python and path.
const LIMIT: u64 = 256 << 20;

/// What an entry that is being written is called, before the rest of its name.
const UNFINISHED: &str = ".new-";

/// The mode of the directory, and that of what is in it.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A directory of bytecode, for one interpreter.
pub(crate) struct Cache {
    directory: Dir,
    /// Which interpreter it is.
    interpreter: String,
    /// How much all entries may be, in bytes.
    limit: u64,
}

/// The name of an entry.
pub(super) struct Key(String);

impl Cache {
    /// Opens the directory, and makes it if only the one above is there. None if it is not to be had,
    /// or could be anybody's.
    pub(crate) fn open(path: &Path, python: &Path, facts: &Facts) -> Option<Cache> {
        let interpreter = interpreter(python, facts).ok()?;
        match open_own(path) {
            Ok(directory) => {
                directory.map(|directory| Cache { directory, interpreter, limit: LIMIT })
            }
            Err(error) => {
                tracing::debug!(%error, "there is no cache of bytecode");
                None
            }
        }
    }

    /// The directory, for whoever has to allow writing there.
    pub(crate) fn directory(&self) -> &Dir {
        &self.directory
    }

    /// The key of what is asked.
    pub(super) fn key(&self, sources: &[SourceDigest], invalidation: Invalidation) -> Key {
        let mut hasher = Sha256::new();
        let mut add = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        add(self.interpreter.as_bytes());
        add(invalidation.name().as_bytes());
        for SourceDigest { path, modified, sha256 } in sources {
            add(path.as_bytes());
            add(&modified.to_le_bytes());
            add(sha256);
        }
        Key(hexadecimal(&hasher.finalize()))
    }

    /// What so many sources came to, if that is known.
    pub(super) fn get(&self, key: &Key, count: usize) -> Option<Vec<Bytecode>> {
        let mut file = self.open_entry(&key.0).ok()??;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        let found = unpack(&bytes).filter(|found| found.len() == count);
        // What was used last goes last.
        let _ = file.into_std().set_modified(SystemTime::now());
        found
    }

    /// Keeps what sources came to. That it cannot be kept is no failure of the run.
    pub(super) fn put(&self, key: &Key, answers: &[Bytecode]) {
        let unfinished = format!("{UNFINISHED}{}-{}", std::process::id(), key.0);
        let written = self.write(&unfinished, &pack(answers)).and_then(|()| {
            self.directory.rename(&unfinished, &self.directory, &key.0)?;
            self.trim()
        });
        if let Err(error) = written {
            tracing::debug!(%error, "the bytecode cannot be kept");
            let _ = self.directory.remove_file(&unfinished);
        }
    }

    fn write(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let mut file = self.directory.open_with(name, &options)?.into_std();
        platform::set_mode(&file, FILE_MODE)?;
        file.write_all(contents)
    }

    /// An entry; none if it could be anybody's, or is no file.
    fn open_entry(&self, name: &str) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        // Should it be a FIFO, opening it must not wait for a writer.
        options.read(true).follow(FollowSymlinks::No).nonblock(true);
        let file = self.directory.open_with(name, &options)?;
        let metadata = file.metadata()?;
        let counts =
            metadata.is_file() && metadata.len() <= self.limit && platform::is_own(&metadata);
        Ok(counts.then_some(file))
    }

    /// Removes what was not used for the longest time, until there is not too much any more.
    fn trim(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in self.directory.entries()? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if !metadata.is_file() {
                continue;
            }
            let modified =
                metadata.modified().map_or(UNIX_EPOCH, cap_std::time::SystemTime::into_std);
            entries.push((modified, metadata.len(), entry.file_name()));
        }
        let mut size: u64 = entries.iter().map(|(_, size, _)| size).sum();
        entries.sort();
        let mut oldest = entries.into_iter();
        while size > self.limit
            && let Some((_, entry_size, name)) = oldest.next()
        {
            self.directory.remove_file(name)?;
            size -= entry_size;
        }
        Ok(())
    }
}

/// Opens a directory that is this user's own, like the one that it is in. None if it is not.
fn open_own(path: &Path) -> io::Result<Option<Dir>> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(None) };
    let parent = Dir::from_std_file(fs::File::open(parent)?);
    if !platform::is_own_directory(&parent.dir_metadata()?) {
        return Ok(None);
    }
    match parent.create_dir(name) {
        Ok(()) => {
            let made = parent.open_dir_nofollow(name)?;
            platform::set_mode(&platform::readable(&made)?, DIRECTORY_MODE)?;
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let directory = parent.open_dir_nofollow(name)?;
    Ok(platform::is_own_directory(&directory.dir_metadata()?).then_some(directory))
}

/// What tells an interpreter from any other: what it says of itself, and the very file that it is.
fn interpreter(python: &Path, facts: &Facts) -> io::Result<String> {
    let path = python.canonicalize()?;
    let metadata = path.metadata()?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let Facts { implementation, version, cache_tag, magic, .. } = facts;
    Ok(format!(
        "{} {} {modified:?} {implementation} {version:?} {cache_tag:?} {magic:?}",
        path.display(),
        metadata.len(),
    ))
}

/// An entry: the digest of the rest, then each answer after its size, one more than that to have 0
/// for none.
fn pack(answers: &[Bytecode]) -> Vec<u8> {
    let mut body = Vec::new();
    for answer in answers {
        let size = answer.as_ref().map_or(0, |bytecode| bytecode.len() as u64 + 1);
        body.extend_from_slice(&size.to_le_bytes());
        body.extend_from_slice(answer.as_deref().unwrap_or_default());
    }
    let digest: [u8; 32] = Sha256::digest(&body).into();
    [&MAGIC[..], &digest, &body].concat()
}

/// The answers of an entry; none if it is damaged.
fn unpack(entry: &[u8]) -> Option<Vec<Bytecode>> {
    let (digest, mut body) = entry.strip_prefix(MAGIC)?.split_at_checked(32)?;
    if digest != &Sha256::digest(body)[..] {
        return None;
    }
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
    use super::{Bytecode, Key, open_own, pack, unpack};
    use crate::bytecode::cache::Cache;
    use crate::bytecode::{Invalidation, SourceDigest};
    use std::fs;
    use std::path::Path;

    fn answers() -> Vec<Bytecode> {
        vec![Some(b"bytecode".to_vec()), None, Some(Vec::new())]
    }

    #[test]
    fn what_was_packed_is_unpacked_and_nothing_else_is() {
        let entry = pack(&answers());
        assert_eq!(unpack(&entry), Some(answers()));
        assert_eq!(unpack(&pack(&[])), Some(Vec::new()));
        for end in 0..entry.len() {
            assert_eq!(unpack(&entry[..end]), None, "cut at {end}");
        }
        for position in 0..entry.len() {
            let mut changed = entry.clone();
            changed[position] ^= 1;
            assert_eq!(unpack(&changed), None, "changed at {position}");
        }
    }

    fn cache(path: &Path, interpreter: &str) -> Option<Cache> {
        let directory = open_own(path).expect("it can be looked at")?;
        Some(Cache { directory, interpreter: interpreter.to_owned(), limit: 1000 })
    }

    fn source(path: &str, modified: u64, sha256: &str) -> SourceDigest {
        SourceDigest { path: path.to_owned(), modified, sha256: sha256.as_bytes().to_vec() }
    }

    #[cfg(unix)]
    #[test]
    fn each_question_has_its_own_answer() {
        let place = tempfile::tempdir().expect("there is room");
        let path = place.path().join("cache");
        let one = cache(&path, "one").expect("it is ours");
        let other = cache(&path, "other").expect("it is ours");
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

    #[cfg(unix)]
    #[test]
    fn what_was_not_used_for_the_longest_time_makes_room() {
        use std::time::{Duration, SystemTime};
        let place = tempfile::tempdir().expect("there is room");
        let path = place.path().join("cache");
        let cache = cache(&path, "one").expect("it is ours");
        fs::create_dir(path.join("directory")).expect("the name is free");
        let key = |number: u64| cache.key(&[source("/a", number, "x")], Invalidation::Timestamp);
        // What killed runs have left counts as well.
        fs::write(path.join(".new-1-left"), [0; 100]).expect("it is ours");
        let old = |name: &str, age| {
            let file = fs::File::options().write(true).open(path.join(name)).expect("it is there");
            let time = SystemTime::now() - Duration::from_secs(age);
            file.set_modified(time).expect("it is ours");
        };
        old(".new-1-left", 500);
        for number in 0..3 {
            cache.put(&key(number), &[Some(vec![0; 200])]);
            old(&key(number).0, 400 - number);
        }
        assert!(path.join(".new-1-left").exists());
        // Used, so that the next one goes before it.
        assert!(cache.get(&key(0), 1).is_some());
        cache.put(&key(3), &[Some(vec![0; 200])]);
        assert!(!path.join(".new-1-left").exists());
        cache.put(&key(4), &[Some(vec![0; 200])]);
        let there = |number| cache.get(&key(number), 1).is_some();
        assert_eq!([0, 1, 2, 3, 4].map(there), [true, false, false, true, true]);
    }

    /// As whoever could write there might have left it.
    #[cfg(unix)]
    #[test]
    fn what_others_could_have_written_does_not_count() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let place = tempfile::tempdir().expect("there is room");
        let path = place.path().join("cache");
        let found = cache(&path, "one").expect("it is ours");
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
        };
        let key = found.key(&[], Invalidation::Timestamp);
        let entry = path.join(&key.0);
        let is_there = || found.get(&key, 3).is_some();
        found.put(&key, &answers());
        assert!(is_there());
        for shared in [0o620, 0o602] {
            mode(&entry, shared);
            assert!(!is_there(), "{shared:o}");
        }
        mode(&entry, 0o600);
        fs::hard_link(&entry, place.path().join("linked")).expect("it can be linked");
        assert!(!is_there(), "it has another name");
        fs::rename(place.path().join("linked"), place.path().join("moved")).expect("it is ours");
        fs::remove_file(&entry).expect("it is there");
        symlink("../moved", &entry).expect("the name is free");
        assert!(!is_there(), "it is a link");

        for (directory, shared) in [(&path, 0o770), (&path, 0o707), (&place.path().into(), 0o777)] {
            mode(directory, shared);
            assert!(cache(&path, "one").is_none(), "{} {shared:o}", directory.display());
            mode(directory, 0o700);
        }
        fs::rename(&path, place.path().join("elsewhere")).expect("it is ours");
        symlink("elsewhere", &path).expect("the name is free");
        open_own(&path).expect_err("it is a link");
        assert!(cache(Path::new("/tmp/ensurepip-host"), "one").is_none(), "all may write there");
        assert!(!Path::new("/tmp/ensurepip-host").exists());
    }
}

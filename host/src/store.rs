//! A directory of this user, with entries that nobody else can have written.
//!
//! It is used only if no other user can write to it. So its contents come from this user's own
//! runs. Each entry carries a digest of itself.

use crate::digest::hexadecimal;
use crate::platform;
use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, File, OpenOptions};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The first bytes of an entry. Another format has others.
const MAGIC: &[u8; 16] = b"ensurepip-host 2";

/// The size of a SHA-256 digest, which follows them.
const DIGEST: usize = 32;

/// How much is read at a time.
const BUFFER: usize = 128 << 10;

/// The maximum size of all entries in bytes. pip needs about 5 MiB for each Python.
const LIMIT: u64 = 256 << 20;

/// The prefix for the name of an entry that is being written.
const UNFINISHED: &str = ".new-";

/// The modes of the directory and of its files.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// The directory.
pub(crate) struct Store {
    directory: Dir,
    /// The maximum size of all entries in bytes.
    limit: u64,
}

/// The name of an entry: the digest of its request.
pub(crate) struct Key(String);

impl Key {
    /// The key of a request that consists of these parts.
    pub(crate) fn of<'part>(question: impl IntoIterator<Item = &'part [u8]>) -> Key {
        let mut hasher = Sha256::new();
        for part in question {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Key(hexadecimal(&hasher.finalize()))
    }
}

impl Store {
    /// Opens the directory. Creates it if its parent exists. Returns `None` if it cannot be opened,
    /// or if others could write to it.
    pub(crate) fn open(path: &Path) -> Option<Store> {
        match open_own(path) {
            Ok(directory) => directory.map(|directory| Store { directory, limit: LIMIT }),
            Err(error) => {
                tracing::debug!(%error, "there is no cache");
                None
            }
        }
    }

    /// The directory, so that the caller can permit writing there.
    pub(crate) fn directory(&self) -> &Dir {
        &self.directory
    }

    /// Returns an entry; `None` if it is missing or damaged.
    pub(crate) fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let (mut body, size) = self.reader(key)?;
        let mut entry = Vec::new();
        entry.try_reserve_exact(usize::try_from(size).ok()?).ok()?;
        body.read_to_end(&mut entry).ok()?;
        Some(entry)
    }

    /// Opens an entry, and returns its size in bytes as well; `None` if it is missing or damaged. All of it
    /// was read once, but is not in memory.
    pub(crate) fn reader(&self, key: &Key) -> Option<(impl Read + use<>, u64)> {
        let mut file = self.open_entry(&key.0).ok()??.into_std();
        let (mut magic, mut digest) = ([0; MAGIC.len()], [0; DIGEST]);
        file.read_exact(&mut magic).ok()?;
        file.read_exact(&mut digest).ok()?;
        let mut hashing = Hashing { inner: io::sink(), hasher: Sha256::new() };
        let size = io::copy(&mut BufReader::with_capacity(BUFFER, &file), &mut hashing).ok()?;
        if magic != *MAGIC || digest != hashing.hasher.finalize()[..] {
            return None;
        }
        file.seek(SeekFrom::Start((MAGIC.len() + DIGEST) as u64)).ok()?;
        // What was used last goes last.
        let _ = file.set_modified(SystemTime::now());
        Some((file.take(size), size))
    }

    /// Writes an entry. A failure does not fail the run.
    pub(crate) fn put(&self, key: &Key, body: &[u8]) {
        self.put_with(key, |out| out.write_all(body));
    }

    /// Writes an entry whose body comes from a function. A failure does not fail the run.
    pub(crate) fn put_with(
        &self,
        key: &Key,
        write_body: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) {
        let unfinished = format!("{UNFINISHED}{}-{}", std::process::id(), key.0);
        let written = self.write(&unfinished, write_body).and_then(|()| {
            self.directory.rename(&unfinished, &self.directory, &key.0)?;
            self.trim()
        });
        if let Err(error) = written {
            tracing::debug!(%error, "nothing can be kept");
            let _ = self.directory.remove_file(&unfinished);
        }
    }

    fn write(
        &self,
        name: &str,
        write_body: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let mut file = self.directory.open_with(name, &options)?.into_std();
        platform::set_mode(&file, FILE_MODE)?;
        // The digest is known at the end.
        file.write_all(&[&MAGIC[..], &[0; DIGEST]].concat())?;
        let mut hashing = Hashing { inner: &file, hasher: Sha256::new() };
        write_body(&mut hashing)?;
        let digest = hashing.hasher.finalize();
        file.seek(SeekFrom::Start(MAGIC.len() as u64))?;
        file.write_all(&digest)
    }

    /// Opens an entry. Returns `None` if others could have written it, or if it is not a file.
    fn open_entry(&self, name: &str) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        // Should it be a FIFO, opening it must not wait for a writer.
        options.read(true).follow(FollowSymlinks::No).nonblock(true);
        let file = self.directory.open_with(name, &options)?;
        let metadata = file.metadata()?;
        let counts = metadata.is_file() && metadata.len() <= self.limit && platform::is_own(&file)?;
        Ok(counts.then_some(file))
    }

    /// Removes the least recently used entries until the rest is within the limit.
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

/// Computes the digest of what is written.
struct Hashing<W> {
    inner: W,
    hasher: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hasher.update(&buffer[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Opens a directory that belongs to this user, like its parent. Returns `None` if either does not.
fn open_own(path: &Path) -> io::Result<Option<Dir>> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(None) };
    let parent = Dir::from_std_file(fs::File::open(parent)?);
    if !platform::is_own_directory(&parent)? {
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
    Ok(platform::is_own_directory(&directory)?.then_some(directory))
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Key, Store, open_own};
    use std::fs;
    use std::path::Path;

    fn store(path: &Path) -> Option<Store> {
        let directory = open_own(path).expect("it can be looked at")?;
        Some(Store { directory, limit: 1000 })
    }

    #[test]
    fn cache_store_ignores_damaged_entries() {
        let place = tempfile::tempdir().expect("there is room");
        let path = place.path().join("cache");
        let (store, key) = (store(&path).expect("it is ours"), Key::of([&b"a question"[..]]));
        store.put(&key, b"its answer");
        assert_eq!(store.get(&key).as_deref(), Some(&b"its answer"[..]));
        let file = path.join(&key.0);
        let entry = fs::read(&file).expect("it is there");
        let write = |contents: &[u8]| fs::write(&file, contents).expect("it is ours");
        for end in 0..entry.len() {
            write(&entry[..end]);
            assert_eq!(store.get(&key), None, "cut at {end}");
        }
        for position in 0..entry.len() {
            let mut changed = entry.clone();
            changed[position] ^= 1;
            write(&changed);
            assert_eq!(store.get(&key), None, "changed at {position}");
        }
    }

    #[test]
    fn cache_store_evicts_least_recently_used() {
        use std::time::{Duration, SystemTime};
        let place = tempfile::tempdir().expect("there is room");
        let path = place.path().join("cache");
        let store = store(&path).expect("it is ours");
        fs::create_dir(path.join("directory")).expect("the name is free");
        let key = |number: u64| Key::of([&number.to_le_bytes()[..]]);
        // What killed runs have left counts as well.
        fs::write(path.join(".new-1-left"), [0; 100]).expect("it is ours");
        let old = |name: &str, age| {
            let file = fs::File::options().write(true).open(path.join(name)).expect("it is there");
            let time = SystemTime::now() - Duration::from_secs(age);
            file.set_modified(time).expect("it is ours");
        };
        old(".new-1-left", 500);
        for number in 0..3 {
            store.put(&key(number), &[0; 208]);
            old(&key(number).0, 400 - number);
        }
        assert!(path.join(".new-1-left").exists());
        // Used, so that the next one goes before it.
        assert!(store.get(&key(0)).is_some());
        store.put(&key(3), &[0; 208]);
        assert!(!path.join(".new-1-left").exists());
        store.put(&key(4), &[0; 208]);
        let there = |number| store.get(&key(number)).is_some();
        assert_eq!([0, 1, 2, 3, 4].map(there), [true, false, false, true, true]);
    }

    /// Every form in which someone else could have left an entry.
    #[test]
    fn cache_store_ignores_files_writable_by_others() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let place = tempfile::tempdir().expect("there is room");
        let path = place.path().join("cache");
        let found = store(&path).expect("it is ours");
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
        };
        let key = Key::of([&b"a question"[..]]);
        let entry = path.join(&key.0);
        let is_there = || found.get(&key).is_some();
        found.put(&key, b"its answer");
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
        fs::remove_file(&entry).expect("it is there");
        let fifo = std::process::Command::new("mkfifo").arg(&entry).status();
        assert!(fifo.is_ok_and(|status| status.success()));
        assert!(!is_there(), "it is a FIFO, which is not waited for");
        fs::remove_file(&entry).expect("it is there");

        for (directory, shared) in [(&path, 0o770), (&path, 0o707), (&place.path().into(), 0o777)] {
            mode(directory, shared);
            assert!(store(&path).is_none(), "{} {shared:o}", directory.display());
            mode(directory, 0o700);
        }
        fs::rename(&path, place.path().join("elsewhere")).expect("it is ours");
        symlink("elsewhere", &path).expect("the name is free");
        open_own(&path).expect_err("it is a link");
        assert!(store(Path::new("/tmp/ensurepip-host")).is_none(), "all may write there");
        assert!(!Path::new("/tmp/ensurepip-host").exists());
    }
}

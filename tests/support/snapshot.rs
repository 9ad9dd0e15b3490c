//! A tree by identity: which files they are, and not only what is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Every name below a directory and what it stands for. Nothing is opened but directories.
#[derive(PartialEq, Eq)]
pub(crate) struct Snapshot(BTreeMap<PathBuf, Identity>);

/// What a name stands for.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    inode: u64,
    mode: u32,
    owner: u32,
    device: u64,
    /// Of what is no directory: the size, and when it was last written.
    written: Option<(u64, i64, i64)>,
}

impl Snapshot {
    /// Looks at everything below a directory but what a rule names.
    pub(crate) fn of_all_but(directory: &Path, is_left_out: &dyn Fn(&Path) -> bool) -> Self {
        let mut found = BTreeMap::new();
        let mut pending = vec![PathBuf::new()];
        while let Some(path) = pending.pop() {
            if is_left_out(&path) {
                continue;
            }
            let metadata = directory.join(&path).symlink_metadata().expect("it can be looked at");
            if metadata.is_dir() {
                let entries = fs::read_dir(directory.join(&path)).expect("it can be listed");
                let names = entries.map(|entry| entry.expect("it can be read").file_name());
                pending.extend(names.map(|name| path.join(name)));
            }
            found.insert(path, Identity::of(&metadata));
        }
        Self(found)
    }

    /// The paths of directories, each after the one that it is in.
    pub(crate) fn directories(&self) -> impl Iterator<Item = &Path> {
        let found = self.0.iter().filter(|(_, identity)| identity.written.is_none());
        found.map(|(path, _)| path.as_path())
    }

    /// The paths of what others than its owner may write.
    pub(crate) fn writable_for_others(&self) -> Vec<&Path> {
        let wide = self.0.iter().filter(|(_, identity)| identity.mode & 0o022 != 0);
        wide.map(|(path, _)| path.as_path()).collect()
    }

    /// The paths that stand for something else now.
    pub(crate) fn changes(&self, later: &Self) -> Vec<String> {
        let paths: BTreeSet<&PathBuf> = self.0.keys().chain(later.0.keys()).collect();
        let changed = paths.into_iter().filter(|path| self.0.get(*path) != later.0.get(*path));
        let told = |path: &PathBuf| {
            format!("{}: {:?} | {:?}", path.display(), self.0.get(path), later.0.get(path))
        };
        changed.map(told).collect()
    }
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        let written = (metadata.size(), metadata.mtime(), metadata.mtime_nsec());
        Self {
            inode: metadata.ino(),
            mode: metadata.mode(),
            owner: metadata.uid(),
            device: metadata.rdev(),
            written: (!metadata.is_dir()).then_some(written),
        }
    }
}

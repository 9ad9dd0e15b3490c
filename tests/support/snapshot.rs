//! A tree by identity: which files it consists of, and not only their contents.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Every name below a directory and its identity. Only directories are opened.
#[derive(PartialEq, Eq)]
pub(crate) struct Snapshot(BTreeMap<PathBuf, Identity>);

/// The identity behind a name.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    inode: u64,
    mode: u32,
    owner: u32,
    device: u64,
    /// For anything but a directory: the size, and when it was last written.
    written: Option<(u64, i64, i64)>,
}

impl Snapshot {
    /// Records everything below a directory, except for the paths that a rule selects.
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

    /// The paths of directories, each after its parent.
    pub(crate) fn directories(&self) -> impl Iterator<Item = &Path> {
        let found = self.0.iter().filter(|(_, identity)| identity.written.is_none());
        found.map(|(path, _)| path.as_path())
    }

    /// The paths that others than the owner may write to.
    pub(crate) fn writable_for_others(&self) -> Vec<&Path> {
        let wide = self.0.iter().filter(|(_, identity)| identity.mode & 0o022 != 0);
        wide.map(|(path, _)| path.as_path()).collect()
    }

    /// The paths whose identity has changed.
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

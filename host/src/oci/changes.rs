//! What a run has changed in a sparse root, as the entries of a new layer.

use super::names;
use super::sparse::SparseRoot;
use crate::platform;
use cap_fs_ext::{DirExt as _, MetadataExt as _};
use cap_std::fs::{Dir, Metadata};
use ensurepip_oci::{Kind, NewEntry, NewKind, Node, Tree};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::time::UNIX_EPOCH;

/// The mode of new directories and executable files, and that of other new files. Those that the file
/// system shows depend on the system.
const PROGRAM_MODE: u32 = 0o755;
const FILE_MODE: u32 = 0o644;

/// The entries of the layer that turns the image into what the sparse root has become: new and
/// changed files, whiteouts of removed ones, and every directory on the way to them with the
/// attributes that it has in the image. Empty if nothing has changed.
///
/// New files and directories belong to user and group 0.
pub(super) fn changes(root: &SparseRoot, tree: &Tree) -> io::Result<Vec<NewEntry>> {
    let mut found = Found { tree, root, seen: BTreeSet::new(), entries: BTreeMap::new() };
    found.compare(&root.open()?, &[])?;
    found.whiteouts();
    found.parents();
    Ok(found.entries.into_values().collect())
}

/// The comparison in progress.
struct Found<'run> {
    tree: &'run Tree,
    root: &'run SparseRoot,
    /// The paths that are there now.
    seen: BTreeSet<Vec<u8>>,
    entries: BTreeMap<Vec<u8>, NewEntry>,
}

impl Found<'_> {
    /// Compares a directory with what was laid out there.
    ///
    /// The depth is that of the image's directories, which the tree bounds.
    fn compare(&mut self, directory: &Dir, path: &[u8]) -> io::Result<()> {
        for entry in directory.entries()? {
            let name = entry?.file_name();
            let mut below = path.to_vec();
            if !path.is_empty() {
                below.push(b'/');
            }
            below.extend_from_slice(platform::name_bytes(&name));
            self.seen.insert(below.clone());
            let metadata = directory.symlink_metadata(&name)?;
            if metadata.is_dir() {
                let inner = directory.open_dir_nofollow(&name)?;
                let is_replaced = self.root.is_replaced(&below, metadata.ino());
                if is_replaced || !self.has_directory(&below) {
                    // A run gives the directories that it replaces their former times. Those of the
                    // sparse root are not the image's.
                    let former = self.tree.get(&below).filter(|_| is_replaced);
                    let time = former.map_or_else(|| modified(&metadata), |node| node.modified);
                    self.add(&below, PROGRAM_MODE, time, NewKind::Directory { xattrs: Vec::new() });
                }
                self.compare(&inner, &below)?;
            } else if metadata.is_file()
                && self.root.placed().get(&below) != Some(&Some(metadata.ino()))
            {
                let mut contents = Vec::new();
                directory.open(&name)?.read_to_end(&mut contents)?;
                let is_program = self.root.unseen().is_written_program(&below);
                let mode = if is_program { PROGRAM_MODE } else { FILE_MODE };
                self.add(&below, mode, modified(&metadata), NewKind::File(contents));
            }
        }
        Ok(())
    }

    fn has_directory(&self, path: &[u8]) -> bool {
        self.tree.get(path).is_some_and(|node| matches!(node.kind, Kind::Directory { .. }))
    }

    fn add(&mut self, path: &[u8], mode: u32, modified: i64, kind: NewKind) {
        let entry = NewEntry { path: path.to_vec(), mode, uid: 0, gid: 0, modified, kind };
        self.entries.insert(path.to_vec(), entry);
    }

    /// Adds whiteouts for what was laid out and is no longer there.
    fn whiteouts(&mut self) {
        let root = self.root;
        let mut gone: Vec<&[u8]> = Vec::new();
        for (path, number) in root.placed() {
            // The whiteout of a directory covers what is below it.
            if self.seen.contains(path) || gone.iter().any(|above| names::is_within(path, above)) {
                continue;
            }
            let is_directory = number.is_none() && self.has_directory(path);
            if is_directory && self.has_more(path) {
                continue;
            }
            gone.push(path);
            self.add(path, 0, 0, NewKind::Whiteout);
        }
    }

    /// Whether the image has anything in a directory that was not laid out.
    fn has_more(&self, directory: &[u8]) -> bool {
        let mut below = self.tree.nodes().filter(|(path, _)| names::is_within(path, directory));
        below.any(|(path, _)| !self.root.placed().contains_key(&path))
    }

    /// Adds the directories on the way, as they are in the image: without them, engines would make
    /// them anew.
    fn parents(&mut self) {
        let paths: Vec<Vec<u8>> = self.entries.keys().cloned().collect();
        for directory in paths.iter().flat_map(|path| names::ancestors(path)) {
            if self.entries.contains_key(directory) {
                continue;
            }
            if let Some(node) = self.tree.get(directory) {
                let entry = NewEntry {
                    path: directory.to_vec(),
                    mode: node.mode,
                    uid: node.uid,
                    gid: node.gid,
                    modified: node.modified,
                    kind: NewKind::Directory { xattrs: xattrs(&node) },
                };
                self.entries.insert(directory.to_vec(), entry);
            }
        }
    }
}

/// The extended attributes of a directory.
fn xattrs(node: &Node<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let Kind::Directory { xattrs } = &node.kind else { return Vec::new() };
    xattrs.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

/// The modification time in whole seconds since 1970.
fn modified(metadata: &Metadata) -> i64 {
    let modified = metadata.modified().ok().map(cap_std::time::SystemTime::into_std);
    let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

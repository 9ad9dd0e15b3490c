//! A sparse root: the part of an image that a run needs, laid out as a directory.
//!
//! It has the links of the image, the directories that lead to something that matters, and the files
//! that matter, most of them empty: see `interest.rs`. It belongs to the user who runs the program,
//! who can write in all of it; the modes, owners and times of the image are those in the tree. What the
//! system cannot have is recorded as [`Unseen`]: links and some names on Windows, and names that a file
//! system takes for one.

use super::aliases::Aliases;
use super::interest::{Interest, interest};
use super::names;
use crate::platform;
use crate::root::Unseen;
use cap_fs_ext::{DirExt as _, MetadataExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use ensurepip_oci::{Kind, Node, Tree};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// How deep directories may be nested to be laid out. No Python comes near, and each level on the way takes
/// an open file, of which a process may have 1024 by default.
const DEEPEST: usize = 64;

/// A sparse root. Removed when dropped.
pub(super) struct SparseRoot {
    directory: TempDir,
    /// What was laid out, by path: a file with its number, anything else without one.
    placed: BTreeMap<Vec<u8>, Option<u64>>,
    /// The directories among them, with their numbers.
    directories: BTreeMap<Vec<u8>, u64>,
    unseen: Arc<Unseen>,
}

impl SparseRoot {
    /// Lays out what matters of a tree.
    pub(super) fn lay_out(tree: &Tree) -> io::Result<SparseRoot> {
        let directory = tempfile::Builder::new().prefix("ensurepip-host-image-").tempdir()?;
        let root = Dir::open_ambient_dir(directory.path(), ambient_authority())?;
        let mut layout = Layout {
            tree,
            open: vec![(Vec::new(), root)],
            placed: BTreeMap::new(),
            directories: BTreeMap::new(),
            unseen: Unseen::default(),
        };
        let aliases = Aliases::of(tree);
        let mut links = Vec::new();
        for (path, node) in tree.nodes() {
            if names::ancestors(&path).count() > DEEPEST {
                continue;
            }
            let needed = match &node.kind {
                Kind::Directory { .. } if aliases.is_of_python(&path) => {
                    layout.enter(&path).map_err(|error| at(&path, &error))?;
                    continue;
                }
                Kind::File { size, .. } => aliases.interest(&path, *size),
                Kind::Link { target } => {
                    links.push((path, *target));
                    continue;
                }
                // A FIFO or device is only in the way, as an empty file would be.
                Kind::Other => aliases.interest(&path, 0).min(Interest::Name),
                Kind::Directory { .. } => continue,
            };
            let needed = match needed {
                // Kept because a link leads to it.
                Interest::Nothing if node.is_kept() => Interest::Contents,
                Interest::Nothing => continue,
                needed => needed,
            };
            layout.file(&path, &node, needed).map_err(|error| at(&path, &error))?;
        }
        // Last, so that nothing is laid out through a link.
        for (path, target) in links {
            layout.link(&path, target).map_err(|error| at(&path, &error))?;
        }
        let Layout { placed, directories, unseen, .. } = layout;
        Ok(SparseRoot { directory, placed, directories, unseen: Arc::new(unseen) })
    }

    /// Its path on this machine.
    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Opens the directory. The handle has to be closed before it can be removed on Windows.
    pub(super) fn open(&self) -> io::Result<Dir> {
        Dir::open_ambient_dir(self.directory.path(), ambient_authority())
    }

    /// Everything that was laid out, by path: files with their numbers.
    pub(super) fn placed(&self) -> &BTreeMap<Vec<u8>, Option<u64>> {
        &self.placed
    }

    /// Whether a directory was laid out here, and the one of this number has taken its place.
    pub(super) fn is_replaced(&self, path: &[u8], number: u64) -> bool {
        self.directories.get(path).is_some_and(|placed| *placed != number)
    }

    /// What the root does not show of the image.
    pub(super) fn unseen(&self) -> &Arc<Unseen> {
        &self.unseen
    }
}

/// The work in progress.
struct Layout<'tree> {
    tree: &'tree Tree,
    /// The open directories on the way to the last entry, from the root on.
    open: Vec<(Vec<u8>, Dir)>,
    placed: BTreeMap<Vec<u8>, Option<u64>>,
    directories: BTreeMap<Vec<u8>, u64>,
    unseen: Unseen,
}

impl Layout<'_> {
    /// Opens the directory at a path, and creates what is missing of it. None if it cannot be laid out,
    /// which is recorded.
    fn enter(&mut self, path: &[u8]) -> io::Result<Option<&Dir>> {
        while !self.open.last().is_some_and(|(open, _)| names::is_within(path, open)) {
            self.open.pop();
        }
        while let Some((above, parent)) = self.open.last()
            && above.as_slice() != path
        {
            let next = names::next_below(path, above);
            if self.unseen.is_left_out(next) {
                return Ok(None);
            }
            let is_new = !self.placed.contains_key(next);
            let opened = platform::os_name(names::file_name(next)).and_then(|name| {
                if is_new {
                    parent.create_dir(name)?;
                }
                parent.open_dir_nofollow(name)
            });
            let directory = match opened {
                Ok(directory) => directory,
                Err(error) => {
                    let reason = unfit(parent, next, &error).ok_or(error)?;
                    self.unseen.leave_out(next, reason);
                    return Ok(None);
                }
            };
            if is_new {
                self.placed.insert(next.to_vec(), None);
                self.directories.insert(next.to_vec(), directory.dir_metadata()?.ino());
            }
            self.open.push((next.to_vec(), directory));
        }
        Ok(self.open.last().map(|(_, directory)| directory))
    }

    /// Lays out a file, unless that is impossible, which is recorded. Returns whether it was.
    fn file(&mut self, path: &[u8], node: &Node<'_>, needed: Interest) -> io::Result<bool> {
        let tree = self.tree;
        let contents = match needed {
            Interest::Contents => tree.contents(node),
            Interest::Name | Interest::Nothing => None,
        };
        let is_program = node.mode & 0o111 != 0;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        platform::set_new_mode(&mut options, if is_program { 0o700 } else { 0o600 });
        let Some(directory) = self.enter(names::parent(path))? else { return Ok(false) };
        let made = platform::os_name(names::file_name(path));
        let made = made.and_then(|name| directory.open_with(name, &options));
        let mut file = match made {
            Ok(file) => file,
            Err(error) => {
                let reason = unfit(directory, path, &error).ok_or(error)?;
                self.unseen.leave_out(path, reason);
                return Ok(false);
            }
        };
        if let Some(mut contents) = contents {
            io::copy(&mut contents, &mut file)?;
        }
        let number = file.metadata()?.ino();
        self.placed.insert(path.to_vec(), Some(number));
        if is_program {
            self.unseen.add_program(path);
        }
        Ok(true)
    }

    /// Makes a link, or records that it cannot be made.
    fn link(&mut self, path: &[u8], target: &[u8]) -> io::Result<()> {
        let Some(directory) = self.enter(names::parent(path))? else { return Ok(()) };
        match platform::make_link(directory, target, names::file_name(path)) {
            Ok(true) => {
                self.placed.insert(path.to_vec(), None);
            }
            Ok(false) => {
                let has_file = self.file_for_link(path)?;
                self.unseen.add_link(path, target, has_file);
            }
            Err(error) if unfit(directory, path, &error).is_some() => {
                self.unseen.add_link(path, target, false);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Lays out a file in the place of a link that leads to one and matters, so that the name is there,
    /// with the right contents, also for those who open it by a handle. Returns whether it did.
    fn file_for_link(&mut self, path: &[u8]) -> io::Result<bool> {
        let (tree, needed) = (self.tree, interest(path, 0));
        let end = names::resolved(tree, path).and_then(|end| tree.get(&end));
        match end {
            Some(node) if matches!(node.kind, Kind::File { .. }) && needed != Interest::Nothing => {
                self.file(path, &node, needed)
            }
            _ => Ok(false),
        }
    }
}

/// Why something cannot be laid out, if that is because of its name. Otherwise, the error is a failure.
fn unfit(parent: &Dir, path: &[u8], error: &io::Error) -> Option<String> {
    if error.kind() == io::ErrorKind::AlreadyExists {
        let other = namesake(parent, names::file_name(path));
        let other = other.unwrap_or_else(|_| "another name".to_owned());
        Some(format!("this system takes its name and `{other}` for the same"))
    } else {
        platform::is_unfit_name(error)
            .then(|| "no file can have this name on this system".to_owned())
    }
}

/// The name by which a directory lists what it has under another name.
fn namesake(parent: &Dir, name: &[u8]) -> io::Result<String> {
    let number = parent.symlink_metadata(platform::os_name(name)?)?.ino();
    for entry in parent.entries()? {
        let other = entry?.file_name();
        if parent.symlink_metadata(&other)?.ino() == number {
            return Ok(other.to_string_lossy().into_owned());
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

/// The error that something of the image cannot be laid out.
fn at(path: &[u8], error: &io::Error) -> io::Error {
    let path = String::from_utf8_lossy(path);
    io::Error::new(error.kind(), format!("`{}`: {error}", path.escape_debug()))
}

//! A sparse root: the part of an image that a run needs, laid out as a directory.
//!
//! It has the links of the image, the directories that lead to something that matters, and the files
//! that matter, most of them empty: see `interest.rs`. It belongs to the user who runs the program,
//! who can write in all of it; the modes, owners and times of the image are those in the tree.

use super::aliases::Aliases;
use super::interest::Interest;
use super::names;
use crate::platform;
use cap_fs_ext::{DirExt as _, MetadataExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use ensurepip_oci::{Kind, Node, Tree};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use tempfile::TempDir;

/// How deep directories may be nested to be laid out. No Python comes near, and each level on the way takes
/// an open file, of which a process may have 1024 by default.
const DEEPEST: usize = 64;

/// A sparse root. Removed when dropped.
pub(super) struct SparseRoot {
    directory: TempDir,
    handle: Dir,
    /// What was laid out, by path: a file with its number, anything else without one.
    placed: BTreeMap<Vec<u8>, Option<u64>>,
}

impl SparseRoot {
    /// Lays out what matters of a tree.
    pub(super) fn lay_out(tree: &Tree) -> io::Result<SparseRoot> {
        let directory = tempfile::Builder::new().prefix("ensurepip-host-image-").tempdir()?;
        let handle = Dir::open_ambient_dir(directory.path(), ambient_authority())?;
        let mut layout =
            Layout { tree, open: vec![(Vec::new(), handle.try_clone()?)], placed: BTreeMap::new() };
        let aliases = Aliases::of(tree);
        let mut links = Vec::new();
        for (path, node) in tree.nodes() {
            if path.iter().filter(|byte| **byte == b'/').count() > DEEPEST {
                continue;
            }
            let done = match &node.kind {
                Kind::Directory { .. } if aliases.is_of_python(&path) => layout.enter(&path),
                Kind::File { size, .. } => match aliases.interest(&path, *size) {
                    // Kept because a link leads to it.
                    Interest::Nothing if node.is_kept() => {
                        layout.file(&path, &node, Interest::Contents)
                    }
                    Interest::Nothing => Ok(()),
                    needed => layout.file(&path, &node, needed),
                },
                Kind::Link { target } => {
                    links.push((path, *target));
                    continue;
                }
                Kind::Directory { .. } | Kind::Other => Ok(()),
            };
            done.map_err(|error| at(&path, &error))?;
        }
        // Last, so that nothing is laid out through a link.
        for (path, target) in links {
            layout.link(&path, target).map_err(|error| at(&path, &error))?;
        }
        let Layout { placed, .. } = layout;
        Ok(SparseRoot { directory, handle, placed })
    }

    /// Its path on this machine.
    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The directory itself.
    pub(super) fn handle(&self) -> &Dir {
        &self.handle
    }

    /// Everything that was laid out, by path: files with their numbers.
    pub(super) fn placed(&self) -> &BTreeMap<Vec<u8>, Option<u64>> {
        &self.placed
    }
}

/// The work in progress.
struct Layout<'tree> {
    tree: &'tree Tree,
    /// The open directories on the way to the last entry, from the root on.
    open: Vec<(Vec<u8>, Dir)>,
    placed: BTreeMap<Vec<u8>, Option<u64>>,
}

impl Layout<'_> {
    /// Opens the directory at a path, and creates what is missing of it.
    fn enter(&mut self, path: &[u8]) -> io::Result<()> {
        while !self.open.last().is_some_and(|(open, _)| names::is_within(path, open)) {
            self.open.pop();
        }
        while let Some((above, parent)) = self.open.last()
            && above.as_slice() != path
        {
            let next = names::next_below(path, above);
            let name = platform::os_name(names::file_name(next))?;
            if !self.placed.contains_key(next) {
                parent.create_dir(name)?;
            }
            let directory = parent.open_dir_nofollow(name)?;
            if !self.placed.contains_key(next) {
                let mode = self.tree.get(next).map_or(0, |node| node.mode);
                // New directories inherit the group of such a directory, and the bit itself.
                if mode & 0o2000 != 0 {
                    platform::set_directory_mode(&directory, 0o2755)?;
                }
                self.placed.insert(next.to_vec(), None);
            }
            self.open.push((next.to_vec(), directory));
        }
        Ok(())
    }

    fn parent(&mut self, path: &[u8]) -> io::Result<&Dir> {
        self.enter(names::parent(path))?;
        let (_, directory) = self.open.last().ok_or_else(|| io::Error::other("no root"))?;
        Ok(directory)
    }

    fn file(&mut self, path: &[u8], node: &Node<'_>, needed: Interest) -> io::Result<()> {
        let contents = match needed {
            Interest::Contents => self.tree.contents(node),
            Interest::Name | Interest::Nothing => None,
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        platform::set_new_mode(&mut options, if node.mode & 0o111 == 0 { 0o600 } else { 0o700 });
        let name = platform::os_name(names::file_name(path))?;
        let mut file = self.parent(path)?.open_with(name, &options)?;
        if let Some(mut contents) = contents {
            io::copy(&mut contents, &mut file)?;
        }
        let number = file.metadata()?.ino();
        self.placed.insert(path.to_vec(), Some(number));
        Ok(())
    }

    fn link(&mut self, path: &[u8], target: &[u8]) -> io::Result<()> {
        platform::make_link(self.parent(path)?, target, names::file_name(path))?;
        self.placed.insert(path.to_vec(), None);
        Ok(())
    }
}

/// The error that something of the image cannot be laid out.
fn at(path: &[u8], error: &io::Error) -> io::Error {
    let path = String::from_utf8_lossy(path);
    io::Error::new(error.kind(), format!("`{}`: {error}", path.escape_debug()))
}

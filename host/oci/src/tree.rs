//! The tree of an image: what its layers make, one applied over the other.
//!
//! This follows "Applying Changesets" of the image specification (`layer.md`), and where that leaves a
//! choice, umoci: paths are resolved through links as in a chroot, parents without an entry are
//! created, and a directory over a link replaces it.

mod applying;
mod nodes;
mod resolving;
mod slots;

#[cfg(test)]
mod tests;

pub use nodes::{Kind, Node, Nodes, Xattr};

use crate::contents::Contents;
use crate::error::Error;
use crate::layer::Layer;
use slots::Slots;
use std::io::Read;

/// The tree that the layers of an image make.
///
/// It takes less than 100 bytes for each path, and owns the kept contents of its layers.
pub struct Tree {
    slots: Slots,
    /// The kept contents of each layer that has any.
    contents: Vec<Contents>,
}

impl Tree {
    /// The tree of no layers: a root directory with mode 0755, owner 0:0 and time 0.
    #[must_use]
    pub fn new() -> Tree {
        Tree { slots: Slots::new(), contents: Vec::new() }
    }

    /// Applies a layer over those before.
    ///
    /// # Errors
    ///
    /// [`Error::Layer`] with the entry that cannot be applied: its path leads through a file or a loop
    /// of links, it is a hard link to nothing or to a directory, or the image has too many paths. The
    /// tree is of no use then.
    pub fn apply(&mut self, layer: Layer) -> Result<(), Error> {
        let index = self.contents.len();
        let outcome = self.slots.apply(layer.entries(), index);
        outcome.map_err(|(entry, reason)| Error::Layer {
            digest: layer.digest.clone(),
            entry: Some(String::from_utf8_lossy(&entry).into_owned()),
            reason,
        })?;
        if layer.contents.length() > 0 {
            self.contents.push(layer.contents);
        }
        Ok(())
    }

    /// All paths from the root on, which is the empty path: a directory before what is in it, and the
    /// names of a directory sorted by their bytes.
    #[must_use]
    pub fn nodes(&self) -> Nodes<'_> {
        Nodes::new(&self.slots)
    }

    /// What is at a path, which is not resolved through links.
    #[must_use]
    pub fn get(&self, path: &[u8]) -> Option<Node<'_>> {
        self.slots.get(path).map(|slot| self.slots.node(slot))
    }

    /// The contents of a file, if its layer has kept them. Several threads may read at the same time.
    #[must_use]
    pub fn contents(&self, node: &Node<'_>) -> Option<impl Read + '_> {
        let (layer, start, size) = node.kept()?;
        Some(self.contents.get(layer)?.part(start, size))
    }
}

impl Default for Tree {
    fn default() -> Tree {
        Tree::new()
    }
}

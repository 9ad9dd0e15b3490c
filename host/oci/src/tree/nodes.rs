//! What a tree shows of itself.

use super::slots::{NONE, ROOT, SlotId, Slots, What};

pub use super::slots::Xattr;

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node<'tree> {
    /// What it is.
    pub kind: Kind<'tree>,
    /// The permissions, at most `0o7777`.
    pub mode: u32,
    /// The user ID of the owner.
    pub uid: u32,
    /// The group ID.
    pub gid: u32,
    /// The modification time in seconds since 1970, rounded down.
    pub modified: i64,
    kept: Option<(u32, u64)>,
}

/// The kind of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind<'tree> {
    /// A directory.
    Directory {
        /// Its extended attributes.
        xattrs: &'tree [Xattr],
    },
    /// A regular file.
    File {
        /// Its size in bytes.
        size: u64,
    },
    /// A symbolic link.
    Link {
        /// What it leads to, as written in the layer.
        target: &'tree [u8],
    },
    /// A device or a FIFO.
    Other,
}

impl Node<'_> {
    /// Whether the contents were kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// The index of the contents of its layer, where its own begin there, and their size.
    pub(super) fn kept(&self) -> Option<(usize, u64, u64)> {
        let (layer, start) = self.kept?;
        match self.kind {
            Kind::File { size } => Some((usize::try_from(layer).ok()?, start, size)),
            _ => None,
        }
    }
}

impl Slots {
    /// A slot as it is shown. One that nothing has is not shown to anyone.
    pub(super) fn node(&self, id: SlotId) -> Node<'_> {
        let slot = self.slot(id);
        let mut kept = None;
        let kind = match slot.what {
            What::Directory { xattrs, .. } => {
                let xattrs = self.xattrs.get(xattrs as usize).map(|xattrs| &xattrs[..]);
                Kind::Directory { xattrs: xattrs.unwrap_or_default() }
            }
            What::File { size, kept: index } => {
                kept = if index == NONE { None } else { self.kept.get(index as usize).copied() };
                Kind::File { size }
            }
            What::Link(target) => Kind::Link { target: self.text(target) },
            What::Other | What::Absent => Kind::Other,
        };
        let attributes = slot.attributes;
        Node {
            kind,
            mode: u32::from(attributes.mode),
            uid: attributes.uid,
            gid: attributes.gid,
            modified: attributes.modified,
            kept,
        }
    }
}

/// All paths of a tree: see [`Tree::nodes`](super::Tree::nodes).
pub struct Nodes<'tree> {
    slots: &'tree Slots,
    left: Vec<SlotId>,
    path: Vec<u8>,
}

impl<'tree> Nodes<'tree> {
    pub(super) fn new(slots: &'tree Slots) -> Nodes<'tree> {
        Nodes { slots, left: vec![ROOT], path: Vec::new() }
    }
}

impl<'tree> Iterator for Nodes<'tree> {
    type Item = (Vec<u8>, Node<'tree>);

    fn next(&mut self) -> Option<(Vec<u8>, Node<'tree>)> {
        let id = self.left.pop()?;
        let slots = self.slots;
        if id != ROOT {
            let above = slots.slot(slots.parent(id)).path_length;
            self.path.truncate(usize::from(above));
            if above > 0 {
                self.path.push(b'/');
            }
            self.path.extend_from_slice(slots.name(id));
        }
        let start = self.left.len();
        self.left.extend(slots.children(id));
        self.left[start..].sort_unstable_by(|&a, &b| slots.name(b).cmp(slots.name(a)));
        Some((self.path.clone(), slots.node(id)))
    }
}

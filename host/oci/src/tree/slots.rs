//! The memory of a tree: a slot for each name in each directory that there ever was.
//!
//! A slot whose name is removed stays and is used again if the name comes back. A directory has a
//! number, under which its names are found; a directory that replaces another gets a new number, so
//! nobody has to visit what was below the old one.

use crate::layer::{LONGEST_PATH, MOST_ENTRIES, MOST_NAME_BYTES};
use std::hash::{BuildHasher, RandomState};

/// The index of a slot.
pub(super) type SlotId = u32;

/// The slot of the root directory.
pub(super) const ROOT: SlotId = 0;

/// In place of an index, if there is none.
pub(super) const NONE: u32 = u32::MAX;

/// A piece of the names.
#[derive(Clone, Copy)]
pub(super) struct Text {
    start: u32,
    length: u16,
}

/// A name in a directory, and what has it.
pub(super) struct Slot {
    name: Text,
    /// The number of the directory.
    directory: u32,
    /// The next slot of the directory.
    next: SlotId,
    /// The layer that last touched this or something below it, counted from 1.
    pub(super) touched: u32,
    pub(super) what: What,
    pub(super) attributes: Attributes,
    /// How many bytes the path has.
    pub(super) path_length: u16,
}

/// Mode, owner and time.
#[derive(Clone, Copy)]
pub(super) struct Attributes {
    pub(super) mode: u16,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) modified: i64,
}

/// Those of a directory that no layer describes.
pub(super) const UNDESCRIBED: Attributes = Attributes { mode: 0o755, uid: 0, gid: 0, modified: 0 };

#[derive(Clone, Copy)]
pub(super) enum What {
    Absent,
    Directory {
        number: u32,
        /// The first slot in it.
        first: SlotId,
        /// The index of its extended attributes.
        xattrs: u32,
    },
    File {
        size: u64,
        /// The index of its kept contents.
        kept: u32,
    },
    Link(Text),
    Other,
}

/// The name and the value of an extended attribute.
pub type Xattr = (Box<[u8]>, Box<[u8]>);

/// All slots, and a hash table of them.
pub(super) struct Slots {
    all: Vec<Slot>,
    names: Vec<u8>,
    /// The slots of all directories, by their numbers.
    directories: Vec<SlotId>,
    /// Indexes of slots, by the hash of number and name, with open addressing.
    table: Vec<SlotId>,
    hasher: RandomState,
    pub(super) xattrs: Vec<Box<[Xattr]>>,
    /// Where kept contents are: the layer, and the offset there.
    pub(super) kept: Vec<(u32, u64)>,
    /// The layer that is applied.
    pub(super) layer: u32,
    /// How many bytes of extended attributes there are.
    pub(super) xattr_bytes: usize,
    /// How many bytes of paths may still be resolved behind links.
    pub(super) steps: u32,
}

impl Slots {
    pub(super) fn new() -> Slots {
        let root = Slot {
            name: Text { start: 0, length: 0 },
            directory: 0,
            next: NONE,
            touched: 0,
            what: What::Directory { number: 0, first: NONE, xattrs: NONE },
            attributes: UNDESCRIBED,
            path_length: 0,
        };
        Slots {
            all: vec![root],
            names: Vec::new(),
            directories: vec![ROOT],
            table: vec![NONE; 64],
            hasher: RandomState::new(),
            xattrs: Vec::new(),
            kept: Vec::new(),
            xattr_bytes: 0,
            layer: 0,
            steps: 0,
        }
    }

    pub(super) fn slot(&self, id: SlotId) -> &Slot {
        &self.all[id as usize]
    }

    pub(super) fn slot_mut(&mut self, id: SlotId) -> &mut Slot {
        &mut self.all[id as usize]
    }

    pub(super) fn text(&self, text: Text) -> &[u8] {
        &self.names[text.start as usize..][..usize::from(text.length)]
    }

    pub(super) fn name(&self, id: SlotId) -> &[u8] {
        self.text(self.slot(id).name)
    }

    /// The directory in which a name is; the root is in itself.
    pub(super) fn parent(&self, id: SlotId) -> SlotId {
        self.directories[self.slot(id).directory as usize]
    }

    /// The slots in a directory, in no order; empty for anything else.
    pub(super) fn children(&self, id: SlotId) -> impl Iterator<Item = SlotId> + '_ {
        let first = match self.slot(id).what {
            What::Directory { first, .. } => first,
            _ => NONE,
        };
        let some = |id: SlotId| (id != NONE).then_some(id);
        std::iter::successors(some(first), move |&id| some(self.slot(id).next))
            .filter(|&id| !matches!(self.slot(id).what, What::Absent))
    }

    /// The slot of a name in a directory, whether something has the name or not.
    pub(super) fn find(&self, directory: SlotId, name: &[u8]) -> Option<SlotId> {
        let What::Directory { number, .. } = self.slot(directory).what else { return None };
        let id = self.table[self.place(number, name)];
        (id != NONE).then_some(id)
    }

    /// The slot of a name in a directory, made if need be.
    pub(super) fn find_or_add(
        &mut self,
        directory: SlotId,
        name: &[u8],
    ) -> Result<SlotId, &'static str> {
        let What::Directory { number, first, xattrs } = self.slot(directory).what else {
            return Err("not a directory");
        };
        let place = self.place(number, name);
        if self.table[place] != NONE {
            return Ok(self.table[place]);
        }
        let above = usize::from(self.slot(directory).path_length);
        let path_length = above + usize::from(above > 0) + name.len();
        if path_length > LONGEST_PATH {
            return Err("path longer than 4096 bytes");
        }
        let id = SlotId::try_from(self.all.len()).map_err(|_| TOO_MANY)?;
        if self.all.len() > MOST_ENTRIES {
            return Err(TOO_MANY);
        }
        let name = self.add_text(name)?;
        self.all.push(Slot {
            name,
            directory: number,
            next: first,
            touched: 0,
            what: What::Absent,
            attributes: UNDESCRIBED,
            path_length: u16::try_from(path_length).map_err(|_| TOO_MANY)?,
        });
        self.slot_mut(directory).what = What::Directory { number, first: id, xattrs };
        self.table[place] = id;
        if self.all.len() > self.table.len() / 4 * 3 {
            self.grow();
        }
        Ok(id)
    }

    /// Makes an empty directory with a number of its own.
    pub(super) fn new_directory(&mut self, id: SlotId) -> Result<What, &'static str> {
        let number = u32::try_from(self.directories.len()).map_err(|_| TOO_MANY)?;
        if self.directories.len() > MOST_ENTRIES {
            return Err(TOO_MANY);
        }
        self.directories.push(id);
        Ok(What::Directory { number, first: NONE, xattrs: NONE })
    }

    /// Keeps a name, or the target of a link.
    pub(super) fn add_text(&mut self, text: &[u8]) -> Result<Text, &'static str> {
        let start = u32::try_from(self.names.len()).map_err(|_| TOO_MANY)?;
        let length = u16::try_from(text.len()).map_err(|_| TOO_MANY)?;
        if self.names.len() + text.len() > MOST_NAME_BYTES {
            return Err(TOO_MANY);
        }
        self.names.extend_from_slice(text);
        Ok(Text { start, length })
    }

    /// Marks a slot and the directories above it as touched by this layer.
    pub(super) fn touch(&mut self, mut id: SlotId) {
        while self.slot(id).touched != self.layer {
            self.slot_mut(id).touched = self.layer;
            id = self.parent(id);
        }
    }

    /// The place in the table of the slot, or the one that is free for it.
    fn place(&self, number: u32, name: &[u8]) -> usize {
        let mask = self.table.len() - 1;
        let hash = self.hasher.hash_one((number, name));
        let mut place = usize::try_from(hash & MASK).unwrap_or(0) & mask;
        loop {
            let id = self.table[place];
            if id == NONE || (self.slot(id).directory == number && self.name(id) == name) {
                return place;
            }
            place = (place + 1) & mask;
        }
    }

    fn grow(&mut self) {
        self.table = vec![NONE; self.table.len() * 2];
        // All but the root, which is in no directory.
        for id in 1..self.all.len() {
            let slot = &self.all[id];
            let place = self.place(slot.directory, self.text(slot.name));
            self.table[place] = SlotId::try_from(id).unwrap_or(NONE);
        }
    }
}

/// The bits of a hash that are used, which are more than the table has places.
const MASK: u64 = u32::MAX as u64;

pub(super) const TOO_MANY: &str = "too many entries";

//! Applies the entries of a layer.
//!
//! A whiteout hides what lower layers have, wherever it is in the archive. So each slot knows the layer
//! that has last touched it or something below it.

use super::resolving::Nowhere;
use super::slots::{Attributes, NONE, ROOT, SlotId, Slots, TOO_MANY, What};
use crate::layer::{Entry, EntryKind, MOST_XATTR_BYTES, Xattrs};
use std::collections::HashSet;

impl Slots {
    /// Applies a layer, whose kept contents are at this index. An error is the entry and the reason.
    pub(super) fn apply<'layer>(
        &mut self,
        entries: impl Iterator<Item = Entry<'layer>>,
        contents: usize,
    ) -> Result<(), (Vec<u8>, String)> {
        self.layer += 1;
        self.steps = MOST_STEPS;
        let mut cleared = HashSet::new();
        for entry in entries {
            let outcome = match entry.kind {
                EntryKind::Whiteout => self.hide(&entry.path, &mut cleared),
                EntryKind::OpaqueWhiteout => self.hide_contents(&entry.path, &mut cleared),
                _ => self.put(&entry, contents),
            };
            outcome.map_err(|reason| (entry.path, reason))?;
        }
        Ok(())
    }

    /// Makes the path what the entry says.
    fn put(&mut self, entry: &Entry<'_>, contents: usize) -> Result<(), String> {
        let (above, name) = split(&entry.path);
        let id = match name {
            b"" => ROOT,
            name => {
                let above = self.directory_or_add(above)?;
                self.find_or_add(above, name)?
            }
        };
        let mut attributes = Attributes {
            mode: u16::try_from(entry.mode & 0o7777).unwrap_or(0),
            uid: entry.uid,
            gid: entry.gid,
            modified: entry.modified,
        };
        let old = self.slot(id).what;
        // Removed first: a hard link cannot lead to what it replaces.
        if !(matches!(old, What::Directory { .. })
            && matches!(entry.kind, EntryKind::Directory { .. }))
        {
            self.slot_mut(id).what = What::Absent;
        }
        let what = match &entry.kind {
            EntryKind::Directory { xattrs } => {
                let xattrs = self.add_xattrs(xattrs)?;
                let directory = match old {
                    What::Directory { .. } => old,
                    _ => self.new_directory(id)?,
                };
                match directory {
                    What::Directory { number, first, .. } => {
                        What::Directory { number, first, xattrs }
                    }
                    other => other,
                }
            }
            EntryKind::File { size, contents: start } => {
                let kept = start.map_or(Ok(NONE), |start| self.add_kept(contents, start))?;
                What::File { size: *size, kept }
            }
            EntryKind::Link { target } => What::Link(self.add_text(target)?),
            EntryKind::HardLink { target } => {
                let (what, of_target) = self.hard_link(target)?;
                attributes = of_target;
                what
            }
            EntryKind::Other => What::Other,
            EntryKind::Whiteout | EntryKind::OpaqueWhiteout => What::Absent,
        };
        let slot = self.slot_mut(id);
        (slot.what, slot.attributes) = (what, attributes);
        self.touch(id);
        Ok(())
    }

    fn hard_link(&mut self, target: &[u8]) -> Result<(What, Attributes), String> {
        let (above, name) = split(target);
        let found = match self.directory(above) {
            Ok(above) => self.find(above, name),
            Err(Nowhere::Missing) => None,
            Err(Nowhere::Fault(reason)) => return Err(reason),
        };
        let slot = found.map(|id| self.slot(id));
        let quoted = || String::from_utf8_lossy(target).escape_debug().to_string();
        match slot.map(|slot| (slot.what, slot.attributes)) {
            None | Some((What::Absent, _)) => {
                Err(format!("hard link to `{}`, which does not exist", quoted()))
            }
            Some((What::Directory { .. }, _)) => {
                Err(format!("hard link to `{}`, which is a directory", quoted()))
            }
            Some(found) => Ok(found),
        }
    }

    /// Applies a whiteout.
    fn hide(&mut self, path: &[u8], cleared: &mut HashSet<u32>) -> Result<(), String> {
        let (above, name) = split(path);
        let Some(above) = self.existing(above)? else { return Ok(()) };
        if let Some(id) = self.find(above, name) {
            if self.slot(id).touched == self.layer {
                self.clear(id, cleared);
            } else {
                self.slot_mut(id).what = What::Absent;
            }
        }
        Ok(())
    }

    /// Applies an opaque whiteout.
    fn hide_contents(&mut self, path: &[u8], cleared: &mut HashSet<u32>) -> Result<(), String> {
        if let Some(id) = self.existing(path)? {
            self.clear(id, cleared);
        }
        Ok(())
    }

    fn existing(&mut self, path: &[u8]) -> Result<Option<SlotId>, String> {
        match self.directory(path) {
            Ok(id) => Ok(Some(id)),
            Err(Nowhere::Missing) => Ok(None),
            Err(Nowhere::Fault(reason)) => Err(reason),
        }
    }

    /// Removes what this layer has not touched from a directory, and from those in it that it has. Each
    /// directory is visited once in a layer: the second time there would be nothing to remove.
    fn clear(&mut self, id: SlotId, cleared: &mut HashSet<u32>) {
        let mut left = vec![id];
        while let Some(id) = left.pop() {
            let What::Directory { number, .. } = self.slot(id).what else { continue };
            if !cleared.insert(number) {
                continue;
            }
            let (touched, others): (Vec<SlotId>, Vec<SlotId>) =
                self.children(id).partition(|&child| self.slot(child).touched == self.layer);
            for child in others {
                self.slot_mut(child).what = What::Absent;
            }
            left.extend(touched);
        }
    }

    fn add_xattrs(&mut self, xattrs: &Xattrs<'_>) -> Result<u32, &'static str> {
        if xattrs.is_empty() {
            return Ok(NONE);
        }
        self.xattr_bytes +=
            xattrs.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        if self.xattr_bytes > MOST_XATTR_BYTES {
            return Err("too many extended attributes");
        }
        let owned = xattrs.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        self.xattrs.push(owned);
        u32::try_from(self.xattrs.len() - 1).map_err(|_| TOO_MANY)
    }

    fn add_kept(&mut self, contents: usize, start: u64) -> Result<u32, &'static str> {
        let contents = u32::try_from(contents).map_err(|_| TOO_MANY)?;
        self.kept.push((contents, start));
        u32::try_from(self.kept.len() - 1).map_err(|_| TOO_MANY)
    }
}

/// The path of the directory, and the name in it.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&[], path),
    }
}

/// How many bytes of paths may be resolved behind links in one layer: nothing that is not made for it
/// comes near.
const MOST_STEPS: u32 = 1 << 28;

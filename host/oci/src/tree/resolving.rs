//! Finds directories in a tree, through links as in a chroot.

use super::slots::{NONE, ROOT, SlotId, Slots, TOO_MANY, UNDESCRIBED, What};

/// Why a path leads nowhere.
pub(super) enum Nowhere {
    /// Nothing has one of its names, or something that is no directory has it.
    Missing,
    /// It can be resolved by nobody.
    Fault(String),
}

/// Where a path leads: as far as there are directories, and the names that follow.
struct Resolved {
    directory: SlotId,
    missing: Vec<Vec<u8>>,
}

impl Slots {
    /// The directory to which a path leads.
    pub(super) fn directory(&mut self, path: &[u8]) -> Result<SlotId, Nowhere> {
        let Resolved { directory, missing } = self.resolve(path)?;
        if missing.is_empty() { Ok(directory) } else { Err(Nowhere::Missing) }
    }

    /// The directory to which a path leads, made if need be, with those above it.
    pub(super) fn directory_or_add(&mut self, path: &[u8]) -> Result<SlotId, String> {
        let Resolved { mut directory, missing } =
            self.resolve(path).map_err(|nowhere| match nowhere {
                Nowhere::Missing => "its parent is not a directory".to_owned(),
                Nowhere::Fault(reason) => reason,
            })?;
        for name in missing {
            let id = self.find_or_add(directory, &name)?;
            let what = self.new_directory(id)?;
            let slot = self.slot_mut(id);
            (slot.what, slot.attributes) = (what, UNDESCRIBED);
            self.touch(id);
            directory = id;
        }
        Ok(directory)
    }

    /// The slot of a path, which is not resolved through links.
    pub(super) fn get(&self, path: &[u8]) -> Option<SlotId> {
        let names = path.split(|&byte| byte == b'/').filter(|name| !name.is_empty());
        let mut id = ROOT;
        for name in names {
            id = self.find(id, name)?;
        }
        (!matches!(self.slot(id).what, What::Absent)).then_some(id)
    }

    fn resolve(&mut self, path: &[u8]) -> Result<Resolved, Nowhere> {
        let mut directory = ROOT;
        let mut missing: Vec<Vec<u8>> = Vec::new();
        let mut links = 0;
        // What follows the target of the link that was met last.
        let mut target: Vec<u8>;
        let mut left = path;
        while !left.is_empty() {
            let end = left.iter().position(|&byte| byte == b'/').unwrap_or(left.len());
            let name = &left[..end];
            left = left.get(end + 1..).unwrap_or_default();
            match name {
                b"" | b"." => continue,
                b".." => {
                    if missing.pop().is_none() {
                        directory = self.parent(directory);
                    }
                    continue;
                }
                _ if !missing.is_empty() => {
                    missing.push(name.to_vec());
                    continue;
                }
                _ => {}
            }
            let found = self.find(directory, name).unwrap_or(NONE);
            match if found == NONE { What::Absent } else { self.slot(found).what } {
                What::Absent => missing.push(name.to_vec()),
                What::Directory { .. } => directory = found,
                What::Link(text) => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(Nowhere::Fault("too many levels of symbolic links".to_owned()));
                    }
                    target = [self.text(text), b"/", left].concat();
                    let names = u32::try_from(target.len()).unwrap_or(u32::MAX);
                    self.steps = self
                        .steps
                        .checked_sub(names)
                        .ok_or_else(|| Nowhere::Fault(TOO_MANY.to_owned()))?;
                    if target.starts_with(b"/") {
                        directory = ROOT;
                    }
                    left = &target;
                }
                What::File { .. } | What::Other => return Err(Nowhere::Missing),
            }
        }
        Ok(Resolved { directory, missing })
    }
}

/// How many links a path may lead through, as on Linux.
const MOST_LINKS: u32 = 40;

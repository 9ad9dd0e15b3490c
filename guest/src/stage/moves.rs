//! The moves of a stage: what is done, what undoes it, and how a directory is moved that the system
//! does not rename.
//!
//! A rename is one call, and most file systems do nothing else. Some refuse it for a directory, with
//! `EXDEV`: an overlay does for each directory that comes from a lower layer. Then the directory is
//! made on the other side, and what is in it is moved name by name. Directories that were emptied in
//! this way stay where they are until `remove_emptied`, so that `undo` fills the same ones again, with
//! the mode and the owner that they had.
//!
//! A metadata directory is no longer one or the other then, but in parts on both sides. Its `METADATA`
//! decides, without which it is not an installed distribution: it is the first to go and the last to
//! come. `RECORD` is on one of both sides at any moment.

use crate::directory::{Directory, Failure, Kind, Listing};
use std::rc::Rc;

/// The file without which a metadata directory is none.
pub(crate) const DECISIVE: &str = "METADATA";

/// What was done, in order.
pub(super) struct Moves {
    directory: Rc<dyn Directory>,
    done: Vec<Move>,
    /// The directories that were emptied, what is inside before what it is in.
    emptied: Vec<String>,
}

enum Move {
    /// Something got another name.
    Renamed { from: String, to: String },
    /// A directory was made, to be filled.
    Made(String),
    /// A directory that was emptied was removed.
    Removed(String),
}

/// Which way a move goes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// Out of its place.
    Out,
    /// To its place.
    In,
}

impl Moves {
    pub(super) fn new(directory: Rc<dyn Directory>) -> Moves {
        Moves { directory, done: Vec::new(), emptied: Vec::new() }
    }

    /// Gives something another name, which is free.
    pub(super) fn rename(&mut self, from: &str, to: &str, way: Way) -> Result<(), Failure> {
        match self.directory.rename(from, to) {
            Ok(()) => {
                self.done.push(Move::Renamed { from: from.to_owned(), to: to.to_owned() });
                Ok(())
            }
            Err(failure) if failure.may_cross_devices() && self.is_directory(from)? => {
                self.move_contents(from, to, way)
            }
            Err(failure) => Err(failure),
        }
    }

    fn move_contents(&mut self, from: &str, to: &str, way: Way) -> Result<(), Failure> {
        let Listing { named: mut names, nameless } = self.directory.list(from)?;
        if nameless > 0 {
            let reason = "illegal-byte-sequence".to_owned();
            return Err(Failure { operation: "move", path: from.to_owned(), reason });
        }
        self.directory.create_directory(to)?;
        self.done.push(Move::Made(to.to_owned()));
        // What decides is false and true: the first of a sorted list is false.
        names.sort_by_key(|(name, _)| ((name == DECISIVE) == (way == Way::In), name.clone()));
        for (name, _) in names {
            self.rename(&format!("{from}/{name}"), &format!("{to}/{name}"), way)?;
        }
        self.emptied.push(from.to_owned());
        Ok(())
    }

    /// Removes the directories that were emptied, for others to take their places.
    pub(super) fn remove_emptied(&mut self) -> Result<(), Failure> {
        for path in std::mem::take(&mut self.emptied) {
            self.directory.remove_directory(&path)?;
            self.done.push(Move::Removed(path));
        }
        Ok(())
    }

    /// Undoes all of it, the last first. Goes as far as it gets; returns whether that was all.
    pub(super) fn undo(&self) -> bool {
        let mut is_undone = true;
        for step in self.done.iter().rev() {
            let undone = match step {
                Move::Renamed { from, to } => self.directory.rename(to, from),
                Move::Made(path) => self.directory.remove_directory(path),
                Move::Removed(path) => self.directory.create_directory(path),
            };
            is_undone &= undone.is_ok();
        }
        is_undone
    }

    fn is_directory(&self, path: &str) -> Result<bool, Failure> {
        Ok(self.directory.kind(path)? == Some(Kind::Directory))
    }
}

//! The moves of a stage, how they are undone, and how a directory is moved that the system refuses
//! to rename.
//!
//! Usually a move is a single rename. Some file systems refuse to rename a directory, with `EXDEV`:
//! an overlay refuses it for every directory of a lower layer. Then the directory is created on the
//! other side, and its contents are moved name by name. The emptied directories stay until
//! `remove_emptied`, so that `undo` fills the same ones again, with their mode and owner.
//!
//! A metadata directory is then temporarily split between both sides. Its `METADATA` decides:
//! without it, the directory is not an installed distribution. So `METADATA` is moved out first and
//! moved in last. `RECORD` is on one of the two sides at any moment.

use crate::bindings::ensurepip::bootstrap::types::Operation;
use crate::directory::{Directory, Failure, Kind, Listing};
use std::rc::Rc;

/// The file that makes a metadata directory an installed distribution.
pub(crate) const DECISIVE: &str = "METADATA";

/// The completed moves, in order.
pub(super) struct Moves {
    directory: Rc<dyn Directory>,
    done: Vec<Move>,
    /// The emptied directories, inner ones before outer ones.
    emptied: Vec<String>,
}

enum Move {
    /// Something was renamed.
    Renamed { from: String, to: String },
    /// A directory was created, to be filled.
    Made(String),
    /// An emptied directory was removed.
    Removed(String),
}

/// The direction of a move.
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

    /// Renames something. The new name is free.
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
            return Err(Failure { operation: Operation::Move, path: from.to_owned(), reason });
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

    /// Removes the emptied directories, so that their names are free.
    pub(super) fn remove_emptied(&mut self) -> Result<(), Failure> {
        for path in std::mem::take(&mut self.emptied) {
            self.directory.remove_directory(&path)?;
            self.done.push(Move::Removed(path));
        }
        Ok(())
    }

    /// Undoes all moves, in reverse order. Continues after errors; returns whether everything was
    /// undone.
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

//! Stages files beside their final places, and moves them there.
//!
//! Each granted directory has one stage: a directory in it that no Python and no installer looks
//! into. Each run has its own place there, with two sides. Files are written to `new` and renamed
//! to their final names, whole directories at a time if nothing is in the way. Whatever is removed
//! is moved to `old`. So no rename ever replaces anything, and every move can be undone until the
//! stage is removed.
//!
//! `old` is created when the moves begin. If it exists, both sides describe files in their final
//! places and are kept until a run completes; `left` finds them. If it does not exist, nothing was
//! moved, and the place can be removed at any time.

mod moves;
mod remains;

use crate::bindings::ensurepip::bootstrap::types::{Error, Operation, Role};
use crate::directory::{Directory, Failure, Kind, remove_tree};
use crate::entry_path::EntryPath;
use crate::file_data::Data;
pub(crate) use moves::DECISIVE;
use moves::{Moves, Way};
use remains::prepare;
pub(crate) use remains::{Left, left, sweep};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The name of a stage. Hosts know it too: they remove what a stopped component has left.
const STAGE: &str = ".ensurepip-host-stage";

/// The side of a run's place for new files.
const NEW: &str = "new";

/// The side for files that are moved out.
const OLD: &str = "old";

/// The stage of one granted directory.
pub(crate) struct Stage {
    role: Role,
    directory: Rc<dyn Directory>,
    /// The place of this run, and the path of its `new` side.
    place: String,
    new: String,
    /// The directories created in it, by path in the granted directory.
    made: BTreeSet<String>,
    /// The top-level names of what is new.
    tops: BTreeSet<String>,
    moves: Moves,
    executables: Vec<String>,
    removed: u32,
}

impl Stage {
    /// Creates an empty place in the stage, beside those of interrupted runs that had begun to move
    /// files.
    pub(crate) fn begin(role: Role, directory: Rc<dyn Directory>) -> Result<Stage, Error> {
        let failed = |failure: Failure| failure.of(role);
        let taken = prepare(&*directory).map_err(failed)?;
        let mut numbers = (0..).map(|number: usize| number.to_string());
        let name = numbers.find(|number| !taken.contains(number)).expect("numbers do not end");
        let place = format!("{STAGE}/{name}");
        let new = format!("{place}/{NEW}");
        let mut stage = Stage {
            role,
            directory: Rc::clone(&directory),
            place: place.clone(),
            new: new.clone(),
            made: BTreeSet::new(),
            tops: BTreeSet::new(),
            moves: Moves::new(directory),
            executables: Vec::new(),
            removed: 0,
        };
        match stage.make(&place).and_then(|()| stage.make(&new)) {
            Ok(()) => Ok(stage),
            Err(failure) => {
                stage.undo();
                Err(failed(failure))
            }
        }
    }

    /// Marks the beginning of the moves: from now on, this place matters to the next run.
    pub(crate) fn begin_moves(&mut self) -> Result<(), Error> {
        let old = format!("{}/{OLD}", self.place);
        self.make(&old).map_err(|failure| failure.of(self.role))
    }

    /// Closes the handles that are kept open.
    pub(crate) fn close_cached(&self) {
        self.directory.close_cached();
    }

    /// Its role.
    pub(crate) fn role(&self) -> Role {
        self.role
    }

    /// The path of the `new` side, in the granted directory.
    pub(crate) fn path(&self) -> &str {
        &self.new
    }

    /// The files to make executable, by path below `path()`.
    pub(crate) fn executables(&self) -> &[String] {
        &self.executables
    }

    /// How many files were moved out of their places.
    pub(crate) fn removed(&self) -> u32 {
        self.removed
    }

    /// Writes a file.
    pub(crate) fn write(
        &mut self,
        path: &EntryPath,
        data: &Data,
        modified: u64,
    ) -> Result<(), Error> {
        let staged = self.make_room(path)?;
        let written = self.directory.create_file(&staged, data, modified);
        written.map_err(|reason| reason.of(self.role))?;
        self.note(path);
        Ok(())
    }

    /// Creates the parent directories of a file that another instance may write. Returns the file's
    /// path in the granted directory.
    pub(crate) fn make_room(&mut self, path: &EntryPath) -> Result<String, Error> {
        let staged = path.below(&self.new);
        self.make_parents(&staged).map_err(|failure| failure.of(self.role))?;
        Ok(staged)
    }

    /// Notes that a file was written, or is about to be.
    pub(crate) fn note(&mut self, path: &EntryPath) {
        self.tops.insert(path.split_first().0.to_owned());
    }

    /// Notes that a file has to be executable.
    pub(crate) fn mark_executable(&mut self, path: &EntryPath) {
        self.executables.push(path.as_str().to_owned());
    }

    /// Moves a file, or a directory with this many, out of its place.
    pub(crate) fn take_out(&mut self, path: &str, files: u32) -> Result<(), Error> {
        let away = format!("{}/{OLD}/{path}", self.place);
        let made = self.make_parents(&away);
        // What is to go is what it is about, and not where it goes.
        let about =
            |failure| Failure { operation: Operation::Move, path: path.to_owned(), ..failure };
        let moved = made.and_then(|()| self.moves.rename(path, &away, Way::Out).map_err(about));
        moved.map_err(|failure| failure.of(self.role))?;
        self.removed = self.removed.saturating_add(files);
        Ok(())
    }

    /// Removes the emptied directories that the system refused to rename. To be called when
    /// everything is moved out, and before anything new is moved in.
    pub(crate) fn remove_emptied(&mut self) -> Result<(), Error> {
        self.moves.remove_emptied().map_err(|failure| failure.of(self.role))
    }

    /// Moves everything to its final place, except for these top-level names.
    pub(crate) fn commit_all_but(&mut self, last: &BTreeSet<&str>) -> Result<(), Error> {
        for top in self.tops.clone() {
            if !last.contains(top.as_str()) {
                self.commit(&top)?;
            }
        }
        Ok(())
    }

    /// Moves one top-level name to its final place.
    pub(crate) fn commit(&mut self, top: &str) -> Result<(), Error> {
        let staged = format!("{}/{top}", self.new);
        self.move_to(&staged, top)
    }

    /// Moves a file or directory to its final place. Merges into an existing directory; moves an
    /// existing file out of the way.
    fn move_to(&mut self, from: &str, to: &str) -> Result<(), Error> {
        let role = self.role;
        let failed = |failure: Failure| failure.of(role);
        let Some(there) = self.directory.kind(to).map_err(failed)? else {
            return self.moves.rename(from, to, Way::In).map_err(failed);
        };
        match (self.directory.kind(from).map_err(failed)?, there) {
            (Some(Kind::Directory), Kind::Directory) => {
                let mut names = self.directory.list(from).map_err(failed)?.named;
                names.sort_by(|left, right| left.0.cmp(&right.0));
                for (name, _) in names {
                    self.move_to(&format!("{from}/{name}"), &format!("{to}/{name}"))?;
                }
                Ok(())
            }
            (Some(Kind::Other), Kind::Other) => {
                self.take_out(to, 1)?;
                self.moves.rename(from, to, Way::In).map_err(failed)
            }
            _ => Err(Error::Occupied((role, to.to_owned()))),
        }
    }

    /// Creates the directories of the stage that a path in it needs, outermost first.
    fn make_parents(&mut self, path: &str) -> Result<(), Failure> {
        let is_made = path.rsplit_once('/').is_some_and(|(parent, _)| self.made.contains(parent));
        if is_made {
            return Ok(());
        }
        // The first one is the stage itself.
        for (end, _) in path.match_indices('/').skip(1) {
            self.make(&path[..end])?;
        }
        Ok(())
    }

    fn make(&mut self, path: &str) -> Result<(), Failure> {
        if !self.made.contains(path) {
            self.directory.create_directory(path)?;
            self.made.insert(path.to_owned());
        }
        Ok(())
    }

    /// Moves everything back, in reverse order, and removes this run's place. Continues after
    /// errors: the failure that led here is the one to report.
    pub(crate) fn undo(self) {
        // What cannot be moved back has its only copy there.
        if self.moves.undo() && remove_tree(&*self.directory, &self.place).is_ok() {
            // It stays if an interrupted run has its place there.
            let _ = self.directory.remove_directory(STAGE);
        }
    }
}

/// Whether a top-level name of a granted directory is that of a stage, ignoring case. No other file
/// may have such a name.
pub(crate) fn is_stage(name: &str) -> bool {
    name.to_lowercase() == STAGE
}

/// Checks that a file can have its final place: each of its parents is a directory or does not
/// exist, and the place itself is a file, which is moved out, or does not exist. `free` has the
/// names that were found free, and those that removals will free.
pub(crate) fn check_place(
    role: Role,
    directory: &dyn Directory,
    path: &EntryPath,
    free: &mut BTreeSet<String>,
) -> Result<(), Error> {
    if is_stage(path.split_first().0) {
        return Err(Error::Occupied((role, STAGE.to_owned())));
    }
    let path = path.as_str();
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    for end in ends {
        let name = &path[..end];
        if free.contains(name) {
            return Ok(());
        }
        match (directory.kind(name).map_err(|failure| failure.of(role))?, end < path.len()) {
            (None, _) => {
                free.insert(name.to_owned());
                return Ok(());
            }
            (Some(Kind::Directory), true) | (Some(Kind::Other), false) => {}
            _ => return Err(Error::Occupied((role, name.to_owned()))),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

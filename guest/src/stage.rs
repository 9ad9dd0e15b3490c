//! Writing beside the final place, and the move to it.
//!
//! Each granted directory has one stage: a directory in it, which no Python and no installer
//! looks into. Files are written to its one side, and get their final names by renaming, whole
//! directories at a time where nothing is in the way. What is to go is moved to its other side. So
//! nothing is ever replaced by a rename, and every move can be undone until the stage is removed.

use crate::bindings::ensurepip::bootstrap::types::{Error, Role};
use crate::directory::{Directory, Failure, Kind, remove_tree};
use crate::entry_path::EntryPath;
use std::collections::BTreeSet;

/// The name of a stage. Hosts know it too: they remove what a component that was stopped left.
const STAGE: &str = ".ensurepip-host-stage";

/// Its one side: what is to come.
const NEW: &str = ".ensurepip-host-stage/new";

/// Its other side: what is to go.
pub(crate) const OLD: &str = ".ensurepip-host-stage/old";

/// The stage of one granted directory.
pub(crate) struct Stage<'host> {
    role: Role,
    directory: &'host dyn Directory,
    /// The directories made in it, by path in the granted directory.
    made: BTreeSet<String>,
    /// The names at the top of what is new.
    tops: BTreeSet<String>,
    /// What was moved, in order: former path, present path.
    moved: Vec<(String, String)>,
    written: Vec<String>,
    executables: Vec<String>,
    removed: u32,
}

impl<'host> Stage<'host> {
    /// Makes an empty stage, in place of one that an interrupted run left.
    pub(crate) fn begin(role: Role, directory: &'host dyn Directory) -> Result<Self, Error> {
        let failed = |failure: Failure| failure.of(role);
        remove_tree(directory, STAGE).map_err(failed)?;
        directory.create_directory(STAGE).map_err(failed)?;
        let mut stage = Stage {
            role,
            directory,
            made: BTreeSet::new(),
            tops: BTreeSet::new(),
            moved: Vec::new(),
            written: Vec::new(),
            executables: Vec::new(),
            removed: 0,
        };
        match stage.make(NEW) {
            Ok(()) => Ok(stage),
            Err(failure) => {
                stage.undo();
                Err(failed(failure))
            }
        }
    }

    /// Its role.
    pub(crate) fn role(&self) -> Role {
        self.role
    }

    /// The path of what is new, in the granted directory.
    pub(crate) fn path() -> &'static str {
        NEW
    }

    /// The files that were written, by path below that.
    pub(crate) fn written(&self) -> &[String] {
        &self.written
    }

    /// The files to be executable, by path below that.
    pub(crate) fn executables(&self) -> &[String] {
        &self.executables
    }

    /// How many files were taken out of their places.
    pub(crate) fn removed(&self) -> u32 {
        self.removed
    }

    /// Writes a file.
    pub(crate) fn write(
        &mut self,
        path: &EntryPath,
        contents: &[u8],
        modified: u64,
    ) -> Result<(), Error> {
        let staged = path.below(NEW);
        let made = self.make_parents(&staged);
        let written = made.and_then(|()| self.directory.create_file(&staged, contents, modified));
        written.map_err(|failure| failure.of(self.role))?;
        self.tops.insert(path.split_first().0.to_owned());
        self.written.push(path.as_str().to_owned());
        Ok(())
    }

    /// Notes that a file is to be executable.
    pub(crate) fn mark_executable(&mut self, path: &EntryPath) {
        self.executables.push(path.as_str().to_owned());
    }

    /// Takes a file, or a directory with this many, out of its place.
    pub(crate) fn take_out(&mut self, path: &str, files: u32) -> Result<(), Error> {
        let away = format!("{OLD}/{path}");
        let made = self.make_parents(&away);
        let moved = made.and_then(|()| self.rename(path, &away));
        moved.map_err(|failure| failure.of(self.role))?;
        self.removed = self.removed.saturating_add(files);
        Ok(())
    }

    /// Moves everything but one top name to its final place.
    pub(crate) fn commit_all_but(&mut self, last: Option<&str>) -> Result<(), Error> {
        for top in self.tops.clone() {
            if last != Some(top.as_str()) {
                self.commit(&top)?;
            }
        }
        Ok(())
    }

    /// Moves one top name to its final place.
    pub(crate) fn commit(&mut self, top: &str) -> Result<(), Error> {
        self.move_to(&format!("{NEW}/{top}"), top)
    }

    /// Moves a file or directory to its final place. Of what is there already, directories are
    /// merged into, and files make room.
    fn move_to(&mut self, from: &str, to: &str) -> Result<(), Error> {
        let role = self.role;
        let failed = |failure: Failure| failure.of(role);
        let Some(there) = self.directory.kind(to).map_err(failed)? else {
            return self.rename(from, to).map_err(failed);
        };
        match (self.directory.kind(from).map_err(failed)?, there) {
            (Some(Kind::Directory), Kind::Directory) => {
                let mut names = self.directory.list(from).map_err(failed)?;
                names.sort_by(|left, right| left.0.cmp(&right.0));
                for (name, _) in names {
                    self.move_to(&format!("{from}/{name}"), &format!("{to}/{name}"))?;
                }
                Ok(())
            }
            (Some(Kind::Other), Kind::Other) => {
                self.take_out(to, 1)?;
                self.rename(from, to).map_err(failed)
            }
            _ => Err(Error::Occupied((role, to.to_owned()))),
        }
    }

    /// Gives something another name, which is free.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), Failure> {
        self.directory.rename(from, to)?;
        self.moved.push((from.to_owned(), to.to_owned()));
        Ok(())
    }

    /// Makes the directories of the stage that a path in it needs, the outermost first.
    fn make_parents(&mut self, path: &str) -> Result<(), Failure> {
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

    /// Moves everything back, the last first, and removes the stage. Goes as far as it gets: the
    /// failure that led here is the one to tell.
    pub(crate) fn undo(self) {
        let mut is_undone = true;
        for (from, to) in self.moved.iter().rev() {
            is_undone &= self.directory.rename(to, from).is_ok();
        }
        // What cannot be moved back has its only copy in the stage.
        if is_undone {
            self.finish();
        }
    }

    /// Removes the stage, with what was taken out. Everything is in its place by now, so that a
    /// failure here is no reason to call the installation failed.
    pub(crate) fn finish(self) {
        let _ = remove_tree(self.directory, STAGE);
    }
}

/// Whether a name at the top of a granted directory is that of a stage. Nothing else can be called
/// so, in whatever case.
pub(crate) fn is_stage(name: &str) -> bool {
    name.to_lowercase() == STAGE
}

/// Checks that a file can have its final place: the first of its names that is taken must be a
/// directory, and so on down; a file in its very place makes room. `free` remembers the names that
/// were found free, and has those that will be.
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

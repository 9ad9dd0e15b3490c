//! Writing beside the final place, and the move to it.
//!
//! Each granted directory has one stage: a directory in it, which no Python and no installer
//! looks into. Files are written there, and get their final names by renaming, whole directories
//! at a time where nothing is in the way. Nothing is ever replaced.

use crate::bindings::ensurepip::bootstrap::types::{Error, Role};
use crate::directory::{Directory, Failure, Kind, remove_tree};
use crate::entry_path::EntryPath;
use std::collections::BTreeSet;

/// The name of a stage. Hosts know it too: they remove what a component that was stopped left.
const STAGE: &str = ".ensurepip-host-stage";

/// The stage of one granted directory.
pub(crate) struct Stage<'host> {
    role: Role,
    directory: &'host dyn Directory,
    /// The directories made in it, by path in the granted directory.
    made: BTreeSet<String>,
    /// The names at its top.
    tops: BTreeSet<String>,
    /// What was moved out of it, in order: path in the stage, final path.
    moved: Vec<(String, String)>,
    executables: Vec<String>,
}

impl<'host> Stage<'host> {
    /// Makes an empty stage, in place of one that an interrupted run left.
    pub(crate) fn begin(role: Role, directory: &'host dyn Directory) -> Result<Self, Error> {
        remove_tree(directory, STAGE).map_err(|failure| failure.of(role))?;
        directory.create_directory(STAGE).map_err(|failure| failure.of(role))?;
        let (made, tops) = (BTreeSet::new(), BTreeSet::new());
        Ok(Stage { role, directory, made, tops, moved: Vec::new(), executables: Vec::new() })
    }

    /// Its role.
    pub(crate) fn role(&self) -> Role {
        self.role
    }

    /// The path of the stage in its granted directory.
    pub(crate) fn path() -> &'static str {
        STAGE
    }

    /// The files to be executable, by path in the stage.
    pub(crate) fn executables(&self) -> &[String] {
        &self.executables
    }

    /// Writes a file.
    pub(crate) fn write(
        &mut self,
        path: &EntryPath,
        contents: &[u8],
        modified: u64,
    ) -> Result<(), Error> {
        let staged = path.below(STAGE);
        let mut write = || -> Result<(), Failure> {
            // Make the parents that are missing, the outermost first.
            for (end, _) in staged.match_indices('/').skip(1) {
                let parent = &staged[..end];
                if !self.made.contains(parent) {
                    self.directory.create_directory(parent)?;
                    self.made.insert(parent.to_owned());
                }
            }
            self.directory.create_file(&staged, contents, modified)
        };
        write().map_err(|failure| failure.of(self.role))?;
        self.tops.insert(path.split_first().0.to_owned());
        Ok(())
    }

    /// Notes that a file is to be executable.
    pub(crate) fn mark_executable(&mut self, path: &EntryPath) {
        self.executables.push(path.as_str().to_owned());
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
        self.move_to(&format!("{STAGE}/{top}"), top)
    }

    fn move_to(&mut self, from: &str, to: &str) -> Result<(), Error> {
        let failed = |failure: Failure| failure.of(self.role);
        match self.directory.kind(to).map_err(failed)? {
            None => {
                self.directory.rename(from, to).map_err(failed)?;
                self.moved.push((from.to_owned(), to.to_owned()));
                Ok(())
            }
            Some(Kind::Directory)
                if self.directory.kind(from).map_err(failed)? == Some(Kind::Directory) =>
            {
                let mut names = self.directory.list(from).map_err(failed)?;
                names.sort_by(|left, right| left.0.cmp(&right.0));
                for (name, _) in names {
                    self.move_to(&format!("{from}/{name}"), &format!("{to}/{name}"))?;
                }
                Ok(())
            }
            Some(_) => Err(Error::Occupied((self.role, to.to_owned()))),
        }
    }

    /// Moves everything back, the last first, and removes the stage. Goes as far as it gets: the
    /// failure that led here is the one to tell.
    pub(crate) fn undo(self) {
        for (from, to) in self.moved.iter().rev() {
            let _ = self.directory.rename(to, from);
        }
        let _ = remove_tree(self.directory, STAGE);
    }

    /// Removes the stage, which is empty but for directories. Everything is in its place by now, so
    /// that a failure here is no reason to call the installation failed.
    pub(crate) fn finish(self) {
        let _ = remove_tree(self.directory, STAGE);
    }
}

/// Checks that a file can have its final place: the first of its names that is taken must be a
/// directory, and so on down. `free` remembers the names that were found free.
pub(crate) fn check_free(
    role: Role,
    directory: &dyn Directory,
    path: &EntryPath,
    free: &mut BTreeSet<String>,
) -> Result<(), Error> {
    // What the stage is called, in whatever case, nothing else can be.
    if path.split_first().0.to_lowercase() == STAGE {
        return Err(Error::Occupied((role, STAGE.to_owned())));
    }
    let path = path.as_str();
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    for end in ends {
        let name = &path[..end];
        if free.contains(name) {
            return Ok(());
        }
        match directory.kind(name).map_err(|failure| failure.of(role))? {
            None => {
                free.insert(name.to_owned());
                return Ok(());
            }
            Some(Kind::Directory) if end < path.len() => {}
            Some(_) => return Err(Error::Occupied((role, name.to_owned()))),
        }
    }
    Ok(())
}

//! What runs leave in a stage, and what of it the next run needs.
//!
//! A place without `old` is of a run that had moved nothing, and can be removed at any time. In one
//! with `old`, the metadata on both sides states what has to be completed or undone.

use super::{NEW, OLD, STAGE};
use crate::directory::{Directory, Failure, Kind, NOT_EMPTY, remove_tree};
use crate::wheel_name::canonical_name;
use std::collections::BTreeSet;

/// The suffix of metadata directories.
const METADATA: &str = ".dist-info";

/// Removes what runs have left in a stage of these projects, which are in their places by then, so
/// that a failure here does not fail the run. Metadata of other projects stays: the next run that
/// installs or removes them needs it.
pub(crate) fn sweep(directory: &dyn Directory, projects: &[String]) {
    let remove = || -> Result<(), Failure> {
        if directory.kind(STAGE)? != Some(Kind::Directory) {
            return remove_tree(directory, STAGE);
        }
        let projects: BTreeSet<String> = projects.iter().map(|name| canonical_name(name)).collect();
        let mut places = Vec::new();
        for (name, kind) in directory.list(STAGE)?.named {
            let place = format!("{STAGE}/{name}");
            let is_needed = kind == Kind::Directory && has_others(directory, &place, &projects)?;
            places.push((place, is_needed));
        }
        // These first: without them, nothing else counts. Otherwise a run that is stopped here
        // could leave what was taken out without what came in its place.
        for (place, is_needed) in &places {
            // A failure does not stop the removal of the others.
            let _ = remove_side(directory, &format!("{place}/{OLD}"), *is_needed, &projects);
        }
        for (place, is_needed) in &places {
            let _ = if *is_needed {
                remove_side(directory, &format!("{place}/{NEW}"), true, &projects)
            } else {
                remove_tree(directory, place)
            };
        }
        // It stays if there is a place in it.
        directory.remove_directory(STAGE)
    };
    let _ = remove();
}

/// Whether a run that had begun to move files has left metadata of other projects in its place.
fn has_others(
    directory: &dyn Directory,
    place: &str,
    projects: &BTreeSet<String>,
) -> Result<bool, Failure> {
    if !has_moved(directory, place)? {
        return Ok(false);
    }
    for side in [OLD, NEW] {
        let names = list_side(directory, &format!("{place}/{side}"))?;
        if names.iter().any(|name| is_of_other(name, projects)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes one side of a place: all of it, or all but the metadata of other projects.
fn remove_side(
    directory: &dyn Directory,
    side: &str,
    is_needed: bool,
    projects: &BTreeSet<String>,
) -> Result<(), Failure> {
    if !is_needed {
        return remove_tree(directory, side);
    }
    for entry in list_side(directory, side)? {
        if !is_of_other(&entry, projects) {
            remove_tree(directory, &format!("{side}/{}", entry.0))?;
        }
    }
    Ok(())
}

/// Whether an entry is the metadata directory of another project than these.
fn is_of_other((name, kind): &(String, Kind), projects: &BTreeSet<String>) -> bool {
    let project = name.strip_suffix(METADATA).and_then(|stem| stem.split('-').next());
    *kind == Kind::Directory
        && project.is_some_and(|project| !projects.contains(&canonical_name(project)))
}

/// Makes sure that the stage exists and contains only the places of runs that had begun to move
/// files: what they moved out, and the metadata of what they were about to install. Returns the
/// names of these places.
pub(super) fn prepare(directory: &dyn Directory) -> Result<BTreeSet<String>, Failure> {
    let mut kept = BTreeSet::new();
    if directory.kind(STAGE)? != Some(Kind::Directory) {
        remove_tree(directory, STAGE)?;
        directory.create_directory(STAGE)?;
        return Ok(kept);
    }
    for (name, kind) in directory.list(STAGE)?.named {
        let place = format!("{STAGE}/{name}");
        if kind != Kind::Directory {
            directory.remove_file(&place)?;
        } else if !has_moved(directory, &place)? {
            match remove_tree(directory, &place) {
                // An entry without a name here stays, and so does this place. Another one is free.
                Err(failure) if failure.reason == NOT_EMPTY => {
                    kept.insert(name);
                }
                removed => removed?,
            }
        } else {
            let new = format!("{place}/{NEW}");
            for (top, kind) in list_side(directory, &new)? {
                if kind != Kind::Directory || !top.ends_with(METADATA) {
                    remove_tree(directory, &format!("{new}/{top}"))?;
                }
            }
            kept.insert(name);
        }
    }
    Ok(kept)
}

/// What interrupted runs have left in their places, provided that they had begun to move files.
#[derive(Default)]
pub(crate) struct Left {
    /// What they have moved out: the paths of these sides, with their contents.
    pub(crate) taken: Vec<Side>,
    /// What they were about to install.
    pub(crate) coming: Vec<Side>,
}

impl Left {
    /// Whether any side contains a directory of this name.
    pub(crate) fn has_directory(&self, name: &str) -> bool {
        let mut found = self.taken.iter().chain(&self.coming).flat_map(|(_, names)| names);
        found.any(|(found, kind)| found == name && *kind == Kind::Directory)
    }
}

/// A side of a place: its path and its contents.
pub(crate) type Side = (String, Vec<(String, Kind)>);

/// Finds what interrupted runs have left, if a directory with these names has a stage.
///
/// Lists directories instead of looking up paths, so that nothing behind a link counts.
pub(crate) fn left(directory: &dyn Directory, names: &[(String, Kind)]) -> Result<Left, Failure> {
    let mut left = Left::default();
    if !names.iter().any(|(name, kind)| name == STAGE && *kind == Kind::Directory) {
        return Ok(left);
    }
    let mut places = directory.list(STAGE)?.named;
    places.sort_by(|one, other| one.0.cmp(&other.0));
    for (name, kind) in places {
        let place = format!("{STAGE}/{name}");
        if kind == Kind::Directory && has_moved(directory, &place)? {
            for (side, sides) in [(OLD, &mut left.taken), (NEW, &mut left.coming)] {
                let path = format!("{place}/{side}");
                let found = list_side(directory, &path)?;
                sides.push((path, found));
            }
        }
    }
    Ok(left)
}

/// Whether the run of this place had begun to move files.
fn has_moved(directory: &dyn Directory, place: &str) -> Result<bool, Failure> {
    let sides = directory.list(place)?.named;
    Ok(sides.iter().any(|(name, kind)| name == OLD && *kind == Kind::Directory))
}

/// Lists a side of a place. Empty if it is not a directory.
fn list_side(directory: &dyn Directory, path: &str) -> Result<Vec<(String, Kind)>, Failure> {
    match directory.kind(path)? {
        Some(Kind::Directory) => Ok(directory.list(path)?.named),
        _ => Ok(Vec::new()),
    }
}

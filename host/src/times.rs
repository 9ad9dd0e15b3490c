//! Modification times of directories, which the system sets to the moment of the run.
//!
//! What is made gets the time of what is in it. Below a root, what was there before gets its former
//! time back, so that the same inputs give the same image; elsewhere a running Python may go by it.

use crate::platform;
use cap_fs_ext::DirExt as _;
use cap_std::fs::Dir;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::{Duration, SystemTime};

/// The times that directories below another one have before a run, by path; the empty path is that
/// directory itself.
pub(crate) struct Times {
    before: BTreeMap<String, SystemTime>,
}

impl Times {
    /// Notes the times of the directories that files of these paths are in, and of their bytecode.
    pub(crate) fn of<'path>(directory: &Dir, files: impl IntoIterator<Item = &'path str>) -> Times {
        let mut before = BTreeMap::new();
        for path in directories(files) {
            for path in [format!("{path}/__pycache__"), path] {
                if let Some(time) = open(directory, &path).and_then(|found| time_of(&found)) {
                    before.insert(path, time);
                }
            }
        }
        Times { before }
    }

    /// Sets the times of the directories that files of these paths are in: this one, in seconds
    /// since 1970, for what is new, and the former ones for what is not if they are to be kept.
    pub(crate) fn settle<'path>(
        &self,
        directory: &Dir,
        files: impl IntoIterator<Item = &'path str>,
        modified: u64,
        keep: bool,
    ) -> io::Result<()> {
        let new = moment(modified)?;
        let mut paths = directories(files);
        if keep {
            // Those from which something was taken may have no new file in them.
            paths.extend(self.before.keys().cloned());
        }
        let mut settled = Ok(());
        for path in paths {
            let time = match self.before.get(&path) {
                Some(former) if keep => *former,
                Some(_) => continue,
                None => new,
            };
            if let Some(found) = open(directory, &path) {
                // Each as far as it goes: one that is somebody else's keeps no other from its time.
                settled = settled.and(platform::set_directory_time(&found, time));
            }
        }
        settled
    }
}

/// The time so many seconds after the beginning of 1970. Fails if the system cannot express it.
pub(crate) fn moment(seconds: u64) -> io::Result<SystemTime> {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    time.ok_or_else(|| io::Error::other(format!("{seconds} seconds since 1970 are too many")))
}

/// The time of an open directory.
pub(crate) fn time_of(directory: &Dir) -> Option<SystemTime> {
    Some(directory.dir_metadata().ok()?.modified().ok()?.into_std())
}

/// All directories that files of these paths are in, up to the one that the paths begin at.
fn directories<'path>(files: impl IntoIterator<Item = &'path str>) -> BTreeSet<String> {
    let mut found = BTreeSet::from([String::new()]);
    for path in files {
        found.extend(path.match_indices('/').map(|(end, _)| path[..end].to_owned()));
    }
    found
}

/// Opens a directory below another one, without following links. None if there is none.
fn open(directory: &Dir, path: &str) -> Option<Dir> {
    let mut current = directory.try_clone().ok()?;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        current = current.open_dir_nofollow(name).ok()?;
    }
    Some(current)
}

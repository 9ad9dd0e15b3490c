//! Modification times of directories, which the system sets to the time of the run.
//!
//! New directories get the time of their contents. Below a root, existing directories get their
//! former time back, so that the same inputs give the same image; elsewhere a running Python may
//! depend on the change.

use crate::platform;
use crate::walk::Walk;
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
    /// Records the times of the directories that contain files of these paths, and of their
    /// `__pycache__`.
    pub(crate) fn of<'path>(directory: &Dir, files: impl IntoIterator<Item = &'path str>) -> Times {
        let (mut before, mut walk) = (BTreeMap::new(), Walk::below(directory));
        for path in directories(files) {
            // Below a directory that does not exist there is nothing to look for.
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            if !path.is_empty() && !before.contains_key(parent) {
                continue;
            }
            for path in [path.clone(), join(&path, "__pycache__")] {
                if let Some(time) = walk.open(&path).ok().and_then(|found| time_of(&found)) {
                    before.insert(path, time);
                }
            }
        }
        Times { before }
    }

    /// Sets the times of the directories that contain files of these paths: this time, in seconds
    /// since 1970, for new ones, and the former times for the others if they are to be kept.
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
            // Directories with removed files may have no new file.
            paths.extend(self.before.keys().cloned());
        }
        let (mut settled, mut walk) = (Ok(()), Walk::below(directory));
        for path in paths {
            let time = match self.before.get(&path) {
                Some(former) if keep => *former,
                Some(_) => continue,
                None => new,
            };
            if let Ok(found) = walk.open(&path) {
                // An error does not stop the loop: a directory of another user must not affect the
                // others.
                settled = settled.and(platform::set_directory_time(&found, time));
            }
        }
        settled
    }
}

/// The time this many seconds after the beginning of 1970. Fails if the system cannot express it.
pub(crate) fn moment(seconds: u64) -> io::Result<SystemTime> {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    time.ok_or_else(|| io::Error::other(format!("{seconds} seconds since 1970 are too many")))
}

/// The time of an open directory.
pub(crate) fn time_of(directory: &Dir) -> Option<SystemTime> {
    Some(directory.dir_metadata().ok()?.modified().ok()?.into_std())
}

/// All directories that contain files of these paths, up to the base of the paths.
fn directories<'path>(files: impl IntoIterator<Item = &'path str>) -> BTreeSet<String> {
    let mut found = BTreeSet::from([String::new()]);
    for path in files {
        found.extend(path.match_indices('/').map(|(end, _)| path[..end].to_owned()));
    }
    found
}

/// The path of a name in a directory; the empty path is the base of the paths.
fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::{Times, moment, platform, time_of};
    use cap_fs_ext::DirExt as _;
    use cap_std::ambient_authority;
    use cap_std::fs::Dir;
    use std::fs;

    /// Directories that exist before a run, at each depth, and one that is new.
    #[test]
    fn former_times_are_restored_and_new_directories_get_the_time_of_the_run() {
        let scratch = tempfile::tempdir().expect("there is room");
        let top = Dir::open_ambient_dir(scratch.path(), ambient_authority());
        let top = top.expect("it can be opened");
        let open = |path: &str| {
            let found = if path.is_empty() { top.try_clone() } else { top.open_dir_nofollow(path) };
            found.expect("it exists")
        };
        let time = |path: &str| time_of(&open(path)).expect("it has a time");
        let at = |seconds| moment(seconds).expect("it is a time");
        let existing = ["", "__pycache__", "pip", "pip/__pycache__", "pip/a"];
        fs::create_dir_all(scratch.path().join("__pycache__")).expect("it can be made");
        fs::create_dir_all(scratch.path().join("pip/__pycache__")).expect("it can be made");
        fs::create_dir_all(scratch.path().join("pip/a")).expect("it can be made");
        for path in existing {
            platform::set_directory_time(&open(path), at(500)).expect("it is ours");
        }
        let files = ["six.py", "pip/x.py", "pip/a/y.py", "pip/b/z.py"];
        let times = Times::of(&top, files);
        fs::create_dir(scratch.path().join("pip/b")).expect("it can be made");
        for path in existing {
            fs::write(scratch.path().join(path).join("new"), "").expect("there is room");
        }
        let written = ["__pycache__/six.pyc", "pip/__pycache__/x.pyc", "pip/a/y.py", "pip/b/z.py"];
        times.settle(&top, files.into_iter().chain(written), 1000, true).expect("they are ours");
        for path in existing {
            assert_eq!(time(path), at(500), "{path}");
        }
        assert_eq!(time("pip/b"), at(1000));
    }
}

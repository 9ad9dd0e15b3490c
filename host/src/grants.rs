//! What the component may access: open directories, one for each role that it needs.
//!
//! These never include the root itself or the scripts directory.

use crate::platform;
use crate::project::canonical;
use crate::walk::Walk;
use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, OpenOptions};
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::PathBuf;

/// The directory in which the component stages its work, each run in a place of its own, and the part
/// of a place that exists once the moves have begun. The next run completes the work from such a
/// place. The component's contract defines these names.
pub(crate) const STAGE: &str = ".ensurepip-host-stage";
const OLD: &str = "old";
const NEW: &str = "new";

/// The suffix of metadata directories.
const METADATA: &str = ".dist-info";

/// A granted directory.
pub(crate) struct Grant {
    /// The name of its preopen: `purelib`, `platlib`, `headers` or `data`.
    pub(crate) name: &'static str,
    /// The path of the directory, as named on this machine, for messages only.
    pub(crate) shown: PathBuf,
    /// The handle, which carries the authority.
    pub(crate) directory: Dir,
}

impl Grant {
    /// A copy of the handle, for the component to hold.
    pub(crate) fn handle(&self) -> io::Result<File> {
        Ok(self.directory.try_clone()?.into_std_file())
    }

    /// Sets the mode of everything below a path: 0755 for directories and for the files listed by
    /// paths relative to it, 0644 for all others.
    pub(crate) fn normalize(&self, path: &str, executables: &[String]) -> io::Result<()> {
        let mut directory = self.directory.try_clone()?;
        for name in platform::components(path) {
            directory = directory.open_dir_nofollow(name)?;
        }
        let executables: HashSet<&str> = executables.iter().map(String::as_str).collect();
        normalize(&directory, &executables)
    }

    /// Whether a stage exists here, of a run that was stopped or of one in progress.
    pub(crate) fn has_stage(&self) -> bool {
        self.directory.symlink_metadata(STAGE).is_ok()
    }

    /// Removes the stage, except for what a stopped run has left of other projects. The caller must
    /// hold the lock, and these projects must be complete without the stage.
    pub(crate) fn sweep(&self, projects: &[String]) {
        // The next run removes what remains.
        let is_needed = |place: &Dir| Ok(place.is_dir(OLD) && has_others(place, projects)?);
        let _ = platform::remove_patiently(|| self.remove_places(is_needed));
    }

    /// Removes what a stopped component had staged, unless the next run needs it.
    pub(crate) fn remove_stage(&self) -> io::Result<()> {
        platform::remove_patiently(|| self.remove_places(|place| Ok(place.is_dir(OLD))))
    }

    /// Removes the places in the stage that are not needed, and the stage if none stays.
    fn remove_places(&self, is_needed: impl Fn(&Dir) -> io::Result<bool>) -> io::Result<()> {
        let Ok(stage) = self.directory.open_dir_nofollow(STAGE) else {
            // A file may have its name.
            return self.directory.remove_file(STAGE);
        };
        for place in stage.entries()? {
            let place = place?.file_name();
            if !is_needed(&stage.open_dir_nofollow(&place)?)? {
                stage.remove_dir_all(place)?;
            }
        }
        // Windows keeps an open directory.
        drop(stage);
        self.directory.remove_dir(STAGE)
    }
}

/// Whether a place has metadata of other projects than these.
fn has_others(place: &Dir, projects: &[String]) -> io::Result<bool> {
    let is_own = |stem: &str| {
        let stem = canonical(stem);
        projects.iter().any(|project| canonical(project) == stem)
    };
    for side in [OLD, NEW].into_iter().filter(|side| place.is_dir(side)) {
        for entry in place.open_dir_nofollow(side)?.entries()? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let stem = name.strip_suffix(METADATA).and_then(|stem| stem.split('-').next());
            let is_other = stem.is_some_and(|stem| !is_own(stem));
            if is_other && entry.file_type()?.is_dir() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Visits the directories one by one, with few open at a time: a process may have a limit of 16.
fn normalize(top: &Dir, executables: &HashSet<&str>) -> io::Result<()> {
    let (mut pending, mut walk) = (vec![String::new()], Walk::below(top));
    while let Some(path) = pending.pop() {
        let directory = walk.open(path.strip_suffix('/').unwrap_or_default())?;
        for entry in directory.entries()? {
            let entry = entry?;
            let name = entry.file_name();
            let below = format!("{path}{}", name.to_string_lossy());
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                platform::set_directory_mode(&directory.open_dir_nofollow(&name)?, 0o755)?;
                pending.push(format!("{below}/"));
            } else if metadata.is_file() {
                let wanted = if executables.contains(below.as_str()) { 0o755 } else { 0o644 };
                // Most modes are right already, and opening a file takes time.
                if platform::mode(&metadata).is_some_and(|mode| mode != wanted) {
                    let mut options = OpenOptions::new();
                    // Opening it must not wait for a writer, should it have become a FIFO
                    // meanwhile.
                    options.read(true).follow(FollowSymlinks::No).nonblock(true);
                    platform::set_mode(&directory.open_with(&name, &options)?.into_std(), wanted)?;
                }
            } else {
                return Err(io::Error::other(format!("`{below}` is no file and no directory")));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Grant;
    use cap_std::ambient_authority;
    use cap_std::fs::Dir;
    use std::fs;
    use std::path::Path;

    fn grant(path: &Path) -> Grant {
        let directory = Dir::open_ambient_dir(path, ambient_authority());
        let directory = directory.expect("it can be opened");
        Grant { name: "purelib", shown: path.to_owned(), directory }
    }

    #[test]
    fn stage_removal_keeps_places_with_begun_moves() {
        let scratch = tempfile::tempdir().expect("there is room");
        let grant = grant(scratch.path());
        let stage = scratch.path().join(".ensurepip-host-stage");
        for path in ["0/new/pip", "1/new/pip", "1/old/pip", "2/new"] {
            fs::create_dir_all(stage.join(path)).expect("it can be made");
        }
        grant.remove_stage().expect_err("one place stays");
        assert!(stage.join("1/new/pip").is_dir() && stage.join("1/old/pip").is_dir());
        assert!(!stage.join("0").exists() && !stage.join("2").exists());
        fs::remove_dir(stage.join("1/old/pip")).expect("it is empty");
        fs::remove_dir(stage.join("1/old")).expect("it is empty");
        grant.remove_stage().expect("nothing stays");
        assert!(!stage.exists());
    }

    #[test]
    fn sweep_keeps_places_with_metadata_of_other_projects() {
        let scratch = tempfile::tempdir().expect("there is room");
        let grant = grant(scratch.path());
        let stage = scratch.path().join(".ensurepip-host-stage");
        for path in ["0/old/pip", "0/new/pip-1.dist-info", "1/new/wheel-1.dist-info"] {
            fs::create_dir_all(stage.join(path)).expect("it can be made");
        }
        grant.sweep(&["pip".to_owned()]);
        assert!(!stage.exists());
        for path in ["0/old/P.ip-1.dist-info", "1/old/x", "1/new/my_wheel-1.dist-info"] {
            fs::create_dir_all(stage.join(path)).expect("it can be made");
        }
        grant.sweep(&["p-ip".to_owned()]);
        assert!(!stage.join("0").exists() && stage.join("1/new/my_wheel-1.dist-info").is_dir());
        grant.sweep(&["pip".to_owned(), "My-Wheel".to_owned()]);
        assert!(!stage.exists());
        fs::write(&stage, "").expect("it can be made");
        grant.sweep(&[]);
        assert!(!stage.exists());
    }
}

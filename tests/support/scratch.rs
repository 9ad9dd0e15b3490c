//! A directory that is removed with the test.
//!
//! The tests make and remove some hundred thousand files, so they use a file system in memory where Linux has
//! one, as many distributions do for `/tmp`. Features of a file system itself, such as attributes, are
//! tested on a disk.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The file system in memory, for any program.
const MEMORY: &str = "/dev/shm";

/// How much must be free there: some images at a time, and the same amount again.
#[cfg(target_os = "linux")]
const ROOM: u64 = 4 << 30;

/// An empty directory with a home directory and one for temporary files beside it, all removed on drop.
pub(crate) struct Scratch {
    /// Removes everything when it is dropped.
    _directory: TempDir,
    work: PathBuf,
    home: PathBuf,
}

impl Scratch {
    /// Makes the directories, in memory if there is room.
    pub(crate) fn new() -> Self {
        // The variable names the place to use, if it is set.
        let is_named = env::var_os("TMPDIR").is_some();
        let memory = Path::new(MEMORY);
        if !is_named && has_room(memory) { Self::new_in(memory) } else { Self::on_disk() }
    }

    /// Makes the directories in the usual place for temporary files.
    pub(crate) fn on_disk() -> Self {
        Self::new_in(&env::temp_dir())
    }

    fn new_in(place: &Path) -> Self {
        let directory = TempDir::new_in(place).expect("a temporary directory can be made");
        // Where the temporary directory is reached through a link (macOS), the interpreter may
        // report the other spelling. No test here concerns that.
        let base = directory.path().canonicalize().expect("a new directory has a real path");
        let (work, home, temporary) = (base.join("work"), base.join("home"), base.join("tmp"));
        for made in [&work, &home, &temporary] {
            fs::create_dir(made).expect("a new directory takes directories");
        }
        // For any user, as `/tmp` is.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o1777);
        fs::set_permissions(&temporary, mode).expect("it is the test's own");
        Self { _directory: directory, work, home }
    }

    /// Where the test does its work.
    pub(crate) fn work(&self) -> &Path {
        &self.work
    }

    /// The home directory of programs; it is always empty.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }
}

/// Whether a directory has much free space, and allows running programs. Containers often have a small one.
#[cfg(target_os = "linux")]
fn has_room(directory: &Path) -> bool {
    use rustix::fs::{StatVfsMountFlags, statvfs};

    let unusable = StatVfsMountFlags::NOEXEC | StatVfsMountFlags::RDONLY;
    statvfs(directory).is_ok_and(|found| {
        !found.f_flag.intersects(unusable) && found.f_bavail * found.f_frsize >= ROOM
    })
}

#[cfg(not(target_os = "linux"))]
fn has_room(_: &Path) -> bool {
    false
}

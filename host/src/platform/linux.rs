//! Features that only Linux has.

use super::NULL_DEVICE;
use crate::error::Holder;
use cap_std::fs::{Dir, MetadataExt as _};
use landlock::{
    ABI, AccessFs, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetError, RulesetStatus,
};
use rustix::fs::{AtFlags, Mode, OFlags, StatxAttributes, StatxFlags, statx};
use std::error::Error;
use std::fs::{self, File};
use std::io;

/// Whether names can be added to a directory but not removed (`chattr +a`).
pub(crate) fn is_append_only(directory: &Dir) -> bool {
    let found = statx(directory, c"", AtFlags::EMPTY_PATH, StatxFlags::empty());
    found.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::APPEND))
}

/// Whether the entry of this name in a directory can be neither moved nor removed (`chattr +i` or
/// `+a`).
pub(crate) fn is_fixed(directory: &Dir, name: &str) -> bool {
    let fixed = StatxAttributes::IMMUTABLE | StatxAttributes::APPEND;
    let found = statx(directory, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty());
    found.is_ok_and(|found| found.stx_attributes.intersects(fixed))
}

/// Makes a file without a name on the file system of a directory; it disappears when its handle is
/// closed. Fails where the file system has no such files.
pub(super) fn unnamed_file(directory: &Dir) -> io::Result<File> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(directory, c".", flags, Mode::RUSR | Mode::WUSR)?.into())
}

/// Whether the kernel takes this process for the owner of an open file, or for root. Unlike ids,
/// this cannot be faked: only these two may open a file without updating its access time.
pub(super) fn is_owned_to_kernel(file: &File) -> bool {
    let flags = rustix::fs::fcntl_getfl(file);
    flags.is_ok_and(|flags| rustix::fs::fcntl_setfl(file, flags | OFlags::NOATIME).is_ok())
}

/// Restricts the calling thread, and everything it starts from now on, to these directories: it can
/// never again change anything outside. Returns the name of the mechanism; none if this system has
/// none.
pub(crate) fn confine(directories: &[&Dir]) -> Option<&'static str> {
    match restrict(directories) {
        Ok(RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced) => Some("Landlock"),
        Ok(RulesetStatus::NotEnforced) => None,
        Err(error) => {
            tracing::debug!(%error, "Landlock is not to be had");
            None
        }
    }
}

/// The process that holds the lock of a directory, if the kernel reports it.
pub(crate) fn holder(directory: &Dir) -> Option<Holder> {
    let metadata = directory.dir_metadata().ok()?;
    let (device, inode) = (metadata.dev(), metadata.ino());
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let place = format!("{major:02x}:{minor:02x}:{inode}");
    // Lines such as `1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF`; a waiting process has `->`
    // before the kind.
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let process = locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, process, at, ..] = fields[..] else { return None };
        (at == place).then(|| process.parse().ok())?
    })?;
    let name = fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
    Some(Holder { process, name: name.trim_end().to_owned() })
}

fn restrict(directories: &[&Dir]) -> Result<RulesetStatus, Box<dyn Error>> {
    // Reading and executing stay allowed: interpreters compile bytecode.
    let writing = AccessFs::from_write(ABI::V3);
    let ruleset = Ruleset::default()
        // Before this right existed, nothing could be moved from one directory to another.
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::Refer)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(writing)?
        .create()?;
    let own = directories.iter().map(|directory| {
        Ok::<_, RulesetError>(PathBeneath::new(*directory, writing | AccessFs::Refer))
    });
    // Programs discard their output there. A chroot may lack this file.
    let null_device = PathFd::new(NULL_DEVICE)
        .map(|file| Ok::<_, RulesetError>(PathBeneath::new(file, AccessFs::WriteFile)));
    let ruleset = ruleset.add_rules(own)?.add_rules(null_device.ok())?;
    Ok(ruleset.restrict_self()?.ruleset)
}

#[cfg(test)]
mod tests {
    use super::confine;
    use crate::announce::report_skipped;
    use cap_std::ambient_authority;
    use cap_std::fs::Dir;
    use std::fs;
    use std::io::ErrorKind;
    use std::process::Command;
    use std::thread;

    /// The first version of Landlock that allows moves between directories.
    const FIRST_WITH_REFER: i32 = 2;

    /// The kernel's version of Landlock, as the system call returns it to Python (landlock(7)); -1 if
    /// there is none.
    fn landlock_version() -> i32 {
        let script = "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))";
        let output = Command::new("python3").args(["-c", script]).output();
        let output = output.expect("the tests need Python");
        let version = String::from_utf8_lossy(&output.stdout);
        version.trim().parse().expect("the system call returns a number")
    }

    /// In a thread of its own: the restriction is permanent.
    #[test]
    fn landlock_denies_writes_outside_granted_directory() {
        let place = tempfile::tempdir().expect("there is room for a directory");
        let [own, other] = ["own", "other"].map(|name| place.path().join(name));
        for directory in [&own, &other] {
            fs::create_dir_all(directory.join("below")).expect("a directory can be made");
            fs::write(directory.join("file"), "").expect("a file can be written");
        }
        let confined = thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let opened = Dir::open_ambient_dir(&own, ambient_authority());
                let by = confine(&[&opened.expect("it can be opened")])?;
                let denied = |done: std::io::Result<()>| {
                    let kind = done.expect_err("it is outside").kind();
                    assert!(
                        matches!(kind, ErrorKind::PermissionDenied | ErrorKind::CrossesDevices),
                        "{kind}"
                    );
                };
                denied(fs::write(other.join("new"), ""));
                denied(fs::write(other.join("file"), "changed"));
                denied(fs::remove_file(other.join("file")));
                denied(fs::create_dir(other.join("made")));
                denied(fs::rename(own.join("file"), other.join("moved")));
                denied(fs::rename(other.join("file"), own.join("moved")));
                denied(std::os::unix::fs::symlink("/", other.join("link")));
                denied(fs::hard_link(other.join("file"), own.join("linked")));
                let child = Command::new("/bin/sh")
                    .args([
                        "-c",
                        "echo x 2>/dev/null >\"$0\"",
                        &other.join("new").to_string_lossy(),
                    ])
                    .status();
                assert!(!child.expect("a shell can be run").success());
                // Its own directory is not restricted.
                fs::rename(own.join("file"), own.join("below/file")).expect("it is inside");
                fs::write(own.join("below/file"), "changed").expect("it is inside");
                fs::remove_file(own.join("below/file")).expect("it is inside");
                Some(by)
            });
            thread.join().expect("nothing failed")
        });
        assert_eq!(fs::read(other.join("file")).expect("it is there"), b"");
        assert_eq!(confined.is_some(), landlock_version() >= FIRST_WITH_REFER);
        if confined.is_none() {
            report_skipped("a confined thread", "Landlock that allows moves between directories");
        }
    }
}

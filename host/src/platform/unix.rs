//! Linux, macOS and other Unix systems.

#[cfg(not(target_os = "linux"))]
use super::elsewhere::{is_owned_to_kernel, unnamed_file};
#[cfg(target_os = "linux")]
use super::linux::{is_owned_to_kernel, unnamed_file};
use super::{Limits, readable};
use crate::progress::TICK;
use cap_fs_ext::DirExt as _;
use cap_std::fs::{
    Dir, DirBuilder, DirBuilderExt as _, File as CapFile, Metadata, MetadataExt as _, OpenOptions,
    OpenOptionsExt as _,
};
use nix::sys::resource::{Resource, getrlimit};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Access, AtFlags, Mode};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsStr;
use std::fs::{File, Permissions, TryLockError};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command};
use std::time::SystemTime;

/// The program that starts the Python its user prefers; none here.
pub(crate) const LAUNCHER: Option<&str> = None;

/// The interpreters that an environment or installation can have, by their paths in its directory.
pub(crate) const PREFIX_PYTHONS: &[&str] = &["bin/python", "bin/python3"];

/// The file that discards everything written to it.
pub(crate) const NULL_DEVICE: &str = "/dev/null";

/// The mode of new directories.
const DIRECTORY_MODE: u32 = 0o755;

/// The significant names in a path, `..` among them.
pub(crate) fn components(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !matches!(*name, "" | "."))
}

/// Whether a path begins at the root.
pub(crate) fn is_absolute(path: &str) -> bool {
    path.starts_with('/')
}

/// The root that an absolute path begins at.
pub(crate) fn top(_path: &str) -> &'static str {
    "/"
}

/// Whether a file on PATH may stand for a missing program.
pub(crate) fn is_alias(_path: &Path) -> bool {
    false
}

/// Whether this user may write into a directory, as far as the system reports without trying.
pub(crate) fn is_writable(directory: &Path) -> bool {
    rustix::fs::access(directory, Access::WRITE_OK).is_ok()
}

/// Checks that names can be added to a directory and removed, as far as the system reports without
/// trying. Fails with the error that trying would give.
pub(crate) fn check_writable(directory: &Dir, name: &str) -> io::Result<()> {
    let wanted = Access::WRITE_OK | Access::EXEC_OK;
    Ok(rustix::fs::accessat(directory, name, wanted, AtFlags::EACCESS)?)
}

/// Whether a directory is on a file system that is mounted read-only.
pub(crate) fn is_read_only(directory: &Dir) -> bool {
    let found = rustix::fs::fstatvfs(directory);
    found.is_ok_and(|found| found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// The permission bits of a file.
#[expect(clippy::unnecessary_wraps, reason = "the counterpart on Windows has none")]
pub(crate) fn mode(metadata: &Metadata) -> Option<u32> {
    Some(metadata.mode() & 0o7777)
}

/// Sets the permission bits of an open file or directory.
pub(crate) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode))
}

/// Sets the permission bits of an open directory.
///
/// They are set even if they seem right already: fakeroot shows the bits that a directory was made
/// with, without the setgid bit that it inherited from its parent.
pub(crate) fn set_directory_mode(directory: &Dir, mode: u32) -> io::Result<()> {
    let is_right = directory.dir_metadata()?.mode() & 0o7777 == mode;
    let set = readable(directory).and_then(|directory| set_mode(&directory, mode));
    // On some file systems, modes cannot be set.
    if is_right { Ok(()) } else { set }
}

/// Whether an open file is this user's, has only one name, and is writable by nobody else.
pub(crate) fn is_own(file: &CapFile) -> io::Result<bool> {
    let metadata = file.metadata()?;
    Ok(metadata.nlink() == 1 && is_private(&metadata, &file.try_clone()?.into_std()))
}

/// Whether a directory is this user's, and writable by nobody else.
pub(crate) fn is_own_directory(directory: &Dir) -> io::Result<bool> {
    Ok(is_private(&directory.dir_metadata()?, &readable(directory)?))
}

/// Under a tool that fakes ids, such as fakeroot, a file of anyone else can look like this user's. So
/// the kernel is asked as well.
fn is_private(metadata: &Metadata, file: &File) -> bool {
    let is_own = metadata.uid() == rustix::process::geteuid().as_raw();
    is_own && metadata.mode() & 0o022 == 0 && is_owned_to_kernel(file)
}

/// Gives a file the owner and group of another one, as far as this user is allowed to.
pub(crate) fn copy_owner(original: &Metadata, file: &File) {
    let (owner, group) = (original.uid(), original.gid());
    if file.metadata().is_ok_and(|own| (own.uid(), own.gid()) != (owner, group)) {
        let _ = fchown(file, Some(owner), Some(group));
    }
}

/// Makes a link with the target of another one.
pub(crate) fn copy_link(from: &Dir, old: &Path, to: &Dir, new: &Path) -> io::Result<()> {
    to.symlink_contents(from.read_link_contents(old)?, new)
}

/// Makes a link with any target, given as bytes. Returns whether this system has such links.
pub(crate) fn make_link(directory: &Dir, target: &[u8], name: &[u8]) -> io::Result<bool> {
    directory.symlink_contents(OsStr::from_bytes(target), OsStr::from_bytes(name))?;
    Ok(true)
}

/// Whether the error means that a file system cannot have such a name. That of macOS has names in UTF-8
/// only.
pub(crate) fn is_unfit_name(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidFilename
        || error.raw_os_error() == Some(Errno::ILSEQ.raw_os_error())
}

/// A name that is given as bytes.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the counterpart on Windows cannot express every name"
)]
pub(crate) fn os_name(name: &[u8]) -> io::Result<&OsStr> {
    Ok(OsStr::from_bytes(name))
}

/// The bytes of a name.
pub(crate) fn name_bytes(name: &OsStr) -> &[u8] {
    name.as_bytes()
}

/// Sets the mode, apart from the umask, that a new file is made with.
pub(crate) fn set_new_mode(options: &mut OpenOptions, mode: u32) {
    options.mode(mode);
}

/// Makes a directory with mode 0755, whatever the umask, and opens it.
///
/// Its mode is never wider than that. A user who may write beside it can put another one in its
/// place before it is opened; one of another owner, or on another device, keeps its mode and is an
/// error. So only a directory of this very user gets a mode here.
pub(crate) fn make_directory(parent: &Dir, name: &str) -> io::Result<Dir> {
    let mut builder = DirBuilder::new();
    parent.create_dir_with(name, builder.mode(DIRECTORY_MODE))?;
    open_made(parent, name)
}

fn open_made(parent: &Dir, name: &str) -> io::Result<Dir> {
    let directory = parent.open_dir_nofollow(name)?;
    let metadata = directory.dir_metadata()?;
    let swapped = || io::Error::other(format!("`{name}` was swapped for another directory"));
    if metadata.dev() != parent.dir_metadata()?.dev() {
        return Err(swapped());
    }
    if is_made_by_this_user(&metadata, parent) {
        set_directory_mode(&directory, DIRECTORY_MODE)?;
    } else if mode(&metadata) != Some(DIRECTORY_MODE) {
        return Err(swapped());
    }
    Ok(directory)
}

/// Removes directories, which other processes may have open.
pub(crate) fn remove_patiently(mut remove: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    remove()
}

/// Whether the owner of a directory is also the owner of what this process makes beside it.
///
/// That is this user, unless the file system maps users, or a tool such as fakeroot fakes either the
/// ids of users or those of files. Then the owner of a file made for this check decides.
fn is_made_by_this_user(metadata: &Metadata, parent: &Dir) -> bool {
    let owner_of_new =
        || -> io::Result<u32> { Ok(CapFile::from_std(unnamed_file(parent)?).metadata()?.uid()) };
    metadata.uid() == rustix::process::geteuid().as_raw()
        || owner_of_new().is_ok_and(|owner| owner == metadata.uid())
}

/// Sets the umask of this process, so that everything it makes from now on has the right mode,
/// whatever the umask that it was started with: not writable by others, and usable by itself.
pub(crate) fn set_umask() {
    rustix::process::umask(Mode::WGRP | Mode::WOTH);
}

/// Sets the modification time of an open directory.
pub(crate) fn set_directory_time(directory: &Dir, time: SystemTime) -> io::Result<()> {
    readable(directory)?.set_modified(time)
}

/// Makes a command run in a process group of its own, which gets no signals from the terminal.
pub(crate) fn keep_apart(command: &mut Command) {
    command.process_group(0);
}

/// Whether the error means that the process, or the system, has reached its limit of open files.
pub(crate) fn has_too_many_files(error: &io::Error) -> bool {
    let found = error.raw_os_error();
    [Errno::MFILE, Errno::NFILE].iter().any(|errno| found == Some(errno.raw_os_error()))
}

/// Whether the error means that the system forbids a call, as the filters of older container
/// runtimes forbid `clone3`.
pub(crate) fn is_forbidden(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::PERM.raw_os_error())
}

/// Makes a command start by `fork`, which needs no `clone3`. The standard library does so for a
/// command with a group id; here it is the one that this process has anyway.
pub(crate) fn start_by_fork(command: &mut Command) {
    command.gid(rustix::process::getegid().as_raw());
}

/// The limits of this process. A container can forbid the query: this counts as no limit.
pub(crate) fn limits() -> Limits {
    let limit = |resource| getrlimit(resource).map_or(u64::MAX, |(soft, _hard)| soft);
    Limits {
        files: limit(Resource::RLIMIT_NOFILE),
        addresses: limit(Resource::RLIMIT_AS),
        stack: limit(Resource::RLIMIT_STACK),
    }
}

/// Ends a process in its own group that was not waited for yet, and the rest of the group.
pub(crate) fn end(process: &mut Child) -> io::Result<()> {
    Ok(kill_process_group(Pid::from_child(process), Signal::KILL)?)
}

/// Reads the output of a process to its end, both pipes at once. None if `go_on` returns false; it is
/// called at least every [`TICK`].
pub(crate) fn read_both(
    stdout: ChildStdout,
    stderr: ChildStderr,
    go_on: impl Fn() -> bool,
) -> io::Result<Option<[Vec<u8>; 2]>> {
    let tick = Timespec::try_from(TICK).map_err(io::Error::other)?;
    let mut open = [Some(File::from(OwnedFd::from(stdout))), Some(OwnedFd::from(stderr).into())];
    let mut read = [Vec::new(), Vec::new()];
    let mut portion = [0; 8 << 10];
    while open.iter().any(Option::is_some) {
        let mut polled = Vec::new();
        polled.extend(open.iter().flatten().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        match poll(&mut polled, Some(&tick)) {
            Ok(0) | Err(Errno::INTR) => {
                if !go_on() {
                    return Ok(None);
                }
                continue;
            }
            done => done?,
        };
        let mut is_ready = polled.iter().map(|pipe| !pipe.revents().is_empty());
        let ready = open.each_ref().map(|pipe| pipe.is_some() && is_ready.next() == Some(true));
        for ((pipe, read), _) in open.iter_mut().zip(&mut read).zip(ready).filter(|(_, is)| *is) {
            match pipe.as_mut().map_or(Ok(0), |pipe| pipe.read(&mut portion))? {
                0 => *pipe = None,
                size => read.extend_from_slice(&portion[..size]),
            }
        }
    }
    Ok(Some(read))
}

/// The lock of a directory for one run; released when dropped, or with the process.
pub(crate) struct Lock {
    _directory: File,
}

/// Whether another run holds the lock of a directory.
pub(crate) fn is_locked(directory: &Dir) -> io::Result<bool> {
    match readable(directory)?.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Takes the lock of a directory. None if another run holds it.
pub(crate) fn lock(directory: &Dir) -> io::Result<Option<Lock>> {
    let directory = readable(directory)?;
    match directory.try_lock() {
        Ok(()) => Ok(Some(Lock { _directory: directory })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::{make_directory, open_made};
    use crate::announce::report_skipped;
    use cap_std::ambient_authority;
    use cap_std::fs::Dir;
    use std::fs::{self, Permissions};
    use std::io::ErrorKind;
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
    use std::path::Path;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
    }

    /// As if each had been put there after the directory was made and before it was opened.
    #[test]
    fn directory_swapped_after_creation_is_rejected() {
        let place = tempfile::tempdir().expect("there is room for a directory");
        let path = |name: &str| place.path().join(name);
        let parent = Dir::open_ambient_dir(place.path(), ambient_authority());
        let parent = parent.expect("it can be opened");
        make_directory(&parent, "made").expect("the name is free");
        assert_eq!(mode(&path("made")), 0o755);
        let again = make_directory(&parent, "made").expect_err("the name is taken");
        assert_eq!(again.kind(), ErrorKind::AlreadyExists);

        for name in ["own", "theirs"] {
            fs::create_dir(path(name)).expect("the name is free");
            fs::set_permissions(path(name), Permissions::from_mode(0o2700)).expect("it is ours");
        }
        open_made(&parent, "own").expect("it could be the one that was made");
        assert_eq!(mode(&path("own")), 0o755);
        symlink("own", path("link")).expect("the name is free");
        open_made(&parent, "link").expect_err("it is a link");
        fs::write(path("file"), "").expect("the name is free");
        open_made(&parent, "file").expect_err("it is a file");
        if rustix::process::getuid().is_root() {
            chown(path("theirs"), Some(65_534), None).expect("by root");
            fs::set_permissions(path("theirs"), Permissions::from_mode(0o700)).expect("by root");
            let error = open_made(&parent, "theirs").expect_err("it is somebody else's");
            assert_eq!(error.to_string(), "`theirs` was swapped for another directory");
            assert_eq!(mode(&path("theirs")), 0o700);
        } else {
            report_skipped("directories of another user", "root, who can give one away");
        }
        // The directory is a mount point, on another device.
        let root = Dir::open_ambient_dir("/", ambient_authority()).expect("it can be opened");
        if cfg!(target_os = "linux") {
            open_made(&root, "proc").expect_err("it is on another device");
        }
    }
}

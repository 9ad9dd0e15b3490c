//! Windows.

use super::Limits;
use crate::progress::TICK;
use cap_fs_ext::{DirExt as _, OpenOptionsMaybeDirExt as _};
use cap_std::fs::{Dir, File as CapFile, Metadata, OpenOptions, OpenOptionsExt as _};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::windows::process::CommandExt as _;
use std::path::{Component, Path};
use std::process::{Child, ChildStderr, ChildStdout, Command};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// The program on PATH that starts the Python its user prefers.
pub(crate) const LAUNCHER: Option<&str> = Some("py");

/// The interpreters that an environment or installation can have, by their paths in its directory.
pub(crate) const PREFIX_PYTHONS: &[&str] = &[r"Scripts\python.exe", "python.exe"];

/// The file that discards everything written to it.
pub(crate) const NULL_DEVICE: &str = "NUL";

/// The file that represents the lock of a directory while a run holds it.
const LOCK_FILE: &str = ".ensurepip-host-lock";

/// `FILE_FLAG_DELETE_ON_CLOSE`: the lock disappears with its holder, however that ends.
const DELETE_ON_CLOSE: u32 = 0x0400_0000;

/// `CREATE_NEW_PROCESS_GROUP`.
const NEW_PROCESS_GROUP: u32 = 0x0000_0200;

/// `FILE_WRITE_ATTRIBUTES`: allows setting times, and nothing else.
const WRITE_ATTRIBUTES: u32 = 0x0100;

/// `ERROR_SHARING_VIOLATION`: another process has the file open and does not share it.
const SHARING_VIOLATION: i32 = 32;

/// How long to wait until other processes close a directory. A run that looks into one has it open for
/// milliseconds.
const REMOVAL_PATIENCE: Duration = Duration::from_secs(2);

/// The significant names in a path, `..` among them, without a drive or share.
pub(crate) fn components(path: &str) -> impl Iterator<Item = &str> {
    Path::new(path).components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        Component::ParentDir => Some(".."),
        Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
    })
}

/// The root that an absolute path begins at: that of its drive or share, if it names one.
pub(crate) fn top(path: &str) -> &str {
    let end = match Path::new(path).components().next() {
        Some(Component::Prefix(prefix)) => prefix.as_os_str().len(),
        _ => 0,
    };
    let has_root = path[end..].starts_with(['/', '\\']);
    if has_root { &path[..=end] } else { &path[..end] }
}

/// Whether a path begins at the root of some drive.
pub(crate) fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':')
}

/// Whether a file on PATH may stand for a missing program: the aliases of the Store, which open its
/// page, are empty. So are aliases of installed programs.
pub(crate) fn is_alias(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.len() == 0)
}

/// Whether this user may write into a directory. Only trying shows that; the file made for it
/// disappears with its handle.
pub(crate) fn is_writable(directory: &Path) -> bool {
    tempfile::tempfile_in(directory).is_ok()
}

/// Does nothing: checking would take a write.
#[expect(clippy::unnecessary_wraps, reason = "the counterpart on other platforms can fail")]
pub(crate) fn check_writable(_directory: &Dir, _name: &str) -> io::Result<()> {
    Ok(())
}

/// Always false: the system's own messages report it.
pub(crate) fn is_read_only(_directory: &Dir) -> bool {
    false
}

/// Whether a file is this user's, and writable by nobody else. Always false: access control lists are
/// not read.
#[expect(clippy::unnecessary_wraps, reason = "the counterpart on other platforms can fail")]
pub(crate) fn is_own(_file: &CapFile) -> io::Result<bool> {
    Ok(false)
}

/// Whether a directory is this user's, and writable by nobody else. Always false, as for files.
#[expect(clippy::unnecessary_wraps, reason = "the counterpart on other platforms can fail")]
pub(crate) fn is_own_directory(_directory: &Dir) -> io::Result<bool> {
    Ok(false)
}

/// None: files have no permission bits here.
pub(crate) fn mode(_metadata: &Metadata) -> Option<u32> {
    None
}

/// Does nothing: files have no permission bits here.
#[expect(clippy::unnecessary_wraps, reason = "the counterpart on other platforms can fail")]
pub(crate) fn set_mode(_file: &File, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// Does nothing: directories have no permission bits here.
#[expect(clippy::unnecessary_wraps, reason = "the counterpart on other platforms can fail")]
pub(crate) fn set_directory_mode(_directory: &Dir, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// Does nothing: owners are not copied here.
pub(crate) fn copy_owner(_original: &Metadata, _file: &File) {}

/// Fails: links are of two kinds here, and pip's wheels contain none.
pub(crate) fn copy_link(_from: &Dir, _old: &Path, _to: &Dir, _new: &Path) -> io::Result<()> {
    Err(io::ErrorKind::CrossesDevices.into())
}

/// Makes no link, and returns that: making one takes a privilege here.
#[expect(clippy::unnecessary_wraps, reason = "the counterpart on other platforms can fail")]
pub(crate) fn make_link(_directory: &Dir, _target: &[u8], _name: &[u8]) -> io::Result<bool> {
    Ok(false)
}

/// Whether the error means that a file cannot have such a name.
pub(crate) fn is_unfit_name(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidFilename
}

/// A name that is given as bytes. Fails with an error for [`is_unfit_name`] if Windows takes the name
/// for something else, or has no such name.
pub(crate) fn os_name(name: &[u8]) -> io::Result<&OsStr> {
    let unfit = || io::Error::from(io::ErrorKind::InvalidFilename);
    let name = str::from_utf8(name).map_err(|_| unfit())?;
    let is_unfit = name.ends_with(['.', ' '])
        || name.contains(|c: char| c.is_control() || r#"<>:"/\|?*"#.contains(c))
        || is_device(name);
    if is_unfit { Err(unfit()) } else { Ok(OsStr::new(name)) }
}

/// Whether a name is that of a device, whatever its extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_number = |rest: &str| {
        let mut rest = rest.chars();
        matches!(rest.next(), Some('1'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'))
            && rest.next().is_none()
    };
    matches!(&stem[..], "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || ["COM", "LPT"].iter().any(|port| stem.strip_prefix(port).is_some_and(is_number))
}

/// The bytes of a name, in UTF-8.
pub(crate) fn name_bytes(name: &OsStr) -> &[u8] {
    name.as_encoded_bytes()
}

/// Files have no modes.
pub(crate) fn set_new_mode(_options: &mut OpenOptions, _mode: u32) {}

/// Makes a directory, and opens it.
pub(crate) fn make_directory(parent: &Dir, name: &str) -> io::Result<Dir> {
    parent.create_dir(name)?;
    parent.open_dir_nofollow(name)
}

/// Removes directories. Windows keeps one that any process has open, so this tries again for a moment
/// while another process looks into one.
pub(crate) fn remove_patiently(mut remove: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    let start = Instant::now();
    loop {
        let removed = remove();
        let is_in_use = |error: &io::Error| error.raw_os_error() == Some(SHARING_VIOLATION);
        if !removed.as_ref().is_err_and(is_in_use) || start.elapsed() >= REMOVAL_PATIENCE {
            return removed;
        }
        thread::sleep(TICK);
    }
}

/// Does nothing: there is no umask here.
pub(crate) fn set_umask() {}

/// Sets the modification time of an open directory.
pub(crate) fn set_directory_time(directory: &Dir, time: SystemTime) -> io::Result<()> {
    // A handle for reading a directory cannot set its time here.
    let mut options = OpenOptions::new();
    options.access_mode(WRITE_ATTRIBUTES).maybe_dir(true);
    directory.open_with(".", &options)?.into_std().set_modified(time)
}

/// Makes a command run in a process group of its own, which Ctrl-C does not reach.
pub(crate) fn keep_apart(command: &mut Command) {
    command.creation_flags(NEW_PROCESS_GROUP);
}

/// Whether the error means too many open files. There is no such limit.
pub(crate) fn has_too_many_files(_error: &io::Error) -> bool {
    false
}

/// Whether the error means that the system forbids a call. No filter does that here.
pub(crate) fn is_forbidden(_error: &io::Error) -> bool {
    false
}

/// Does nothing: there is only one way to start a command.
pub(crate) fn start_by_fork(_command: &mut Command) {}

/// The limits of this process. There are none.
pub(crate) fn limits() -> Limits {
    Limits { files: u64::MAX, addresses: u64::MAX, stack: u64::MAX }
}

/// Ends a process.
pub(crate) fn end(process: &mut Child) -> io::Result<()> {
    process.kill()
}

/// Reads the output of a process to its end, both pipes at once. None if `go_on` returns false; it is
/// called at least every [`TICK`].
pub(crate) fn read_both(
    stdout: ChildStdout,
    stderr: ChildStderr,
    go_on: impl Fn() -> bool,
) -> io::Result<Option<[Vec<u8>; 2]>> {
    let (stdout, stderr) = (gather(stdout)?, gather(stderr)?);
    let wait = |pipe: Receiver<io::Result<Vec<u8>>>| loop {
        match pipe.recv_timeout(TICK) {
            Ok(read) => return read.map(Some),
            Err(RecvTimeoutError::Timeout) if go_on() => {}
            Err(_) => return Ok(None),
        }
    };
    Ok(match (wait(stdout)?, wait(stderr)?) {
        (Some(stdout), Some(stderr)) => Some([stdout, stderr]),
        _ => None,
    })
}

/// Reads a pipe to its end, in a thread that need not be joined.
fn gather(mut pipe: impl Read + Send + 'static) -> io::Result<Receiver<io::Result<Vec<u8>>>> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.read_to_end(&mut bytes);
        // After a cancellation the receiver is gone.
        let _ = sender.send(read.map(|_| bytes));
    })?;
    Ok(receiver)
}

/// The lock of a directory for one run; released when dropped, or with the process.
pub(crate) struct Lock {
    directory: Dir,
    file: Option<CapFile>,
}

/// Whether another run holds the lock of a directory. Checking creates no lock file.
pub(crate) fn is_locked(directory: &Dir) -> io::Result<bool> {
    match directory.open(LOCK_FILE) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Takes the lock of a directory. None if another run holds it.
pub(crate) fn lock(directory: &Dir) -> io::Result<Option<Lock>> {
    let time = modified(directory);
    let mut options = OpenOptions::new();
    options.write(true).create(true).share_mode(0).custom_flags(DELETE_ON_CLOSE);
    match directory.open_with(LOCK_FILE, &options) {
        Ok(file) => {
            restore(directory, time);
            Ok(Some(Lock { directory: directory.try_clone()?, file: Some(file) }))
        }
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let time = modified(&self.directory);
        drop(self.file.take());
        restore(&self.directory, time);
    }
}

/// The time of a directory, which must not show that a lock was taken or released.
fn modified(directory: &Dir) -> Option<SystemTime> {
    Some(directory.dir_metadata().ok()?.modified().ok()?.into_std())
}

fn restore(directory: &Dir, time: Option<SystemTime>) {
    if let Some(time) = time {
        let _ = set_directory_time(directory, time);
    }
}

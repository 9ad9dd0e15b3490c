//! Linux, macOS and their like.

use super::{ScriptPlatform, readable};
use cap_std::fs::{Dir, Metadata, MetadataExt as _};
use std::fs::{File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::SystemTime;

/// What an interpreter is called on PATH, the preferred name first.
pub(crate) const PYTHON_NAMES: &[&str] = &["python3", "python"];

/// The interpreter of a virtual environment, in its directory.
pub(crate) const VENV_PYTHON: &str = "bin/python";

/// What reads the first line of a script.
pub(crate) const SCRIPT_PLATFORM: ScriptPlatform =
    if cfg!(target_os = "macos") { ScriptPlatform::Darwin } else { ScriptPlatform::Posix };

/// The names in a path that mean something, `..` among them.
pub(crate) fn components(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !matches!(*name, "" | "."))
}

/// Whether a path begins at the root.
pub(crate) fn is_absolute(path: &str) -> bool {
    path.starts_with('/')
}

/// Whether this user may write into a directory, as far as the system tells beforehand.
pub(crate) fn is_writable(directory: &Path) -> bool {
    rustix::fs::access(directory, rustix::fs::Access::WRITE_OK).is_ok()
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

/// Sets the modification time of an open directory.
pub(crate) fn set_directory_time(directory: &Dir, time: SystemTime) -> io::Result<()> {
    readable(directory)?.set_modified(time)
}

/// Holds a directory for one run; ends when dropped, or with the process.
pub(crate) struct Lock {
    _directory: File,
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

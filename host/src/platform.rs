//! Differences between platforms: paths, modes, locks, processes and the names of interpreters.
//!
//! Each platform has a module with the same items; no code outside this module asks for the
//! platform.

use cap_fs_ext::OpenOptionsMaybeDirExt as _;
use cap_std::fs::{Dir, OpenOptions};
use std::fs::File;
use std::io;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{confine, holder, is_append_only, is_fixed};
#[cfg(target_os = "linux")]
pub(crate) use linux::{confine, holder, is_append_only, is_fixed};
#[cfg(unix)]
pub(crate) use unix::{
    LAUNCHER, Lock, NULL_DEVICE, PREFIX_PYTHONS, check_writable, components, copy_link, copy_owner,
    end, has_too_many_files, is_absolute, is_alias, is_forbidden, is_locked, is_own,
    is_own_directory, is_read_only, is_unfit_name, is_writable, keep_apart, limits, lock,
    make_directory, make_link, mode, name_bytes, os_name, read_both, remove_patiently,
    set_directory_mode, set_directory_time, set_mode, set_new_mode, set_umask, start_by_fork, top,
};
#[cfg(windows)]
pub(crate) use windows::{
    LAUNCHER, Lock, NULL_DEVICE, PREFIX_PYTHONS, check_writable, components, copy_link, copy_owner,
    end, has_too_many_files, is_absolute, is_alias, is_forbidden, is_locked, is_own,
    is_own_directory, is_read_only, is_unfit_name, is_writable, keep_apart, limits, lock,
    make_directory, make_link, mode, name_bytes, os_name, read_both, remove_patiently,
    set_directory_mode, set_directory_time, set_mode, set_new_mode, set_umask, start_by_fork, top,
};

/// The soft limits of this process; the largest number stands for no limit.
pub(crate) struct Limits {
    /// The number of open files.
    pub(crate) files: u64,
    /// The bytes of address space.
    pub(crate) addresses: u64,
    /// The bytes of a main thread's stack.
    pub(crate) stack: u64,
}

/// A directory opened for reading. On Linux, a [`Dir`] may be a mere path handle (`O_PATH`), which
/// takes neither a mode nor a lock.
pub(crate) fn readable(directory: &Dir) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).maybe_dir(true);
    Ok(directory.open_with(".", &options)?.into_std())
}

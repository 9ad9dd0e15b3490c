//! Fallbacks for features of Linux that other systems lack.

use crate::error::Holder;
use cap_std::fs::Dir;
#[cfg(unix)]
use std::fs::File;
#[cfg(unix)]
use std::io;

/// Not determined here. Where this attribute exists, setting it is the owner's own decision.
pub(crate) fn is_append_only(_directory: &Dir) -> bool {
    false
}

/// Not determined here, as with directories that are append-only.
pub(crate) fn is_fixed(_directory: &Dir, _name: &str) -> bool {
    false
}

/// Fails: files without a name do not exist here.
#[cfg(unix)]
pub(super) fn unnamed_file(_directory: &Dir) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Always true: the ids decide, and nothing fakes them here.
#[cfg(unix)]
pub(super) fn is_owned_to_kernel(_file: &File) -> bool {
    true
}

/// Does nothing: there is no Landlock here.
pub(crate) fn confine(_directories: &[&Dir]) -> Option<&'static str> {
    None
}

/// None: these systems do not report who holds a lock.
pub(crate) fn holder(_directory: &Dir) -> Option<Holder> {
    None
}

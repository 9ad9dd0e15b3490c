//! Systems other than Linux, where that can do more.

use crate::error::Holder;
use cap_std::fs::Dir;
#[cfg(unix)]
use std::fs::File;
#[cfg(unix)]
use std::io;

/// Not known here. Where there is such a thing, it is an owner's own decision.
pub(crate) fn is_append_only(_directory: &Dir) -> bool {
    false
}

/// Not known here, likewise.
pub(crate) fn is_fixed(_directory: &Dir, _name: &str) -> bool {
    false
}

/// Fails: there are no files without a name here.
#[cfg(unix)]
pub(super) fn unnamed_file(_directory: &Dir) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not known here beyond what the ids say, which nothing fakes.
#[cfg(unix)]
pub(super) fn is_owned_to_kernel(_file: &File) -> bool {
    true
}

/// Does nothing: there is no such thing here.
pub(crate) fn confine(_directories: &[&Dir]) -> Option<&'static str> {
    None
}

/// Does not tell: these systems do not say who holds a lock.
pub(crate) fn holder(_directory: &Dir) -> Option<Holder> {
    None
}

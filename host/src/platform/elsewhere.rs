//! Systems other than Linux, where that can do more.

use crate::error::Holder;
use cap_std::fs::Dir;

/// Not known here. Where there is such a thing, it is an owner's own decision.
pub(crate) fn is_append_only(_directory: &Dir) -> bool {
    false
}

/// Does nothing: there is no such thing here.
pub(crate) fn confine(_directories: &[&Dir]) -> Option<&'static str> {
    None
}

/// Does not tell: these systems do not say who holds a lock.
pub(crate) fn holder(_directory: &Dir) -> Option<Holder> {
    None
}

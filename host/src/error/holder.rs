//! Who keeps a run waiting.

use std::fmt::{self, Display};

/// A process that holds the lock of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub process: u32,
    /// The name of its program.
    pub name: String,
}

impl Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The name of a program may contain any character.
        write!(formatter, "process {} (`{}`)", self.process, self.name.escape_debug())
    }
}

//! Whole runs: layouts made by hand after the specification and by real tools, changed, and read again.

mod changes;
mod made;
mod tools;

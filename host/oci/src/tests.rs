//! Whole runs: layouts made by hand after the specification and by real tools, changed, and read again.

mod archives;
mod changes;
mod hostile;
mod made;
mod outputs;
mod references;
mod tools;

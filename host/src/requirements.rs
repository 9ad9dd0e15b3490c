//! What a set of wheels has to contain, and what the wheels of a set require.
//!
//! Arguments (`wanted.rs`), requirements files (`file.rs`) and lock files (`lock.rs`) state what is
//! wanted; `check.rs` looks up what all of it requires. Nothing is resolved: a set is given, and is
//! verified. Markers are evaluated for the target (`environment.rs`, `markers.rs`).
//!
//! The reference is the `packaging` that pip has. Its Rust counterpart `pep508_rs` would add two
//! megabytes to the program.

mod check;
mod cursor;
mod environment;
mod file;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod lock;
mod markers;
mod name;
mod requirement;
mod specifier;
mod text;
mod wanted;

#[cfg(test)]
mod tests;

pub(crate) use check::{Member, unmet};
pub(crate) use environment::Environment;
pub(crate) use wanted::Wanted;

/// What a requirements file pins.
pub(crate) use file::read as read_file;
/// What a lock file lists.
pub(crate) use lock::read as read_lock;

//! A door for `fuzz/`: the rooms that read trees which anyone may have made, as a library of their
//! own. Without the other rooms there is no wasmtime to build, which takes longer than fuzzing.
//!
//! It is the root of a crate in `fuzz/`, and no part of the host. Its functions are thin, and what
//! must hold of them is said in the targets.

#![allow(dead_code, unused_imports, reason = "the rooms are made for more than is read here")]

mod error;
mod facts;
mod image;
mod interpreter;
mod platform;
mod process;
mod progress;
mod root;
mod scarcity;
mod times;

pub use image::fuzzing::{Code, Described, binary, describe, variables};

use cap_fs_ext::MetadataExt as _;
use root::{Kind, Missing, Root};
use std::path::Path;

/// What is at a path in a root.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// Its path in the root, free of links.
    pub path: String,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// Whether it is a regular file.
    pub is_file: bool,
}

/// Looks what is at a path in a root. None if nothing is, or if that cannot be told.
#[must_use]
pub fn look(root: &Path, path: &str) -> Option<Place> {
    let place = Root::new(Some(root.to_owned())).look(path).ok()??;
    Some(Place {
        is_directory: place.kind == Kind::Directory,
        is_file: matches!(place.kind, Kind::File | Kind::Program),
        path: place.path,
    })
}

/// Opens a directory in a root, and tells which it is: device and inode. None if it cannot be had.
#[must_use]
pub fn directory(root: &Path, path: &str) -> Option<(u64, u64)> {
    identity(&mut Root::new(Some(root.to_owned())), path, Missing::Leave)
}

/// Makes a directory in a root, tells which it is to `judge`, and takes back what was made.
pub fn make(root: &Path, path: &str, judge: impl FnOnce(Option<(u64, u64)>)) {
    let mut root = Root::new(Some(root.to_owned()));
    let made = identity(&mut root, path, Missing::Make);
    judge(made);
    root.undo();
}

fn identity(root: &mut Root, path: &str, missing: Missing) -> Option<(u64, u64)> {
    let metadata = root.directory(path, missing).ok()??.dir_metadata().ok()?;
    Some((metadata.dev(), metadata.ino()))
}

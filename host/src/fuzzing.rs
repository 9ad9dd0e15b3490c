//! An entry point for `fuzz/`: the modules that read untrusted trees, as a separate library.
//! Without the other modules there is no wasmtime to build, which takes longer than fuzzing.
//!
//! It is the root of a crate in `fuzz/`, and not part of the host. Its functions are thin; the
//! targets define what must hold of their results.

#![allow(dead_code, unused_imports, reason = "the rooms are made for more than is read here")]

/// The part that reads what interpreters have compiled.
mod bytecode {
    pub(crate) mod relocate;

    pub(crate) mod pack {
        mod format;

        pub(crate) fn rewritten(contents: &[u8]) -> Option<Vec<u8>> {
            let format::Unpacked { header, forms } = format::decode(contents).ok()?;
            let forms: Vec<&[u8]> = forms.iter().flatten().map(Vec::as_slice).collect();
            format::encode(&header, &forms).ok()
        }
    }
}
mod binary;
mod digest;
mod error;
mod facts;
mod image;
mod interpreter;
mod platform;
mod process;
mod progress;
mod project;
mod requirements;
mod root;
mod scarcity;
mod times;
mod walk;

pub use image::fuzzing::{Code, Described, binary, describe, variables};
pub use requirements::fuzzing::{Listed, locked, missing, pinned};

use bytecode::relocate::Layout;
use cap_fs_ext::MetadataExt as _;
use root::{Kind, Missing, Root};
use std::path::Path;

/// The end of a path in a root.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// Its path in the root, free of links.
    pub path: String,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// Whether it is a regular file.
    pub is_file: bool,
}

/// Inspects a path in a root. None if nothing is there, or if that cannot be determined.
#[must_use]
pub fn look(root: &Path, path: &str) -> Option<Place> {
    let place = Root::new(Some(root.to_owned())).look(path).ok()??;
    Some(Place {
        is_directory: place.kind == Kind::Directory,
        is_file: matches!(place.kind, Kind::File | Kind::Program),
        path: place.path,
    })
}

/// Opens a directory in a root, and returns its device and inode. None if it cannot be opened.
#[must_use]
pub fn directory(root: &Path, path: &str) -> Option<(u64, u64)> {
    identity(&mut Root::new(Some(root.to_owned())), path, Missing::Leave)
}

/// Makes a directory in a root, passes its device and inode to `judge`, and removes what was made.
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

/// Takes the path and the time out of bytecode of CPython 3. None if it is not understood.
#[must_use]
pub fn canonical(minor: u32, bytecode: &[u8], path: &str) -> Option<Vec<u8>> {
    Layout::of("cpython", [3, minor, 0])?.canonical(bytecode, path)
}

/// Puts a path and a time into bytecode of CPython 3 that has none.
#[must_use]
pub fn relocated(minor: u32, canonical: &[u8], path: &str, modified: u64) -> Option<Vec<u8>> {
    Layout::of("cpython", [3, minor, 0])?.relocated(canonical, path, modified)
}

/// Reads a bytecode pack, and writes what it contains. None if it is refused.
#[must_use]
pub fn pack(contents: &[u8]) -> Option<Vec<u8>> {
    bytecode::pack::rewritten(contents)
}

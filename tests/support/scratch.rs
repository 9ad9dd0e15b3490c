//! A directory that goes away with the test.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// An empty directory with a home directory beside it, both removed on drop.
pub(crate) struct Scratch {
    /// Removes everything when it is dropped.
    _directory: TempDir,
    work: PathBuf,
    home: PathBuf,
}

impl Scratch {
    /// Makes the two directories.
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().expect("a temporary directory can be made");
        // Where the temporary directory is reached through a link (macOS), the interpreter
        // may report the other spelling. No test here is about that.
        let base = directory.path().canonicalize().expect("a new directory has a real path");
        let (work, home) = (base.join("work"), base.join("home"));
        for made in [&work, &home] {
            fs::create_dir(made).expect("a new directory takes directories");
        }
        Self { _directory: directory, work, home }
    }

    /// Where the test does its work.
    pub(crate) fn work(&self) -> &Path {
        &self.work
    }

    /// What programs are told is their home; nothing is ever found in it.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }
}

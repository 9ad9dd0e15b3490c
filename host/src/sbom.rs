//! The file for a bill of materials.

use anyhow::{Context as _, Result};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A bill of materials to be written. Dropped before that, it leaves the file's former contents.
pub(crate) struct Sbom {
    path: PathBuf,
    file: Option<File>,
    is_new: bool,
}

impl Sbom {
    /// Opens the file, without changing its contents.
    pub(crate) fn begin(path: &Path) -> Result<Sbom> {
        let is_new = path.symlink_metadata().is_err();
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = opened.with_context(|| format!("failed to open `{}`", path.display()))?;
        Ok(Sbom { path: path.to_owned(), file: Some(file), is_new })
    }

    /// Writes it, if there is one to write.
    pub(crate) fn finish(mut self, text: Option<&str>) -> Result<()> {
        let (Some(text), Some(mut file)) = (text, self.file.take()) else {
            return Ok(());
        };
        let written = file.set_len(0).and_then(|()| file.write_all(text.as_bytes()));
        written.with_context(|| format!("failed to write `{}`", self.path.display()))
    }
}

impl Drop for Sbom {
    fn drop(&mut self) {
        // A file that was made for nothing is removed.
        if self.is_new && self.file.take().is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

//! The place of a bill of materials: a file, or standard output.

use crate::output;
use anyhow::{Context as _, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A bill of materials to be written. Dropped before that, it leaves the file's former contents.
pub(crate) enum Sbom {
    /// It is printed.
    Stdout,
    /// It is written to a file.
    File(SbomFile),
}

/// The file of a bill of materials.
pub(crate) struct SbomFile {
    path: PathBuf,
    file: Option<File>,
    is_new: bool,
}

/// Whether the option `--sbom` names standard output.
pub(crate) fn is_stdout(path: Option<&Path>) -> bool {
    path == Some(Path::new("-"))
}

impl Sbom {
    /// Opens the file, without changing its contents.
    pub(crate) fn begin(path: &Path) -> Result<Sbom> {
        if is_stdout(Some(path)) {
            return Ok(Sbom::Stdout);
        }
        let is_new = path.symlink_metadata().is_err();
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = opened.with_context(|| format!("failed to open `{}`", path.display()))?;
        Ok(Sbom::File(SbomFile { path: path.to_owned(), file: Some(file), is_new }))
    }

    /// Whether it is printed to standard output, which has no room for a report then.
    pub(crate) fn is_stdout(&self) -> bool {
        matches!(self, Sbom::Stdout)
    }

    /// Writes it, if there is one to write.
    pub(crate) fn finish(self, text: Option<&str>) -> Result<()> {
        let Some(text) = text else { return Ok(()) };
        match self {
            Sbom::Stdout => output::print(text),
            Sbom::File(file) => file.write(text),
        }
    }
}

impl SbomFile {
    fn write(mut self, text: &str) -> Result<()> {
        let file = self.file.take().ok_or(io::ErrorKind::NotFound);
        let written = file.map_err(io::Error::from).and_then(|mut file| {
            file.set_len(0)?;
            file.write_all(text.as_bytes())
        });
        written.with_context(|| format!("failed to write `{}`", self.path.display()))
    }
}

impl Drop for SbomFile {
    fn drop(&mut self) {
        // A file that was made for nothing is removed.
        if self.is_new && self.file.take().is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

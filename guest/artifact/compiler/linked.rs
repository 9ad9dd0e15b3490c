//! The compiler as a part of the build script, for builds outside of the repository.

use crate::{compile, variable};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The compiler, and the directory that it writes to.
pub(crate) struct Compiler {
    directory: PathBuf,
}

impl Compiler {
    /// Makes the directory for machine code.
    pub(crate) fn new() -> Result<Compiler> {
        let directory = Path::new(&variable("OUT_DIR")?).join("compiled");
        fs::create_dir_all(&directory).context("failed to create a directory for machine code")?;
        Ok(Compiler { directory })
    }

    /// Compiles a component of `OUT_DIR`, and returns the directory with its machine code.
    pub(crate) fn compile(&self, component: &Path) -> Result<&Path> {
        compile::compile(&variable("TARGET")?, component, &self.directory)?;
        Ok(&self.directory)
    }
}

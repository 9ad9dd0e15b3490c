//! The compiler as a program, `guest/compiler`, which is built once for all builds in the target directory,
//! and compiles a component once for each target.

use crate::{build, read, run_to_end, target_directory, variable, watch};
use anyhow::{Context as _, Result};
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{self, Command};

/// The compiler.
pub(crate) struct Compiler {
    program: PathBuf,
}

impl Compiler {
    /// Builds the compiler, which runs on this machine.
    pub(crate) fn new() -> Result<Compiler> {
        let (package, profile) = ("ensurepip-guest-compiler", "guest-compiler");
        let features = match variable("CARGO_CFG_TARGET_ARCH")?.as_str() {
            "x86_64" | "aarch64" => "compile",
            _ => "every-cpu",
        };
        let directory = build(package, &["--features", features, "--profile", profile])?;
        let built = directory.join(profile).join(package);
        watch(&built.with_extension("d"))?;
        Ok(Compiler { program: built.with_extension(env::consts::EXE_EXTENSION) })
    }

    /// Compiles a component of `OUT_DIR`, and returns the directory with its machine code. It is made once
    /// for all builds in the target directory: compiling takes longer than most of them.
    pub(crate) fn compile(&self, component: &Path) -> Result<PathBuf> {
        let target = variable("TARGET")?;
        let parent = target_directory()?.join("guest/compiled");
        let directory = parent.join(format!("{target}-{:016x}", self.inputs(component)?));
        if directory.is_dir() {
            return Ok(directory);
        }
        // Other builds may be doing the same. The first to finish provides the directory.
        let unfinished = parent.join(format!("{target}-unfinished-{}", process::id()));
        fs::create_dir_all(&unfinished).context("failed to create a directory for machine code")?;
        let mut command = Command::new(&self.program);
        command.arg(target).arg(component).arg(&unfinished);
        run_to_end(&mut command, "compile the component ahead of time")?;
        if fs::rename(&unfinished, &directory).is_err() {
            fs::remove_dir_all(&unfinished)
                .context("failed to remove a directory of machine code")?;
        }
        Ok(directory)
    }

    /// A hash of everything that machine code depends on, beside its target.
    fn inputs(&self, component: &Path) -> Result<u64> {
        let mut hasher = DefaultHasher::new();
        for path in [&self.program, component] {
            read(path)?.hash(&mut hasher);
        }
        Ok(hasher.finish())
    }
}

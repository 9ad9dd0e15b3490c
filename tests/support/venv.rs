//! Virtual environments without pip.

use std::path::{Path, PathBuf};

use super::interpreters::Interpreter;
use super::process::Program;

/// Makes a virtual environment without pip in `directory` and returns its interpreter.
pub(crate) fn make_without_pip(
    interpreter: &Interpreter,
    directory: &Path,
    home: &Path,
) -> PathBuf {
    Program::new(&interpreter.executable, home)
        .arguments(["-m", "venv", "--without-pip"])
        .argument(directory)
        .run()
        .expect_success();
    python_of(directory)
}

/// The library directory of the virtual environment in `directory`.
pub(crate) fn library_of(directory: &Path) -> PathBuf {
    let versions = directory.join("lib").read_dir().expect("there is a lib directory");
    let version = versions.flatten().next().expect("there is a version in it");
    version.path().join("site-packages")
}

/// The interpreter of the virtual environment in `directory`, which need not exist yet.
pub(crate) fn python_of(directory: &Path) -> PathBuf {
    directory.join("bin").join("python")
}

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

/// The interpreter of the virtual environment in `directory`, which need not exist yet.
pub(crate) fn python_of(directory: &Path) -> PathBuf {
    directory.join("bin").join("python")
}

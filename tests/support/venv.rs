//! Virtual environments without pip.
//!
//! `venv` makes one for each Python. The others are copies, with another path in their files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::interpreters::Interpreter;
use super::process::Program;
use super::scratch::Scratch;
use super::tree::Tree;

/// The name of an environment that can be copied. Its files contain the name as well.
const NAME: &str = "venv";

/// An environment, and the path in its files.
struct Made {
    tree: Tree,
    path: String,
}

/// Makes a virtual environment without pip in `directory` and returns its interpreter.
pub(crate) fn make_without_pip(
    interpreter: &Interpreter,
    directory: &Path,
    home: &Path,
) -> PathBuf {
    match directory.to_str().filter(|path| is_plain(path) && directory.ends_with(NAME)) {
        Some(path) => copy(interpreter, directory, path),
        None => make(interpreter, directory, home),
    }
    python_of(directory)
}

/// Runs `venv` to make one.
fn make(interpreter: &Interpreter, directory: &Path, home: &Path) {
    Program::new(&interpreter.executable, home)
        .arguments(["-m", "venv", "--without-pip"])
        .argument(directory)
        .run()
        .expect_success();
}

/// Copies an environment, which is made first if this test run has none yet.
fn copy(interpreter: &Interpreter, directory: &Path, path: &str) {
    static MADE: Mutex<BTreeMap<PathBuf, Made>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let made = made.entry(interpreter.executable.clone()).or_insert_with(|| {
        let scratch = Scratch::new();
        let original = scratch.work().join(NAME);
        make(interpreter, &original, scratch.home());
        let path = original.to_str().expect("temporary directories have plain names");
        Made { tree: Tree::of(&original), path: path.to_owned() }
    });
    made.tree.write_to(directory, &made.path, path);
}

/// Whether quoting in a shell would leave a path unchanged.
fn is_plain(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
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

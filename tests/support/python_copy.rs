//! A Python of the test's own, which it may change: a prefix with a copy of an interpreter and
//! links to its standard library.
//!
//! A package of the library is one link. The programs here must write no bytecode, because it would
//! go through the links.

use super::copy::{copy_files, copy_tree_but};
use super::interpreters::{Interpreter, Interpreters};
use super::process::Program;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// The package that also replaces CPython's `ensurepip`.
pub(crate) const SHIM: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../release/python/src/ensurepip_host");

/// The first Python whose `ensurepip`, and whose tests of it, concern only pip.
const OLDEST: (u32, u32) = (3, 12);

/// A Python with its own prefix, without pip.
pub(crate) struct PythonCopy {
    pub(crate) interpreter: &'static Interpreter,
    pub(crate) prefix: PathBuf,
    pub(crate) python: PathBuf,
    /// Its standard library.
    pub(crate) library: PathBuf,
}

impl PythonCopy {
    /// The newest interpreter that can be copied and whose standard library has a file, if there is
    /// one.
    pub(crate) fn newest_with(file: &str) -> Option<&'static Interpreter> {
        let interpreters = Interpreters::of_this_machine().found.iter().rev();
        interpreters
            .filter(|python| python.version >= OLDEST)
            .find(|python| library_of(python).is_some_and(|library| library.join(file).is_file()))
    }

    /// Makes a copy of an interpreter returned by [`newest_with`](Self::newest_with).
    pub(crate) fn make(interpreter: &'static Interpreter, prefix: &Path) -> Self {
        let original = library_of(interpreter).expect("it can be copied");
        let (name, bin) = (format!("python{}", interpreter.name()), prefix.join("bin"));
        let library = prefix.join("lib").join(&name);
        for made in [&bin, &library, &library.join("site-packages")] {
            fs::create_dir_all(made).expect("a directory can be made");
        }
        fs::copy(&interpreter.executable, bin.join(&name)).expect("an interpreter can be copied");
        for link in ["python", "python3"] {
            symlink(&name, bin.join(link)).expect("a link can be made");
        }
        link_entries(&original, &library, "site-packages");
        Self { interpreter, prefix: prefix.to_owned(), python: bin.join("python3"), library }
    }

    /// Replaces the link to a package by a directory with the same entries, except for names with
    /// this beginning.
    pub(crate) fn without(&self, package: &str, beginning: &str) {
        let directory = self.library.join(package);
        let original = fs::read_link(&directory).expect("a package is a link");
        fs::remove_file(&directory).expect("a link can be removed");
        fs::create_dir(&directory).expect("a directory can be made");
        link_entries(&original, &directory, beginning);
    }

    /// Replaces its `ensurepip` by the one that calls the tool under test.
    pub(crate) fn use_shim(&self) {
        self.remove_ensurepip();
        copy_files(Path::new(SHIM), &self.library.join("ensurepip"));
    }

    /// Removes its `ensurepip`.
    pub(crate) fn remove_ensurepip(&self) {
        fs::remove_file(self.library.join("ensurepip")).expect("a package is a link");
    }

    /// The directory of its pip.
    pub(crate) fn site_packages(&self) -> PathBuf {
        self.library.join("site-packages")
    }

    /// A program that runs this Python, which finds the tool under test.
    pub(crate) fn program(program: &Path, home: &Path) -> Program {
        Program::new(program, home)
            .environment("PYTHONDONTWRITEBYTECODE", "1")
            .environment("ENSUREPIP_HOST", env!("CARGO_BIN_EXE_ensurepip-host"))
    }

    /// This Python.
    pub(crate) fn run(&self, home: &Path) -> Program {
        Self::program(&self.python, home)
    }
}

/// Copies an interpreter with its standard library to a prefix. Its pip is left out, and so are parts that
/// take long and are not needed.
pub(crate) fn copy_with_library(python: &Interpreter, prefix: &Path) {
    let original = python.executable.ancestors().nth(2).expect("it is in a directory `bin`");
    let library = Path::new("lib").join(format!("python{}", python.name()));
    let left_out = ["site-packages", "ensurepip", "test", "idlelib", "tkinter", "turtledemo"];
    copy_tree_but(original, prefix, &|path| {
        let is_pip = path.parent() == Some(Path::new("bin"))
            && !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python"));
        let is_left_out = left_out.iter().any(|name| path == library.join(name));
        is_pip || is_left_out || path.ends_with("__pycache__") || path == Path::new("share")
    });
    let packages = prefix.join(library).join("site-packages");
    fs::create_dir(packages).expect("a directory can be made");
}

/// The standard library of an interpreter, if it is where CPython's own installation puts it: a
/// distributor's may have patches that only work at its place.
fn library_of(interpreter: &Interpreter) -> Option<PathBuf> {
    let executable = interpreter.executable.canonicalize().ok()?;
    let prefix = executable.parent()?.parent()?;
    let library = prefix.join("lib").join(format!("python{}", interpreter.name()));
    let needed = ["os.py", "lib-dynload", "ensurepip", "site-packages"];
    needed.iter().all(|name| library.join(name).exists()).then_some(library)
}

/// Links all entries of a directory, except for names with this beginning.
fn link_entries(from: &Path, to: &Path, left_out: &str) {
    for entry in from.read_dir().expect("a library can be listed").flatten() {
        if !entry.file_name().to_string_lossy().starts_with(left_out) {
            symlink(entry.path(), to.join(entry.file_name())).expect("a link can be made");
        }
    }
}

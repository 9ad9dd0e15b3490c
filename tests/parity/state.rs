//! The state before the programs run: prepared once for a row and an interpreter, and copied for
//! every run, at the same path.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use super::table::{Place, Root, Row, Setuptools};
use crate::support::interpreters::Interpreter;
use crate::support::pip_wheel::{PipWheel, SetuptoolsWheel, pretend_setuptools};
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use crate::support::venv::{self, library_of};

/// A version that no pip has yet.
const PLANTED: &str = "pip-99.dist-info";

/// Scripts that older pips would take for their own: they have entry points of these names.
pub(super) const FOREIGN_SCRIPTS: [&str; 3] = ["pip3.9", "pip3.10", "pip3.11"];

/// The pip in an environment, before the installation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum State {
    Absent,
    Older,
    Same,
    Newer,
    /// Of the same version, without the package and the scripts.
    MetadataAlone,
    OlderMetadataAlone,
    /// A package with a file that is not pip's.
    PackageAlone,
    EggInfo,
    /// An older version, and the metadata of another one that lists the same files.
    TwoVersions,
    /// An older version, beside scripts that it did not install.
    ForeignScript,
    /// None in the environment, and one elsewhere.
    OnPythonPath,
    InCurrentDirectory,
    InSystemSite,
}

/// A place in some state, with its original, and the path at which the programs run.
pub(super) struct Prepared {
    pub(super) row: Row,
    pub(super) interpreter: &'static Interpreter,
    pub(super) scratch: Scratch,
    /// The caches of the user.
    caches: Arc<Scratch>,
    /// Contains everything: the virtual environment, the root, and the planted files.
    pub(super) place: PathBuf,
    /// The place as it is before a run.
    pub(super) kept: PathBuf,
    pub(super) before: Tree,
    /// The pip of `ensurepip`.
    pub(super) bundled: PipWheel,
    /// The setuptools of `ensurepip`, if it installs one.
    pub(super) setuptools: Option<SetuptoolsWheel>,
}

impl Prepared {
    /// Makes the place, or returns what is missing for it.
    pub(super) fn new(row: &Row, interpreter: &'static Interpreter) -> Result<Self, String> {
        let scratch = Scratch::new();
        let bundled = PipWheel::of_ensurepip(interpreter);
        let wheels = bundled.path.parent().filter(|_| interpreter.has_setuptools());
        let setuptools = wheels.map(SetuptoolsWheel::newest_in);
        let place = row.place.make_in(scratch.work());
        let kept = scratch.work().join("kept");
        let (before, caches) = (Tree::of(&place), shared_caches());
        let row = *row;
        let mut prepared =
            Self { row, interpreter, scratch, caches, place, kept, before, bundled, setuptools };
        prepared.make()?;
        fs::rename(&prepared.place, &prepared.kept).expect("a prepared tree can be moved away");
        prepared.before = Tree::of(&prepared.kept);
        Ok(prepared)
    }

    /// The virtual environment.
    pub(super) fn environment(&self) -> PathBuf {
        self.place.join("venv")
    }

    /// The root, if the row has one.
    pub(super) fn root(&self) -> PathBuf {
        self.place.join("root")
    }

    /// The directory of the user's caches, for a run that compares only the names of bytecode: bytecode
    /// that another row compiled from the same wheel will do. None where the bytecode itself matters.
    pub(super) fn caches(&self) -> Option<&Path> {
        let is_about_bytecode = self.row.with_bytecode || !self.row.environment.is_empty();
        (!is_about_bytecode).then(|| self.caches.work())
    }

    /// The directory of files planted outside of both.
    pub(super) fn planted(&self) -> PathBuf {
        self.place.join("planted")
    }

    /// The library directory of the environment, below the place.
    pub(super) fn library(&self) -> PathBuf {
        let kept = self.kept.join("venv");
        Path::new("venv").join(library_of(&kept).strip_prefix(&kept).expect("it is in there"))
    }

    /// Fails the test if a program wrote into a file instead of replacing it.
    pub(super) fn expect_untouched(&self) {
        let differences = self.before.differences("before", &Tree::of(&self.kept), "after");
        assert!(differences.is_empty(), "files were overwritten:\n{}", differences.join("\n"));
    }

    fn make(&self) -> Result<(), String> {
        let environment = self.environment();
        let python = venv::make_without_pip(self.interpreter, &environment, self.scratch.home());
        let library = library_of(&environment);
        if self.row.setuptools == Setuptools::Pretended
            && let Some(setuptools) = &self.setuptools
        {
            pretend_setuptools(setuptools, &library);
        }
        if !matches!(self.row.root, Root::None | Root::NotThereYet) {
            fs::create_dir(self.root()).expect("a root can be made");
        }
        let older = || older_than(&self.bundled).ok_or("an older pip");
        match self.row.state {
            State::Absent => {}
            State::Older => self.install(&older()?, &[], &python),
            State::Same => self.install(&self.bundled, &["--no-compile"], &python),
            State::Newer => {
                let newer = newer_than(&self.bundled).ok_or("a newer pip")?;
                self.install(&newer, &["--no-compile"], &python);
            }
            State::MetadataAlone | State::OlderMetadataAlone => {
                let is_older = self.row.state == State::OlderMetadataAlone;
                let wheel = if is_older { older()? } else { self.bundled.clone() };
                self.install(&wheel, &["--no-compile"], &python);
                fs::remove_dir_all(library.join("pip")).expect("a package can be removed");
                let bin = environment.join("bin");
                for entry in bin.read_dir().expect("there are scripts").flatten() {
                    if entry.file_name().to_string_lossy().starts_with("pip") {
                        fs::remove_file(entry.path()).expect("a script can be removed");
                    }
                }
            }
            State::PackageAlone => {
                fs::create_dir(library.join("pip")).expect("a directory can be made");
                write(&library.join("pip/__init__.py"), "__version__ = '0'\n");
                write(&library.join("pip/stale.py"), "raise ImportError\n");
            }
            State::EggInfo => self.make_egg_info(&library),
            State::TwoVersions => {
                let wheel = older()?;
                self.install(&wheel, &["--no-compile"], &python);
                copy_metadata(&library, &wheel.version, "19.9.9");
            }
            State::ForeignScript => {
                self.install(&older()?, &["--no-compile"], &python);
                let scripts = FOREIGN_SCRIPTS.map(|name| environment.join("bin").join(name));
                for script in scripts.iter().filter(|script| !script.exists()) {
                    write(script, "#!/bin/sh\n");
                }
            }
            State::OnPythonPath | State::InCurrentDirectory => {
                let metadata = self.planted().join(PLANTED);
                fs::create_dir_all(&metadata).expect("a directory can be made");
                write(
                    &metadata.join("METADATA"),
                    "Metadata-Version: 2.1\nName: pip\nVersion: 99\n",
                );
            }
            State::InSystemSite => {
                self.expect_pip_in_system_site()?;
                set_system_site(&environment, true);
            }
        }
        Ok(())
    }

    /// Makes the pip of a wheel, or another one if it does not run there, install the wheel.
    fn install(&self, wheel: &PipWheel, options: &[&str], python: &Path) {
        let able = if wheel.runs_on(self.interpreter.version) { wheel } else { &self.bundled };
        able.install(&wheel.path, options, python, self.scratch.home());
    }

    /// As former versions of `setup.py install` left it.
    fn make_egg_info(&self, library: &Path) {
        let (major, minor) = self.interpreter.version;
        let metadata = library.join(format!("pip-9.0.1-py{major}.{minor}.egg-info"));
        for directory in [&library.join("pip"), &metadata] {
            fs::create_dir(directory).expect("a directory can be made");
        }
        write(&library.join("pip/__init__.py"), "__version__ = '9.0.1'\n");
        let text = "Metadata-Version: 1.1\nName: pip\nVersion: 9.0.1\n";
        write(&metadata.join("PKG-INFO"), text);
        write(&metadata.join("top_level.txt"), "pip\n");
    }

    /// The Python of the environment must have a pip that is not older: then there is nothing to
    /// upgrade either.
    fn expect_pip_in_system_site(&self) -> Result<(), String> {
        let told = Program::new(&self.interpreter.executable, self.scratch.home())
            .arguments(["-m", "pip", "--version"])
            .run();
        let told = told.stdout();
        let version = told.split(' ').nth(1).unwrap_or_default();
        let release = version.split('.').map_while(|number| number.parse().ok());
        if release.collect::<Vec<u32>>() < self.bundled.release() {
            return Err("a pip of the base".to_owned());
        }
        Ok(())
    }
}

/// A directory shared by all rows that run at the same time. The last of them removes it.
fn shared_caches() -> Arc<Scratch> {
    static SHARED: Mutex<Weak<Scratch>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().expect("nothing fails while it is held");
    shared.upgrade().unwrap_or_else(|| {
        let new = Arc::new(Scratch::new());
        *shared = Arc::downgrade(&new);
        new
    })
}

impl Place {
    /// Makes the directory.
    fn make_in(self, work: &Path) -> PathBuf {
        let place = match self {
            Self::Plain => work.join("place"),
            Self::WithSpace => work.join("a place"),
            Self::WithQuote => work.join("a place\"s"),
            Self::ShebangOf(bytes) => {
                let executable = venv::python_of(&work.join("x").join("venv"));
                let shortest = format!("#!{}\n", executable.display()).len();
                let padding = bytes.checked_sub(shortest).expect("a short temporary directory");
                work.join("x".repeat(1 + padding))
            }
        };
        fs::create_dir(&place).expect("a new directory takes a directory");
        place
    }
}

/// Sets whether an environment sees the library of its Python. The file is replaced, not written
/// into: it has other names.
pub(super) fn set_system_site(environment: &Path, is_seen: bool) {
    let path = environment.join("pyvenv.cfg");
    let text = fs::read_to_string(&path).expect("an environment has a configuration");
    let key = "include-system-site-packages = ";
    let text = text.replace(&format!("{key}{}", !is_seen), &format!("{key}{is_seen}"));
    fs::remove_file(&path).expect("a file can be removed");
    write(&path, &text);
}

/// The newest bundled wheel that is older.
fn older_than(wheel: &PipWheel) -> Option<PipWheel> {
    PipWheel::bundled().into_iter().rev().find(|other| other.release() < wheel.release())
}

/// The oldest bundled wheel that is newer: it certainly supports the same Python.
fn newer_than(wheel: &PipWheel) -> Option<PipWheel> {
    PipWheel::bundled().into_iter().find(|other| other.release() > wheel.release())
}

/// Copies the metadata of a version as that of another one.
fn copy_metadata(library: &Path, version: &str, other: &str) {
    let name = |version: &str| format!("pip-{version}.dist-info");
    let (from, to) = (library.join(name(version)), library.join(name(other)));
    fs::create_dir(&to).expect("a library takes a directory");
    for file in ["METADATA", "RECORD"] {
        let text = fs::read_to_string(from.join(file)).expect("the metadata is there");
        let header = |version: &str| format!("\nVersion: {version}\n");
        let text = text.replace(&header(version), &header(other));
        write(&to.join(file), &text.replace(&name(version), &name(other)));
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file can be written");
}

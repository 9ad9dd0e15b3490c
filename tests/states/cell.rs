//! One state of an environment on one interpreter: it is prepared once, and both programs run on
//! copies of it, at the same path.

use std::fs;
use std::path::{Path, PathBuf};

use super::State;
use crate::support::copy::link_tree;
use crate::support::interpreters::Interpreter;
use crate::support::pip_wheel::PipWheel;
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use crate::support::venv::{self, library_of};

/// The first Python whose `ensurepip` installs pip alone.
const FIRST_WITHOUT_SETUPTOOLS: (u32, u32) = (3, 12);

/// An environment in some state, kept aside, and the place where the programs meet it.
pub(super) struct Prepared {
    state: State,
    interpreter: &'static Interpreter,
    scratch: Scratch,
    environment: PathBuf,
    /// The environment as it is before a run.
    kept: PathBuf,
    before: Tree,
    /// The version that is there before a run, and the one that `ensurepip` has.
    former: Option<String>,
    bundled: String,
    /// Where the tree of `ensurepip` is moved to.
    reference: PathBuf,
}

impl Prepared {
    /// Makes the environment; none if there is no wheel that would put it into the state.
    pub(super) fn new(state: State, interpreter: &'static Interpreter) -> Option<Self> {
        let scratch = Scratch::new();
        let of_ensurepip = PipWheel::of_ensurepip(interpreter, scratch.home());
        let former = match state {
            State::Absent => None,
            State::Older => Some(older_than(&of_ensurepip)?),
            State::Same => Some(of_ensurepip.clone()),
            State::Newer => Some(newer_than(&of_ensurepip)?),
        };
        let work = scratch.work();
        let (environment, kept) = (work.join("venv"), work.join("kept"));
        let python = venv::make_without_pip(interpreter, &environment, scratch.home());
        if let Some(former) = &former {
            let able = if former.runs_on(interpreter.version) { former } else { &of_ensurepip };
            // Where nothing is to be removed, it can do without bytecode, and the test is faster.
            let options = if state == State::Older { &[][..] } else { &["--no-compile"] };
            able.install(&former.path, options, &python, scratch.home());
        }
        if interpreter.version < FIRST_WITHOUT_SETUPTOOLS {
            pretend_setuptools(&of_ensurepip.path, &library_of(&environment));
        }
        fs::rename(&environment, &kept).expect("a prepared tree can be moved away");
        let before = Tree::of(&kept);
        let reference = work.join("reference");
        let former = former.map(|former| former.version);
        let bundled = of_ensurepip.version;
        Some(Self {
            state,
            interpreter,
            scratch,
            environment,
            kept,
            before,
            former,
            bundled,
            reference,
        })
    }

    /// Everything in which the two programs differ, in lines to be read.
    pub(super) fn faults(&self, options: &[&str]) -> Vec<String> {
        let home = self.scratch.home();
        let python = venv::python_of(&self.environment);
        link_tree(&self.kept, &self.environment);
        let ensurepip = Program::new(&python, home)
            .arguments(["-m", "ensurepip"])
            .arguments(options)
            .source_date_epoch()
            .run();
        fs::rename(&self.environment, &self.reference).expect("a tree can be moved away");
        link_tree(&self.kept, &self.environment);
        let wheels = self.interpreter.wheel_directory.as_deref().expect("it has an ensurepip");
        let ours = Program::under_test(home)
            .argument("--python")
            .argument(&python)
            .argument("--wheel-dir")
            .argument(wheels)
            .arguments(options)
            .source_date_epoch()
            .run();
        let mut faults = differences_of_status(&ensurepip, &ours);
        // Two programs that do nothing leave the same.
        let is_upgrade = options.contains(&"-U") && self.state == State::Older;
        let version = self.former.as_ref().filter(|_| !is_upgrade).unwrap_or(&self.bundled);
        let metadata = library_of(&self.reference).join(format!("pip-{version}.dist-info"));
        if !metadata.is_dir() {
            faults.push(format!("ensurepip has not left pip {version}: {ensurepip}"));
        }
        faults.extend(content(&self.reference).differences(
            "ensurepip",
            &content(&self.environment),
            "ours",
        ));
        for used in [&self.reference, &self.environment] {
            fs::remove_dir_all(used).expect("a tree of the test can be removed");
        }
        faults
    }

    /// Fails the test if a program wrote into a file instead of replacing it.
    pub(super) fn expect_untouched(&self) {
        let differences = self.before.differences("before", &Tree::of(&self.kept), "after");
        assert!(differences.is_empty(), "files were overwritten:\n{}", differences.join("\n"));
    }
}

/// A tree, with bytecode as names: the parity tests look into that.
fn content(directory: &Path) -> Tree {
    Tree::of(directory).without_bytecode_content()
}

fn differences_of_status(ensurepip: &Finished, ours: &Finished) -> Vec<String> {
    if ensurepip.status() == ours.status() {
        return Vec::new();
    }
    vec![ensurepip.to_string(), ours.to_string()]
}

/// The newest of our wheels that is older.
fn older_than(wheel: &PipWheel) -> Option<PipWheel> {
    PipWheel::bundled().into_iter().rev().find(|other| other.release() < wheel.release())
}

/// The oldest of our wheels that is newer: it surely supports the same Python.
fn newer_than(wheel: &PipWheel) -> Option<PipWheel> {
    PipWheel::bundled().into_iter().find(|other| other.release() > wheel.release())
}

/// Makes the setuptools look installed that `ensurepip` has beside pip, so that it leaves it alone.
fn pretend_setuptools(wheel: &Path, library: &Path) {
    let directory = wheel.parent().expect("a wheel is in a directory");
    let entries = directory.read_dir().expect("a directory of wheels can be listed");
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let version = names
        .filter_map(|name| {
            let (version, _tag) = name.strip_prefix("setuptools-")?.split_once('-')?;
            Some(version.to_owned())
        })
        .max()
        .expect("before 3.12 setuptools is beside pip");
    let metadata = library.join(format!("setuptools-{version}.dist-info"));
    fs::create_dir(&metadata).expect("a library takes a directory");
    let text = format!("Metadata-Version: 2.1\nName: setuptools\nVersion: {version}\n");
    fs::write(metadata.join("METADATA"), text).expect("a file can be written");
    fs::write(metadata.join("RECORD"), "").expect("a file can be written");
}

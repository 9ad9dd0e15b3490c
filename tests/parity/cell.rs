//! One case on one interpreter: both programs run, and what they left is compared.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Case, Place, Root};
use crate::support::bytecode::{Comparison, Headers};
use crate::support::interpreters::Interpreter;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::tree::{Tree, shortened};
use crate::support::venv;

/// A case, an interpreter, and the directories in which they meet.
pub(super) struct Cell {
    case: Case,
    interpreter: &'static Interpreter,
    scratch: Scratch,
    virtual_environment: PathBuf,
    root: PathBuf,
    /// Where the tree of `ensurepip` is moved to.
    reference: PathBuf,
}

impl Cell {
    /// Makes the directories.
    pub(super) fn new(case: Case, interpreter: &'static Interpreter) -> Self {
        let scratch = Scratch::new();
        let place = case.place.make_in(scratch.work());
        Self {
            case,
            interpreter,
            virtual_environment: place.join("venv"),
            root: place.join("root"),
            reference: place.join("reference"),
            scratch,
        }
    }

    /// Everything in which the two programs differ, in lines to be read.
    pub(super) fn faults(&self) -> Vec<String> {
        let home = self.scratch.home();
        self.prepare();
        let ensurepip = self
            .with_options(
                Program::new(&venv::python_of(&self.virtual_environment), home)
                    .arguments(["-m", "ensurepip"]),
            )
            .run();
        if !ensurepip.succeeded() {
            return vec![ensurepip.to_string()];
        }
        // Ours gets the same paths, and nothing of what is there now.
        fs::rename(self.target(), &self.reference).expect("a finished tree can be moved away");
        self.prepare();
        let untouched = self.beside_target();
        let ours = self
            .with_options(
                Program::under_test(home)
                    .argument("--python")
                    .argument(venv::python_of(&self.virtual_environment))
                    .argument("--wheel-dir")
                    .argument(self.wheel_directory()),
            )
            .run();
        if !ours.succeeded() {
            return vec![ours.to_string()];
        }
        let left_by_us = Tree::of(self.target());
        let mut faults = self.bytecode_faults(&left_by_us);
        faults.splice(..0, self.tree_faults(left_by_us));
        faults.extend(untouched.differences("before", &self.beside_target(), "after"));
        faults
    }

    fn wheel_directory(&self) -> &Path {
        self.interpreter.wheel_directory.as_deref().expect("only one with ensurepip is compared")
    }

    /// Makes whatever of virtual environment and root is to be there and is not.
    fn prepare(&self) {
        if !self.virtual_environment.exists() {
            venv::make_without_pip(
                self.interpreter,
                &self.virtual_environment,
                self.scratch.home(),
            );
        }
        if !matches!(self.case.root, Root::None | Root::NotThereYet) {
            fs::create_dir(&self.root).expect("a root can be made");
        }
    }

    /// The options that both programs share.
    fn with_options(&self, program: Program) -> Program {
        let program = program.arguments(self.case.options);
        let program = match self.case.headers {
            Headers::Identical => program.source_date_epoch(),
            Headers::OfOwnSource => program,
        };
        let root = match self.case.root {
            Root::None => return program,
            Root::Plain | Root::NotThereYet => self.root.clone().into_os_string(),
            Root::TrailingSlash => {
                let mut spelling = self.root.clone().into_os_string();
                spelling.push("/");
                spelling
            }
            Root::Relative => OsString::from("root"),
        };
        let beside_root = self.root.parent().expect("the root has a parent");
        program.current_directory(beside_root).argument("--root").argument(root)
    }

    /// The tree that the programs write into.
    fn target(&self) -> &Path {
        if self.case.root == Root::None { &self.virtual_environment } else { &self.root }
    }

    /// The directory that the target will be found under when it is used.
    fn destination(&self) -> &Path {
        if self.case.root == Root::None { &self.virtual_environment } else { Path::new("/") }
    }

    /// What our run has no business with: everything but the target and the reference.
    fn beside_target(&self) -> Tree {
        let work = self.scratch.work();
        let left_out = [self.target(), &self.reference];
        Tree::of_all_but(work, |path| left_out.contains(&work.join(path).as_path()))
    }

    fn tree_faults(&self, left_by_us: Tree) -> Vec<String> {
        let brings_setuptools = self.interpreter.version < (3, 12);
        let left_by_ensurepip = Tree::of_all_but(&self.reference, |path| {
            brings_setuptools && belongs_to_setuptools(path)
        });
        left_by_ensurepip.without_bytecode_content().differences(
            "ensurepip",
            &left_by_us.without_bytecode_content(),
            "ours",
        )
    }

    fn bytecode_faults(&self, left_by_us: &Tree) -> Vec<String> {
        let outcome = Comparison {
            reference: &self.reference,
            ours: self.target(),
            destination: self.destination(),
            headers: self.case.headers,
        }
        .run(self.interpreter, self.scratch.home());
        let mut faults = shortened(outcome.faults);
        // Bytecode could be missing on one side, or on both.
        let present = left_by_us.bytecode_files().count();
        if outcome.compared != present || present == 0 {
            faults.push(format!("{} of {present} bytecode files compared", outcome.compared));
        }
        faults
    }
}

impl Place {
    /// Makes the directory.
    fn make_in(self, work: &Path) -> PathBuf {
        let place = match self {
            Self::Plain => work.join("place"),
            Self::WithSpace => work.join("a place"),
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

/// Whether a path is setuptools, or something that its wheel brings along. Up to 3.7 that is
/// `easy_install`, whose bytecode is all that `__pycache__` beside the packages holds.
fn belongs_to_setuptools(path: &Path) -> bool {
    let mut names = path.iter().map(|name| name.to_string_lossy());
    if path.parent().is_some_and(|parent| parent.ends_with("bin")) {
        return names.next_back().is_some_and(|name| name.starts_with("easy_install"));
    }
    names.any(|name| name == "site-packages")
        && names.next().is_some_and(|name| {
            [
                "setuptools",
                "pkg_resources",
                "_distutils_hack",
                "distutils-precedence.pth",
                "easy_install.py",
                "__pycache__",
            ]
            .contains(&&*name)
                || (name.starts_with("setuptools-") && name.ends_with(".dist-info"))
        })
}

//! One cell of the table: both programs run, and their results are compared.

use sha2::{Digest as _, Sha256};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::differences::{self, Left, Pair};
use super::state::{Prepared, State, set_system_site};
use super::table::{Root, Run, Setuptools};
use crate::support::bytecode::{Comparison, Headers, Outcome};
use crate::support::copy::link_tree;
use crate::support::made_layout::hexadecimal;
use crate::support::pip_wheel::SetuptoolsWheel;
use crate::support::process::{Finished, Program};
use crate::support::tree::{Tree, shortened};
use crate::support::venv;

/// The result of a cell.
pub(super) struct Verdict {
    /// All faults, as readable lines.
    pub(super) faults: Vec<String>,
    /// The differences that occurred, by name.
    pub(super) shown: Vec<&'static str>,
}

/// Runs both programs, and compares.
pub(super) fn run(prepared: &Prepared, run: &Run) -> Verdict {
    let cell = Cell { prepared, run };
    let reference = prepared.scratch.work().join("reference");
    let undisturbed = cell.undisturbed();

    link_tree(&prepared.kept, &prepared.place);
    let ensurepip = cell.ensurepip(true);
    fs::rename(&prepared.place, &reference).expect("a finished tree can be moved away");
    link_tree(&prepared.kept, &prepared.place);
    let ours = cell.ours();

    let mut pair = Pair {
        prepared,
        theirs: Left { status: ensurepip.status(), tree: content(&reference) },
        ours: Left { status: ours.status(), tree: content(&prepared.place) },
        undisturbed,
        has_same_times: true,
        bytecode: prepared.row.with_bytecode.then(|| cell.compared_bytecode(&reference)),
    };
    let mut verdict = Verdict { faults: Vec::new(), shown: Vec::new() };
    for name in differences::expected(prepared, run) {
        if differences::remove(name, &mut pair) {
            verdict.shown.push(name);
        } else {
            verdict.faults.push(format!("the difference `{name}` is expected, and not there"));
        }
    }
    verdict.faults.extend(cell.faults(&pair));
    if !verdict.faults.is_empty() {
        verdict.faults.extend([ensurepip.to_string(), ours.to_string()]);
    }
    for used in [&reference, &prepared.place] {
        fs::remove_dir_all(used).expect("a tree of the test can be removed");
    }
    verdict
}

/// The programs to run, and where.
struct Cell<'a> {
    prepared: &'a Prepared,
    run: &'a Run,
}

impl Cell<'_> {
    /// The result of `ensurepip` without the things that only it takes into account; none if there
    /// are none.
    fn undisturbed(&self) -> Option<Left> {
        let Prepared { row, place, kept, scratch, .. } = self.prepared;
        let is_disturbing = match row.state {
            State::OnPythonPath
            | State::InCurrentDirectory
            | State::InSystemSite
            | State::MetadataAlone => true,
            State::Older => row.root != Root::None,
            _ => row.environment.iter().any(|(name, _)| *name == "ENSUREPIP_OPTIONS"),
        };
        if !is_disturbing {
            return None;
        }
        let environment = self.prepared.environment();
        let library = place.join(self.prepared.library());
        let aside = scratch.work().join("aside");
        link_tree(kept, place);
        match row.state {
            State::InSystemSite => set_system_site(&environment, false),
            State::MetadataAlone | State::Older => move_metadata(&library, &aside),
            _ => {}
        }
        let finished = self.ensurepip(false);
        match row.state {
            State::InSystemSite => set_system_site(&environment, true),
            State::Older => move_metadata(&aside, &library),
            _ => {}
        }
        let left = Left { status: finished.status(), tree: content(place) };
        // Remains that were not put back.
        let _ = fs::remove_dir_all(aside);
        fs::remove_dir_all(place).expect("a tree of the test can be removed");
        Some(left)
    }

    /// Runs `ensurepip`. Interfering files elsewhere can be hidden from it.
    fn ensurepip(&self, is_disturbed: bool) -> Finished {
        let python = venv::python_of(&self.prepared.environment());
        let program = Program::new(&python, self.prepared.scratch.home());
        self.with_options(program.arguments(["-m", "ensurepip"]), is_disturbed).run()
    }

    /// Runs the tool under test.
    fn ours(&self) -> Finished {
        let wheels = self.prepared.interpreter.wheel_directory.as_deref();
        let program = Program::without_cache(self.prepared.scratch.home())
            .argument("--python")
            .argument(venv::python_of(&self.prepared.environment()))
            .argument("--wheel-dir")
            .argument(wheels.expect("only one with ensurepip is compared"));
        let program = match self.prepared.caches() {
            Some(caches) => program.environment("XDG_CACHE_HOME", &caches.to_string_lossy()),
            None => program,
        };
        let program = match self.setuptools() {
            Some(wheel) => {
                program.arguments(["--with", "setuptools", "-r"]).argument(self.pins(wheel))
            }
            None => program,
        };
        self.with_options(program, true).run()
    }

    /// The setuptools that both programs install.
    fn setuptools(&self) -> Option<&SetuptoolsWheel> {
        let is_of_both = self.prepared.row.setuptools == Setuptools::OfBoth;
        self.prepared.setuptools.as_ref().filter(|_| is_of_both)
    }

    /// Writes a requirements file with the digests of both wheels. Without one, setuptools would not be
    /// trusted to have a `.pth` file.
    fn pins(&self, setuptools: &SetuptoolsWheel) -> PathBuf {
        let pip = &self.prepared.bundled;
        let wheels = [
            ("pip", &pip.version, &pip.path),
            ("setuptools", &setuptools.version, &setuptools.path),
        ];
        let lines = wheels.map(|(project, version, path)| {
            let digest = Sha256::digest(fs::read(path).expect("a wheel can be read"));
            format!("{project}=={version} --hash=sha256:{}\n", hexadecimal(&digest))
        });
        let file = self.prepared.scratch.work().join("requirements.txt");
        fs::write(&file, lines.concat()).expect("a file can be written");
        file
    }

    /// The settings that both programs share.
    fn with_options(&self, mut program: Program, is_disturbed: bool) -> Program {
        let Prepared { row, place, .. } = self.prepared;
        program = program.arguments(self.run.options).umask(row.umask);
        if row.is_reproducible {
            program = program.source_date_epoch();
        }
        let mut directory = place.clone();
        if is_disturbed {
            for (name, value) in row.environment {
                program = program.environment(name, value);
            }
            let planted = self.prepared.planted();
            match row.state {
                State::OnPythonPath => {
                    program = program.environment("PYTHONPATH", &planted.to_string_lossy());
                }
                State::InCurrentDirectory => directory = planted,
                _ => {}
            }
        }
        program = program.current_directory(&directory);
        let root = match row.root {
            Root::None => return program,
            Root::Plain | Root::NotThereYet => self.prepared.root().into_os_string(),
            Root::TrailingSlash => {
                let mut spelling = self.prepared.root().into_os_string();
                spelling.push("/");
                spelling
            }
            Root::Relative => OsString::from("root"),
        };
        program.argument("--root").argument(root)
    }

    /// The faults that remain after the accepted differences are removed.
    fn faults(&self, pair: &Pair<'_>) -> Vec<String> {
        let Pair { theirs, ours, .. } = pair;
        let mut faults = Vec::new();
        if theirs.status != ours.status {
            faults.push(format!("status {:?} | {:?}", theirs.status, ours.status));
        }
        let (before, bundled) = (&self.prepared.before, &self.prepared.bundled);
        if self.run.installs {
            let metadata = metadata_of(&theirs.tree);
            let pip = Some(format!("pip-{}.dist-info", bundled.version));
            let setuptools = self.setuptools();
            let setuptools =
                setuptools.map(|wheel| format!("setuptools-{}.dist-info", wheel.version));
            for name in pip.into_iter().chain(setuptools) {
                if !metadata.iter().any(|path| path.ends_with(&name)) {
                    faults.push(format!("ensurepip has not left {name}, but {metadata:?}"));
                }
            }
        } else {
            let before = before.clone().without_bytecode_content();
            faults.extend(before.differences("before", &theirs.tree, "ensurepip"));
        }
        faults.extend(theirs.tree.differences("ensurepip", &ours.tree, "ours"));
        if pair.has_same_times {
            let files = theirs.tree.files_of_other_times(&ours.tree);
            let lines = files.map(|path| format!("{}: times differ", path.display()));
            faults.extend(shortened(lines.collect()));
        }
        if let Some(bytecode) = &pair.bytecode {
            faults.extend(shortened(bytecode.faults.clone()));
            if bytecode.elsewhere > 0 {
                let count = bytecode.elsewhere;
                faults.push(format!("ensurepip compiled {count} files for another path"));
            }
            // Bytecode could be missing on one side, or on both.
            let present = ours.tree.bytecode_files().count();
            if bytecode.compared != present || present == 0 {
                faults.push(format!("{} of {present} bytecode files compared", bytecode.compared));
            }
        }
        faults
    }

    /// Compares the code objects of both trees, while they exist.
    fn compared_bytecode(&self, reference: &Path) -> Outcome {
        let Prepared { row, interpreter, scratch, place, .. } = self.prepared;
        let (target, destination) = match row.root {
            Root::None => ("venv", self.prepared.environment()),
            _ => ("root", PathBuf::from("/")),
        };
        let is_by_hash = row.is_reproducible && interpreter.has_hashed_bytecode();
        Comparison {
            reference: &reference.join(target),
            ours: &place.join(target),
            destination: &destination,
            headers: if is_by_hash { Headers::Identical } else { Headers::OfOwnSource },
        }
        .run(interpreter, scratch.home())
    }
}

/// A tree, with only the names of bytecode files: code objects are compared separately.
fn content(directory: &Path) -> Tree {
    Tree::of(directory).without_bytecode_content()
}

/// The metadata directories.
fn metadata_of(tree: &Tree) -> Vec<&Path> {
    tree.paths().filter(|path| path.extension().is_some_and(|end| end == "dist-info")).collect()
}

/// Moves the metadata of pip from one directory to another.
fn move_metadata(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory can be made");
    for entry in from.read_dir().expect("a directory of the test can be listed").flatten() {
        if differences::is_metadata_of_pip(&entry.path()) {
            fs::rename(entry.path(), to.join(entry.file_name())).expect("a tree can be moved");
        }
    }
}

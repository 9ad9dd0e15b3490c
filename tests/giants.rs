//! Is a wheel of the largest allowed size installed, and in bounded memory?
//!
//! The wheels have pip's name, so that the program accepts them. Python's `zipfile` makes them and
//! checks the result.

use crate::support::interpreters::Interpreters;
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use std::fs;
use std::path::{Path, PathBuf};

/// How much memory the program may take for the largest wheel, in KiB: the wheel three times, each
/// a tenth of its contents, and the part of the contents that is kept.
const MEMORY: u64 = 1 << 20;

#[test]
fn wheel_with_50000_files_is_installed() {
    let installed = install("many", &["--no-compile"]);
    installed.check(50_000 - 1);
    assert!(installed.memory < MEMORY / 4, "{} KiB", installed.memory);
}

#[test]
fn wheel_of_two_gibibytes_is_installed() {
    let installed = install("large", &["--no-compile"]);
    installed.check(126);
    assert!(installed.memory < MEMORY, "{} KiB", installed.memory);
}

/// The installed tree, and the report.
struct Installed {
    scratch: Scratch,
    wheel: PathBuf,
    root: PathBuf,
    /// The program's peak, in KiB.
    memory: u64,
}

/// Makes a wheel of a kind and installs it below a root.
fn install(kind: &str, arguments: &[&str]) -> Installed {
    let scratch = Scratch::on_disk();
    let wheels = scratch.work().join("wheels");
    fs::create_dir(&wheels).expect("a directory can be made");
    let wheel = wheels.join("pip-99.0-py3-none-any.whl");
    python(&scratch).argument("make").argument(kind).argument(&wheel).run().expect_success();
    let root = scratch.work().join("root");
    fs::create_dir(&root).expect("a directory can be made");
    let finished = python(&scratch)
        .argument("run")
        .argument(env!("CARGO_BIN_EXE_ensurepip-host"))
        .arguments(["-q", "--root"])
        .argument(&root)
        .argument("--wheel-dir")
        .argument(&wheels)
        .arguments(arguments)
        .run()
        .expect_success();
    let memory = finished.stdout().trim().parse().expect("the peak is printed");
    Installed { scratch, wheel, root, memory }
}

impl Installed {
    /// Compares all files, and their number.
    fn check(&self, files: usize) {
        let library = library(&self.root).expect("pip was installed");
        let judged: Finished = python(&self.scratch)
            .argument("check")
            .argument(&self.wheel)
            .argument(&library)
            .run()
            .expect_success();
        assert_eq!(judged.stdout(), format!("{files} files compared\n"));
    }
}

/// The directory that contains the package, at any depth.
fn library(directory: &Path) -> Option<PathBuf> {
    if directory.join("pip").is_dir() {
        return Some(directory.to_owned());
    }
    let entries = directory.read_dir().ok()?.flatten();
    entries.map(|entry| entry.path()).find_map(|path| library(&path))
}

/// The newest Python, set up to run the script.
fn python(scratch: &Scratch) -> Program {
    Program::new(&Interpreters::newest().executable, scratch.home())
        .arguments(["-B", concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/giants/giants.py")])
}

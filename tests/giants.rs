//! Are wheels of the largest allowed size, and large sets, installed in bounded memory?
//!
//! Single wheels have pip's name, so that the program accepts them. Python's `zipfile` makes them and
//! checks the result.

use crate::support::interpreters::Interpreters;
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use std::fs;
use std::path::{Path, PathBuf};

/// How much memory the program may take for the largest wheel, in KiB: the wheel once, a tenth of its
/// contents, and a quarter of a gibibyte for everything else.
const MEMORY: u64 = (2 << 20) / 10 + (256 << 10);

#[test]
fn wheel_with_50000_files_is_installed() {
    let installed = install("many", &["--no-compile"]);
    installed.check(50_000 - 1);
    assert!(installed.memory < 256 << 10, "{} KiB", installed.memory);
}

#[test]
fn wheel_of_two_gibibytes_is_installed() {
    let installed = install("large", &["--no-compile"]);
    installed.check(126);
    assert!(installed.memory < MEMORY, "{} KiB", installed.memory);
}

/// A set of so many files is bounded by the largest of its wheels, and by what is known of each file.
#[test]
fn set_of_20000_files_is_installed_in_little_memory() {
    let scratch = Scratch::on_disk();
    let wheels = scratch.work().join("wheels");
    python(&scratch).argument("make-set").argument(&wheels).run().expect_success();
    let contents: u64 = 20 * 1_000 * 9_600;
    let root = scratch.work().join("root");
    let list = wheels.join("set.txt");
    let list = list.to_str().expect("temporary directories have plain names");
    let memory = run(&scratch, (&root, &wheels), &["--no-compile", "-r", list]);
    let most = (64 << 10) + contents / 10 / 1024;
    assert!(memory < most, "{memory} KiB of {most}");
    let library = library(&root).expect("it was installed");
    for number in 0..20 {
        let name = format!("big{number:02}");
        let wheel = wheels.join(format!("{name}-1.0-py3-none-any.whl"));
        compare(&scratch, (&wheel, &format!("{name}-1.0")), &library, 1_000 + 2);
    }
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
    let memory = run(&scratch, (&root, &wheels), arguments);
    Installed { scratch, wheel, root, memory }
}

/// Installs from a directory of wheels into a new root. Returns the program's peak, in KiB.
fn run(scratch: &Scratch, (root, wheels): (&Path, &Path), arguments: &[&str]) -> u64 {
    fs::create_dir(root).expect("a directory can be made");
    let finished = python(scratch)
        .argument("run")
        .argument(env!("CARGO_BIN_EXE_ensurepip-host"))
        .arguments(["-q", "--root"])
        .argument(root)
        .argument("--wheel-dir")
        .argument(wheels)
        .arguments(arguments)
        .run()
        .expect_success();
    finished.stdout().trim().parse().expect("the peak is printed")
}

/// Compares all files of a wheel with those in a library, and their number.
fn compare(scratch: &Scratch, (wheel, name): (&Path, &str), library: &Path, files: usize) {
    let judged: Finished = python(scratch)
        .argument("check")
        .argument(wheel)
        .argument(name)
        .argument(library)
        .run()
        .expect_success();
    assert_eq!(judged.stdout(), format!("{files} files compared\n"));
}

impl Installed {
    /// Compares all files, and their number.
    fn check(&self, files: usize) {
        let library = library(&self.root).expect("pip was installed");
        compare(&self.scratch, (&self.wheel, "pip-99.0"), &library, files);
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

//! Is bytecode equal, byte for byte, to that of CPython's own tools?
//!
//! `ensurepip`, `compileall` and the tool compile the same sources at the same place. Bytecode depends
//! a little on the process that wrote it: which equal strings it had in memory, and before 3.11 the
//! order of its sets. So two processes of CPython differ in some files, which cannot be compared. In
//! all others, which are counted, the tool must write the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use crate::support::announce::{announce, fail_if_required};
use crate::support::images::{Image, SID_3_14, SID_3_15, copy};
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::pip_wheel::{SetuptoolsWheel, pretend_setuptools};
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::tree::{Tree, is_bytecode};
use crate::support::venv;

/// The first Python that is tested.
const FIRST: (u32, u32) = (3, 8);

/// The first Python that writes the same in any process, except for the names of some classes.
const FIRST_STEADY: (u32, u32) = (3, 11);

/// A Python with an environment, and how to start programs there.
struct Place<'place> {
    version: (u32, u32),
    /// The environment's path, for programs started there.
    inside: PathBuf,
    /// Its path for this process.
    outside: PathBuf,
    /// The wheel directory of `ensurepip`, for programs started there.
    wheels: PathBuf,
    /// Starts a program, given by its path there.
    start: &'place dyn Fn(&Path) -> Program,
    /// The tool under test.
    tool: Program,
}

/// Bytecode files of pip by their path in the environment.
type Files = BTreeMap<PathBuf, Vec<u8>>;

#[test]
fn bytecode_equals_ensurepip_and_compileall() {
    let interpreters = Interpreters::of_this_machine();
    let compared = interpreters.with_ensurepip().into_iter();
    let compared = compared.filter(|python| !python.is_pypy && python.version >= FIRST);
    let compared = compared.collect::<Vec<_>>();
    let (one, other) = compared.split_at(compared.len() / 2);
    let mut lines = Vec::new();
    thread::scope(|scope| {
        let other = scope.spawn(|| other.iter().map(|python| on_machine(python)).collect());
        lines.extend(one.iter().map(|python| on_machine(python)));
        let other: Vec<String> = other.join().expect("it is the same everywhere");
        lines.extend(other);
    });
    report_cells(&lines);
    fail_if_required(&interpreters.missing);
}

/// Without the suite there is no cell, which is announced.
#[test]
fn bytecode_equals_ensurepip_on_new_pythons() {
    let (mut lines, mut missing) = (Vec::new(), Vec::new());
    for recipe in [&SID_3_14, &SID_3_15] {
        let scratch = Scratch::new();
        match recipe.copy_to(&scratch.work().join("image")) {
            Ok(image) => lines.push(in_image(&image, &scratch)),
            Err(reason) => missing.push(reason),
        }
    }
    report_cells(&lines);
    if !missing.is_empty() {
        let (count, missing) = (missing.len(), missing.join(", "));
        announce(&format!("bytecode: {count} cells of a moving suite did not run: {missing}"));
    }
}

fn report_cells(lines: &[String]) {
    let count = lines.len();
    announce(&format!("bytecode: {count} cells ran: {}", lines.join("; ")));
}

/// Compares on this machine.
fn on_machine(python: &Interpreter) -> String {
    let scratch = Scratch::new();
    let environment = scratch.work().join("venv");
    venv::make_without_pip(python, &environment, scratch.home());
    let wheels = python.wheel_directory.clone().expect("only one with ensurepip is compared");
    if python.has_setuptools() {
        pretend_setuptools(&SetuptoolsWheel::newest_in(&wheels), &venv::library_of(&environment));
    }
    let place = Place {
        version: python.version,
        inside: environment.clone(),
        outside: environment,
        wheels,
        start: &|program| Program::new(program, scratch.home()),
        tool: Program::without_cache(scratch.home()),
    };
    compare(place)
}

/// Compares in an image, where the tool runs as well: this machine has no such Python.
fn in_image(image: &Image, scratch: &Scratch) -> String {
    let environment = Path::new("/venv");
    let make = image.python(scratch.home()).arguments(["-m", "venv", "--without-pip"]);
    make.argument(environment).run().expect_success();
    let (_, minor) = image.recipe.version.split_once('.').expect("a version has two numbers");
    let place = Place {
        version: (3, minor.parse().expect("they are numbers")),
        inside: environment.to_owned(),
        outside: image.at(environment),
        wheels: PathBuf::from("/usr/share/python-wheels"),
        start: &|program| image.program(program, scratch.home()),
        tool: image.tool_inside(scratch.home()),
    };
    compare(place)
}

/// Makes all three compile, and compares the results. Returns the announcement.
fn compare(place: Place<'_>) -> String {
    let Place { version, inside, outside, wheels, start, tool } = place;
    let name = format!("{}.{}", version.0, version.1);
    let python = venv::python_of(&inside);
    let empty = outside.with_extension("empty");
    copy(&outside, &empty);

    let ensurepip = start(&python).arguments(["-m", "ensurepip"]).source_date_epoch();
    ensurepip.environment("PYTHONHASHSEED", "1").run().expect_success();
    let by_ensurepip = bytecode(&outside);
    let theirs = Tree::of(&outside).without_bytecode_content();

    for path in by_ensurepip.keys() {
        fs::remove_file(outside.join(path)).expect("a file of the test can be removed");
    }
    let library = venv::library_of(&outside);
    let library = library.strip_prefix(&outside).expect("it is in there");
    // Without `site`, no code of setuptools or a distributor runs in that process.
    let compileall = start(&python).arguments(["-S", "-m", "compileall", "-q"]);
    let compileall = compileall.arguments(["--invalidation-mode", "checked-hash"]);
    let compileall = compileall.argument(inside.join(library).join("pip"));
    compileall.environment("PYTHONHASHSEED", "2").run().expect_success();
    let by_compileall = bytecode(&outside);

    fs::remove_dir_all(&outside).expect("a tree of the test can be removed");
    copy(&empty, &outside);
    let tool = tool.argument("--python").argument(&python).argument("--wheel-dir");
    tool.argument(wheels).source_date_epoch().run().expect_success();
    let ours = bytecode(&outside);
    let tree = Tree::of(&outside).without_bytecode_content();
    let differences = theirs.differences("ensurepip", &tree, "ours");
    assert!(differences.is_empty(), "{name}:\n{}", differences.join("\n"));

    assert!(ours.len() > 300, "{name}: only {} files", ours.len());
    let mut steady = 0;
    for (path, bytes) in &ours {
        let [ensurepip, compileall] = [&by_ensurepip, &by_compileall].map(|by| &by[path]);
        let is_steady = ensurepip == compileall;
        steady += usize::from(is_steady);
        if is_steady || version >= FIRST_STEADY {
            assert!(bytes == compileall, "{name}: {} is other bytecode", path.display());
        }
    }
    assert!(steady > 0, "{name}: nothing was compared");
    format!("{name}: {} files, of which {steady} are steady and the same", ours.len())
}

/// The bytecode files of pip below an environment.
fn bytecode(environment: &Path) -> Files {
    let mut pending = vec![venv::library_of(environment).join("pip")];
    let mut found = Files::new();
    while let Some(directory) = pending.pop() {
        for entry in directory.read_dir().expect("a directory can be listed").flatten() {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
            } else if is_bytecode(&path) {
                let name = path.strip_prefix(environment).expect("it is in there").to_owned();
                found.insert(name, fs::read(path).expect("a file can be read"));
            }
        }
    }
    found
}

//! Is bytecode from a pack what the interpreter would compile, and is a bad pack refused?
//!
//! The expected trees are those of runs that compile.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::announce::{announce, fail_if_required};
use crate::support::copy::write_program;
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::process::{Finished, Program};
use crate::support::python_copy::copy_with_library;
use crate::support::sample::has_cell;
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::tree::Tree;

/// Is every pack refused that does not fit or is damaged?
mod refused;

/// Does an image for another CPU get what its own Python would compile?
mod other_cpu;

/// A directory without programs.
const NO_PROGRAMS: &str = "/var/empty";

/// Runs the tool to write a pack.
fn write(python: &Path, pack: &Path, home: &Path) -> Finished {
    let tool = Program::under_test(home).arguments(["bytecode-pack", "-o"]).argument(pack);
    tool.argument("--python").argument(python).run()
}

/// Writes the pack of a Python into a directory.
fn pack_of(python: &Interpreter, scratch: &Scratch) -> PathBuf {
    let pack = scratch.work().join(format!("{}.pack", python.name()));
    write(&python.executable, &pack, scratch.home()).expect_success();
    pack
}

/// The CPythons that packs are for.
fn pythons() -> Vec<&'static Interpreter> {
    let all = Interpreters::of_this_machine().cpythons();
    all.into_iter().filter(|python| python.has_hashed_bytecode()).collect()
}

fn report(check: &str, ran: &[&Interpreter]) {
    let interpreters = Interpreters::of_this_machine();
    announce(&format!("packs, {check}: {}", interpreters.summary(ran)));
    fail_if_required(&interpreters.missing);
}

#[test]
fn pack_is_reproducible_and_replaced_at_once() {
    let pythons = pythons();
    for python in &pythons {
        let scratch = Scratch::new();
        let pack = pack_of(python, &scratch);
        let first = fs::read(&pack).expect("it is there");
        assert!(first.starts_with(b"ensurepip-host bytecode pack 1\n{"));
        fs::write(&pack, "another file").expect("it is ours");
        let tool = Program::without_cache(scratch.home()).current_directory(scratch.work());
        let tool = tool.environment("PYTHONHASHSEED", "7").environment("TZ", "Asia/Kolkata");
        let name = pack.file_name().expect("it has a name").to_string_lossy().into_owned();
        let python = python.executable.to_string_lossy();
        tool.arguments(["bytecode-pack", "--output", &name, "--python", &python])
            .run()
            .expect_success();
        assert!(fs::read(&pack).expect("it is there") == first, "{python}: the packs differ");
        let names = fs::read_dir(scratch.work()).expect("it can be listed");
        assert_eq!(names.count(), 1, "something is left beside it");
    }
    report("reproducible", &pythons);
}

/// No program is on PATH, and the Python of the image is not run.
#[test]
fn image_with_pack_equals_compiled_image() {
    let pythons = pythons();
    for (row, python) in pythons.iter().enumerate() {
        let scratch = Scratch::new();
        let pack = pack_of(python, &scratch);
        let root = scratch.work().join("image");
        fs::create_dir_all(root.join("opt")).expect("directories can be made");
        copy_with_library(python, &root.join("opt/python"));
        let programs = python.executable.parent().expect("it is in a directory").to_string_lossy();
        for (column, has_epoch) in [false, true].into_iter().enumerate() {
            if !has_cell(row, column) {
                continue;
            }
            let tool = |command: &[&str], path: &str| {
                let tool = Program::without_cache(scratch.home()).arguments(command);
                let tool = tool.argument("--root").argument(&root).environment("PATH", path);
                if has_epoch { tool.source_date_epoch() } else { tool }
            };
            tool(&["--compile"], &programs).run().expect_success();
            let compiled = Tree::of(&root.join("opt"));
            tool(&["uninstall"], NO_PROGRAMS).run().expect_success();
            let before = Tree::of(&root);
            let packed = |tool: Program| tool.argument("--bytecode-pack").argument(&pack).run();
            packed(tool(&["--dry-run"], NO_PROGRAMS)).expect_success();
            assert!(before.differences("before", &Tree::of(&root), "after").is_empty());
            packed(tool(&[], NO_PROGRAMS)).expect_success();
            assert_same(python, &compiled, &Tree::of(&root.join("opt")));
            tool(&["uninstall"], NO_PROGRAMS).run().expect_success();
        }
    }
    report("images", &pythons);
}

/// The Python is asked for its paths, and fails when it has to compile.
#[test]
fn environment_with_pack_compiles_nothing() {
    let pythons = pythons();
    for python in &pythons {
        let target = Target::of(python);
        let pack = pack_of(python, &target.scratch);
        let asked = target.scratch.work().join("python");
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = -I ] && exec '{}' \"$@\"\nexit 1\n",
            target.python.display()
        );
        write_program(&asked, script);
        let install = |name: &str, python: &Path, options: &[&Path]| {
            let root = target.scratch.work().join(name);
            let tool =
                Program::without_cache(target.scratch.home()).argument("--root").argument(&root);
            (tool.argument("--python").argument(python).arguments(options).run(), root)
        };
        let (compiled, expected) = install("compiled", &target.python, &[]);
        compiled.expect_success();
        let (failed, _) = install("failed", &asked, &[]);
        assert!(failed.stderr().contains("failed to compile bytecode"), "{failed}");
        let (packed, found) = install("packed", &asked, &["--bytecode-pack".as_ref(), &pack]);
        packed.expect_success();
        assert_same(python, &Tree::of(&expected), &Tree::of(&found));
    }
    report("environments", &pythons);
}

fn assert_same(python: &Interpreter, compiled: &Tree, packed: &Tree) {
    let differences = compiled.differences("compiled", packed, "from the pack");
    assert!(differences.is_empty(), "{}\n{}", python.name(), differences.join("\n"));
    assert!(packed.bytecode_files().count() > 200, "there is bytecode");
}

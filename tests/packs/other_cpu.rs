//! Does an image for another CPU get what its own Python would compile?
//!
//! The image's own Python runs by an emulator, so this is part of a complete run only.

use std::fs;

use super::{NO_PROGRAMS, pack_of};
use crate::support::announce::{announce, fail_if_required, report_skipped, required};
use crate::support::images::TRIXIE_ARM64;
use crate::support::interpreters::Interpreters;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;

/// Compiles a directory again, beside the sources as Python itself does.
const COMPILE: [&str; 7] =
    ["-B", "-m", "compileall", "-q", "-f", "--invalidation-mode", "timestamp"];

/// Bytecode made on this machine is what that Python compiles, and it is used: nothing is written.
#[test]
fn image_for_other_cpu_gets_bytecode_of_its_own_python() {
    if !required() {
        return announce("packs, another CPU: 0 cells ran, a sample");
    }
    let mut pythons = Interpreters::of_this_machine().found.iter();
    let python = pythons.find(|python| python.name() == TRIXIE_ARM64.version);
    let Some(python) = python else { return report_skipped("packs, another CPU", "Python 3.13") };
    let scratch = Scratch::new();
    let image = match TRIXIE_ARM64.copy_to(&scratch.work().join("image")) {
        Ok(image) => image,
        Err(reason) => return fail_if_required(&[reason]),
    };
    let pack = pack_of(python, &scratch);
    let tool = image.tool(scratch.home()).environment("PATH", NO_PROGRAMS);
    tool.argument("--bytecode-pack").argument(&pack).run().expect_success();
    let library = image.at(TRIXIE_ARM64.library);
    let packed = Tree::of(&library);
    assert!(packed.bytecode_files().count() > 300);

    let code = "import pip._internal.cli.main, pip._internal.commands.install";
    image.python(scratch.home()).arguments(["-c", code]).run().expect_success();
    let differences = packed.differences("installed", &Tree::of(&library), "imported");
    assert!(differences.is_empty(), "{}", differences.join("\n"));

    let compile = image.python(scratch.home()).arguments(COMPILE);
    compile.argument(format!("/{}/pip", TRIXIE_ARM64.library)).run().expect_success();
    let differences = packed.differences("from the pack", &Tree::of(&library), "compiled there");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    fs::remove_dir_all(&image.root).expect("it is ours");
    announce(&format!("packs, another CPU: 1 cell ran: {}", TRIXIE_ARM64.name()));
}

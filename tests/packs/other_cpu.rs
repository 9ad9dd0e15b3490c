//! Does an image for another CPU get what its own Python would compile?
//!
//! The image's own Python runs by an emulator, so this is part of a complete run only.

use std::path::{Path, PathBuf};

use super::{NO_PROGRAMS, pack_of};
use crate::support::announce::{announce, fail_if_required, report_skipped, required};
use crate::support::images::{Image, TRIXIE, TRIXIE_ARM64};
use crate::support::interpreters::Interpreters;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;

/// Compiles a directory again.
const COMPILE: [&str; 5] = ["-B", "-m", "compileall", "-q", "-f"];

/// What imports most of pip.
const IMPORT: &str = "import pip._internal.cli.main, pip._internal.commands.install";

#[test]
fn image_for_other_cpu_gets_bytecode_of_its_own_python() {
    if !required() {
        return announce("packs, another CPU: 0 cells ran, a sample");
    }
    let mut pythons = Interpreters::of_this_machine().found.iter();
    let python = pythons.find(|python| python.name() == TRIXIE_ARM64.version);
    let Some(python) = python else { return report_skipped("packs, another CPU", "Python 3.13") };
    let scratch = Scratch::new();
    let copies = TRIXIE_ARM64.copy_to(&scratch.work().join("arm64"));
    let copies =
        copies.and_then(|image| Ok((image, TRIXIE.copy_to(&scratch.work().join("native"))?)));
    let (image, native) = match copies {
        Ok(copies) => copies,
        Err(reason) => return fail_if_required(&[reason]),
    };
    // Of another patch release: Python uses it, and so writes nothing.
    let packed = install(&image, &pack_of(python, &scratch), &scratch);
    image.python(scratch.home()).arguments(["-c", IMPORT]).run().expect_success();
    assert_same(&packed, &library(&image), "imported");
    let remove = Program::under_test(scratch.home()).environment("PATH", NO_PROGRAMS);
    let remove = remove.arguments(["uninstall", "--break-system-packages", "--root"]);
    remove.argument(&image.root).run().expect_success();

    // Of the same release for another CPU: Python compiles the same.
    let pack = pack_inside(&native, &scratch);
    let packed = install(&image, &pack, &scratch);
    let compile = image.python(scratch.home()).arguments(COMPILE);
    compile.argument(format!("/{}/pip", TRIXIE_ARM64.library)).run().expect_success();
    assert_same(&packed, &library(&image), "compiled there");
    announce(&format!("packs, another CPU: 1 cell ran: {}", TRIXIE_ARM64.name()));
}

/// Writes the pack of an image's own Python, in the image.
fn pack_inside(image: &Image, scratch: &Scratch) -> PathBuf {
    let pack = Path::new("/pack");
    let tool = image.tool_inside(scratch.home()).arguments(["bytecode-pack", "-o"]).argument(pack);
    tool.arguments(["--python", image.recipe.python]).run().expect_success();
    image.at(pack)
}

/// Installs with a pack and without any program on PATH. Returns the library.
fn install(image: &Image, pack: &Path, scratch: &Scratch) -> Tree {
    let tool = image.tool(scratch.home()).environment("PATH", NO_PROGRAMS);
    tool.argument("--bytecode-pack").argument(pack).run().expect_success();
    let packed = library(image);
    assert!(packed.bytecode_files().count() > 300, "there is bytecode");
    packed
}

fn library(image: &Image) -> Tree {
    Tree::of(&image.at(image.recipe.library))
}

fn assert_same(packed: &Tree, other: &Tree, name: &str) {
    let differences = packed.differences("from the pack", other, name);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

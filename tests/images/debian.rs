//! Does pip work in the image afterwards, and is it what pip itself would have left?

use std::fs;
use std::path::Path;

use super::for_each;
use crate::support::images::{
    BOOKWORM, BOOKWORM_PYPY, BULLSEYE, Image, Recipe, SID_3_14, SID_3_15, TRIXIE, TRIXIE_ARM64,
};
use crate::support::made_wheels::{GREETING, WORDS, greeting};
use crate::support::pip_wheel::{OLDER, PipWheel};
use crate::support::process::Program;
use crate::support::sample::outermost_and_middle;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;

const ALL: &[&Recipe] =
    &[&BULLSEYE, &BOOKWORM, &TRIXIE_ARM64, &BOOKWORM_PYPY, &SID_3_14, &SID_3_15];

/// The only directory of the image in which anything may change, by Debian's layout.
const LOCAL: &str = "usr/local";

#[test]
fn debian_image_pip_works_after_install() {
    for_each("pip works", &outermost_and_middle(ALL), |image, scratch| {
        let recipe = image.recipe;
        let before = Tree::of_all_but(&image.root, |path| path == Path::new(LOCAL));
        image.tool(scratch.home()).run().expect_success();
        let after = Tree::of_all_but(&image.root, |path| path == Path::new(LOCAL));
        let changes = before.differences("before", &after, "after");
        assert!(changes.is_empty(), "{}: {}", recipe.name(), changes.join("\n"));
        // For an image, bytecode is off.
        assert_eq!(Tree::of(&image.at(LOCAL)).bytecode_files().next(), None);

        let versioned = format!("pip{}", recipe.version);
        assert_eq!(names_in(&image.at("usr/local/bin")), ["pip3", &versioned]);
        let is_emulated = recipe.emulator().is_some();
        for script in ["pip3", &versioned] {
            let path = format!("/usr/local/bin/{script}");
            let text = fs::read_to_string(image.at(&path)).expect("a script is text");
            assert_eq!(text.lines().next(), Some(&*format!("#!{}", recipe.python)));
            // Each start of pip takes seconds there, and the scripts are equal but for their names.
            if script == "pip3" || !is_emulated {
                expect_version(image, image.python(scratch.home()).argument(path));
            }
        }
        if !is_emulated {
            expect_version(image, pip(image, scratch));
        }

        let wheel = greeting().write(&image.root);
        let name = wheel.file_name().expect("it has a name");
        let install = pip(image, scratch).arguments(["install", "--no-index"]);
        let install =
            if recipe.is_marked { install.argument("--break-system-packages") } else { install };
        install.argument(Path::new("/").join(name)).run().expect_success();
        let code = format!("import {GREETING}; print({GREETING}.words)");
        let told = image.python(scratch.home()).arguments(["-c", &code]).run().expect_success();
        assert_eq!(told.stdout().trim_end(), WORDS);
        let check = pip(image, scratch).argument("check").run().expect_success();
        assert_eq!(check.stdout(), "No broken requirements found.\n");
    });
}

/// Both the marker of PEP 668 and its message are the image's.
#[test]
fn externally_managed_image_is_refused() {
    let marked = ALL.iter().copied().filter(|recipe| recipe.is_marked).collect::<Vec<_>>();
    for_each("marked", &outermost_and_middle(&marked), |image, scratch| {
        let before = Tree::of(&image.root);
        let tool = || Program::under_test(scratch.home()).argument("--root").argument(&image.root);
        for options in [&[][..], &["-U"], &["--dry-run"], &["--default-pip", "--compile"]] {
            let refused = tool().arguments(options).run();
            assert_eq!(refused.status(), Some(1), "{refused}");
            let stderr = refused.stderr();
            assert!(stderr.starts_with("error: "), "{refused}");
            // The text is Debian's.
            assert!(stderr.contains("try apt install"), "{refused}");
            assert!(stderr.contains("--break-system-packages"), "{refused}");
            let after = Tree::of(&image.root);
            let changes = before.differences("before", &after, "after");
            assert!(changes.is_empty(), "{}: {}", image.recipe.name(), changes.join("\n"));
        }
    });
}

/// pip is run from its wheel in another copy of the image, as `ensurepip` would run it.
#[test]
fn debian_image_install_equals_pip() {
    // What pip leaves does not depend on the CPU, and emulating one takes a minute.
    let recipes = [&BULLSEYE, &BOOKWORM, &TRIXIE, &BOOKWORM_PYPY, &SID_3_14, &SID_3_15];
    for_each("as pip leaves it", &outermost_and_middle(&recipes), |image, scratch| {
        let other = image.recipe.copy_to(&scratch.work().join("other")).expect("it is there");
        image.tool(scratch.home()).argument("--default-pip").run().expect_success();
        let wheel = PipWheel::of(image.recipe.pip);
        install_by_pip(&other, &wheel, &wheel, &[], scratch);
        expect_same(&other, image);
    });
}

#[test]
fn debian_image_upgrade_equals_pip() {
    // pip 25.0.1 does not start on 3.15, where `typing` lacks a name.
    let recipes = [&BULLSEYE, &BOOKWORM, &BOOKWORM_PYPY, &SID_3_14];
    for_each("upgrades as pip does", &outermost_and_middle(&recipes), |image, scratch| {
        let other = image.recipe.copy_to(&scratch.work().join("other")).expect("it is there");
        let (older, wheel) = (PipWheel::of(OLDER), PipWheel::of(image.recipe.pip));
        for each in [image, &other] {
            install_by_pip(each, &older, &older, &[], scratch);
        }
        let kept = Tree::of(&image.root);
        let told = image.tool(scratch.home()).run().expect_success().stdout();
        assert!(told.contains("\nRequirement already satisfied: pip in "), "{told}");
        assert!(kept.differences("before", &Tree::of(&image.root), "after").is_empty());

        image.tool(scratch.home()).arguments(["-U", "--default-pip"]).run().expect_success();
        install_by_pip(&other, &wheel, &wheel, &["--upgrade"], scratch);
        expect_same(&other, image);
    });
}

/// Runs `python3 -m pip` in the image.
pub(crate) fn pip(image: &Image, scratch: &Scratch) -> Program {
    image.python(scratch.home()).arguments(["-m", "pip"])
}

/// pip starts, and is the one that the recipe names.
pub(crate) fn expect_version(image: &Image, program: Program) {
    let Recipe { pip, library, version, .. } = image.recipe;
    let told = program.argument("--version").run().expect_success();
    assert_eq!(told.stdout(), format!("pip {pip} from /{library}/pip (python {version})\n"));
    // PyPy prints this where there is no `/proc`.
    let of_pypy = "Warning: cannot find your CPU L2 cache size in /proc/cpuinfo\n";
    assert_eq!(told.stderr().replace(of_pypy, ""), "");
}

/// Makes the pip of one wheel install another in the image, as `ensurepip` does.
pub(crate) fn install_by_pip(
    image: &Image,
    pip: &PipWheel,
    wheel: &PipWheel,
    options: &[&str],
    scratch: &Scratch,
) {
    let directory = image.root.join("wheels");
    fs::create_dir(&directory).expect("the image takes a directory");
    let inside = |wheel: &PipWheel| {
        let name = wheel.path.file_name().expect("a wheel has a name");
        fs::copy(&wheel.path, directory.join(name)).expect("a wheel can be copied");
        Path::new("/wheels").join(name)
    };
    let pip = inside(pip).join("pip");
    inside(wheel);
    let program = image.python(scratch.home()).argument("-B").argument(pip);
    let program = program
        .arguments(["install", "--no-index", "--find-links", "/wheels"])
        .arguments(["--no-compile", "--no-warn-script-location"])
        .arguments(options);
    let program =
        if image.recipe.is_marked { program.argument("--break-system-packages") } else { program };
    program.argument("pip").run().expect_success();
    fs::remove_dir_all(directory).expect("what was made can be removed");
}

/// Checks that the tool wrote in one copy of the image what pip wrote in the other.
fn expect_same(by_pip: &Image, ours: &Image) {
    let tree = |image: &Image| Tree::of(&image.at(LOCAL));
    let differences = tree(by_pip).differences("pip", &tree(ours), "ours");
    let name = by_pip.recipe.name();
    assert!(differences.is_empty(), "{name}:\n{}", differences.join("\n"));
}

/// The names in a directory, in order.
fn names_in(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().expect("a directory of the image can be listed");
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names = names.collect::<Vec<_>>();
    names.sort();
    names
}

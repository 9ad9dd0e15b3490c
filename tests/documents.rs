//! Do the commands, options and codes of the documents exist?
//!
//! `newcomer` runs the commands for newcomers. Of the recipes for images, those for images as files
//! and those without other tools are run here; the others were run by hand, and are only checked for
//! their options.

use crate::support::announce::{announce, fail_if_required};
use crate::support::documents::{Block, blocks, blocks_under, page};
use crate::support::images::{BOOKWORM, Image};
use crate::support::pip_wheel::NEWEST;
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use ensurepip_wheels::{BUNDLED, BundledWheel};
use std::collections::BTreeSet;
use std::path::Path;

mod demo;
mod layouts;

/// The target that the component is compiled for.
const TARGET: &str = "wasm32-wasip2";

/// The pages with commands.
const PAGES: &[&str] = &[
    "README.md",
    "CONTRIBUTING.md",
    "docs/bytecode-packs.md",
    "docs/embedding.md",
    "docs/images.md",
    "docs/reference.md",
    "docs/sets.md",
    "examples/README.md",
    "examples/node/README.md",
    "examples/python/README.md",
    "release/README.md",
    "release/ansible/README.md",
    "release/python/README.md",
];

/// The page about the command line.
const REFERENCE: &str = "docs/reference.md";

/// All blocks for a shell.
fn commands() -> Vec<Block> {
    let all = PAGES.iter().flat_map(|page| blocks(page));
    all.filter(|block| block.language == "sh").collect()
}

#[test]
fn docs_shell_commands_parse() {
    let scratch = Scratch::new();
    let commands = commands();
    assert!(commands.len() > 20, "only {} blocks were found", commands.len());
    for block in commands {
        let parsed = Program::new(Path::new("sh"), scratch.home()).arguments(["-nc", &block.text]);
        let parsed = parsed.run();
        assert!(parsed.succeeded() && parsed.stderr().is_empty(), "{}: {parsed}", block.place);
    }
}

/// The program has every option used in the documents.
#[test]
fn docs_options_exist_in_help() {
    let scratch = Scratch::new();
    let help = Program::under_test(scratch.home()).argument("--help").run().expect_success();
    let help = help.stdout();
    let is_known = |option: &str| {
        help.split(|it: char| !it.is_ascii_alphanumeric() && it != '-').any(|it| it == option)
    };
    let mut options = 0;
    for block in commands() {
        for line in block.text.replace("\\\n", " ").lines() {
            let Some((before, rest)) = line.split_once("ensurepip-host ") else { continue };
            if before.starts_with("cargo ") {
                continue;
            }
            // A quoted command ends at the quote, and a comment begins with `#`.
            let command = rest.split(['\'', '#', ';', '|', '&']).next().unwrap_or_default();
            for option in command.split_whitespace().filter(|word| word.starts_with("--")) {
                assert!(is_known(option), "{}: `{line}` has `{option}`", block.place);
                options += 1;
            }
        }
    }
    assert!(options > 30, "only {options} were found");
}

/// The pip for each Python in the reference, and the names of wheels on every page.
#[test]
fn bundled_wheels_equal_the_table() {
    let [newest, older @ ..] = BUNDLED else { panic!("the table is empty") };
    let python = |wheel: &BundledWheel| wheel.requires_python.trim_start_matches(">=").to_owned();
    let mut each = vec![format!("{} from {} on", newest.version, python(newest))];
    each.extend(older.iter().map(|wheel| format!("{} for {}", wheel.version, python(wheel))));
    let sentence = each.join(", ");
    let reference = page(REFERENCE).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(reference.contains(&format!(": {sentence}.")), "{REFERENCE} lacks: {sentence}");
    let mut names = 0;
    for path in PAGES {
        let text = page(path);
        let words = text.split(|it: char| !it.is_ascii_alphanumeric() && !"-._".contains(it));
        for name in words.filter(|word| word.starts_with("pip-") && word.ends_with(".whl")) {
            assert!(BUNDLED.iter().any(|wheel| wheel.file_name == name), "{path}: {name}");
            names += 1;
        }
    }
    assert!(names > 2, "only {names} were found");
}

/// A copy of an image as `image` of a directory; none if there is no image.
fn image() -> Option<(Image, Scratch)> {
    let scratch = Scratch::new();
    match BOOKWORM.copy_to(&scratch.work().join("image")) {
        Ok(image) => Some((image, scratch)),
        Err(missing) => {
            announce(&format!("documents: missing: {missing}"));
            fail_if_required(&[missing]);
            None
        }
    }
}

/// Runs a block in the directory of the image.
fn run(block: &Block, scratch: &Scratch) -> Finished {
    let own = Path::new(env!("CARGO_BIN_EXE_ensurepip-host")).parent().expect("a directory");
    let path = std::env::var("PATH").unwrap_or_default();
    Program::new(Path::new("sh"), scratch.home())
        .environment("PATH", &format!("{}:{path}", own.display()))
        .current_directory(scratch.work())
        .arguments(["-euc", &block.text])
        .run()
        .expect_success()
}

#[test]
fn docs_recipe_for_venv_in_image_works() {
    let Some((_, scratch)) = image() else { return };
    let [recipe] = blocks_under("docs/images.md", "A virtual environment in an image", ["sh"]);
    let printed = run(&recipe, &scratch).stdout();
    let expected =
        format!("pip {NEWEST} from /app/lib/python3.11/site-packages/pip (python 3.11)\n");
    assert!(printed.ends_with(&expected), "{printed}");
}

#[test]
fn docs_recipe_for_image_report_works() {
    let Some((image, scratch)) = image() else { return };
    let [recipe] = blocks_under("docs/images.md", "What was put there", ["sh"]);
    let printed = run(&recipe, &scratch).stdout();
    assert!(printed.contains(&format!("pip {NEWEST}")), "{printed}");
    assert!(printed.ends_with(&format!("Successfully uninstalled pip-{NEWEST}\n")), "{printed}");
    let read =
        |name: &str| std::fs::read_to_string(scratch.work().join(name)).expect("it is there");
    assert!(read("pip.json").contains("\"result\": \"installed\""));
    assert!(read("pip.cdx.json").contains(&format!("\"pkg:pypi/pip@{NEWEST}\"")));
    assert!(!image.at("/usr/local/bin/pip3").exists());
}

/// Exactly the codes that the library can report.
#[test]
fn docs_error_codes_match_source() {
    let mut known: Vec<&str> = ensurepip_host::Error::codes().collect();
    let text = page("docs/codes.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let mut listed: Vec<&str> = rows.map(|(code, _)| code).collect();
    known.sort_unstable();
    listed.sort_unstable();
    assert!(known.len() > 20, "{known:?}");
    assert_eq!(listed, known);
}

/// The options in the program's help, each with all of its names.
fn options() -> Vec<Vec<String>> {
    let scratch = Scratch::new();
    let mut options = Vec::new();
    for command in [&[][..], &["status"], &["uninstall"], &["bytecode-pack"]] {
        let help = Program::under_test(scratch.home())
            .arguments(command)
            .argument("--help")
            .run()
            .expect_success();
        // An option begins a line: `  -U, --upgrade`, `      --root <DIR>`.
        let help = help.stdout();
        let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        options.extend(lines.map(|line| {
            let names = line.split_whitespace().take_while(|word| word.starts_with('-'));
            let names = names.map(|name| name.trim_end_matches([',', '.']));
            // A value may follow the name directly: `--color[=WHEN]`.
            names.map(|name| name.split(['=', '[']).next().unwrap_or(name).to_owned()).collect()
        }));
    }
    assert!(options.len() > 30, "only {} options were found", options.len());
    options
}

/// The table of the reference has every option of the program, by one of its names, and no other.
#[test]
fn reference_lists_every_option() {
    let reference = page(REFERENCE);
    let rows = reference.lines().filter(|line| line.starts_with("| `-"));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let words = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let listed: BTreeSet<&str> = words.filter_map(|words| words.split(' ').next()).collect();
    assert!(listed.len() > 20, "{listed:?}");
    let options = options();
    for names in &options {
        assert!(names.iter().any(|name| listed.contains(&**name)), "{REFERENCE} lacks {names:?}");
    }
    for name in listed {
        // `-vv` means `-v` twice.
        let is_repeated = name.len() > 2 && !name.starts_with("--");
        let name = if is_repeated { &name[..2] } else { name };
        assert!(options.iter().flatten().any(|known| known == name), "there is no {name}");
    }
}

/// On a machine that has only the toolchain, the component's target is missing.
#[test]
fn readme_builds_add_wasm_target_first() {
    const PLACES: [(&str, usize); 2] = [("Install", 1), ("Try it", 3)];
    let added = format!("rustup target add {TARGET} && cargo ");
    for (heading, count) in PLACES {
        let all = blocks("README.md").into_iter().filter(|block| block.is_under(heading));
        let all: Vec<Block> = all.collect();
        assert_eq!(all.len(), count, "README.md: `{heading}`");
        let builds = all.iter().flat_map(|block| block.text.lines());
        let builds: Vec<&str> = builds.filter(|line| line.contains("cargo ")).collect();
        assert!(!builds.is_empty(), "README.md: nothing is built under `{heading}`");
        for line in builds {
            assert!(line.starts_with(&added), "README.md: `{line}` under `{heading}`");
        }
    }
}

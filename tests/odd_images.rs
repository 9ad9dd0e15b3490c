//! Images that are odd and valid, and hostile ones, through the whole program.
//!
//! The layouts are written by hand, after the image specification (`odd_images/layouts.py`), with a
//! Python of which only the files are there that identify it. What umoci and buildah make of the odd
//! ones is listed beside the program's result in `docs/odd-images.md`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::{env, str};

use crate::support::announce::{announce, fail_if_required};
use crate::support::scratch::Scratch;

/// Are hostile layouts refused, and stay as they are?
mod hostile;

/// Do wrong uses get an error that says what is wrong?
mod wrong;

/// The program.
const TOOL: &str = env!("CARGO_BIN_EXE_ensurepip-host");

/// One of this many images is tried in the usual run.
const STEP: usize = 4;

/// The page.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/odd-images.md");

#[test]
fn odd_images_get_pip_and_stay_as_they_are() {
    let missing = missing(&["python3", "umoci", "buildah", "zstd"]);
    if !missing.is_empty() {
        announce(&format!("odd images: 0 cells ran; missing: {}", missing.join(", ")));
        return fail_if_required(&missing);
    }
    let scratch = Scratch::new();
    run(script("odd.py").arg(scratch.work()));
    let step = if all() { 1 } else { STEP };
    let compare = script("compare.py").arg(TOOL).arg(scratch.work()).arg(step.to_string()).output();
    let compare = compare.expect("it can be started");
    let faults = String::from_utf8_lossy(&compare.stderr);
    assert!(compare.status.success(), "{faults}");
    let rows = str::from_utf8(&compare.stdout).expect("it is text");
    assert!(rows.lines().count() >= 50 / step, "{rows}");
    announce(&format!("odd images: {} cells ran; missing: none", rows.lines().count()));
    if all() {
        compare_page(&page(rows));
    } else {
        compare_rows(rows);
    }
}

/// Whether all images are tried, which takes minutes.
fn all() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| value == "1");
    is_set("ENSUREPIP_HOST_TEST_EVERY") || is_set("ENSUREPIP_HOST_TEST_BLESS")
}

/// Compares some rows with those of the page, as far as they do not depend on versions of tools.
fn compare_rows(rows: &str) {
    let found = fs::read_to_string(PAGE).expect("the page can be read");
    let ends = |row: &str| {
        let cells: Vec<&str> = row.split(" | ").collect();
        (cells[0].to_owned(), cells[cells.len() - 1].to_owned())
    };
    let known: Vec<_> = found.lines().filter(|line| line.starts_with("| ")).map(ends).collect();
    for row in rows.lines() {
        assert!(known.contains(&ends(row)), "docs/odd-images.md has no such row: {row}");
    }
}

/// The expected page.
fn page(rows: &str) -> String {
    let version = |tool: &str, word: usize| {
        let told = run(Command::new(tool).arg("--version"));
        let told = told.split_whitespace().nth(word).unwrap_or_default();
        told.split('+').next().unwrap_or_default().to_owned()
    };
    format!(
        "# Odd images\n\n\
         <!-- Generated: see CONTRIBUTING.md, \"Changing the documents\". -->\n\n\
         Images that are odd and valid, or that real tools write. Each was made by hand, after the image\n\
         specification, from a layer with a Python and what the first column says. The second and the third\n\
         column are what umoci {} and buildah {} (with its overlay driver) unpack: the names\n\
         in the directory in question, with its mode, owner and time where they are not the usual ones.\n\
         `ensurepip-host --image` adds pip to each, and nothing else of what is unpacked changes: umoci\n\
         unpacks the image before and after, or buildah where umoci refuses it.\n\n\
         | what is odd | umoci | buildah | `ensurepip-host` |\n\
         |---|---|---|---|\n\
         {rows}",
        version("umoci", 2),
        version("buildah", 2),
    )
}

/// Compares the page with the expected one, or writes it. Other versions of the tools may take images
/// in another way, so that only the names of the cases can be compared.
fn compare_page(expected: &str) {
    if env::var_os("ENSUREPIP_HOST_TEST_BLESS").is_some_and(|value| value == "1") {
        fs::write(PAGE, expected).expect("the page can be written");
    }
    let found = fs::read_to_string(PAGE).unwrap_or_default();
    let versions = |page: &str| {
        let line = page.lines().find(|line| line.starts_with("column are what")).map(str::to_owned);
        line.unwrap_or_default()
    };
    let names = |page: &str| -> Vec<String> {
        let rows = page.lines().filter(|line| line.starts_with("| "));
        rows.map(|row| row.split(" | ").next().unwrap_or_default().to_owned()).collect()
    };
    let is_same = if versions(&found) == versions(expected) {
        found == expected
    } else {
        names(&found) == names(expected)
    };
    assert!(
        is_same,
        "docs/odd-images.md is outdated; ENSUREPIP_HOST_TEST_BLESS=1 renews it\n{expected}"
    );
}

/// The tools that are not there.
fn missing(tools: &[&str]) -> Vec<String> {
    let paths = env::var_os("PATH").unwrap_or_default();
    let is_there =
        |tool: &&str| env::split_paths(&paths).any(|directory| directory.join(tool).is_file());
    tools.iter().filter(|tool| !is_there(tool)).map(|tool| (*tool).to_owned()).collect()
}

/// Runs a script of `odd_images`.
fn script(name: &str) -> Command {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/odd_images");
    let mut command = Command::new("python3");
    command.arg("-B").arg(directory.join(name));
    command
}

/// Runs a program that has to succeed, and returns what it prints.
fn run(command: &mut Command) -> String {
    let output = command.output().expect("it can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

//! Are the reports about an image true?

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::for_each;
use crate::support::images::{BOOKWORM, Image};
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;

/// From the status of an image without pip to that after pip was removed again.
#[test]
fn image_reports_list_every_file_with_digest() {
    for_each("reports", &[&BOOKWORM], |image, scratch| {
        let before = Tree::of(&image.root);
        assert_eq!(status(image, scratch)["found"], Value::Null);

        let planned = json(image.tool(scratch.home()).arguments(["--json", "--dry-run"]));
        assert_eq!(planned["result"], "planned");
        let changes = before.differences("before", &Tree::of(&image.root), "after");
        assert!(changes.is_empty(), "a dry run changed\n{}", changes.join("\n"));

        let sbom = scratch.work().join("sbom.json");
        let tool = image.tool(scratch.home()).argument("--json").argument("--sbom");
        let installed = json(tool.argument(&sbom));
        assert_eq!(installed["result"], "installed");
        assert_eq!(installed["wheel"]["version"], image.recipe.pip);
        let told = expect_true(image, &installed);
        expect_same("there", &Tree::of(&image.root).files_added_to(&before), &told);
        // The plan has the wheel's files; generated files are known only once they exist.
        let metadata = format!("{}/pip-{}.dist-info", image.recipe.library, image.recipe.pip);
        let made = ["INSTALLER", "RECORD", "REQUESTED"].map(|name| format!("{metadata}/{name}"));
        let scripts = ["pip3".to_owned(), format!("pip{}", image.recipe.version)];
        let scripts = scripts.map(|name| format!("usr/local/bin/{name}"));
        let made = made.into_iter().chain(scripts).map(PathBuf::from);
        expect_same("planned", &paths(&planned).into_iter().chain(made).collect(), &told);
        expect_component(&sbom, image.recipe.pip);

        let found = &status(image, scratch)["found"];
        assert_eq!(found["version"], image.recipe.pip);
        let after = Tree::of(&image.root);
        let again = json(image.tool(scratch.home()).argument("--json"));
        assert_eq!(again["result"], "kept");
        assert!(after.differences("before", &Tree::of(&image.root), "after").is_empty());

        let tool = Program::under_test(scratch.home()).argument("uninstall").argument("--root");
        let tool = tool.argument(&image.root).argument("--break-system-packages");
        assert_eq!(json(tool.argument("--json"))["result"], "removed");
        let left = Tree::of(&image.root).files_added_to(&before);
        assert!(left.is_empty(), "left behind: {left:?}");
        assert_eq!(status(image, scratch)["found"], Value::Null);
    });
}

/// Requests the status, which works in spite of a marker, and changes nothing.
fn status(image: &Image, scratch: &Scratch) -> Value {
    let tool = Program::under_test(scratch.home()).argument("status").argument("--json");
    let status = json(tool.argument("--root").argument(&image.root));
    assert_eq!(status["result"], "status");
    status
}

/// Runs it, and reads its standard output, which is a single document.
fn json(program: Program) -> Value {
    let finished = program.run().expect_success();
    serde_json::from_str(&finished.stdout()).unwrap_or_else(|error| panic!("{error}: {finished}"))
}

/// Compares the report of the files with the disk, and checks their order.
fn expect_true(image: &Image, report: &Value) -> BTreeSet<PathBuf> {
    let files = report["files"].as_array().expect("there are files");
    let told = files.iter().map(|file| file["path"].as_str()).collect::<Vec<_>>();
    assert!(told.is_sorted(), "they are not in order");
    for file in files {
        let path = image.at(file["path"].as_str().expect("a path is text"));
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mode = fs::metadata(&path).expect("it is there").permissions().mode() & 0o7777;
        let digest = Sha256::digest(&bytes);
        let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        assert_eq!(file["sha256"], digest, "{file}");
        assert_eq!(file["size"], bytes.len(), "{file}");
        assert_eq!(file["mode"], format!("{mode:04o}"), "{file}");
    }
    paths(report).into_iter().collect()
}

fn expect_same(name: &str, expected: &BTreeSet<PathBuf>, told: &BTreeSet<PathBuf>) {
    let differences = expected.symmetric_difference(told).collect::<Vec<_>>();
    assert!(differences.is_empty(), "only {name} or only told: {differences:#?}");
}

/// The paths, relative to the root.
fn paths(report: &Value) -> Vec<PathBuf> {
    let files = report["files"].as_array().expect("there are files").iter();
    let paths = files.map(|file| file["path"].as_str().expect("a path is text"));
    paths.map(|path| PathBuf::from(path.trim_start_matches('/'))).collect()
}

/// The bill of materials names pip as scanners look for it.
fn expect_component(sbom: &Path, version: &str) {
    let text = fs::read_to_string(sbom).expect("it was written");
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(document["bomFormat"], "CycloneDX");
    let url = format!("pkg:pypi/pip@{version}");
    // As a component, or as the subject of the document.
    let components = document["components"].as_array().into_iter().flatten();
    let mut components = components.chain([&document["metadata"]["component"]]);
    assert!(components.any(|component| component["purl"] == *url), "{text}");
}

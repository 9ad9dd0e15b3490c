//! Layouts that real tools make, and what real tools make of ours.

use super::changes::update;
use super::made::{Made, text};
use std::path::Path;
use std::process::Command;

/// Whether a tool is there. In a complete test run, all have to be.
fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    let required = std::env::var_os("ENSUREPIP_HOST_TEST_REQUIRE_ALL").is_some();
    assert!(found || !required, "{tool} is missing");
    found
}

/// Runs a tool, and returns what it prints.
fn run(directory: &Path, tool: &str, arguments: &[&str]) -> String {
    let output = Command::new(tool).args(arguments).current_dir(directory).output();
    let output = output.expect("it can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool} {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("it is text")
}

#[test]
fn umoci_reads_and_unpacks_what_was_changed() {
    if !has("umoci") {
        return;
    }
    let made = Made::new();
    let directory = made.scratch();
    run(directory, "umoci", &["init", "--layout", "made"]);
    run(directory, "umoci", &["new", "--image", "made:x"]);
    std::fs::write(directory.join("file"), "base").expect("there is room");
    run(directory, "umoci", &["insert", "--image", "made:x", "file", "/base"]);
    update(&directory.join("made"), Some("x"), &[], None).expect("it can be changed");
    let history = run(directory, "umoci", &["stat", "--image", "made:x"]);
    assert!(history.contains("ensurepip-host"), "{history}");
    run(directory, "umoci", &["unpack", "--rootless", "--image", "made:x", "bundle"]);
    let read = |name| std::fs::read_to_string(directory.join("bundle/rootfs").join(name));
    assert_eq!(read("base").expect("it is there"), "base");
    assert_eq!(read("file").expect("it is there"), "new");
    run(directory, "umoci", &["gc", "--layout", "made"]);
}

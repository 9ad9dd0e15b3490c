//! Layouts that real tools make, and what real tools make of ours.

use super::changes::update;
use super::made::{Made, addition, listed, named, read, text};
use serde_json::{Value, json};
use std::fs;
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

/// A layout by umoci, with one layer.
fn umoci(directory: &Path) {
    run(directory, "umoci", &["init", "--layout", "made"]);
    run(directory, "umoci", &["new", "--image", "made:x"]);
    fs::write(directory.join("file"), "base").expect("there is room");
    run(directory, "umoci", &["insert", "--image", "made:x", "file", "/base"]);
}

/// Checks what umoci unpacks.
fn unpacked_by_umoci(directory: &Path, image: &str) {
    let bundle = directory.join("bundle");
    if bundle.exists() {
        fs::remove_dir_all(&bundle).expect("it is ours");
    }
    run(directory, "umoci", &["unpack", "--rootless", "--image", image, "bundle"]);
    for (name, contents) in [("base", "base"), ("file", "new")] {
        let file = bundle.join("rootfs").join(name);
        assert_eq!(fs::read_to_string(file).expect("it is there"), contents);
    }
}

#[test]
fn umoci_reads_and_unpacks_what_was_changed() {
    if !has("umoci") {
        return;
    }
    let made = Made::new();
    let directory = made.scratch();
    umoci(directory);
    update(&directory.join("made"), Some("x"), &[], None).expect("it can be changed");
    let history = run(directory, "umoci", &["stat", "--image", "made:x"]);
    assert!(history.contains("ensurepip-host"), "{history}");
    unpacked_by_umoci(directory, "made:x");
    // It collects what the former image consisted of, and nothing of the new one. What a killed run leaves
    // is not in its way.
    fs::write(directory.join("made/.ensurepip-host-0123"), "left").expect("there is room");
    run(directory, "umoci", &["gc", "--layout", "made"]);
    unpacked_by_umoci(directory, "made:x");
}

#[test]
fn skopeo_copies_what_was_changed_without_a_change() {
    if !has("skopeo") || !has("umoci") {
        return;
    }
    let made = Made::new();
    let directory = made.scratch();
    umoci(directory);
    run(directory, "skopeo", &["copy", "oci:made:x", "oci-archive:made.tar:x"]);
    let changed = update(&directory.join("made.tar"), Some("x"), &[], None);
    let digest = changed.expect("it can be changed").root().to_string();
    let raw = run(directory, "skopeo", &["inspect", "--raw", "oci-archive:made.tar:x"]);
    assert_eq!(crate::Digest::of(raw.as_bytes()).to_string(), digest);
    let inspected = run(directory, "skopeo", &["inspect", "oci-archive:made.tar:x"]);
    let inspected: Value = serde_json::from_str(&inspected).expect("it is JSON");
    assert_eq!(inspected["Digest"], json!(digest));
    assert_eq!(inspected["Layers"][1], json!(addition("new").digest.to_string()));
    let copy = ["copy", "--preserve-digests", "oci-archive:made.tar:x", "oci:copy:x"];
    run(directory, "skopeo", &copy);
    assert_eq!(listed(&directory.join("copy"))["manifests"][0]["digest"], json!(digest));
    unpacked_by_umoci(directory, "copy:x");
}

#[test]
fn skopeo_copies_the_index_of_several_manifests() {
    if !has("skopeo") {
        return;
    }
    let made = Made::new();
    let directory = made.scratch();
    let inner = made.index(&[made.image("s390x", "c")]);
    let images = [made.image("amd64", "a"), made.image("arm64", "b"), inner];
    made.list(&images.map(|image| named(image, "x")));
    update(&made.path(), Some("x"), &[], Some(&directory.join("changed")))
        .expect("it can be written");
    let copy = ["copy", "--all", "--preserve-digests", "oci:changed:x", "oci:copy:x"];
    run(directory, "skopeo", &copy);
    let (changed, copy) = (directory.join("changed"), directory.join("copy"));
    let root = &listed(&copy)["manifests"][0];
    assert_eq!(root["digest"], listed(&changed)["manifests"][0]["digest"]);
    for (position, platform) in ["amd64", "arm64", "s390x"].into_iter().enumerate() {
        let manifest = read(&copy, &read(&copy, root)["manifests"][position]);
        let config = read(&copy, &manifest["config"]);
        assert_eq!(text(&config["architecture"]), platform);
        assert_eq!(manifest["layers"].as_array().expect("an array").len(), 2);
        let chosen = ["--override-arch", platform, "inspect", "oci:changed:x"];
        let inspected = run(directory, "skopeo", &chosen);
        assert!(inspected.contains(&format!("\"Architecture\": \"{platform}\"")), "{inspected}");
    }
}

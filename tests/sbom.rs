//! Is the bill of materials valid, and is it true?

use crate::support::announce::announce;
use crate::support::cyclonedx::{report_skipped, validator};
use crate::support::pip_wheel::{NEWEST, NEWEST_SHA256, PipWheel};
use crate::support::target::Target;
use serde_json::Value;
use std::fs::{self, File};
use std::path::Path;
use zip::ZipArchive;

/// Runs the tool and reads what it wrote to a file.
fn written(target: &Target, file: &Path, arguments: &[&str]) -> Value {
    let tool = target.tool().argument("--sbom").argument(file).arguments(arguments);
    tool.run().expect_success();
    let text = fs::read_to_string(file).expect("it was written");
    serde_json::from_str(&text).expect("it is JSON")
}

#[test]
fn sbom_lists_every_file_and_is_reproducible() {
    let target = Target::new();
    let [one, two] = ["one.json", "two.json"].map(|name| target.scratch.work().join(name));
    let roots = ["a", "b"].map(|name| target.scratch.work().join(name));
    let document = written(&target, &one, &["--root", &roots[0].to_string_lossy()]);
    assert_eq!(document, written(&target, &two, &["--root", &roots[1].to_string_lossy()]));
    let [component] = document["components"].as_array().expect("a list").as_slice() else {
        panic!("{document}");
    };
    let purl = format!("pkg:pypi/pip@{NEWEST}");
    assert_eq!(component["purl"], purl);
    assert_eq!(component["hashes"][0]["content"], NEWEST_SHA256);
    let parts = component["components"].as_array().expect("a list");
    let (libraries, files): (Vec<Value>, Vec<Value>) =
        parts.iter().cloned().partition(|part| part["type"] == "library");
    assert_eq!(libraries, vendored(), "as the wheel lists them");
    let names: Vec<&str> = files.iter().filter_map(|file| file["name"].as_str()).collect();
    let library = target.library();
    for path in [library.join("pip/__init__.py"), target.environment.join("bin/pip3")] {
        assert!(names.contains(&&*path.to_string_lossy()), "{}", path.display());
    }
    assert!(files.iter().all(|file| file["hashes"][0]["alg"] == "SHA-256"));

    // A pip that already existed is included, with the facts that are known.
    let kept = written(&target, &one, &["--root", &roots[0].to_string_lossy()]);
    assert_eq!(kept["components"][0]["purl"], purl);
}

/// The libraries with a version that the bill of materials in the newest wheel lists.
fn vendored() -> Vec<Value> {
    let wheel = PipWheel::of(NEWEST);
    let mut archive =
        ZipArchive::new(File::open(&wheel.path).expect("it is there")).expect("a ZIP");
    let entry = archive.by_name("pip/_vendor/bom.cdx.json").expect("the wheel has one");
    let document: Value = serde_json::from_reader(entry).expect("it is JSON");
    let components = document["components"].as_array().expect("a list").iter();
    let members = ["type", "name", "version", "purl"];
    let libraries = components.filter(|library| library["version"].is_string()).map(|library| {
        members.iter().map(|name| ((*name).to_owned(), library[*name].clone())).collect()
    });
    let libraries: Vec<Value> = libraries.collect();
    assert!(libraries.len() > 10, "{libraries:?}");
    libraries
}

/// Nothing else is printed there.
#[test]
fn sbom_on_standard_output_is_the_only_output() {
    let target = Target::new();
    let [one, two] = ["a", "b"].map(|name| target.scratch.work().join(name));
    let run = |root: &Path, sbom: &str| {
        let tool = target.tool().argument("--root").argument(root);
        tool.current_directory(target.scratch.work()).arguments(["--sbom", sbom]).run()
    };
    let printed = run(&one, "-").expect_success();
    assert_eq!(printed.stderr(), "");
    run(&two, "sbom.json").expect_success();
    let file = fs::read_to_string(target.scratch.work().join("sbom.json")).expect("it is text");
    assert_eq!(printed.stdout(), file);
    assert!(!target.scratch.work().join("-").exists());
    let refused = target.refusal(&["--sbom", "-", "--json"]);
    assert_eq!(refused.status(), Some(2), "{refused}");
}

#[test]
fn sbom_file_is_unchanged_on_failure() {
    let target = Target::new();
    let (old, new) = (target.scratch.work().join("old"), target.scratch.work().join("new"));
    fs::write(&old, "theirs").expect("a file can be written");
    for path in [&old, &new] {
        let shown = path.to_string_lossy().into_owned();
        let refused = target.refusal(&["--sbom", &shown, "--sha256", &"0".repeat(64)]);
        assert_eq!(refused.status(), Some(1), "{refused}");
    }
    // A directory that is missing is not made.
    let nowhere = target.scratch.work().join("missing/sbom.json").to_string_lossy().into_owned();
    let refused = target.refusal(&["--sbom", &nowhere]);
    assert_eq!(refused.status(), Some(1), "{refused}");
    let start = format!("error: failed to open `{nowhere}`: ");
    assert!(refused.stderr().starts_with(&start), "{refused}");
}

#[test]
fn sbom_file_matches_cyclonedx_schema() {
    let target = Target::new();
    let Some(validator) = validator(target.scratch.work()) else {
        return report_skipped("bill of materials");
    };
    let document = written(&target, &target.scratch.work().join("sbom.json"), &["--default-pip"]);
    let faults: Vec<String> =
        validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    announce("bill of materials: 1 cell ran, with the schema of CycloneDX 1.6");
}

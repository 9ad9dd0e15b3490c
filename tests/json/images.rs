//! Do programs get what the schema of reports about images promises, and is it true?

use super::{document_of, faults, schema};
use crate::support::announce::report_skipped;
use crate::support::images::BOOKWORM;
use crate::support::made_layout::{Layout, hexadecimal, own_platform};
use crate::support::pip_wheel::NEWEST;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::Path;

const SCHEMA: &str = "image-report.schema.json";

/// Runs the tool in the directory of the layout, and checks the result that it reports.
fn json_result(scratch: &Scratch, arguments: &[&str], result: &str) -> Value {
    let tool = Program::under_test(scratch.home()).current_directory(scratch.work());
    let finished = tool.arguments(arguments).arguments(["--json", "--break-system-packages"]).run();
    let document = document_of(SCHEMA, &finished);
    assert_eq!(document["result"], result, "{finished}");
    assert_eq!(finished.succeeded(), result != "failed", "{finished}");
    if finished.succeeded() {
        assert_eq!(finished.stderr(), "", "{finished}");
    }
    document
}

/// The blob with a digest, which must be its own.
fn blob(layout: &Path, digest: &Value) -> Vec<u8> {
    let digest = digest.as_str().and_then(|digest| digest.strip_prefix("sha256:"));
    let digest = digest.expect("a digest has its algorithm");
    let blob = fs::read(layout.join("blobs/sha256").join(digest)).expect("the blob is there");
    assert_eq!(hexadecimal(&Sha256::digest(&blob)), digest);
    blob
}

/// A JSON document of a layout.
fn read(layout: &Path, digest: &Value) -> Value {
    serde_json::from_slice(&blob(layout, digest)).expect("it is JSON")
}

#[test]
fn image_json_matches_schema_and_layout() {
    let scratch = Scratch::new();
    let path = scratch.work().join("app");
    if let Err(missing) = Layout::copy_to(&BOOKWORM, &path) {
        return report_skipped("json of images", &missing);
    }
    let before = fs::read(path.join("index.json")).expect("the layout has one");
    let status = json_result(&scratch, &["status", "--image", "app:latest"], "status");
    let base = &status["platforms"][0]["manifest"];
    assert_eq!(&status["digest"], base);
    json_result(&scratch, &["--image", "app", "--dry-run"], "planned");
    json_result(&scratch, &["uninstall", "--image", "app"], "unchanged");
    let missing = json_result(&scratch, &["--image", "app:none"], "failed");
    assert_eq!(missing["error"]["code"], "image-selection");
    assert_eq!(fs::read(path.join("index.json")).expect("it is there"), before);

    let document = json_result(&scratch, &["--image", "app:latest"], "changed");
    let [platform] = &document["platforms"].as_array().expect("it is a list")[..] else {
        panic!("{document}")
    };
    assert_eq!(platform["platform"], own_platform().to_string());
    assert_eq!(&platform["manifest"], base);
    assert_eq!(platform["new_manifest"], document["digest"]);
    assert_eq!(platform["report"]["result"], "installed");
    assert_eq!(platform["report"]["target"]["host_root"], "app:latest");
    let index = fs::read(path.join("index.json")).expect("it is there");
    let index: Value = serde_json::from_slice(&index).expect("it is JSON");
    assert_eq!(index["manifests"][0]["digest"], document["digest"]);
    let manifest = read(&path, &document["digest"]);
    let config = read(&path, &manifest["config"]["digest"]);
    let (layer, added) = (&platform["layer"], &manifest["layers"][1]);
    assert_eq!((&layer["digest"], &layer["size"]), (&added["digest"], &added["size"]));
    assert_eq!(layer["diff_id"], config["rootfs"]["diff_ids"][1]);
    assert_eq!(blob(&path, &layer["digest"]).len(), layer["size"]);

    // Nothing is left to do: the output gets the image as it is, but not in a dry run.
    json_result(&scratch, &["--image", "app:latest"], "unchanged");
    let to_output = ["--image", "app:latest", "--output", "other:copy"];
    json_result(&scratch, &[&to_output[..], &["--dry-run"]].concat(), "unchanged");
    assert!(!scratch.work().join("other").exists());
    let copied = json_result(&scratch, &to_output, "copied");
    assert_eq!(copied["digest"], document["digest"]);
    read(&scratch.work().join("other"), &document["digest"]);
    json_result(&scratch, &["uninstall", "--image", "app"], "changed");
    let to_output = ["uninstall", "--image", "app:latest", "--output", "final:latest"];
    json_result(&scratch, &to_output, "copied");
}

/// What is left out and what goes are in the report, and the text begins each line with the platform.
#[test]
fn image_json_lists_skipped_and_dropped_manifests() {
    let scratch = Scratch::new();
    let path = scratch.work().join("app");
    let layout = match Layout::copy_to(&BOOKWORM, &path) {
        Ok(layout) => layout,
        Err(missing) => return report_skipped("json of indexes", &missing),
    };
    let own = own_platform();
    let windows = "windows/amd64".parse().expect("it is a platform");
    let other = "linux/s390x".parse().expect("it is a platform");
    let [own_image, other_image, windows_image] =
        [&own, &other, &windows].map(|platform| layout.image(platform));
    // As BuildKit writes the provenance of an image.
    let mut attestation = layout.add(&json!({
        "schemaVersion": 2,
        "mediaType": crate::support::made_layout::MANIFEST,
        "config": layout.descriptor("application/vnd.oci.image.config.v1+json", b"{}"),
        "layers": [layout.descriptor("application/vnd.in-toto+json", b"{}")],
    }));
    attestation["platform"] = json!({ "architecture": "unknown", "os": "unknown" });
    attestation["annotations"] = json!({
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": own_image["digest"],
    });
    layout.set_inner_index(&json!([own_image, other_image, windows_image, attestation]));

    let document = json_result(&scratch, &["--image", "app", "--output", "new"], "changed");
    let named = |members: &Value| -> Vec<Value> {
        let members = members.as_array().expect("it is a list").iter();
        members.map(|member| member["platform"].clone()).collect()
    };
    assert_eq!(named(&document["platforms"]), [own.to_string(), "linux/s390x".to_owned()]);
    assert_eq!(named(&document["skipped"]), ["windows/amd64"]);
    assert_eq!(document["skipped"][0]["digest"], windows_image["digest"]);
    assert_eq!(document["dropped"], json!([attestation["digest"]]));
    let layers = document["platforms"].as_array().expect("it is a list").iter();
    let layers: Vec<&Value> = layers.map(|platform| &platform["layer"]).collect();
    assert_eq!(layers[0], layers[1]);
    let index = read(&scratch.work().join("new"), &document["digest"]);
    for (platform, entry) in [(0, 0), (1, 1)] {
        let platform = &document["platforms"][platform];
        assert_eq!(platform["new_manifest"], index["manifests"][entry]["digest"]);
    }
    assert_eq!(index["manifests"][2]["digest"], windows_image["digest"]);
    assert_eq!(index["manifests"].as_array().map(Vec::len), Some(3));

    let tool = Program::under_test(scratch.home()).current_directory(scratch.work());
    let told = tool.arguments(["--image", "app", "--break-system-packages"]).run();
    let told = told.expect_success().stdout();
    let lines: Vec<&str> = told.lines().collect();
    for platform in [&own.to_string(), "linux/s390x"] {
        let installed = format!("{platform}: Successfully installed pip-{NEWEST}");
        assert!(lines.contains(&&*installed), "{told}");
    }
    assert!(lines.contains(&"windows/amd64: skipped: Windows images are not supported"), "{told}");
    let digest = document["digest"].as_str().expect("it is text");
    assert_eq!(lines.last(), Some(&&*format!("app is now {digest}")), "{told}");
}

#[test]
fn image_schema_examples_match_schema() {
    let schema = schema(SCHEMA);
    let examples = schema["examples"].as_array().expect("there are examples");
    assert!(examples.len() > 1);
    for example in examples {
        let faults = faults(&schema, example);
        assert!(faults.is_empty(), "{}\n{example}", faults.join("\n"));
    }
    // The schema of a failure is that of any other: it requires an error.
    let mut failed = examples.last().expect("there are examples").clone();
    assert_eq!(failed["result"], "failed");
    failed["error"] = Value::Null;
    assert!(!faults(&schema, &failed).is_empty());
}

//! Do programs get what the published schema promises, and is it true?

use crate::support::pip_wheel::{NEWEST, OLDER, PipWheel};
use crate::support::process::Finished;
use crate::support::target::{Target, below};
use crate::support::tree::Tree;
use jsonschema::Registry;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

mod images;

/// Makes a schema reject unknown members. Programs must tolerate others, which a later version may
/// add; this version has none.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(rules) => {
            if rules.contains_key("type") && rules.contains_key("properties") {
                rules.insert("unevaluatedProperties".to_owned(), false.into());
            }
            rules.values_mut().for_each(close);
        }
        Value::Array(rules) => rules.iter_mut().for_each(close),
        _ => {}
    }
}

/// A published schema, closed.
fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    let schema = fs::read_to_string(path).expect("the schema is there");
    let mut schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    close(&mut schema);
    schema
}

/// What is wrong with a document by a schema, which may refer to that of reports.
fn faults(schema: &Value, document: &Value) -> Vec<String> {
    let report = self::schema("report.schema.json");
    let registry = Registry::new().add("urn:ensurepip-host:report:3", &report);
    let registry = registry.and_then(jsonschema::RegistryBuilder::prepare).expect("it is a schema");
    let validator = jsonschema::options().with_registry(&registry).build(schema);
    let validator = validator.expect("it is a schema");
    let faults = validator.iter_errors(document);
    faults.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Reads the single document of a run, and validates it against the schema.
pub(crate) fn document(finished: &Finished) -> Value {
    document_of("report.schema.json", finished)
}

/// The same for another schema.
fn document_of(name: &str, finished: &Finished) -> Value {
    let document: Value = serde_json::from_str(&finished.stdout())
        .unwrap_or_else(|error| panic!("{error}: {finished}"));
    let faults = faults(&schema(name), &document);
    assert!(faults.is_empty(), "{}\n{finished}", faults.join("\n"));
    document
}

/// Runs the tool and checks the result that it reports.
fn json_result(target: &Target, arguments: &[&str], result: &str) -> Value {
    let command = arguments.first().filter(|first| !first.starts_with('-'));
    let tool = crate::support::process::Program::under_test(target.scratch.home());
    let finished = tool
        .arguments(arguments)
        .argument("--json")
        .argument("--python")
        .argument(&target.python)
        .run();
    let document = document(&finished);
    assert_eq!(document["result"], result, "{finished}");
    assert_eq!(document["command"], **command.unwrap_or(&"install"), "{finished}");
    assert_eq!(finished.succeeded(), result != "failed", "{finished}");
    let is_change = ["installed", "removed"].contains(&result);
    assert_eq!(document["changed"], is_change, "{finished}");
    if finished.succeeded() {
        assert_eq!(finished.stderr(), "", "{finished}");
    }
    document
}

#[test]
fn json_results_match_schema() {
    let target = Target::new();
    let wheels = concat!(env!("CARGO_MANIFEST_DIR"), "/../wheels");
    let to_do = |arguments: &[&str], expected: [&str; 2]| {
        let status = json_result(&target, arguments, "status");
        let members = ["to_do", "to_do_with_upgrade"].map(|name| &status[name]);
        assert_eq!(members, expected, "{status}");
    };
    to_do(&["status"], ["install", "install"]);
    assert!(json_result(&target, &["uninstall"], "absent")["reason"].is_string());
    json_result(&target, &["--dry-run", "--default-pip"], "planned");
    PipWheel::of(OLDER).install_itself(&target, &[]);
    let status = json_result(&target, &["status", "--wheel-dir", wheels], "status");
    assert_eq!(status["found"]["version"], OLDER);
    to_do(&["status"], ["nothing", "upgrade"]);
    to_do(&["status", "-U"], ["upgrade", "upgrade"]);
    assert_eq!(json_result(&target, &[], "kept")["found"]["version"], OLDER);
    let other = json_result(&target, &["uninstall"], "other-version");
    assert_eq!(other["found"]["version"], OLDER);
    assert_eq!(other["found"]["host_directory"], target.library().to_string_lossy().as_ref());
    let [warning] = other["warnings"].as_array().expect("a list").as_slice() else {
        panic!("{other}");
    };
    assert!(warning.as_str().is_some_and(|text| text.contains(OLDER)), "{warning}");
    assert_eq!(json_result(&target, &["--dry-run", "-U"], "planned")["removed"], OLDER);
    assert_eq!(json_result(&target, &["-U"], "installed")["removed"], OLDER);
    let reason = format!("pip {NEWEST} is there already");
    assert_eq!(json_result(&target, &["-U"], "kept")["reason"], reason);
    to_do(&["status", "-U"], ["nothing", "nothing"]);
    assert_eq!(json_result(&target, &["uninstall"], "removed")["removed"], NEWEST);
}

/// What was there before the installation, and what nobody lists, stays out of the list.
#[test]
fn json_uninstall_lists_removed_files() {
    let target = Target::new();
    let foreign = target.library().join("pip/extra.txt");
    json_result(&target, &["--default-pip"], "installed");
    fs::write(&foreign, "theirs").expect("a file can be written");
    let before: BTreeSet<PathBuf> = files_of(&target);
    let document = json_result(&target, &["uninstall"], "removed");
    let after = files_of(&target);
    let removed = document["removed_files"].as_array().expect("it is a list");
    let removed = removed.iter().map(|path| path.as_str().expect("it is text"));
    let removed: Vec<&str> = removed.collect();
    assert!(removed.is_sorted());
    let expected: BTreeSet<PathBuf> = before.difference(&after).cloned().collect();
    assert_eq!(removed.into_iter().map(PathBuf::from).collect::<BTreeSet<_>>(), expected);
    assert!(expected.contains(&target.environment.join("bin/pip")) && foreign.exists());
}

/// The files of an environment.
fn files_of(target: &Target) -> BTreeSet<PathBuf> {
    let tree = Tree::of(&target.environment);
    tree.files().map(|path| target.environment.join(path)).collect()
}

#[test]
fn json_failures_match_schema_and_have_error_code() {
    let target = Target::new();
    for (arguments, code) in [
        (&["--altinstall", "--default-pip"][..], "conflicting-scripts"),
        (&["--wheel-dir", "/nowhere"], "wheel-directory"),
        (&["--sha256", &"0".repeat(64)], "wheel-not-pinned"),
        (&["--user"], "user-site"),
    ] {
        let document = json_result(&target, arguments, "failed");
        assert_eq!(document["error"]["code"], code, "{document}");
    }
}

/// The list has every file and no other, with its digest, size and mode.
#[test]
fn json_file_list_equals_files_in_root() {
    let target = Target::new();
    let root = target.scratch.work().join("root");
    let shown = root.to_string_lossy().into_owned();
    let document = json_result(&target, &["--root", &shown, "--default-pip"], "installed");
    assert_eq!(document["target"]["host_root"], shown.as_str());
    let files = document["files"].as_array().expect("it is a list");
    let mut listed = BTreeSet::new();
    let mut former = "";
    for file in files {
        let path = file["path"].as_str().expect("it is text");
        assert!(former < path, "{former} comes before {path}");
        former = path;
        let real = below(&root, Path::new(path));
        let bytes = fs::read(&real).unwrap_or_else(|error| panic!("{path}: {error}"));
        let told = file["sha256"].as_str().expect("it is text");
        let byte = |at| u8::from_str_radix(&told[at..at + 2], 16).expect("it is hexadecimal");
        let told: Vec<u8> = (0..told.len()).step_by(2).map(byte).collect();
        assert_eq!(*told, *Sha256::digest(&bytes), "{path}");
        assert_eq!(file["size"], bytes.len(), "{path}");
        let mode = real.metadata().expect("it is there").permissions().mode() & 0o7777;
        assert_eq!(file["mode"], format!("{mode:04o}"), "{path}");
        listed.insert(real);
    }
    let there: BTreeSet<PathBuf> = Tree::of(&root).files().map(|path| root.join(path)).collect();
    assert_eq!(listed, there);
    assert!(listed.len() > 100, "only {} files are listed", listed.len());
    // The list has no path of the machine that it was made on.
    assert!(files.iter().all(|file| !file["path"].as_str().unwrap_or(&shown).contains(&shown)));
}

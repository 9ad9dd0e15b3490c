//! Is the bill of materials valid, and is it true?

use crate::sets::stock::wheel;
use crate::support::announce::announce;
use crate::support::cyclonedx::{report_skipped, validator};
use crate::support::pip_wheel::{NEWEST, NEWEST_SHA256, PipWheel};
use crate::support::process::Program;
use crate::support::target::Target;
use serde_json::{Value, json};
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
    let (document, _) = of_set(&Target::new());
    let faults: Vec<String> =
        validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    announce("bill of materials: 2 cells ran, with the schema of CycloneDX 1.6");
}

/// What a Python reads in the metadata of each project: the licences of a bill of materials, by the rule
/// that `docs/sets.md` states.
const LICENSES: &str = r#"
import importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    fields = importlib.metadata.metadata(name)
    expression, name_of_license = [
        (fields[field] or "").strip() for field in ("License-Expression", "License")
    ]
    classifiers = [line for line in fields.get_all("Classifier", []) if line.startswith("License ::")]
    if expression:
        found[name] = [{"expression": expression}]
        continue
    if name_of_license not in ("", "UNKNOWN") and len(name_of_license) <= 100:
        if len(name_of_license.splitlines()) == 1:
            classifiers = [name_of_license]
    found[name] = [{"license": {"name": line}} for line in classifiers] or None
print(json.dumps(found))
"#;

/// The bill of materials of a set whose wheels state licences in each way, and the names of its
/// projects.
fn of_set(target: &Target) -> (Value, Vec<&'static str>) {
    let directory = target.scratch.work().join("wheels");
    let text = "License: The Licence\n        \n        Do what you like.\n";
    let long = format!("License: {}\n", "words and ".repeat(30));
    let classifiers = "Classifier: License :: OSI Approved :: MIT License\n\
                       Classifier: Topic :: Internet\nClassifier: License :: Public Domain\n";
    let mut projects = Vec::new();
    for (project, fields) in [
        ("expression", "License-Expression: MIT OR (Apache-2.0 AND BSD-3-Clause)\nLicense: no\n"),
        ("custom", "License-Expression: LicenseRef-own\n"),
        ("name", &format!("License: BSD \"3\" Clause é\n{classifiers}")),
        ("folded", "License:\n        Apache 2.0\n"),
        ("classifiers", classifiers),
        ("unknown", &format!("License: UNKNOWN\n{classifiers}")),
        ("text", &format!("{text}{classifiers}")),
        ("long", &format!("{long}{classifiers}")),
        ("textalone", text),
        ("nothing", ""),
    ] {
        let metadata = format!("Metadata-Version: 2.4\nName: {project}\nVersion: 1.0\n{fields}");
        wheel(project, "1.0", &[]).metadata("METADATA", &metadata).write(&directory);
        projects.push(project);
    }
    let directory = directory.to_str().expect("it is text").to_owned();
    let mut arguments = vec!["--wheel-dir", &directory];
    for project in &projects {
        arguments.extend(["--with", project]);
    }
    (written(target, &target.scratch.work().join("set.json"), &arguments), projects)
}

#[test]
fn sbom_has_licenses_that_importlib_reads() {
    let target = Target::new();
    let (document, projects) = of_set(&target);
    let python = Program::new(&target.python, target.scratch.home());
    let output = python.arguments(["-I", "-c", LICENSES]).arguments(&projects).run();
    let expected: Value =
        serde_json::from_str(&output.expect_success().stdout()).expect("it is JSON");
    let licenses = |name: &str| {
        let components = document["components"].as_array().expect("a list");
        let mut found = components.iter().filter(|component| component["name"] == name);
        found.next().unwrap_or_else(|| panic!("{name}: {document}"))["licenses"].clone()
    };
    for project in projects {
        assert_eq!(licenses(project), expected[project], "{project}");
    }
    // Each way occurs. The bundled pip is under the licence that its wheel has.
    assert_eq!(licenses("custom"), json!([{ "expression": "LicenseRef-own" }]));
    assert_eq!(licenses("folded"), json!([{ "license": { "name": "Apache 2.0" } }]));
    let classifiers = ["License :: OSI Approved :: MIT License", "License :: Public Domain"];
    let classifiers = classifiers.map(|name| json!({ "license": { "name": name } }));
    assert_eq!(licenses("text"), json!(classifiers));
    assert_eq!(licenses("nothing"), Value::Null);
    assert_eq!(licenses("pip"), json!([{ "license": { "id": "MIT" } }]));
}

/// What is installed in another version may be under another licence.
#[test]
fn sbom_has_no_licenses_of_another_version() {
    let target = Target::new();
    let wheels = target.scratch.work().join("wheels");
    let add = |version: &str| {
        let fields = format!("Name: name\nVersion: {version}\nLicense: Licence {version}\n");
        let metadata = format!("Metadata-Version: 2.1\n{fields}");
        wheel("name", version, &[]).metadata("METADATA", &metadata).write(&wheels);
    };
    let file = target.scratch.work().join("sbom.json");
    let directory = wheels.to_str().expect("it is text");
    let set = ["--wheel-dir", directory, "--with", "name", "--without-pip"];
    let one = json!([{ "license": { "name": "Licence 1" } }]);
    add("1");
    for _ in ["installed", "kept"] {
        assert_eq!(written(&target, &file, &set)["components"][0]["licenses"], one);
    }
    add("2");
    let kept = written(&target, &file, &set);
    assert_eq!(kept["components"][0]["version"], "1");
    assert_eq!(kept["components"][0]["licenses"], Value::Null);
}

//! Are lengths, layers, documentation and versions in order?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

mod rooms;

/// The maximum length of a file, in lines.
const LONGEST: usize = 400;

#[test]
fn source_files_are_short_and_documented() {
    let sources = sources(&root());
    assert!(sources.len() > 300, "only {} sources were found", sources.len());
    for path in sources {
        let text = fs::read_to_string(&path).expect("a source is text");
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines, more than {LONGEST}", path.display());
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_documented = match extension {
            Some("rs") => text.starts_with("//! "),
            Some("py") => text.trim_start_matches("#!/usr/bin/env python3\n").starts_with("\"\"\""),
            _ => true,
        };
        assert!(is_documented, "{} does not begin by saying what it is", path.display());
    }
}

#[test]
fn version_is_consistent_across_files() {
    let version = env!("CARGO_PKG_VERSION");
    let world = fs::read_to_string(root().join("wit/world.wit")).expect("it is there");
    assert!(world.contains(&format!("package ensurepip:bootstrap@{version};")));
    let example = root().join("examples/python/ensurepip_component/_component.py");
    let example = fs::read_to_string(example).expect("it is there");
    assert!(example.contains(&format!("\"ensurepip:bootstrap/%s@{version}\"")));
    for (package, stated) in [
        ("examples/python/pyproject.toml", format!("version = \"{version}\"")),
        ("examples/node/package.json", format!("\"version\": \"{version}\"")),
    ] {
        let package = fs::read_to_string(root().join(package)).expect("it is there");
        assert!(
            package.lines().any(|line| line.trim().trim_end_matches(',') == stated),
            "{stated}"
        );
    }
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).expect("it is there");
    let headings: Vec<&str> = changelog.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(headings.first(), Some(&"## Unreleased"));
    let released = headings.iter().filter(|heading| heading.contains(version)).count();
    assert!(released <= 1, "{version} has {released} headings");
}

/// Every item of the contract is documented and states its first version.
#[test]
fn wit_items_are_documented_with_since() {
    let (mut items, mut parts) = (0, 0);
    for file in ["world.wit", "types.wit", "host.wit", "installer.wit"] {
        let text = fs::read_to_string(root().join("wit").join(file)).expect("it is there");
        let mut before = "";
        for line in text.lines().map(str::trim) {
            let is_item = [
                "interface ",
                "world ",
                "record ",
                "variant ",
                "enum ",
                "resource ",
                "constructor(",
            ]
            .iter()
            .any(|keyword| line.starts_with(keyword))
                || line.contains(": func(");
            if is_item {
                items += 1;
                assert!(before.starts_with("@since("), "{file}: `{line}` has no `@since`");
            }
            // Fields and cases: a name, and a type or data or nothing, then a comma.
            if line.ends_with(',') && !line.starts_with("///") {
                parts += 1;
                assert!(before.starts_with("///"), "{file}: `{line}` is not documented");
            }
            before = line;
        }
    }
    assert!(items > 30, "only {items} items were found");
    assert!(parts > 60, "only {parts} fields and cases were found");
}

/// Everything that is linked into the program, or used to build it, may be distributed under our
/// licence.
#[test]
fn dependencies_have_accepted_licenses() {
    const ACCEPTED: &[&str] = &[
        "MIT",
        "MIT-0",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "Unicode-3.0",
        "Zlib",
        "Unlicense",
        "0BSD",
        "BSL-1.0",
        "CC0-1.0",
    ];
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(root().join("Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo tells it in JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    for package in packages {
        let licence = package["license"].as_str().unwrap_or("none").replace('/', " OR ");
        // One of several alternatives is enough; all licences joined by AND must be accepted.
        let is_accepted = licence.split(" OR ").any(|choice| {
            choice.split(" AND ").all(|one| ACCEPTED.contains(&one.trim_matches(['(', ')', ' '])))
        });
        assert!(is_accepted, "{}: {licence}", package["name"]);
    }
    assert!(packages.len() > 50);
}

/// The fuzz targets have a separate lock file, but must use the same versions as the main one.
#[test]
fn fuzz_lock_file_matches_main_lock_file() {
    let packages = |lock: &str| -> Vec<(String, String)> {
        let lock = fs::read_to_string(root().join(lock)).expect("it is there");
        let stated = |entry: &str, field: &str| -> Option<String> {
            let line = entry.lines().find_map(|line| line.strip_prefix(field))?;
            Some(line.trim_matches(['=', '"', ' ']).to_owned())
        };
        let entries = lock.split("[[package]]").skip(1);
        entries
            .filter_map(|entry| Some((stated(entry, "name")?, stated(entry, "version")?)))
            .collect()
    };
    let built = packages("Cargo.lock");
    let mut same = 0;
    for (name, version) in packages("fuzz/Cargo.lock") {
        let mut releases = built.iter().filter(|(built, _)| *built == name).peekable();
        let is_ours = releases.peek().is_some();
        let is_same = releases.any(|(_, release)| *release == version);
        assert!(is_same || !is_ours, "{name} {version} is fuzzed, and another release built");
        same += usize::from(is_same);
    }
    assert!(same > 50, "only {same} were found in both");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The sources below a directory, unordered.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in directory.read_dir().expect("it can be listed").flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir()
                && !name.starts_with('.')
                && !["target", "demo", "node_modules"].contains(&&*name)
            {
                pending.push(path);
            } else if name.ends_with(".rs") || name.ends_with(".py") || name.ends_with(".wit") {
                found.push(path);
            }
        }
    }
    found
}

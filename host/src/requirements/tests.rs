//! Requirements, markers and files as pip and its `packaging` read them, which the newest bundled wheel
//! contains.

mod check;
mod file;
mod lock;
mod markers;
mod wanted;

use super::Environment;
use crate::facts::sample::sample;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// The answers of `packaging.py` to some questions.
fn ask(questions: &[Value]) -> Vec<Value> {
    // The column `file` of the first row.
    let table = include_str!("../../../wheels/wheels.csv");
    let file = table.lines().nth(1).and_then(|row| row.split(',').nth(2)).expect("it has a row");
    let wheels = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wheels");
    let mut process = Command::new("python3")
        .args(["-I", "-c", include_str!("tests/packaging.py")])
        .arg(wheels.join(file))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    let mut input = process.stdin.take().expect("it is piped");
    let text = serde_json::to_string(questions).expect("it is JSON");
    input.write_all(text.as_bytes()).expect("it reads all");
    drop(input);
    let output = process.wait_with_output().expect("it ends");
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).expect("it answers in JSON");
    assert_eq!(answers.len(), questions.len());
    answers
}

/// Targets of different kinds.
fn environments() -> Vec<Environment> {
    let changes = [
        json!({}),
        json!({"version": [3, 8, 20], "platform": "linux-aarch64"}),
        json!({"version": [3, 11, 0], "platform": "linux-i686"}),
        json!({"version": [3, 14, 2], "platform": "macosx-11.0-arm64"}),
        json!({"version": [3, 10, 4], "platform": "macosx-10.9-universal2"}),
        json!({"version": [3, 12, 1], "platform": "win-amd64", "os": "nt"}),
        json!({"version": [3, 9, 13], "platform": "win32", "os": "nt"}),
        json!({"version": [3, 11, 13], "implementation": "pypy"}),
    ];
    changes.iter().map(|change| Environment::of(&sample(&[change]))).collect()
}

/// The facts that this Python reports about itself imply what `packaging` finds out in it.
#[test]
fn environment_matches_running_python() {
    let found = ask(&[json!(["environment"])]).remove(0);
    let script = "import json, os, sys, sysconfig; print(json.dumps({'os': os.name,\
                  'version': sys.version_info[:3], 'platform': sysconfig.get_platform(),\
                  'implementation': sys.implementation.name}))";
    let output = Command::new("python3").args(["-I", "-c", script]).output().expect("it runs");
    let change: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let environment = Environment::of(&sample(&[&change]));
    let found = found.as_object().expect("it is an object");
    assert_eq!(found.len(), environment.values.len());
    for (name, value) in found {
        let is_unknown = matches!(name.as_str(), "platform_release" | "platform_version");
        let expected = if is_unknown { "" } else { value.as_str().expect("it is text") };
        assert_eq!(environment.value(name), expected, "{name}");
    }
}

/// From `platform.py` of CPython 3.13, and what python.org's builds report on such machines.
#[test]
fn environment_of_each_platform() {
    for (os, platform, expected) in [
        ("posix", "linux-armv7l", ["linux", "Linux", "armv7l"]),
        ("posix", "linux-ppc64le", ["linux", "Linux", "ppc64le"]),
        ("posix", "linux-unknown", ["linux", "Linux", ""]),
        ("posix", "macosx-11.0-arm64", ["darwin", "Darwin", "arm64"]),
        ("posix", "macosx-10.15-x86_64", ["darwin", "Darwin", "x86_64"]),
        ("posix", "macosx-10.13-universal2", ["darwin", "Darwin", ""]),
        ("nt", "win-amd64", ["win32", "Windows", "AMD64"]),
        ("nt", "win-arm64", ["win32", "Windows", "ARM64"]),
        ("nt", "win32", ["win32", "Windows", "x86"]),
    ] {
        let facts = sample(&[&json!({"os": os, "platform": platform})]);
        let environment = Environment::of(&facts);
        let found = ["sys_platform", "platform_system", "platform_machine"]
            .map(|name| environment.value(name));
        assert_eq!(found, expected, "{platform}");
        assert_eq!(environment.value("os_name"), os);
    }
    let pypy = Environment::of(&sample(&[&json!({"implementation": "pypy"})]));
    let found = ["platform_python_implementation", "implementation_name", "implementation_version"]
        .map(|name| pypy.value(name));
    assert_eq!(found, ["PyPy", "pypy", ""]);
}

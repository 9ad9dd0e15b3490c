//! The reference for the names and tags of wheels: `packaging`, as the newest bundled pip has it.

use ensurepip_wheels::BUNDLED;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What `packaging` answers to questions, in order: see `reference.py`.
pub(super) fn answers(questions: &[Value]) -> Vec<Value> {
    let wheels = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wheels");
    let document = json!({ "wheel": wheels.join(BUNDLED[0].file_name), "questions": questions });
    let mut python = Command::new("python3")
        .args(["-I", "-c", include_str!("reference.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is a Python");
    let mut input = python.stdin.take().expect("it is a pipe");
    input.write_all(document.to_string().as_bytes()).expect("it reads");
    drop(input);
    let output = python.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", output.status);
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

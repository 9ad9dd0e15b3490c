//! Is the session in `docs/demo.svg`, which the README shows, what the program prints today?

use crate::support::announce::{announce, fail_if_required};
use crate::support::images::TRIXIE_ARM64;
use crate::support::layouts::Layout;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Records the session, and compares it with the file or, with the variable set, replaces the file.
#[test]
fn demo_equals_what_the_program_prints() {
    let made = Layout::new().and_then(|layout| {
        TRIXIE_ARM64.copy_to(&layout.scratch.work().join("image"))?;
        Ok(layout)
    });
    let layout = match made {
        Ok(layout) => layout,
        Err(missing) => {
            announce(&format!("demo: missing: {missing}"));
            return fail_if_required(&[missing]);
        }
    };
    let directory = layout.scratch.work();
    fs::rename(&layout.path, directory.join("app")).expect("both are in one directory");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut script = Command::new("python3");
    script.arg(repository.join("tests/documents/demo.py"));
    if std::env::var_os("ENSUREPIP_HOST_TEST_BLESS").is_none_or(|value| value != "1") {
        script.arg("--check");
    }
    script.arg(env!("CARGO_BIN_EXE_ensurepip-host")).arg(directory);
    let done = script.arg(repository.join("docs/demo.svg")).output();
    let done = done.expect("python3 can be started");
    let faults = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "ENSUREPIP_HOST_TEST_BLESS=1 renews it: {faults}");
    announce("demo: 1 cell ran; missing: none");
}

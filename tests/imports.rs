//! Are the standard library modules that pip needs known?
//!
//! `wheels/imports.py` runs pip without each of them, and compares the results with the table.

use crate::support::announce::announce;
use crate::support::interpreters::Interpreters;
use crate::support::pip_wheel::PipWheel;
use crate::support::process::Program;
use crate::support::scratch::Scratch;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wheels/imports.py");

/// The pip for each Python, and the modules without which it fails. By default this is done with one
/// Python, which takes ten seconds.
#[test]
fn imports_table_lists_modules_pip_requires() {
    let scratch = Scratch::new();
    let all = std::env::var_os("ENSUREPIP_HOST_TEST_EVERY").is_some();
    let newest = Interpreters::newest();
    let count = if all { usize::MAX } else { 1 };
    for interpreter in Interpreters::of_this_machine().found.iter().rev().take(count) {
        let pip = PipWheel::newest_for(interpreter.version).version;
        announce(&format!("imports: pip {pip} on Python {}", interpreter.name()));
        // The script itself needs a newer Python than pip does.
        Program::new(&newest.executable, scratch.home())
            .arguments(["-B", SCRIPT, "--check", "--pip", &pip])
            .argument(&interpreter.executable)
            .run()
            .expect_success();
    }
}

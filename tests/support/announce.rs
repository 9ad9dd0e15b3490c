//! Messages for the reader of the test log, and the switch that turns a skip into a failure.

use std::io::Write as _;

/// The environment variable that makes every optional tool a required one.
const REQUIRE_ALL: &str = "ENSUREPIP_HOST_TEST_REQUIRE_ALL";

/// Writes one line to the standard error of the test program.
///
/// libtest captures the output of `eprintln!` and shows it for failed tests only. The checks that a
/// passing test skipped must be visible as well, so this bypasses the macro.
pub(crate) fn announce(line: &str) {
    // One call with the line end inside, so that parallel tests do not mix their lines.
    let line = format!("{line}\n");
    std::io::stderr()
        .write_all(line.as_bytes())
        .expect("the standard error of the test program takes a line");
}

/// Whether a missing tool or interpreter is a failure.
pub(crate) fn required() -> bool {
    std::env::var_os(REQUIRE_ALL).is_some_and(|value| value == "1")
}

/// Fails the test if something is missing and [`required`] is true.
pub(crate) fn fail_if_required(missing: &[String]) {
    assert!(
        missing.is_empty() || !required(),
        "{REQUIRE_ALL} is set, but these are missing: {}",
        missing.join(", ")
    );
}

/// Writes that a check is skipped because something is missing, and fails the test if [`required`]
/// is true.
pub(crate) fn report_skipped(check: &str, missing: &str) {
    announce(&format!("{check}: 0 cells ran; missing: {missing}"));
    fail_if_required(&[missing.to_owned()]);
}

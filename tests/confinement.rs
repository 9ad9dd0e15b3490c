//! Does the system ensure that only the target is changed?
//!
//! Landlock forbids other changes to the program and to the interpreters that it starts, if the kernel
//! has it.

use crate::support::announce::report_skipped;
use crate::support::copy::write_program;
use crate::support::made_wheels::small_pip;
use crate::support::process::Program;
use crate::support::target::Target;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Prints the kernel's version of Landlock, or -1 (`landlock_create_ruleset`, by its number on all CPUs).
const VERSION: &str = "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))";

/// The first version in which a program can allow moves between directories.
const FIRST_WITH_REFER: i32 = 2;

/// Whether the kernel has a Landlock that the program can use; if not, the skipped check is
/// announced.
fn has_landlock(check: &str, target: &Target) -> bool {
    let told = Program::new(&target.python, target.scratch.home()).arguments(["-c", VERSION]).run();
    let version: i32 = told.stdout().trim().parse().expect("the system call returns a number");
    if version < FIRST_WITH_REFER {
        report_skipped(check, "Landlock");
    }
    version >= FIRST_WITH_REFER
}

#[test]
fn changes_are_made_below_landlock() {
    let target = Target::new();
    if !has_landlock("Landlock in reports", &target) {
        return;
    }
    let wheels = target.scratch.work().join("wheels");
    small_pip("9").write(&wheels);
    let wheels = wheels.to_string_lossy().into_owned();
    // A run that changes nothing needs no confinement.
    for (arguments, result, is_confined) in [
        (&["status"][..], "status", false),
        (&["--dry-run"], "planned", false),
        (&["--wheel-dir", &wheels], "installed", true),
        (&["--no-compile"], "kept", false),
        (&["--upgrade"], "installed", true),
        (&["uninstall"], "removed", true),
    ] {
        let tool = Program::under_test(target.scratch.home()).arguments(arguments);
        let tool = tool.arguments([Path::new("--json"), Path::new("--python"), &target.python]);
        let finished = tool.run().expect_success();
        let report: Value = serde_json::from_str(&finished.stdout()).expect("it is JSON");
        assert_eq!(report["result"], result, "{finished}");
        let expected = if is_confined { "Landlock".into() } else { Value::Null };
        assert_eq!(report["target"]["confined_by"], expected, "{finished}");
    }
}

/// An interpreter that writes outside each time it is run, and to the library. It reports its paths
/// before confinement, and compiles afterwards.
#[test]
fn interpreter_that_compiles_cannot_write_outside_the_target() {
    let target = Target::new();
    if !has_landlock("Landlock around interpreters", &target) {
        return;
    }
    let python = target.scratch.work().join("python");
    let [inside, outside] = [target.library().join("log"), target.scratch.work().join("log")];
    let log = |path: &Path| format!("{{ echo run >>'{}'; }} 2>/dev/null\n", path.display());
    let run = format!("exec '{}' \"$@\"\n", target.python.display());
    write_program(&python, ["#!/bin/sh\n", &log(&inside), &log(&outside), &run].concat());
    let tool = Program::without_cache(target.scratch.home()).argument("--compile");
    tool.argument("--python").argument(&python).run().expect_success();
    let runs = |path: &Path| fs::read_to_string(path).expect("it is there").lines().count();
    assert_eq!(runs(&outside), 1);
    assert!(runs(&inside) > 1, "it has compiled");
}

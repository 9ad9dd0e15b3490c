//! Failures half way: what was written is gone again, to the byte.

use super::driver::{Done, Failed};
use super::target::Target;
use super::wheel_builder::{EXECUTABLE, WheelBuilder};
use super::{apply, drive, pip, plan, request};
use crate::bindings::ensurepip::bootstrap::types::{Error, IoFailure, Operation, Role};
use crate::directory::memory::{FAILING, Failing, Tree};

const ALL: [Role; 4] = [Role::Purelib, Role::Platlib, Role::Headers, Role::Data];

/// A target with files of others in every directory, some where the wheel's go.
fn target() -> Target {
    let target = Target::with_lib64(&ALL);
    target.memory(Role::Purelib).put("other/__init__.py", b"theirs");
    target.memory(Role::Purelib).put("pip/plugins/extra.py", b"theirs");
    target.memory(Role::Platlib).put("other.so", b"theirs");
    target.memory(Role::Data).put("share/man/other.1", b"theirs");
    target
}

/// A wheel with files for every directory.
fn wheel() -> WheelBuilder {
    pip()
        .data("platlib/pip/native.so", "ELF")
        .data("headers/pip.h", "int pip;\n")
        .data("data/share/man/pip.1", "manual\n")
        .data("data/share/pip/run.py", "")
        .mode("pip-30.3.data/data/share/pip/run.py", EXECUTABLE)
        .data("scripts/tool", "#!python\n")
}

fn io(role: Role, operation: Operation, path: &str) -> Failed {
    let [path, reason] = [path, FAILING].map(str::to_owned);
    Failed::Component(Error::Io(IoFailure { role, path, operation, reason }))
}

fn run(target: &Target) -> Result<Done, Failed> {
    drive(&request(), &wheel(), target)
}

#[test]
fn install_failure_is_reported_and_rolled_back() {
    let purelib = Role::Purelib;
    for (call, expected) in [
        ("report Step::Check", Failed::Component(Error::Cancelled)),
        ("purelib list .", io(purelib, Operation::List, ".")),
        ("purelib look up pip", io(purelib, Operation::LookUp, "pip")),
        ("purelib create .ensurepip", io(purelib, Operation::Create, ".ensurepip-host-stage")),
        ("compile ", Failed::Host("no Python runs")),
        ("report Step::Stage", Failed::Component(Error::Cancelled)),
        (
            "headers write .ensurepip-host-stage/0/new/pip.h",
            io(Role::Headers, Operation::Write, ".ensurepip-host-stage/0/new/pip.h"),
        ),
        ("compiled", Failed::Host("the Python has ended")),
        (
            "purelib write .ensurepip-host-stage/0/new/pip/__pycache__",
            io(
                purelib,
                Operation::Write,
                ".ensurepip-host-stage/0/new/pip/__pycache__/__init__.cpython-313.pyc",
            ),
        ),
        (
            "data write .ensurepip-host-stage/0/new/share/pip/__pycache__",
            io(
                Role::Data,
                Operation::Write,
                ".ensurepip-host-stage/0/new/share/pip/__pycache__/run.cpython-313.pyc",
            ),
        ),
        ("stage scripts", Failed::Host("a script cannot be written")),
        (
            "purelib write .ensurepip-host-stage/0/new/pip-30.3.dist-info/RECORD",
            io(purelib, Operation::Write, ".ensurepip-host-stage/0/new/pip-30.3.dist-info/RECORD"),
        ),
        ("normalize purelib", Failed::Host("a mode cannot be set")),
        ("report Step::Commit", Failed::Component(Error::Cancelled)),
        (
            "headers create .ensurepip-host-stage/0/old",
            io(Role::Headers, Operation::Create, ".ensurepip-host-stage/0/old"),
        ),
        ("data rename share/pip", io(Role::Data, Operation::Rename, "share/pip")),
        ("purelib rename pip/_vendor", io(purelib, Operation::Rename, "pip/_vendor")),
        ("publish scripts", Failed::Host("a script cannot be renamed")),
        ("purelib rename pip-30.3.dist-info", io(purelib, Operation::Rename, "pip-30.3.dist-info")),
    ] {
        let target = target();
        let before = target.trees();
        target.fail(Failing::First(call));
        assert_eq!(run(&target), Err(expected), "{call}");
        assert_eq!(target.trees(), before, "{call}");
    }
}

/// Fails each call of a run in turn. Checks that the target is then as before the run, or as after it
/// if all that was left to do was to remove the stage. Returns the number of calls.
#[track_caller]
pub(super) fn assert_each_failure_is_undone(
    target: impl Fn() -> Target,
    run: impl Fn(&Target) -> Result<Done, Failed>,
) -> usize {
    let complete = target();
    run(&complete).expect("nothing is in the way");
    let calls = complete.journal.calls();
    let last = calls.iter().position(|call| call == "purelib rename pip-30.3.dist-info");
    let last = last.expect("the metadata directory is renamed");
    for (number, call) in calls.iter().enumerate() {
        let target = target();
        let before = target.trees();
        target.fail(Failing::At(number));
        let result = run(&target);
        if number > last {
            assert!(result.is_ok(), "{call}: {result:?}");
            assert_eq!(target.trees_without_stage(), complete.trees(), "{call}");
        } else {
            assert!(result.is_err(), "{call}");
            assert_eq!(target.trees(), before, "{call}");
        }
    }
    calls.len()
}

#[test]
fn install_failing_at_any_call_is_all_or_nothing() {
    let calls = assert_each_failure_is_undone(target, run);
    assert!(calls > 100, "only {calls} calls were made");
}

#[test]
fn install_after_failed_install_succeeds() {
    let complete = target();
    apply(&wheel(), &complete).expect("the wheel is sound");
    let target = target();
    target.fail(Failing::First("publish scripts"));
    run(&target).expect_err("the scripts cannot be published");
    apply(&wheel(), &target).expect("nothing is in the way");
    assert_eq!(target.trees(), complete.trees());
}

#[test]
fn plan_can_be_cancelled() {
    let target = target();
    target.fail(Failing::First("report Step::Check"));
    assert_eq!(plan(&wheel(), &target), Err(Error::Cancelled));
}

#[test]
fn directory_not_granted_is_named_and_nothing_written() {
    for (missing, granted) in [
        (Role::Purelib, [Role::Platlib, Role::Headers, Role::Data]),
        (Role::Platlib, [Role::Purelib, Role::Headers, Role::Data]),
        (Role::Headers, [Role::Purelib, Role::Platlib, Role::Data]),
        (Role::Data, [Role::Purelib, Role::Platlib, Role::Headers]),
    ] {
        let target = Target::with_lib64(&granted);
        assert_eq!(apply(&wheel(), &target), Err(Error::NotGranted(missing)));
        assert_eq!(target.trees(), [const { Tree::new() }; 3]);
    }
}

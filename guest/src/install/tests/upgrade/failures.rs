//! Failures half way: the older version is there as it was, to the byte, or the newer one is.

use super::{WheelBuilder, fresh, pip, target_with_old_pip};
use crate::bindings::ensurepip::bootstrap::types::{Error, IoFailure, Operation, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::Action;
use crate::directory::memory::{FAILING, Failing, Fixed};
use crate::install::tests::failures::assert_each_failure_is_undone;
use crate::install::tests::target::Target;
use crate::install::tests::{apply, drive, upgrade, upgrading};

/// The older version with files of others, and metadata without files.
fn shared() -> Target {
    let target = target_with_old_pip();
    let theirs = ["pip/extra.txt", "pip/_legacy/extra.py", "pip/__pycache__/x.cpython-312.pyc"];
    target.memory(Role::Purelib).put_all(&theirs, b"theirs");
    target.memory(Role::Purelib).put("pip-9.dist-info/RECORD", b"pip/gone.py,,\n");
    target
}

/// Files without metadata.
fn strays() -> Target {
    let target = Target::posix(&[Role::Purelib]);
    let theirs = ["pip/__init__.py", "pip/_vendor/invalid.py", "pip/stray.py"];
    target.memory(Role::Purelib).put_all(&theirs, b"theirs");
    target
}

/// Metadata without files.
fn metadata() -> Target {
    let target = Target::posix(&[Role::Purelib]);
    target.memory(Role::Purelib).put("pip-30.3.dist-info/RECORD", b"pip/__init__.py,,\n");
    target.memory(Role::Purelib).put("pip-30.3.dist-info/licenses/extra", b"");
    target
}

/// The older version among platform modules.
fn among_platform_modules() -> Target {
    let target = Target::with_lib64(&[Role::Purelib, Role::Platlib]);
    let platlib = target.memory(Role::Platlib);
    platlib.put("pip/__init__.py", b"old");
    platlib.put("pip/extra.txt", b"theirs");
    platlib.put("pip-24.0.dist-info/RECORD", b"pip/__init__.py,,\n");
    target
}

const STATES: [fn() -> Target; 5] =
    [target_with_old_pip, shared, strays, metadata, among_platform_modules];

/// Whether directories can be renamed or not, it is the older version or the newer one.
#[test]
fn upgrade_failing_at_any_call_is_rolled_back() {
    for (state, fixed) in
        STATES.iter().flat_map(|state| [(state, Fixed::None), (state, Fixed::Lower)])
    {
        let target = || {
            let target = state();
            target.fix(fixed);
            target
        };
        let calls =
            assert_each_failure_is_undone(target, |target| drive(&upgrading(), &pip(), target));
        assert!(calls > 60, "only {calls} calls were made");
    }
}

#[test]
fn upgrade_failure_is_reported_and_retry_succeeds() {
    let target = shared();
    target.fail(Failing::First("purelib rename .ensurepip-host-stage/0/old/pip/legacy.py"));
    let [path, reason] = ["pip/legacy.py", FAILING].map(str::to_owned);
    let operation = Operation::Move;
    let expected = Error::Io(IoFailure { role: Role::Purelib, path, operation, reason });
    assert_eq!(upgrade(&pip(), &target), Err(expected));
    upgrade(&pip(), &target).expect("nothing is in the way");
    let complete = shared();
    upgrade(&pip(), &complete).expect("nothing is in the way");
    assert_eq!(target.trees(), complete.trees());
}

/// A run that is stopped cannot clean up: it leaves the older version, the newer one, or neither.
#[test]
fn upgrade_stopped_at_any_call_is_completed() {
    let wheel = pip();
    for state in STATES {
        let complete = state();
        upgrade(&wheel, &complete).expect("nothing is in the way");
        for (number, call) in complete.journal.calls().iter().enumerate() {
            let target = state();
            let before = target.trees();
            target.fail(Failing::From(number));
            let result = drive(&upgrading(), &wheel, &target);
            assert!(target.journal.is_stopped(), "{call}");
            target.fail(Failing::None);
            let stopped = target.trees();
            for (tree, (old, new)) in stopped.iter().zip(before.iter().zip(complete.trees())) {
                let is_known = |path: &String| {
                    let node = &tree[path];
                    old.get(path) == Some(node) || new.get(path) == Some(node)
                };
                let mut paths = tree.keys().filter(|path| !path.starts_with(".ensurepip"));
                assert!(paths.all(is_known), "{call}");
            }
            let next = upgrade(&wheel, &target).expect("nothing is in the way");
            assert_eq!(result.is_ok(), matches!(next.action, Action::Keep(_)), "{call}");
            assert_eq!(target.trees_without_stage(), complete.trees(), "{call}");
        }
    }
}

#[test]
fn upgrade_stopped_with_file_directory_swap_is_completed() {
    let target = Target::posix(&[Role::Purelib]);
    let old = WheelBuilder::pip("24.0").file("pip/one", "").file("pip/two/file", "");
    apply(&old, &target).expect("nothing is in the way");
    let wheel = pip().file("pip/one/file", "").file("pip/two", "");
    target.journal.clear();
    upgrade(&wheel, &target).expect("nothing is in the way");
    let calls = target.journal.calls();
    let moved = ".ensurepip-host-stage/0/old/pip-24.0.dist-info";
    let metadata = calls.iter().position(|call| call.ends_with(moved)).expect("it is moved");
    let stopped = Target::posix(&[Role::Purelib]);
    apply(&old, &stopped).expect("nothing is in the way");
    stopped.journal.clear();
    stopped.fail(Failing::From(metadata + 1));
    upgrade(&wheel, &stopped).expect_err("it is stopped");
    stopped.fail(Failing::None);
    let report = apply(&wheel, &stopped).expect("nothing is in the way");
    assert_eq!(report.action, Action::Install);
    assert_eq!(stopped.trees(), target.trees());
}

/// What cannot be moved back is not lost with the stage.
#[test]
fn rollback_that_fails_is_completed_by_next_run() {
    let target = target_with_old_pip();
    target.fail(Failing::All("purelib rename pip"));
    upgrade(&pip(), &target).expect_err("the package cannot be moved");
    target.fail(Failing::None);
    let kept = target.text(Role::Purelib, ".ensurepip-host-stage/0/old/pip/legacy.py");
    assert_eq!(kept, "");
    apply(&pip(), &target).expect("nothing is in the way");
    assert_eq!(target.memory(Role::Purelib).tree(), fresh());
}

/// Once a version is installed, what a stage says of another one is history.
#[test]
fn stage_of_other_version_is_ignored_if_pip_is_installed() {
    let target = target_with_old_pip();
    let left = ".ensurepip-host-stage/0/old/pip-9.dist-info/RECORD";
    target.memory(Role::Purelib).put(left, b"pip/extra.txt,,\n");
    target.memory(Role::Purelib).put("pip/extra.txt", b"theirs");
    upgrade(&pip(), &target).expect("nothing is in the way");
    assert_eq!(target.text(Role::Purelib, "pip/extra.txt"), "theirs");
}

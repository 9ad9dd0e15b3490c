//! What goes when a version is removed, and what stays.

use super::driver::{self, Done, Failed};
use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::{apply, given, pip};
use crate::bindings::ensurepip::bootstrap::types::{Error, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::Action;
use crate::directory::memory::Failing;

fn uninstall(wheel: &WheelBuilder, target: &Target) -> Result<Done, Failed> {
    driver::remove(&[&given(wheel)], target)
}

/// A target with this version in it, whose calls so far are forgotten.
fn target_with_pip(version: &str) -> Target {
    let target = Target::posix(&[Role::Purelib]);
    target.memory(Role::Purelib).put("other/__init__.py", b"theirs");
    apply(&WheelBuilder::pip(version), &target).expect("nothing is in the way");
    target.journal.clear();
    target
}

#[test]
fn uninstall_removes_only_installed_files() {
    let target = target_with_pip("30.3");
    let library = target.memory(Role::Purelib);
    library.put("pip/extra.txt", b"theirs");
    let files = library.tree().values().flatten().count();
    let report = uninstall(&pip(), &target).expect("it can be removed");
    assert!(matches!(report.action, Action::Remove(found) if found.version == "30.3"));
    assert_eq!(report.removed as usize, files - 2);
    assert_eq!(report.obsolete, ["pip3", "pip3.13"]);
    assert_eq!(*target.obsolete.borrow(), ["pip3", "pip3.13"]);
    let left = target.paths(Role::Purelib);
    assert_eq!(left, ["other/", "other/__init__.py", "pip/", "pip/extra.txt"]);
}

#[test]
fn uninstall_leaves_absent_or_other_version_unchanged() {
    for (version, is_other) in [(Some("24.0"), true), (Some("99"), true), (None, false)] {
        let target = version.map_or_else(|| Target::posix(&[Role::Purelib]), target_with_pip);
        let before = target.trees();
        let report = uninstall(&pip(), &target).expect("nothing is to be done");
        assert_eq!(matches!(report.action, Action::Other(_)), is_other);
        assert_eq!(matches!(report.action, Action::Absent), !is_other);
        assert_eq!(target.trees(), before);
        assert!(target.journal.calls().iter().all(|call| !call.contains(" rename ")));
    }
}

#[test]
fn uninstall_from_missing_directory_reports_absent() {
    let report = uninstall(&pip(), &Target::posix(&[])).expect("there is nothing");
    assert!(matches!(report.action, Action::Absent));
}

#[test]
fn uninstall_of_egg_info_is_refused() {
    let target = Target::posix(&[Role::Purelib]);
    let library = target.memory(Role::Purelib);
    library.put("pip/__init__.py", b"old");
    library.put("pip-30.3-py3.13.egg-info/PKG-INFO", b"Version: 30.3\n");
    let before = target.trees();
    let failed = uninstall(&pip(), &target).expect_err("its files are not known");
    let error = failed.component();
    assert!(matches!(error, Error::UnknownFiles(found) if found.version == "30.3"));
    assert_eq!(target.trees(), before);
}

#[test]
fn uninstall_refuses_second_version_removes_stale_one() {
    for (record, is_refused) in [("pip/__init__.py,,\n", true), ("pip/gone.py,,\n", false)] {
        let target = target_with_pip("30.3");
        let library = target.memory(Role::Purelib);
        library.put("pip-24.0.dist-info/METADATA", b"Version: 24.0\n");
        library.put("pip-24.0.dist-info/RECORD", record.as_bytes());
        let before = target.trees();
        let removed = uninstall(&pip(), &target).map_err(Failed::component);
        if is_refused {
            assert!(matches!(removed, Err(Error::SeveralVersions(all)) if all.len() == 2));
            assert_eq!(target.trees(), before);
        } else {
            let action = removed.expect("it can be removed").action;
            assert!(matches!(action, Action::Remove(found) if found.version == "30.3"));
            assert_eq!(target.paths(Role::Purelib), ["other/", "other/__init__.py"]);
        }
    }
}

#[test]
fn uninstall_removes_fileless_dist_info_of_same_version() {
    for (version, is_other) in [("30.3", false), ("24.0", true)] {
        let target = Target::posix(&[Role::Purelib]);
        let library = target.memory(Role::Purelib);
        let metadata = format!("pip-{version}.dist-info");
        library.put(&format!("{metadata}/METADATA"), format!("Version: {version}\n").as_bytes());
        let report = uninstall(&pip(), &target).expect("nothing is in the way");
        assert_eq!(matches!(report.action, Action::Other(_)), is_other);
        assert_eq!(target.paths(Role::Purelib).is_empty(), !is_other);
    }
}

#[test]
fn uninstall_failing_at_any_call_is_all_or_nothing() {
    let complete = target_with_pip("30.3");
    uninstall(&pip(), &complete).expect("it can be removed");
    let calls = complete.journal.calls().len();
    assert!(calls > 10, "{calls} calls");
    let mut failed = 0;
    for number in 0..calls {
        let target = target_with_pip("30.3");
        let before = target.trees();
        target.fail(Failing::At(number));
        if uninstall(&pip(), &target).is_ok() {
            let left = target.paths(Role::Purelib);
            assert!(!left.iter().any(|path| path.starts_with("pip")), "{left:?}");
        } else {
            assert_eq!(target.trees(), before, "call {number}");
            failed += 1;
        }
    }
    assert!(failed > 10, "only {failed} of {calls} calls made it fail");
}

#[test]
fn uninstall_stopped_at_any_call_is_completed() {
    let complete = target_with_pip("30.3");
    uninstall(&pip(), &complete).expect("it can be removed");
    for number in 0..complete.journal.calls().len() {
        let target = target_with_pip("30.3");
        target.fail(Failing::From(number));
        // What was left to do may be to clean up, which no result depends on.
        let done = uninstall(&pip(), &target);
        assert!(target.journal.is_stopped(), "call {number}: {done:?}");
        target.fail(Failing::None);
        uninstall(&pip(), &target).expect("it can be removed");
        let left = target.paths(Role::Purelib);
        let pip = left.iter().filter(|path| path.starts_with("pip")).collect::<Vec<_>>();
        assert!(pip.is_empty(), "call {number}: {pip:?}");
    }
}

/// It is told by its own version then, not by that of the wheel at hand.
#[test]
fn uninstall_reports_version_left_by_stopped_run() {
    let complete = target_with_pip("30.3");
    uninstall(&pip(), &complete).expect("it can be removed");
    let calls = complete.journal.calls();
    let metadata = |call: &String| call.contains(" rename ") && call.ends_with("dist-info");
    let first_move = calls.iter().position(metadata).expect("the metadata goes");
    let target = target_with_pip("30.3");
    target.fail(Failing::From(first_move + 1));
    uninstall(&pip(), &target).expect_err("it is stopped");
    target.fail(Failing::None);
    let report = uninstall(&WheelBuilder::pip("99"), &target).expect("it can be removed");
    assert!(matches!(report.action, Action::Remove(found) if found.version == "30.3"));
    assert!(report.removed > 0);
    assert_eq!(report.obsolete, ["pip3", "pip3.13"]);
    let report = uninstall(&WheelBuilder::pip("99"), &target).expect("there is nothing");
    assert!(matches!(report.action, Action::Absent));
}

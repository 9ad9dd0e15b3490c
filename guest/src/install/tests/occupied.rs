//! Files that are in the target already, and no distribution's: replaced, respected, in the way.

use super::target::Target;
use super::{apply, pip, plan};
use crate::bindings::ensurepip::bootstrap::types::{Error, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::Action;

/// A target whose directory of pure modules has these files.
fn target_with(files: &[&str]) -> Target {
    let target = Target::posix(&[Role::Purelib]);
    target.memory(Role::Purelib).put_all(files, b"theirs");
    target
}

/// Checks that neither planning nor applying finds the place free, and that nothing is written.
#[track_caller]
fn assert_occupied(files: &[&str], path: &str) {
    let target = target_with(files);
    let before = target.trees();
    let expected = Error::Occupied((Role::Purelib, path.to_owned()));
    assert_eq!(plan(&pip(), &target), Err(expected.clone()));
    assert_eq!(apply(&pip(), &target), Err(expected));
    assert_eq!(target.trees(), before);
    assert_eq!(target.calls("report Step::Stage"), [""; 0]);
}

#[test]
fn install_replaces_package_without_dist_info() {
    let strays = ["pip/stale.py", "pip/__pycache__/stale.cpython-313.pyc"];
    let bytecode = "pip/__pycache__/__init__.cpython-313.pyc";
    let target = target_with(&["pip/__init__.py", "pip/_vendor/README.rst", bytecode]);
    target.memory(Role::Purelib).put_all(&strays, b"theirs");
    let before = target.memory(Role::Purelib).tree();
    let report = apply(&pip(), &target).expect("nothing is in the way");
    assert_eq!((report.action, report.removed), (Action::Install, 3));
    let alone = target_with(&[]);
    apply(&pip(), &alone).expect("nothing is in the way");
    let mut expected = alone.memory(Role::Purelib).tree();
    expected.extend(before.into_iter().filter(|(path, _)| strays.contains(&path.as_str())));
    assert_eq!(target.memory(Role::Purelib).tree(), expected);
}

#[test]
fn install_over_file_directory_conflict_is_refused() {
    assert_occupied(&["pip"], "pip");
    assert_occupied(&["pip/_vendor"], "pip/_vendor");
    assert_occupied(&["pip/__init__.py/file"], "pip/__init__.py");
}

#[test]
fn bytecode_path_conflict_is_refused_and_rolled_back() {
    let bytecode = "pip/__pycache__/__init__.cpython-313.pyc";
    for (file, path) in [
        ("pip/__pycache__/__init__.cpython-313.pyc/file", bytecode),
        ("pip/__pycache__", "pip/__pycache__"),
    ] {
        let target = target_with(&["pip/__init__.py", file]);
        let before = target.trees();
        let expected = Error::Occupied((Role::Purelib, path.to_owned()));
        assert_eq!(apply(&pip(), &target), Err(expected));
        assert_eq!(target.trees(), before);
    }
}

#[test]
fn install_keeps_other_distributions() {
    let theirs = ["other/__init__.py", "other-1.0.dist-info/METADATA", "pip/plugins/extra.py"];
    let target = target_with(&theirs);
    let before = target.memory(Role::Purelib).tree();
    apply(&pip(), &target).expect("nothing is in the way");
    let alone = target_with(&[]);
    apply(&pip(), &alone).expect("nothing is in the way");
    let mut expected = alone.memory(Role::Purelib).tree();
    expected.extend(before);
    assert_eq!(target.memory(Role::Purelib).tree(), expected);
}

#[test]
fn stage_of_interrupted_run_is_removed() {
    for leftover in [
        &[".ensurepip-host-stage/0/new/pip/__init__.py", ".ensurepip-host-stage/1/old/a/b/c"][..],
        &[".ensurepip-host-stage/0", ".ensurepip-host-stage/1/old", ".ensurepip-host-stage/x/y"],
        &[".ensurepip-host-stage/0/old/file", ".ensurepip-host-stage/0/new"],
        &[".ensurepip-host-stage"],
    ] {
        let target = target_with(leftover);
        plan(&pip(), &target).expect("nothing is in the way");
        apply(&pip(), &target).expect("nothing is in the way");
        let alone = target_with(&[]);
        apply(&pip(), &alone).expect("nothing is in the way");
        assert_eq!(target.trees(), alone.trees());
    }
}

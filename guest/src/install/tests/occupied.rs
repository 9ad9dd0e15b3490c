//! What is in the target already: kept, respected, or in the way.

use super::builder::Builder;
use super::target::Target;
use super::{apply, plan};
use crate::bindings::ensurepip::bootstrap::types::{Error, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Installed};
use crate::directory::memory::Tree;

/// A target whose directory of pure modules has these files.
fn target_with(files: &[&str]) -> Target {
    let target = Target::posix(&[Role::Purelib]);
    for path in files {
        target.memory(Role::Purelib).put(path, b"theirs");
    }
    target
}

/// Checks that neither planning nor applying finds the place free, and that nothing is written.
#[track_caller]
fn assert_occupied(files: &[&str], path: &str) {
    let target = target_with(files);
    let before = target.trees();
    let expected = Error::Occupied((Role::Purelib, path.to_owned()));
    assert_eq!(plan(&Builder::pip("26.3"), &target), Err(expected.clone()));
    assert_eq!(apply(&Builder::pip("26.3"), &target), Err(expected));
    assert_eq!(target.trees(), before);
    assert_eq!(target.calls("report Step::Stage"), [""; 0]);
}

#[test]
fn a_distribution_that_is_installed_is_kept_whatever_its_version() {
    for (file, metadata, version) in [
        ("pip-24.0.dist-info/METADATA", "pip-24.0.dist-info", "24.0"),
        ("Pip-99.9.dist-info/METADATA", "Pip-99.9.dist-info", "99.9"),
        ("pip-9.0.1-py3.6.egg-info", "pip-9.0.1-py3.6.egg-info", "9.0.1"),
    ] {
        let target = target_with(&[file, "pip/__init__.py"]);
        let before = target.trees();
        let [version, metadata] = [version, metadata].map(str::to_owned);
        let keep = Action::Keep(Installed { version, role: Role::Purelib, metadata });
        let planned = plan(&Builder::pip("26.3"), &target).expect("there is nothing to do");
        assert_eq!((&planned.action, planned.files.len(), planned.scripts.len()), (&keep, 0, 0));
        let applied = apply(&Builder::pip("26.3"), &target).expect("there is nothing to do");
        assert_eq!((applied.action, applied.files, applied.bytecode), (keep, 0, 0));
        assert_eq!(applied.scripts, [""; 0]);
        assert_eq!(target.trees(), before);
        let calls = ["report Step::Check 13", "purelib list .", "purelib list ."];
        assert_eq!(target.journal.calls(), calls);
    }
}

#[test]
fn a_distribution_is_found_among_platform_modules_too() {
    let target = Target::with_lib64(&[Role::Purelib, Role::Platlib]);
    target.memory(Role::Platlib).put("pip-24.0.dist-info/METADATA", b"");
    let report = apply(&Builder::pip("26.3"), &target).expect("there is nothing to do");
    let Action::Keep(found) = report.action else { panic!("it is not found") };
    assert_eq!((found.role, found.version.as_str()), (Role::Platlib, "24.0"));
}

#[test]
fn modules_without_metadata_are_in_the_way() {
    assert_occupied(&["pip/__init__.py"], "pip/__init__.py");
    assert_occupied(&["pip/_vendor/README.rst"], "pip/_vendor/README.rst");
}

#[test]
fn a_file_is_in_the_way_of_a_directory_and_a_directory_of_a_file() {
    assert_occupied(&["pip"], "pip");
    assert_occupied(&["pip/_vendor"], "pip/_vendor");
    assert_occupied(&["pip-26.3.dist-info"], "pip-26.3.dist-info");
    assert_occupied(&["pip/__init__.py/file"], "pip/__init__.py");
}

#[test]
fn stale_bytecode_is_in_the_way_and_nothing_changes() {
    let path = "pip/__pycache__/__init__.cpython-313.pyc";
    let target = target_with(&[path]);
    let before = target.trees();
    let expected = Error::Occupied((Role::Purelib, path.to_owned()));
    assert_eq!(apply(&Builder::pip("26.3"), &target), Err(expected));
    assert_eq!(target.trees(), before);
}

#[test]
fn the_name_of_the_stage_is_taken() {
    for name in [".ensurepip-host-stage/pip/x.py", ".Ensurepip-Host-Stage"] {
        let target = target_with(&[]);
        let wheel = Builder::pip("26.3").file(name, "evil");
        let expected = Error::Occupied((Role::Purelib, ".ensurepip-host-stage".to_owned()));
        assert_eq!(plan(&wheel, &target), Err(expected.clone()));
        assert_eq!(apply(&wheel, &target), Err(expected));
        assert_eq!(target.trees(), [Tree::new()]);
    }
}

#[test]
fn other_distributions_stay_and_shared_directories_are_merged_into() {
    let theirs = ["other/__init__.py", "other-1.0.dist-info/METADATA", "pip/plugins/extra.py"];
    let target = target_with(&theirs);
    let before = target.memory(Role::Purelib).tree();
    apply(&Builder::pip("26.3"), &target).expect("nothing is in the way");
    let alone = target_with(&[]);
    apply(&Builder::pip("26.3"), &alone).expect("nothing is in the way");
    let mut expected = alone.memory(Role::Purelib).tree();
    expected.extend(before);
    assert_eq!(target.memory(Role::Purelib).tree(), expected);
}

#[test]
fn the_stage_of_an_interrupted_run_is_removed() {
    for leftover in [
        &[".ensurepip-host-stage/pip/__init__.py", ".ensurepip-host-stage/a/b/c"][..],
        &[".ensurepip-host-stage"],
    ] {
        let target = target_with(leftover);
        plan(&Builder::pip("26.3"), &target).expect("nothing is in the way");
        apply(&Builder::pip("26.3"), &target).expect("nothing is in the way");
        let alone = target_with(&[]);
        apply(&Builder::pip("26.3"), &alone).expect("nothing is in the way");
        assert_eq!(target.trees(), alone.trees());
    }
}

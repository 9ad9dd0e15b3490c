//! Faults of a wheel as a whole, and which calls report them.
//!
//! The corpus of hostile wheels has one for each single fault.

use super::target::Target;
use super::wheel_builder::{WheelBuilder, metadata};
use super::{pip, request};
use crate::bindings::ensurepip::bootstrap::types::{Error, Fault, FaultCode, Role};
use crate::install;
use crate::install::{Transaction, WheelResource};

/// A target with every directory.
fn target() -> Target {
    Target::posix(&[Role::Purelib, Role::Platlib, Role::Headers, Role::Data])
}

/// The faults of a wheel, after checking that it is refused before any directory is looked at.
fn faults(wheel: &WheelBuilder) -> Vec<Fault> {
    faults_of_bytes(&target(), wheel, &wheel.build())
}

/// The same of an archive that the wheel was made into.
pub(super) fn faults_of_bytes(target: &Target, wheel: &WheelBuilder, bytes: &[u8]) -> Vec<Fault> {
    let given = || WheelResource::new(wheel.file_name.clone(), bytes.to_vec(), false);
    let python = &target.python;
    let checked = install::check(&given(), Vec::new(), target).map(|_| ());
    let planned = install::plan(&[&given()], python, &request(), target).map(|_| ());
    let begun = Transaction::begin(&[&given()], python, &request(), target).map(|_| ());
    let removed = Transaction::begin_removal(&[&given()], python, target).map(|_| ());
    // Neither does it matter which instance has read it.
    let reader = given();
    let read = (0..3).flat_map(|part| reader.read_part((part, 3), target)).collect();
    let shared = install::check(&given(), read, target).map(|_| ());
    let results = [&planned, &begun, &removed, &shared];
    assert!(results.iter().all(|result| **result == checked), "{results:?}");
    let calls = target.journal.calls();
    assert!(calls.iter().all(|call| call.starts_with("report Step::Check")), "{calls:?}");
    match checked {
        Err(Error::UnsoundWheel(faults)) => faults,
        other => panic!("the wheel is not found unsound: {other:?}"),
    }
}

/// Checks that a wheel is refused under another file name, for that alone.
#[track_caller]
fn assert_misnamed(code: FaultCode, file_name: &str) {
    let mut wheel = pip();
    file_name.clone_into(&mut wheel.file_name);
    let faults = faults(&wheel);
    assert!(faults.iter().all(|fault| fault.code == code), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.entry == file_name), "{faults:?}");
}

#[test]
fn wheel_file_name_malformed_is_rejected() {
    for name in ["pip-30.3-py3-none-any.zip", "pip.whl", "../pip-30.3-py3-none-any.whl"] {
        assert_misnamed(FaultCode::FileName, name);
    }
}

#[test]
fn wheel_file_name_of_other_project_is_rejected() {
    for name in ["pop-30.3-py3-none-any.whl", "pip-30.2-py3-none-any.whl"] {
        assert_misnamed(FaultCode::DistInfo, name);
    }
}

#[test]
fn wheel_without_record_reports_every_file_unlisted() {
    let faults = faults(&pip().without_record());
    let codes: Vec<FaultCode> = faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [&[FaultCode::Record][..], &[FaultCode::Unlisted; 12]].concat());
}

#[test]
fn wheel_faults_are_reported_together() {
    let wheel = pip()
        .file("../evil.py", "evil")
        .file("pip/link", "/etc/passwd")
        .mode("pip/link", 0o120_777)
        .file("pip/__INIT__.py", "")
        .metadata("METADATA", &metadata("pop", "30.3"))
        .metadata("INSTALLER", "evil\n")
        .file("pip/new.py", "")
        .unlisted("pip/new.py")
        .rows("pip/gone.py,,\n")
        .unlisted("pip/_vendor/invalid.py")
        .rows("pip/_vendor/invalid.py,sha256=AAAA,17\n")
        .data("bogus/x", "")
        .data("scripts/python3", "")
        .entry_points("[console_scripts]\npip = pip:main;evil()\n../x = pip:main\n");
    let faults = faults(&wheel);
    let expected = [
        (FaultCode::EntryName, "../evil.py"),
        (FaultCode::EntryType, "pip/link"),
        (FaultCode::Collision, "pip/__INIT__.py"),
        (FaultCode::Mismatch, "pip/_vendor/invalid.py"),
        (FaultCode::Metadata, "pip-30.3.dist-info/METADATA"),
        (FaultCode::EntryPoint, "pip-30.3.dist-info/entry_points.txt"),
        (FaultCode::DistInfo, "pip-30.3.dist-info/INSTALLER"),
        (FaultCode::Unlisted, "pip/new.py"),
        (FaultCode::DataKey, "pip-30.3.data/bogus/x"),
        (FaultCode::ScriptName, "pip-30.3.data/scripts/python3"),
        (FaultCode::Phantom, "pip/gone.py"),
        (FaultCode::ScriptName, "pip-30.3.dist-info/entry_points.txt"),
    ];
    let found: Vec<_> = faults.iter().map(|fault| (fault.code, fault.entry.as_str())).collect();
    assert_eq!(found, expected);
}

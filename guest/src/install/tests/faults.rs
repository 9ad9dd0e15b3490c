//! Wheels that are refused: for each fault a wheel that has no other, and its code.
//!
//! In the order of the codes in the contract.

/// The archive and its entries: `archive`, `entry-name`, `duplicate`, `entry-type`.
mod entries;
/// What the wheel says of itself: from `dist-info` to `mismatch`.
mod metadata;
/// What would be put elsewhere: `data-key`, `entry-point`, `script-name`.
mod spread;

use super::builder::{Builder, metadata};
use super::target::Target;
use super::{apply, plan, request};
use crate::bindings::ensurepip::bootstrap::types::{Error, Fault, FaultCode, Role};
use crate::install;
use crate::install::checked::Instance;

/// The default wheel.
fn pip() -> Builder {
    Builder::pip("26.3")
}

/// A target with every directory.
fn target() -> Target {
    Target::posix(&[Role::Purelib, Role::Platlib, Role::Headers, Role::Data])
}

/// The faults of a wheel, after checking that it is refused before any directory is looked at.
fn faults(wheel: &Builder) -> Vec<Fault> {
    faults_of_bytes(&target(), wheel, &wheel.build())
}

/// The same of an archive that the wheel was made into.
pub(super) fn faults_of_bytes(target: &Target, wheel: &Builder, bytes: &[u8]) -> Vec<Fault> {
    let bytes = || bytes.to_vec();
    let checked = install::check(&wheel.file_name, bytes(), false, target).map(|_| ());
    let resolved = install::resolve(&request(wheel), bytes(), target).map(|_| ());
    let planned = install::plan(&request(wheel), bytes(), target).map(|_| ());
    let applied = install::apply(&request(wheel), bytes(), target).map(|_| ());
    // Neither does it matter who has read it.
    let name = &wheel.file_name;
    let read = Instance::default().within(|| {
        let read = (0..3).flat_map(|part| install::read_part(name, bytes(), (part, 3), target));
        read.collect()
    });
    let shared = install::check_with(name, bytes(), false, read, target).map(|_| ());
    let results = [&resolved, &planned, &applied, &shared];
    assert!(results.iter().all(|result| **result == checked), "{results:?}");
    let calls = target.journal.calls();
    assert!(calls.iter().all(|call| call.starts_with("report Step::Check")), "{calls:?}");
    match checked {
        Err(Error::UnsoundWheel(faults)) => faults,
        other => panic!("the wheel is not found unsound: {other:?}"),
    }
}

/// Checks that a wheel has faults of this code alone, one of them about this entry.
#[track_caller]
fn assert_refused(code: FaultCode, entry: &str, wheel: &Builder) {
    assert_faults(code, entry, &faults(wheel));
}

#[track_caller]
fn assert_faults(code: FaultCode, entry: &str, faults: &[Fault]) {
    assert!(faults.iter().all(|fault| fault.code == code), "{entry:?}: {faults:?}");
    assert!(faults.iter().any(|fault| fault.entry == entry), "{entry:?}: {faults:?}");
}

#[test]
fn the_wheel_that_is_spoiled_below_is_sound() {
    let target = Target::posix(&[Role::Purelib]);
    assert!(plan(&pip(), &target).is_ok());
    assert!(apply(&pip(), &target).is_ok());
}

#[test]
fn all_faults_are_told_at_once() {
    let wheel = pip()
        .file("../evil.py", "evil")
        .file("pip/link", "/etc/passwd")
        .mode("pip/link", 0o120_777)
        .file("pip/__INIT__.py", "")
        .metadata("METADATA", &metadata("pop", "26.3"))
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
        (FaultCode::Metadata, "pip-26.3.dist-info/METADATA"),
        (FaultCode::EntryPoint, "pip-26.3.dist-info/entry_points.txt"),
        (FaultCode::DistInfo, "pip-26.3.dist-info/INSTALLER"),
        (FaultCode::Unlisted, "pip/new.py"),
        (FaultCode::DataKey, "pip-26.3.data/bogus/x"),
        (FaultCode::ScriptName, "pip-26.3.data/scripts/python3"),
        (FaultCode::Phantom, "pip/gone.py"),
        (FaultCode::ScriptName, "pip-26.3.dist-info/entry_points.txt"),
    ];
    let found: Vec<_> = faults.iter().map(|fault| (fault.code, fault.entry.as_str())).collect();
    assert_eq!(found, expected);
}

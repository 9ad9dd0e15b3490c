//! Wheels that bring bytecode: none of it is installed.
//!
//! The corpus of hostile wheels has those of pip, which are refused. Those of other projects are
//! accepted if Python can do without their bytecode.

use super::driver;
use super::faults::faults_of_bytes;
use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::{apply, given};
use crate::bindings::ensurepip::bootstrap::types::{FaultCode, Role};
use crate::install;
use crate::wheel::check_wheel;

/// Cached files of several Pythons, the target's among them, each beside its source.
const CACHED: [&str; 4] = [
    "__pycache__/single.cpython-313.pyc",
    "sample/__pycache__/__init__.cpython-311.pyc",
    "sample/__pycache__/__init__.cpython-313.opt-1.pyc",
    "sample/__pycache__/__init__.pypy310.pyc",
];

/// A wheel of a package and a module.
fn sample() -> WheelBuilder {
    let files = [("sample/__init__.py", "x = 1\n"), ("single.py", "")];
    WheelBuilder::new("sample", "1.0", &files)
}

/// The same wheel, with bytecode of both.
fn cached() -> WheelBuilder {
    CACHED.iter().fold(sample(), |wheel, name| wheel.file(name, "theirs"))
}

#[test]
fn cached_bytecode_beside_its_source_is_left_out() {
    let target = Target::posix(&[Role::Purelib]);
    apply(&cached(), &target).expect("the wheel is sound");
    let expected = Target::posix(&[Role::Purelib]);
    apply(&sample(), &expected).expect("the wheel is sound");
    assert_eq!(target.trees(), expected.trees());
    let own = target.text(Role::Purelib, CACHED[0]);
    assert_eq!(own, "bytecode of /py/lib/python3.13/site-packages/single.py");
}

#[test]
fn wheel_with_cached_bytecode_is_removed_completely() {
    let target = Target::posix(&[Role::Purelib]);
    apply(&cached(), &target).expect("the wheel is sound");
    driver::remove(&[&given(&cached())], &target).expect("it can be removed");
    assert_eq!(target.paths(Role::Purelib), [""; 0]);
}

#[test]
fn left_out_bytecode_is_in_no_list_of_files() {
    let target = Target::posix(&[Role::Purelib]);
    let alone = install::check(&given(&cached()), Vec::new(), &target).expect("it is sound");
    assert_eq!(alone.files, 4);
    let reader = given(&cached());
    let read = (0..3).flat_map(|part| reader.read_part((part, 3), &target)).collect();
    assert_eq!(install::check(&given(&cached()), read, &target), Ok(alone));
    let checked = check_wheel(&cached().file_name, &cached().build()).expect("it is sound");
    let expected = check_wheel(&sample().file_name, &sample().build()).expect("it is sound");
    assert_eq!(checked.files, expected.files);
    assert_eq!(checked.contents, expected.contents);
}

/// What Python would load without a source, what it would never load, and what is something else.
#[test]
fn bytecode_that_cannot_be_left_out_is_rejected() {
    for path in [
        "sample/evil.pyc",
        "sample/evil.pyo",
        "sample/single.pyc",
        "single.pyc",
        "sample/__pycache__/evil.cpython-313.pyc",
        "__pycache__/evil.cpython-313.pyc",
        "sample/__pycache__/__init__.pyc",
        "sample/__pycache__/__init__.cpython-313.pyo",
        "sample/__pycache__/__init__.cpython-313.PYC",
        "sample/__PYCACHE__/__init__.cpython-313.pyc",
        "sample/__pycache__/__init__.py",
        "sample/__pycache__/evil.so",
        "sample/__pycache__/evil/__init__.cpython-313.pyc",
        "sample/__pycache__/__pycache__/__init__.cpython-313.pyc",
        // Nothing states that both libraries are one directory.
        "sample-1.0.data/platlib/sample/__pycache__/__init__.cpython-313.pyc",
        "sample-1.0.data/data/sample/__pycache__/__init__.cpython-313.pyc",
    ] {
        let wheel = sample().file(path, "evil");
        let faults = faults_of_bytes(&Target::posix(&[Role::Purelib]), &wheel, &wheel.build());
        let found: Vec<_> = faults.iter().map(|one| (one.code, one.entry.as_str())).collect();
        assert_eq!(found, [(FaultCode::Bytecode, path)]);
    }
}

#[test]
fn left_out_bytecode_is_compared_with_record() {
    let path = CACHED[0];
    let listed = WheelBuilder::row(path, b"others");
    for (code, wheel) in [
        (FaultCode::Unlisted, cached().unlisted(path)),
        (FaultCode::Mismatch, cached().unlisted(path).rows(&listed)),
    ] {
        let faults = faults_of_bytes(&Target::posix(&[Role::Purelib]), &wheel, &wheel.build());
        let found: Vec<_> = faults.iter().map(|one| (one.code, one.entry.as_str())).collect();
        assert_eq!(found, [(code, path)]);
    }
}

#[test]
fn pip_in_any_spelling_has_no_bytecode() {
    for project in ["pip", "PIP", "Pip"] {
        let wheel = WheelBuilder::new(project, "30.3", &[("pip/__init__.py", "")]);
        assert!(apply(&wheel, &Target::posix(&[Role::Purelib])).is_ok(), "{project}");
        let wheel = wheel.file("pip/__pycache__/__init__.cpython-313.pyc", "evil");
        let faults = faults_of_bytes(&Target::posix(&[Role::Purelib]), &wheel, &wheel.build());
        let codes: Vec<FaultCode> = faults.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, [FaultCode::Bytecode], "{project}");
    }
}

//! A check whose work several instances share: what one gets from the others.

use super::builder::Builder;
use super::target::Target;
use super::{apply, request};
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::ReadFile;
use crate::install;
use crate::install::checked::forget;
use crate::wheel::{self, read_part};
use std::rc::Rc;

fn wheel() -> Builder {
    Builder::pip("26.3")
        .file("pip/large.py", &"x = 1\n".repeat(5000))
        .data("scripts/tool", "#!python\n")
}

fn read(builder: &Builder, parts: u32) -> Vec<ReadFile> {
    let bytes = Rc::new(builder.build());
    let archive = wheel::open(&builder.file_name, &bytes).archive.expect("it is one");
    (0..parts).flat_map(|part| read_part(&archive, part, parts)).collect()
}

#[test]
fn what_was_shared_is_installed_like_what_was_not() {
    let target = Target::posix(&[Role::Purelib]);
    apply(&wheel(), &target).expect("it is sound");
    for (parts, keep) in [(1, false), (2, false), (4, false), (1, true), (3, true)] {
        forget();
        let (shared, wheel) = (Target::posix(&[Role::Purelib]), wheel());
        let mut files = read(&wheel, parts);
        if keep {
            let first = install::read_part(&wheel.file_name, wheel.build(), 0, parts, false);
            files.drain(..first.len());
            let kept = install::read_part(&wheel.file_name, wheel.build(), 0, parts, true);
            assert!(kept.is_empty() && !first.is_empty());
        }
        let info = install::check_with(&wheel.file_name, wheel.build(), false, files, &shared);
        info.expect("it is sound");
        apply(&wheel, &shared).expect("it is sound");
        assert_eq!(shared.trees(), target.trees(), "{parts} parts");
        assert_eq!(*shared.bin.borrow(), *target.bin.borrow());
    }
}

#[test]
fn every_file_is_read_by_one() {
    for parts in 1..5 {
        let mut entries: Vec<u32> = read(&wheel(), parts).iter().map(|file| file.entry).collect();
        let count = u32::try_from(entries.len()).expect("they are few");
        entries.sort_unstable();
        assert_eq!(entries, (0..count).collect::<Vec<_>>(), "{parts} parts");
        assert!(count > 10);
    }
    let name = "pip-26.3-py3-none-any.whl";
    assert!(install::read_part(name, b"no archive".to_vec(), 0, 1, false).is_empty());
}

/// Part by part, with the bytes the first time only.
#[test]
fn the_last_wheel_needs_no_bytes() {
    forget();
    let (wheel, target, parts) = (wheel(), Target::posix(&[Role::Purelib]), 7);
    let name = &wheel.file_name;
    for part in 0..parts {
        let bytes = (part == 0).then(|| wheel.build());
        assert!(install::read_part(name, bytes, part, parts, true).is_empty());
    }
    install::check_with(name, None, false, Vec::new(), &target).expect("it is sound");
    let request = request(&wheel);
    install::resolve(&request, None, &target).expect("it is sound");
    install::plan(&request, None, &target).expect("it is sound");
    install::apply(&request, None, &target).expect("it is sound");
    let other = Target::posix(&[Role::Purelib]);
    apply(&wheel, &other).expect("it is sound");
    assert_eq!(target.trees(), other.trees());
}

/// Neither before there was one, nor under another name, nor after another.
#[test]
fn what_was_never_brought_is_no_wheel() {
    let (wheel, target) = (wheel(), Target::posix(&[Role::Purelib]));
    let other = Builder::pip("26.2");
    let assert_none = |wheel: &Builder| {
        let Err(Error::UnsoundWheel(faults)) = install::resolve(&request(wheel), None, &target)
        else {
            panic!("it is nothing");
        };
        assert!(faults.iter().all(|fault| fault.code == FaultCode::Archive), "{faults:?}");
    };
    forget();
    assert_none(&wheel);
    install::resolve(&request(&wheel), wheel.build(), &target).expect("it is sound");
    assert_none(&other);
    install::resolve(&request(&wheel), wheel.build(), &target).expect("it is sound");
    install::resolve(&request(&other), other.build(), &target).expect("it is sound");
    assert_none(&wheel);
}

/// What does not fit the wheel is not taken for what it has.
#[test]
fn what_is_handed_over_is_compared_with_the_wheel() {
    let (wheel, target) = (wheel(), Target::posix(&[Role::Purelib]));
    let check = |spoil: &dyn Fn(&mut ReadFile)| {
        forget();
        let mut files = read(&wheel, 2);
        files.iter_mut().for_each(spoil);
        install::check_with(&wheel.file_name, wheel.build(), false, files, &target)
    };
    check(&|_| {}).expect("it is sound");
    // Of another size, or without a digest: it is read once more.
    check(&|file| file.contents.push(0)).expect("it is sound");
    check(&|file| file.sha256.truncate(31)).expect("it is sound");
    check(&|file| file.entry += 1000).expect("it is sound");
    let Err(Error::UnsoundWheel(faults)) = check(&|file| file.sha256[0] ^= 1) else {
        panic!("a digest is not that of RECORD");
    };
    assert!(faults.iter().all(|fault| fault.code == FaultCode::Mismatch), "{faults:?}");
}

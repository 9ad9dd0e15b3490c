//! What a wheel returns of the files that were read.

use super::shared::check_with_others;
use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::{given, pip};
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode, Role};
use crate::install::{self, WheelResource};

/// Some of the wheel's files: the entry, and what it holds. Of two parts, the last two are in the second.
const FILES: [(u32, &str); 4] =
    [(0, "def main(): pass\n"), (2, "Vendored\n"), (7, "print 'Python 2'\n"), (11, "MIT\n")];

fn target() -> Target {
    Target::posix(&[Role::Purelib])
}

/// What a wheel returns of them, as text.
fn read(wheel: &WheelResource) -> Vec<Option<String>> {
    let contents = wheel.read(&FILES.map(|(entry, _)| entry)).into_iter();
    let text = |bytes| String::from_utf8(bytes).expect("it is text");
    contents.map(|contents| contents.map(text)).collect()
}

/// All of them, and those for which this is so.
fn those(is_read: impl Fn(u32) -> bool) -> Vec<Option<String>> {
    let text = |(entry, text): (u32, &str)| is_read(entry).then(|| text.to_owned());
    FILES.map(text).to_vec()
}

#[test]
fn wheel_returns_files_that_it_has_read() {
    let wheel = given(&pip());
    assert_eq!(read(&wheel), those(|_| false), "nothing was read yet");
    let mine = wheel.read_part((0, 2), &target());
    let is_mine = |entry| mine.iter().any(|file| file.entry == entry);
    assert!(is_mine(0) && !is_mine(11));
    assert_eq!(read(&wheel), those(is_mine));
    wheel.read_part((1, 2), &target());
    assert_eq!(read(&wheel), those(|_| true));
    install::check(&wheel, Vec::new(), &target()).expect("it is sound");
    assert_eq!(read(&wheel), those(|_| true));
}

#[test]
fn wheel_returns_all_files_after_check_alone() {
    let wheel = given(&pip());
    install::check(&wheel, Vec::new(), &target()).expect("it is sound");
    assert_eq!(read(&wheel), those(|_| true));
}

/// It unpacks them by itself then.
#[test]
fn wheel_returns_files_read_elsewhere_after_check() {
    let target = target();
    let wheel = check_with_others(&pip(), &target, 1);
    let helpers = target.helpers.borrow();
    assert!(read(&helpers[0]).contains(&None), "each has read a part");
    assert_eq!(read(&wheel), those(|_| true));
}

#[test]
fn wheel_returns_files_in_order_asked_and_none_of_unknown_entries() {
    let wheel = given(&pip());
    let entries = [5, 1000, 0, u32::MAX, 5];
    let check = |wheel: &WheelResource| {
        let contents = wheel.read(&entries);
        let text = contents.iter().map(|contents| contents.as_deref().unwrap_or(b"none"));
        let expected = [&b"MZ t64"[..], b"none", b"def main(): pass\n", b"none", b"MZ t64"];
        assert_eq!(text.collect::<Vec<_>>(), expected);
        assert!(wheel.read(&[]).is_empty());
    };
    wheel.read_part((0, 1), &target());
    check(&wheel);
    install::check(&wheel, Vec::new(), &target()).expect("it is sound");
    check(&wheel);
}

#[test]
fn wheel_that_is_no_archive_returns_nothing() {
    let name = WheelBuilder::pip("30.3").file_name;
    let wheel = WheelResource::new(name, b"no archive".to_vec(), false);
    wheel.read_part((0, 1), &target());
    assert_eq!(wheel.read(&[0]), [None]);
    install::check(&wheel, Vec::new(), &target()).expect_err("it is no archive");
    assert_eq!(wheel.read(&[0]), [None]);
}

/// A wheel that lies in a directory is the same as one that was given.
#[test]
fn wheel_opened_from_directory_equals_given_wheel() {
    let target = target();
    let wheel = pip();
    let library = target.memory(Role::Purelib);
    library.put(&wheel.file_name, &wheel.build());
    let open = |name: &str| WheelResource::read_from(Some(library), name.to_owned(), false);
    let opened = open(&wheel.file_name).expect("it is there");
    install::check(&opened, Vec::new(), &target).expect("it is sound");
    assert_eq!(read(&opened), those(|_| true));

    library.put("inside/pip-1-py3-none-any.whl", b"");
    for (name, words) in [
        ("pip-1-py3-none-any.whl", "there is no such file"),
        ("inside", "file-name"),
        ("inside/pip-1-py3-none-any.whl", "file-name"),
        ("../pip-1-py3-none-any.whl", "file-name"),
    ] {
        match open(name).map(drop) {
            Err(Error::UnreadableWheel(reason)) => assert!(reason.contains(words), "{reason}"),
            Err(Error::UnsoundWheel(faults)) => {
                assert_eq!((faults[0].code, words), (FaultCode::FileName, "file-name"), "{name}");
            }
            other => panic!("{name}: another answer: {other:?}"),
        }
    }
    let missing = WheelResource::read_from(None, wheel.file_name, false).map(drop);
    assert!(matches!(missing, Err(Error::UnreadableWheel(_))), "{missing:?}");
}

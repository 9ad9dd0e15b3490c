//! What a wheel returns of the files that were read.

use super::shared::check_with_others;
use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::{Failed, apply, driver, given, pip, request};
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode, Role};
use crate::file_data::LARGE;
use crate::install::{self, WheelResource};
use crate::record::sha256;

/// Some of the wheel's files: the entry, and what it holds. Of two parts, the last two are in the second.
const FILES: [(u32, &str); 4] =
    [(0, "def main(): pass\n"), (2, "Vendored\n"), (7, "print 'Python 2'\n"), (11, "MIT\n")];

fn target() -> Target {
    Target::posix(&[Role::Purelib])
}

/// What a wheel returns of them, as text.
fn read(wheel: &WheelResource) -> Vec<Option<String>> {
    let contents = wheel.read(&FILES.map(|(entry, _)| entry), &target()).into_iter();
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
        let contents = wheel.read(&entries, &target());
        let text = contents.iter().map(|contents| contents.as_deref().unwrap_or(b"none"));
        let expected = [&b"MZ t64"[..], b"none", b"def main(): pass\n", b"none", b"MZ t64"];
        assert_eq!(text.collect::<Vec<_>>(), expected);
        assert!(wheel.read(&[], &target()).is_empty());
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
    assert_eq!(wheel.read(&[0], &target()), [None]);
    install::check(&wheel, Vec::new(), &target()).expect_err("it is no archive");
    assert_eq!(wheel.read(&[0], &target()), [None]);
}

/// A wheel that is read from a directory is the same as one that was given.
#[test]
fn wheel_opened_from_directory_equals_given_wheel() {
    let mut target = target();
    let wheel = pip();
    target.open(&wheel);
    let opened = WheelResource::open(wheel.file_name.clone(), false, &target);
    let opened = opened.expect("it is there");
    // It is not needed any more.
    target.wheels = None;
    let info = install::check(&opened, Vec::new(), &target).expect("it is sound");
    assert_eq!(info.sha256, None);
    assert_eq!(read(&opened), those(|_| true));
    let missing = WheelResource::open(wheel.file_name, false, &target).map(drop);
    assert!(matches!(missing, Err(Error::UnreadableWheel(_))), "{missing:?}");
}

/// It stays there: the component reads it again, as long as it is the same.
#[test]
fn wheel_in_directory_is_read_again_when_it_is_installed() {
    let mut target = target();
    let wheel = pip();
    let opened = target.open(&wheel);
    let info = install::check(&opened, Vec::new(), &target).expect("it is sound");
    assert_eq!(info.sha256, Some(sha256(&wheel.build()).to_vec()));
    let contents = opened.read(&FILES.map(|(entry, _)| entry), &target).into_iter();
    let text = |bytes| String::from_utf8(bytes).expect("it is text");
    let contents: Vec<_> = contents.map(|contents| contents.map(text)).collect();
    assert_eq!(contents, those(|_| true));

    let given = Target::posix(&[Role::Purelib]);
    apply(&wheel, &given).expect("it is sound");
    driver::install(&[&opened], &request(), &target).expect("it is sound");
    assert_eq!(target.trees(), given.trees());
}

/// Two words with one CRC-32 show that digests are compared as well.
#[test]
fn wheel_that_changes_after_check_is_refused_and_nothing_stays() {
    let with = |word: &str| pip().file("pip/word.py", word);
    let wheel = with("plumless\n");
    for (bytes, words) in [
        (with("buckeroo\n").build(), "SHA-256 mismatch"),
        (with("buckaroo\n").build(), "CRC-32 mismatch"),
        (wheel.build()[..200].to_vec(), "its file is shorter than it was"),
        (Vec::new(), "its file is shorter than it was"),
    ] {
        let mut target = target();
        let opened = target.open(&wheel);
        install::check(&opened, Vec::new(), &target).expect("it is sound");
        target.wheels.as_ref().expect("there is one").put(&wheel.file_name, &bytes);
        let refused = driver::install(&[&opened], &request(), &target).expect_err("it differs");
        let name = &wheel.file_name;
        let expected = format!("`{name}`: it has changed since it was checked: {words}");
        assert_eq!(refused.component(), Error::UnreadableWheel(expected));
        assert!(target.paths(Role::Purelib).is_empty(), "{words}");
    }
    let mut target = target();
    let opened = target.open(&wheel);
    install::check(&opened, Vec::new(), &target).expect("it is sound");
    target.wheels = None;
    assert_eq!(opened.read(&[0], &target), [None]);
    let gone = driver::install(&[&opened], &request(), &target).map_err(Failed::component);
    assert!(
        matches!(&gone, Err(Error::UnreadableWheel(reason)) if reason.contains("no preopen")),
        "{gone:?}"
    );
}

/// It is compared portion by portion, while it is written. Its contents are stored, so that the archives
/// differ in nothing else.
#[test]
fn large_file_that_changes_after_check_is_refused_and_nothing_stays() {
    let start = "x".repeat(usize::try_from(LARGE).expect("it is small"));
    let with = |word: &str| {
        let contents = format!("{start}{word}");
        let wheel = pip().file("pip/large.txt", &contents);
        let mut zip = wheel.zip();
        let entry = zip.entry("pip/large.txt");
        *entry = entry.clone().stored(contents.as_bytes());
        (wheel, zip.build())
    };
    let ((wheel, sound), (_, other)) = (with("plumless"), with("buckeroo"));
    let mut target = target();
    let opened = target.open(&wheel);
    let put = |bytes: &[u8]| {
        target.wheels.as_ref().expect("there is one").put(&wheel.file_name, bytes);
    };
    put(&sound);
    install::check(&opened, Vec::new(), &target).expect("it is sound");
    put(&other);
    let refused = driver::install(&[&opened], &request(), &target).expect_err("it differs");
    let Error::UnreadableWheel(reason) = refused.component() else { panic!("another error") };
    assert!(reason.ends_with("it has changed since it was checked: SHA-256 mismatch"), "{reason}");
    assert!(target.paths(Role::Purelib).is_empty());
    put(&sound);
    driver::install(&[&opened], &request(), &target).expect("it is the same again");
    assert!(target.text(Role::Purelib, "pip/large.txt").ends_with("plumless"));
}

#[test]
fn wheel_in_directory_is_refused_by_name() {
    let mut target = target();
    let wheel = pip();
    target.open(&wheel);
    let wheels = target.wheels.as_ref().expect("there is one");
    wheels.put("inside/pip-1-py3-none-any.whl", b"");
    let open = |name: &str, is_left: bool| {
        let open = if is_left { WheelResource::in_directory } else { WheelResource::open };
        open(name.to_owned(), false, &target).map(drop)
    };
    for (name, words) in [
        ("pip-1-py3-none-any.whl", "there is no such file"),
        ("inside", "file-name"),
        ("inside/pip-1-py3-none-any.whl", "file-name"),
        ("../pip-1-py3-none-any.whl", "file-name"),
    ] {
        for refused in [open(name, true), open(name, false)] {
            match refused {
                Err(Error::UnreadableWheel(reason)) => assert!(reason.contains(words), "{reason}"),
                Err(Error::UnsoundWheel(faults)) => {
                    assert_eq!((faults[0].code, words), (FaultCode::FileName, "file-name"));
                }
                other => panic!("{name}: another answer: {other:?}"),
            }
        }
    }
}

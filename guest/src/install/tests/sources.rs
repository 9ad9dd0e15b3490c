//! Which sources the host is asked to compile, and the bytecode that it adds.

use super::driver::Compiled;
use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::zip_builder::MODIFIED;
use super::{apply, apply_as, given, pip, request};
use crate::bindings::ensurepip::bootstrap::types::{Error, Request, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Bytecode, Details, Source};
use crate::install::Transaction;
use crate::record::sha256;

/// What an installation asks for.
fn details(request: &Request, wheel: &WheelBuilder, target: &Target) -> Details {
    let begun = Transaction::begin(&[&given(wheel)], &target.python, request, target);
    begun.expect("the wheel is sound").details()
}

/// A source of the wheel, as the host is asked to compile it.
fn source(entry: u32, path: &str, modified: u64, contents: &str) -> Source {
    let (path, size) = (path.to_owned(), contents.len() as u64);
    Source { wheel: 0, entry, path, modified, size, sha256: sha256(contents.as_bytes()).to_vec() }
}

/// A wheel with sources for two directories, of which one is among data.
fn wheel() -> WheelBuilder {
    pip().data("data/share/pip/run.py", "run()\n").data("scripts/tool.py", "#!python\n")
}

#[test]
fn sources_are_listed_in_order_of_archive() {
    let target = Target::posix(&[Role::Purelib, Role::Data]);
    let details = details(&request(), &wheel(), &target);
    let library = "/py/lib/python3.13/site-packages/pip";
    let expected = [
        source(0, &format!("{library}/__init__.py"), MODIFIED, "def main(): pass\n"),
        source(1, &format!("{library}/_internal/__init__.py"), MODIFIED, ""),
        source(7, &format!("{library}/_vendor/invalid.py"), MODIFIED, "print 'Python 2'\n"),
        source(12, "/py/share/pip/run.py", MODIFIED, "run()\n"),
    ];
    assert_eq!(details.sources, expected);
    assert!(!details.checked_hash);
    assert_eq!(details.modified, MODIFIED);
}

#[test]
fn sources_on_windows_have_backslashes() {
    let target = Target::windows("win-amd64", &[Role::Purelib, Role::Data]);
    let sources = details(&request(), &wheel(), &target).sources;
    let paths: Vec<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    let expected = [
        r"C:\Py\Lib\site-packages\pip\__init__.py",
        r"C:\Py\Lib\site-packages\pip\_internal\__init__.py",
        r"C:\Py\Lib\site-packages\pip\_vendor\invalid.py",
        r"C:\Py\share\pip\run.py",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn source_date_epoch_is_the_time_of_all_sources() {
    let target = Target::posix(&[Role::Purelib, Role::Data]);
    let request = Request { source_date_epoch: Some(7), ..request() };
    let details = details(&request, &wheel(), &target);
    assert_eq!(details.sources.len(), 4);
    assert!(details.sources.iter().all(|source| source.modified == 7));
    assert_eq!((details.checked_hash, details.modified), (true, 7));
}

#[test]
fn bytecode_from_earlier_equals_compiled_bytecode() {
    let wheel = pip();
    let compiled = Target::posix(&[Role::Purelib]);
    apply(&wheel, &compiled).expect("the wheel is sound");
    let mut target = Target::posix(&[Role::Purelib]);
    target.has_kept = true;
    apply(&wheel, &target).expect("the wheel is sound");
    assert_eq!(target.calls("compile"), [""; 0]);
    assert_eq!(target.trees(), compiled.trees());
    // The host finds it by what the sources hold, and need not read them.
    let sources = target.details.borrow().as_ref().map(|details| details.sources.clone());
    let compiled = compiled.sources.take().into_iter().map(|Compiled { source, .. }| source);
    assert_eq!(sources, Some(compiled.collect()));
}

#[test]
fn bytecode_has_time_of_its_source_and_is_recorded() {
    let target = Target::posix(&[Role::Purelib]);
    let wheel = given(&pip());
    let begun = Transaction::begin(&[&wheel], &target.python, &request(), &target);
    let mut transaction = begun.expect("the wheel is sound");
    transaction.stage(&target).expect("there is room");
    // In any order, and not all of it.
    let bytecode = |source, contents: &[u8]| Bytecode { source, contents: contents.to_vec() };
    for portion in [&[bytecode(2, b"two"), bytecode(0, b"zero")][..], &[]] {
        transaction.add_bytecode(portion).expect("there is room");
    }
    transaction.add_metadata(&[]).expect("there is room");
    transaction.displace(&target).expect("nothing is in the way");
    let report = transaction.complete(&target).expect("nothing is in the way");
    assert_eq!((report.bytecode, report.files.len()), (2, 17));
    let tree = target.memory(Role::Purelib).tree();
    let of = |path: &str| tree.get(path).cloned().flatten();
    let zero = of("pip/__pycache__/__init__.cpython-313.pyc");
    assert_eq!(zero, Some((b"zero".to_vec(), MODIFIED)));
    let two = of("pip/_vendor/__pycache__/invalid.cpython-313.pyc");
    assert_eq!(two, Some((b"two".to_vec(), MODIFIED)));
    let record = target.text(Role::Purelib, "pip-30.3.dist-info/RECORD");
    let rows: Vec<&str> = record.lines().filter(|row| row.contains(".pyc")).collect();
    let expected = [
        "pip/__pycache__/__init__.cpython-313.pyc,,",
        "pip/_vendor/__pycache__/invalid.cpython-313.pyc,,",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn bytecode_of_unknown_source_is_misuse_and_nothing_is_written() {
    let target = Target::posix(&[Role::Purelib]);
    let wheel = given(&pip());
    let begun = Transaction::begin(&[&wheel], &target.python, &request(), &target);
    let mut transaction = begun.expect("the wheel is sound");
    transaction.stage(&target).expect("there is room");
    let before = target.trees();
    for unknown in [3, u32::MAX] {
        let bytecode = [0, unknown].map(|source| Bytecode { source, contents: Vec::new() });
        let expected = Error::Misuse(format!("there is no source {unknown}"));
        assert_eq!(transaction.add_bytecode(&bytecode), Err(expected));
        assert_eq!(target.trees(), before);
    }
    // What is known can be added still.
    let known = Bytecode { source: 0, contents: b"known".to_vec() };
    transaction.add_bytecode(&[known]).expect("there is room");
}

#[test]
fn bytecode_twice_fails_and_is_rolled_back() {
    let target = Target::posix(&[Role::Purelib]);
    let before = target.trees();
    let wheel = given(&pip());
    let begun = Transaction::begin(&[&wheel], &target.python, &request(), &target);
    let mut transaction = begun.expect("the wheel is sound");
    transaction.stage(&target).expect("there is room");
    let twice = [0, 0].map(|source| Bytecode { source, contents: Vec::new() });
    let failed = transaction.add_bytecode(&twice);
    assert!(matches!(failed, Err(Error::Io(failure)) if failure.reason == "exist"));
    transaction.rollback();
    assert_eq!(target.trees(), before);
}

#[test]
fn bytecode_is_omitted_if_disabled_or_no_cache_tag() {
    let wheel = pip();
    for (compile, cache_tag) in [(false, Some("cpython-313")), (true, None)] {
        let mut target = Target::posix(&[Role::Purelib]);
        target.python.cache_tag = cache_tag.map(str::to_owned);
        let request = Request { compile, ..request() };
        let report = apply_as(&request, &wheel, &target);
        let report = report.expect("the wheel is sound");
        assert_eq!((report.files.len(), report.bytecode), (15, 0));
        assert_eq!(target.calls("compile"), [""; 0]);
        let details = target.details.take();
        assert!(details.is_some_and(|details| details.sources.is_empty()));
        assert!(target.paths(Role::Purelib).iter().all(|path| !path.contains("__pycache__")));
        assert!(!target.text(Role::Purelib, "pip-30.3.dist-info/RECORD").contains(".pyc"));
    }
}

//! What a transaction leaves to other instances.

use super::shared::check_with_others;
use super::target::Target;
use super::wheel_builder::{EXECUTABLE, WheelBuilder};
use super::zip_builder::MODIFIED;
use super::{given, pip, request};
use crate::bindings::ensurepip::bootstrap::types::{Error, Request, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Bytecode, PlacedBytecode, Share};
use crate::directory::memory::{Failing, Tree};
use crate::install::{Transaction, WheelResource, stage_share};

/// A wheel with files for several directories, and an executable in each.
fn wheel() -> WheelBuilder {
    pip()
        .file("pip/run.py", "run()\n")
        .mode("pip/run.py", EXECUTABLE)
        .data("data/share/pip/tool.py", "tool()\n")
        .mode("pip-30.3.data/data/share/pip/tool.py", EXECUTABLE)
        .data("platlib/pip/native.so", "ELF")
}

fn target() -> Target {
    Target::posix(&[Role::Purelib, Role::Data])
}

/// Begins to install a wheel that one other instance has read a part of.
fn begin(request: &Request, target: &Target) -> (WheelResource, Transaction) {
    let checked = check_with_others(&wheel(), target, 1);
    let begun = Transaction::begin(&[&checked], &target.python, request, target);
    target.journal.clear();
    (checked, begun.expect("nothing is in the way"))
}

/// Has the other instance stage a share.
fn help(share: &Share, target: &Target) {
    let helper = target.helpers.borrow_mut().pop().expect("there is one");
    let bytecode = share.bytecode.iter().map(|place| PlacedBytecode {
        place: place.clone(),
        contents: format!("bytecode at {}", place.path).into_bytes(),
    });
    let staged = stage_share(&helper, &share.files, bytecode.collect(), target);
    assert_eq!(staged, Ok(u32::try_from(share.files.len()).expect("they are few")));
}

/// The files in a target.
fn files(target: &Target) -> Vec<String> {
    let trees = target.trees().into_iter().flat_map(Tree::into_iter);
    trees.filter_map(|(path, node)| node.map(|_| path)).collect()
}

#[test]
fn share_names_places_and_writes_no_file() {
    for (source_date_epoch, modified) in [(None, MODIFIED), (Some(7), 7)] {
        let target = target();
        let request = Request { source_date_epoch, ..request() };
        let (_, mut transaction) = begin(&request, &target);
        let share = transaction.share(&[4, 0]).expect("there is room");
        assert_eq!(files(&target), [""; 0]);
        let places = share.files.iter().map(|file| &file.place).chain(&share.bytecode);
        for place in places {
            assert_eq!(place.modified, modified);
            assert!(place.path.starts_with(".ensurepip-host-stage/0/new/"), "{}", place.path);
            let (parent, _) = place.path.rsplit_once('/').expect("it is in a directory");
            assert_eq!(target.memory(place.role).tree().get(parent), Some(&None), "{parent}");
        }
        let paths: Vec<_> =
            share.bytecode.iter().map(|place| (place.role, &place.path[28..])).collect();
        let expected = [
            (Role::Data, "share/pip/__pycache__/tool.cpython-313.pyc"),
            (Role::Purelib, "pip/__pycache__/__init__.cpython-313.pyc"),
        ];
        assert_eq!(paths, expected);
        // Exactly what is not in memory here is left to the other instance, and that has it.
        assert!(!share.files.is_empty());
        let helpers = target.helpers.borrow();
        for file in &share.files {
            let [contents] = &helpers[0].read(&[file.entry], &target)[..] else {
                panic!("one was asked")
            };
            assert!(contents.is_some(), "{}", file.entry);
        }
        // Platform modules have the directory of pure ones here.
        let native = share.files.iter().find(|file| file.place.path.ends_with("native.so"));
        assert_eq!(native.map(|file| file.place.role), Some(Role::Purelib));
    }
}

/// Whenever the other instance writes its share, each file is written once.
#[test]
fn share_is_not_written_again_by_stage() {
    let alone = target();
    let finish = |transaction: &mut Transaction, target: &Target| {
        let trees = transaction.add_metadata(&[]).expect("there is room");
        transaction.displace(target).expect("nothing is in the way");
        (trees, transaction.complete(target).expect("nothing is in the way"))
    };
    let begun = Transaction::begin(&[&given(&wheel())], &alone.python, &request(), &alone);
    let mut transaction = begun.expect("nothing is in the way");
    transaction.stage(&alone).expect("there is room");
    let (trees_alone, report) = finish(&mut transaction, &alone);
    assert_eq!(report.bytecode, 0);
    for is_early in [true, false] {
        let target = target();
        let (_, mut transaction) = begin(&request(), &target);
        let share = transaction.share(&[]).expect("there is room");
        if is_early {
            help(&share, &target);
        }
        transaction.stage(&target).expect("there is room");
        if !is_early {
            help(&share, &target);
        }
        let (trees, mut report) = finish(&mut transaction, &target);
        assert_eq!(target.trees(), alone.trees());
        assert_eq!(trees, trees_alone, "executables are listed, whichever instance stages them");
        assert!(trees.iter().any(|tree| tree.executables.iter().any(|file| file == "pip/run.py")));
        let mut writes: Vec<String> = target.journal.calls();
        writes.retain(|call| call.contains(" write "));
        assert_eq!(writes.len(), report.files.len());
        writes.sort();
        writes.dedup();
        assert_eq!(writes.len(), report.files.len(), "each is written once");
        report.files.sort();
        report.files.dedup();
        assert_eq!(report.files.len(), files(&target).len(), "each is reported once");
    }
}

#[test]
fn shared_bytecode_is_counted_and_recorded() {
    let target = target();
    let (_, mut transaction) = begin(&request(), &target);
    let share = transaction.share(&[4, 0]).expect("there is room");
    help(&share, &target);
    transaction.stage(&target).expect("there is room");
    let contents = b"added".to_vec();
    transaction.add_bytecode(&[Bytecode { source: 1, contents }]).expect("there is room");
    transaction.add_metadata(&[]).expect("there is room");
    transaction.displace(&target).expect("nothing is in the way");
    let report = transaction.complete(&target).expect("nothing is in the way");
    assert_eq!(report.bytecode, 3);
    let mut reported: Vec<&str> = report.files.iter().map(|file| file.path.as_str()).collect();
    reported.retain(|path| path.ends_with(".pyc"));
    reported.sort_unstable();
    let expected = [
        "pip/__pycache__/__init__.cpython-313.pyc",
        "pip/_internal/__pycache__/__init__.cpython-313.pyc",
        "share/pip/__pycache__/tool.cpython-313.pyc",
    ];
    assert_eq!(reported, expected);
    let record = target.text(Role::Purelib, "pip-30.3.dist-info/RECORD");
    let rows: Vec<&str> = record.lines().filter(|row| row.contains(".pyc")).collect();
    let expected = [
        "../../../share/pip/__pycache__/tool.cpython-313.pyc,,",
        "pip/__pycache__/__init__.cpython-313.pyc,,",
        "pip/_internal/__pycache__/__init__.cpython-313.pyc,,",
    ];
    assert_eq!(rows, expected);
    let shared = target.text(Role::Data, "share/pip/__pycache__/tool.cpython-313.pyc");
    assert!(shared.starts_with("bytecode at .ensurepip-host-stage/0/new/"), "{shared}");
}

#[test]
fn share_of_unknown_source_is_misuse_and_nothing_is_written() {
    let target = target();
    let (_, mut transaction) = begin(&request(), &target);
    let before = target.trees();
    for unknown in [5, u32::MAX] {
        let expected = Error::Misuse(format!("there is no source {unknown}"));
        assert_eq!(transaction.share(&[0, unknown]), Err(expected));
        assert_eq!(target.trees(), before);
        assert_eq!(target.journal.calls(), [""; 0]);
    }
    // What is known can be shared still.
    let share = transaction.share(&[4]).expect("there is room");
    assert_eq!(share.bytecode.len(), 1);
}

#[test]
fn share_that_fails_is_rolled_back() {
    let target = target();
    let before = target.trees();
    let (_, mut transaction) = begin(&request(), &target);
    target.fail(Failing::First("data create .ensurepip-host-stage/0/new/share/pip/__pycache__"));
    assert!(matches!(transaction.share(&[0, 4]), Err(Error::Io(_))));
    transaction.rollback();
    assert_eq!(target.trees(), before);
}

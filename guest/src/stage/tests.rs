//! A stage by itself: what it makes of what an earlier run has left, what it moves in which order, and
//! what it undoes.

use super::{Kind, OLD, STAGE, Stage, is_stage, left, sweep};
use crate::bindings::ensurepip::bootstrap::types::{Error, IoFailure, Operation, Role};
use crate::directory::Directory as _;
use crate::directory::memory::{FAILING, Failing, Fixed, Journal, Memory};
use crate::entry_path::EntryPath;
use std::rc::Rc;

/// A directory with these files, and its journal. What ends in `/` is a directory.
fn directory(paths: &[&str]) -> (Rc<Memory>, Rc<Journal>) {
    let journal = Rc::new(Journal::default());
    let memory = Rc::new(Memory::new("purelib", Rc::clone(&journal)));
    for path in paths {
        match path.strip_suffix('/') {
            Some(directory) => {
                memory.put(&format!("{directory}/x"), b"");
                memory.remove_file(&format!("{directory}/x")).expect("it is there");
            }
            None => memory.put(path, b"theirs"),
        }
    }
    journal.clear();
    (memory, journal)
}

/// The paths in a directory; those of directories end in `/`.
fn paths(memory: &Memory) -> Vec<String> {
    let tree = memory.tree().into_iter();
    let path = |(path, node): (String, Option<_>)| if node.is_some() { path } else { path + "/" };
    tree.map(path).collect()
}

/// The same in the stage.
fn staged(memory: &Memory) -> Vec<String> {
    let paths = paths(memory).into_iter();
    let below =
        paths.filter_map(|path| path.strip_prefix(".ensurepip-host-stage/").map(str::to_owned));
    below.filter(|path| !path.is_empty()).collect()
}

fn begin(memory: &Rc<Memory>) -> Stage {
    Stage::begin(Role::Purelib, Rc::clone(memory) as _).expect("nothing is in the way")
}

fn path(path: &str) -> EntryPath {
    EntryPath::new(path).expect("is a path")
}

fn io(operation: Operation, path: &str, reason: &str) -> Error {
    let [path, reason] = [path, reason].map(str::to_owned);
    Error::Io(IoFailure { role: Role::Purelib, path, operation, reason })
}

#[test]
fn stage_name_is_recognized_in_any_case() {
    for name in [".ensurepip-host-stage", ".Ensurepip-Host-STAGE"] {
        assert!(is_stage(name), "{name}");
    }
    for name in ["ensurepip-host-stage", ".ensurepip-host-stage2", "pip", ""] {
        assert!(!is_stage(name), "{name}");
    }
}

#[test]
fn place_of_run_that_moved_nothing_is_used_again() {
    for left in [
        &[][..],
        &[".ensurepip-host-stage"],
        &[".ensurepip-host-stage/0/new/pip/x.py", ".ensurepip-host-stage/0/new/pip-1.dist-info/x"],
        &[".ensurepip-host-stage/0"],
        // A file named `old` does not show that moves have begun.
        &[".ensurepip-host-stage/0/old", ".ensurepip-host-stage/7/new/x"],
    ] {
        let (memory, _) = directory(left);
        let stage = begin(&memory);
        assert_eq!(stage.path(), ".ensurepip-host-stage/0/new");
        assert_eq!(staged(&memory), ["0/", "0/new/"], "{left:?}");
    }
}

#[test]
fn place_of_run_that_moved_files_is_kept_with_its_metadata() {
    let (memory, _) = directory(&[
        ".ensurepip-host-stage/0/old/pip/x.py",
        ".ensurepip-host-stage/0/new/pip/x.py",
        ".ensurepip-host-stage/0/new/pip-1.dist-info/RECORD",
        ".ensurepip-host-stage/0/new/file-1.dist-info",
        ".ensurepip-host-stage/2/new/pip/x.py",
    ]);
    let stage = begin(&memory);
    assert_eq!(stage.path(), ".ensurepip-host-stage/1/new");
    let expected = [
        "0/",
        "0/new/",
        "0/new/pip-1.dist-info/",
        "0/new/pip-1.dist-info/RECORD",
        "0/old/",
        "0/old/pip/",
        "0/old/pip/x.py",
        "1/",
        "1/new/",
    ];
    assert_eq!(staged(&memory), expected);
}

/// Only what has no name here may stay: another failure is one of this run.
#[test]
fn stage_that_cannot_be_emptied_is_reported() {
    let (memory, _) = directory(&[".ensurepip-host-stage/0/new/x\u{fffd}"]);
    assert_eq!(begin(&memory).path(), ".ensurepip-host-stage/1/new");
    let (memory, journal) = directory(&[".ensurepip-host-stage/0/new/x"]);
    let file = ".ensurepip-host-stage/0/new/x";
    journal.fail(Failing::First("purelib remove .ensurepip-host-stage/0/new/x"));
    let begun = Stage::begin(Role::Purelib, Rc::clone(&memory) as _).map(drop);
    assert_eq!(begun, Err(io(Operation::Remove, file, FAILING)));
}

#[test]
fn left_lists_sides_of_runs_that_moved_files_only() {
    let (memory, _) = directory(&[
        ".ensurepip-host-stage/0/new/pip-1.dist-info/RECORD",
        ".ensurepip-host-stage/1/old/pip-2.dist-info/RECORD",
        ".ensurepip-host-stage/1/old/pip-3.dist-info",
        ".ensurepip-host-stage/1/new/pip-4.dist-info/RECORD",
        ".ensurepip-host-stage/2/old",
        ".ensurepip-host-stage/2/new/pip-5.dist-info/RECORD",
    ]);
    let find = |kind| left(&*memory, &[(STAGE.to_owned(), kind)]).expect("it can be listed");
    let found = find(Kind::Directory);
    let sides = [&found.taken, &found.coming].map(|sides| sides.iter().map(|(path, _)| path));
    let sides: Vec<&String> = sides.into_iter().flatten().collect();
    assert_eq!(sides, [".ensurepip-host-stage/1/old", ".ensurepip-host-stage/1/new"]);
    for (name, expected) in [
        ("pip-1.dist-info", false),
        ("pip-2.dist-info", true),
        ("pip-3.dist-info", false),
        ("pip-4.dist-info", true),
        ("pip-5.dist-info", false),
    ] {
        assert_eq!(found.has_directory(name), expected, "{name}");
    }
    assert!(find(Kind::Other).taken.is_empty());
}

/// A run may be stopped while it sweeps. The next run reads `new` as long as any `old` is there, so every
/// `old` is removed before any `new`.
#[test]
fn sweep_removes_what_was_taken_out_first() {
    let (memory, journal) = directory(&[
        ".ensurepip-host-stage/0/new/x",
        ".ensurepip-host-stage/0/old/x",
        ".ensurepip-host-stage/1/new/x",
        ".ensurepip-host-stage/1/old/x",
        ".ensurepip-host-stage/2",
        "pip/x.py",
    ]);
    sweep(&*memory, &["pip".to_owned()]);
    assert_eq!(paths(&memory), ["pip/", "pip/x.py"]);
    let removed = journal.calls().into_iter().filter(|call| call.contains(" remove "));
    let removed: Vec<String> = removed.collect();
    let is_old = |call: &&String| call.contains(OLD);
    assert_eq!(removed.iter().take_while(is_old).count(), 4, "{removed:?}");
    assert_eq!(removed.iter().filter(is_old).count(), 4, "{removed:?}");

    let (memory, _) = directory(&[".ensurepip-host-stage", "pip/x.py"]);
    sweep(&*memory, &["pip".to_owned()]);
    assert_eq!(paths(&memory), ["pip/", "pip/x.py"]);
}

/// What a stopped run has left of another project is needed to complete or undo its work: the metadata on
/// both sides, and `old` as the sign that the moves had begun.
#[test]
fn sweep_keeps_metadata_of_other_projects() {
    let (memory, _) = directory(&[
        ".ensurepip-host-stage/0/new/a_b-1.dist-info/METADATA",
        ".ensurepip-host-stage/0/new/pip-2.dist-info/METADATA",
        ".ensurepip-host-stage/0/old/pip-1.dist-info/METADATA",
        ".ensurepip-host-stage/0/old/x.py",
        ".ensurepip-host-stage/1/new/a_b-1.dist-info/METADATA",
        ".ensurepip-host-stage/2/old/pip/x.py",
    ]);
    sweep(&*memory, &["pip".to_owned()]);
    let kept = [
        ".ensurepip-host-stage/",
        ".ensurepip-host-stage/0/",
        ".ensurepip-host-stage/0/new/",
        ".ensurepip-host-stage/0/new/a_b-1.dist-info/",
        ".ensurepip-host-stage/0/new/a_b-1.dist-info/METADATA",
        ".ensurepip-host-stage/0/old/",
    ];
    assert_eq!(paths(&memory), kept);
    sweep(&*memory, &["A.B".to_owned()]);
    assert_eq!(paths(&memory), [""; 0]);
}

#[test]
fn moves_begin_with_a_place_for_what_goes() {
    let (memory, _) = directory(&[]);
    let mut stage = begin(&memory);
    assert_eq!(staged(&memory), ["0/", "0/new/"]);
    stage.begin_moves().expect("there is room");
    assert_eq!(staged(&memory), ["0/", "0/new/", "0/old/"]);
}

/// What is reported is what was to go, not where it goes.
#[test]
fn file_that_cannot_be_taken_out_is_named_by_its_place() {
    for (fixed, failing, path, reason) in [
        (Fixed::None, Failing::First("purelib rename"), "pip", FAILING),
        (Fixed::None, Failing::First("purelib rename"), "pip/x.py", FAILING),
        // A file is not moved another way.
        (Fixed::Everything, Failing::None, "pip/x.py", "cross-device"),
    ] {
        let (memory, journal) = directory(&["pip/x.py", "pip/y.py"]);
        memory.fix(fixed);
        let mut stage = begin(&memory);
        stage.begin_moves().expect("there is room");
        journal.fail(failing);
        assert_eq!(stage.take_out(path, 1), Err(io(Operation::Move, path, reason)));
        assert_eq!(stage.removed(), 0);
        stage.undo();
        assert_eq!(paths(&memory), ["pip/", "pip/x.py", "pip/y.py"]);
    }
}

/// A directory that the system does not rename: what decides goes first and comes last.
#[test]
fn directory_is_moved_name_by_name_on_exdev() {
    let (memory, journal) =
        directory(&["pip-1.dist-info/A", "pip-1.dist-info/METADATA", "pip-1.dist-info/RECORD"]);
    memory.fix(Fixed::All);
    let mut stage = begin(&memory);
    for name in ["A", "METADATA", "RECORD"] {
        let name = path(&format!("pip-2.dist-info/{name}"));
        stage.write(&name, &b"new"[..].into(), 0).expect("there is room");
    }
    stage.begin_moves().expect("there is room");
    stage.take_out("pip-1.dist-info", 3).expect("it can be moved");
    let emptied = paths(&memory).into_iter().filter(|path| path.starts_with("pip"));
    assert_eq!(emptied.collect::<Vec<_>>(), ["pip-1.dist-info/"]);
    stage.remove_emptied().expect("it is empty");
    stage.commit("pip-2.dist-info").expect("it can be moved");
    let files = journal.calls().into_iter().filter(|call| call.contains(" rename "));
    let files: Vec<String> =
        files.filter_map(|call| Some(call.rsplit_once(".dist-info/")?.1.into())).collect();
    assert_eq!(files, ["METADATA", "A", "RECORD", "A", "RECORD", "METADATA"]);
    let expected = ["", "A", "METADATA", "RECORD"].map(|name| format!("pip-2.dist-info/{name}"));
    let there = paths(&memory).into_iter().filter(|path| path.starts_with("pip"));
    assert_eq!(there.collect::<Vec<_>>(), expected);
    stage.undo();
    let expected = ["", "A", "METADATA", "RECORD"].map(|name| format!("pip-1.dist-info/{name}"));
    assert_eq!(paths(&memory), expected);
}

/// It cannot be moved whole, and a part that has no name here would stay.
#[test]
fn directory_with_nameless_entry_is_not_moved_on_exdev() {
    let (memory, _) = directory(&["pip/x.py", "pip/x\u{fffd}"]);
    memory.fix(Fixed::All);
    let mut stage = begin(&memory);
    let expected = Err(io(Operation::Move, "pip", "illegal-byte-sequence"));
    assert_eq!(stage.take_out("pip", 1), expected);
    stage.undo();
    assert_eq!(paths(&memory), ["pip/", "pip/x.py", "pip/x\u{fffd}"]);
}

/// What cannot be moved back has its only copy in the stage, whatever else can.
#[test]
fn stage_is_kept_if_a_file_cannot_be_moved_back() {
    for stays in ["purelib rename x.py", "purelib rename y.py"] {
        let (memory, journal) = directory(&["x.py", "y.py"]);
        let mut stage = begin(&memory);
        stage.begin_moves().expect("there is room");
        for name in ["x.py", "y.py"] {
            stage.take_out(name, 1).expect("it can be moved");
        }
        assert_eq!(stage.removed(), 2);
        journal.fail(Failing::First(stays));
        stage.undo();
        let name = &stays["purelib rename ".len()..];
        assert!(staged(&memory).contains(&format!("0/old/{name}")), "{stays}");
        assert_eq!(paths(&memory).iter().filter(|path| !path.starts_with('.')).count(), 1);
    }
}

/// A process may have as few as 16 open files.
#[test]
fn stage_closes_what_its_directory_keeps_open() {
    let (memory, _) = directory(&[]);
    let mut stage = begin(&memory);
    stage.write(&path("pip/x.py"), &b""[..].into(), 0).expect("there is room");
    assert!(memory.keeps_open());
    stage.close_cached();
    assert!(!memory.keeps_open());
}

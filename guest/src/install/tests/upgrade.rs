//! What goes when an older version is replaced, and what stays.

/// Failures half way.
mod failures;
/// What a `RECORD` that is not to be trusted can do.
mod hostile;

use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::{apply, old, pip, upgrade};
use crate::bindings::ensurepip::bootstrap::types::{Error, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::Action;
use crate::directory::Directory as _;
use crate::directory::memory::Tree;

/// A target with the older version in it, whose calls so far are forgotten.
fn target_with_old_pip() -> Target {
    let target = Target::posix(&[Role::Purelib]);
    apply(&old(), &target).expect("nothing is in the way");
    target.journal.clear();
    target
}

/// The tree of the newer version alone.
fn fresh() -> Tree {
    let target = Target::posix(&[Role::Purelib]);
    apply(&pip(), &target).expect("nothing is in the way");
    target.memory(Role::Purelib).tree()
}

/// Replaces the older version, and checks that beside the newer one exactly these files are left.
/// Returns the number of those removed.
#[track_caller]
fn assert_upgrade_leaves(target: &Target, files: &[&str]) -> u32 {
    let before = target.memory(Role::Purelib).tree();
    let report = upgrade(&pip(), target).expect("nothing is in the way");
    assert!(matches!(report.action, Action::Upgrade(found) if found.version == "24.0"));
    let mut expected = fresh();
    for path in files {
        for (end, _) in path.match_indices('/') {
            expected.insert(path[..end].to_owned(), None);
        }
        expected.insert((*path).to_owned(), before[*path].clone());
    }
    assert_eq!(target.memory(Role::Purelib).tree(), expected);
    report.removed
}

#[test]
fn upgrade_equals_fresh_install() {
    let target = target_with_old_pip();
    let files = target.memory(Role::Purelib).tree().values().flatten().count();
    assert_eq!(assert_upgrade_leaves(&target, &[]) as usize, files);
    assert_eq!(*target.obsolete.borrow(), ["pip-legacy"]);
}

#[test]
fn upgrade_removes_bytecode_not_in_record() {
    let target = Target::posix(&[Role::Purelib]);
    let library = target.memory(Role::Purelib);
    library.put("pip/__init__.py", b"old");
    library.put("pip/__pycache__/__init__.cpython-313.pyc", b"old");
    library.put("pip/__pycache__/__init__.cpython-313.opt-1.pyc", b"old");
    library.put("pip/__pycache__/__init__.cpython-313.opt-2.pyc", b"old");
    library.put("single.py", b"old");
    library.put("__pycache__/single.cpython-313.pyc", b"old");
    library.put("pip-24.0.dist-info/METADATA", b"Version: 24.0\n");
    library.put("pip-24.0.dist-info/RECORD", b"pip/__init__.py,,\nsingle.py,,\n");
    assert_eq!(assert_upgrade_leaves(&target, &[]), 8);
}

#[test]
fn upgrade_keeps_foreign_files_and_their_directories() {
    let target = target_with_old_pip();
    let theirs = [
        "pip/extra.txt",
        "pip/_legacy/plugins/extra.py",
        "pip/__pycache__/__init__.cpython-312.pyc",
        "pip/__pycache__/__init__.cpython-3133.pyc",
        "pip/__pycache__/__init__.cpython-313.pyc.123",
        "pip/__pycache__/extra.cpython-313.pyc",
        "pip/_internal/__pycache__/__init__.pypy311.pyc",
        "__pycache__/other.cpython-313.pyc",
        "other/__init__.py",
        "other-1.0.dist-info/RECORD",
    ];
    target.memory(Role::Purelib).put_all(&theirs, b"theirs");
    assert_upgrade_leaves(&target, &theirs);
}

/// Such as bytes that are not UTF-8: wherever they are, an upgrade goes on beside them.
#[test]
fn upgrade_keeps_files_with_non_utf8_names() {
    let target = target_with_old_pip();
    let theirs = [
        "x\u{fffd}",
        "pip/x\u{fffd}",
        "pip/x\u{fffd}d/file",
        "pip/_legacy/x\u{fffd}",
        "pip/__pycache__/x\u{fffd}",
    ];
    target.memory(Role::Purelib).put_all(&theirs, b"theirs");
    assert_upgrade_leaves(&target, &theirs);
}

/// Metadata goes as a whole. What the component cannot remove of it stays in the stage, for the host.
#[test]
fn upgrade_leaves_non_utf8_metadata_entries_to_host() {
    let target = target_with_old_pip();
    let library = target.memory(Role::Purelib);
    library.put("pip-24.0.dist-info/x\u{fffd}", b"theirs");
    upgrade(&pip(), &target).expect("nothing is in the way");
    let is_left = |path: &String| path.starts_with(".ensurepip-host-stage") && !path.ends_with('/');
    let left = target.paths(Role::Purelib).into_iter().filter(is_left).collect::<Vec<_>>();
    assert_eq!(left, [".ensurepip-host-stage/0/old/pip-24.0.dist-info/x\u{fffd}"]);
    // They are in the way of no later run, whatever place they have.
    library.put(".ensurepip-host-stage/1/new/x\u{fffd}", b"theirs");
    upgrade(&WheelBuilder::pip("30.4"), &target).expect("nothing is in the way");
    assert!(target.paths(Role::Purelib).iter().any(|path| path == "pip-30.4.dist-info/"));
}

#[test]
fn record_with_absolute_paths_is_upgraded() {
    for (windows, library, scripts) in [
        (false, "/py/lib/python3.13/site-packages/", "/py/bin/"),
        (false, "/py//lib/python3.13/site-packages/", "//py/bin/"),
        (true, "C:\\Py\\Lib\\site-packages\\", "C:\\Py\\Scripts\\"),
        (true, "c:/PY/lib/Site-Packages/", "c:/py/scripts/"),
    ] {
        let new = || {
            let granted = [Role::Purelib];
            if windows { Target::windows("win-amd64", &granted) } else { Target::posix(&granted) }
        };
        let target = new();
        apply(&old(), &target).expect("nothing is in the way");
        let record = target.text(Role::Purelib, "pip-24.0.dist-info/RECORD");
        let relative = if windows { "../../Scripts/" } else { "../../../bin/" };
        let absolute = record.lines().map(|row| match row.strip_prefix(relative) {
            Some(script) => format!("{scripts}{script}\r\n"),
            None => format!("{library}{row}\r\n"),
        });
        let absolute: String = absolute.collect();
        assert!(!absolute.contains(".."), "{absolute}");
        target.memory(Role::Purelib).put("pip-24.0.dist-info/RECORD", absolute.as_bytes());
        let kept = apply(&pip(), &target).expect("it is there").action;
        assert!(matches!(kept, Action::Keep(found) if found.version == "24.0"));
        upgrade(&pip(), &target).expect("nothing is in the way");
        let gone = if windows { "pip-legacy.exe" } else { "pip-legacy" };
        assert_eq!(*target.obsolete.borrow(), [gone]);
        let alone = new();
        apply(&pip(), &alone).expect("nothing is in the way");
        assert_eq!(target.trees(), alone.trees());
    }
}

/// Such as that of an installer which records paths in a build directory.
#[test]
fn record_of_missing_files_counts_as_installed() {
    let target = target_with_old_pip();
    let rows = b"/build/pip/__init__.py,,\n/build/bin/pip3,,\n";
    target.memory(Role::Purelib).put("pip-24.0.dist-info/RECORD", rows);
    let before = target.trees();
    let kept = apply(&pip(), &target).expect("it is there").action;
    assert!(matches!(kept, Action::Keep(found) if found.version == "24.0"));
    let error = upgrade(&pip(), &target).expect_err("its files are not known");
    assert!(matches!(error, Error::UnknownFiles(found) if found.version == "24.0"));
    assert_eq!(target.trees(), before);
}

#[test]
fn upgrade_keeps_foreign_empty_directories() {
    let target = target_with_old_pip();
    let library = target.memory(Role::Purelib);
    for path in ["pip/_legacy/empty", "empty", "pip/_vendor/__pycache__"] {
        library.create_directory(path).expect("its parent is there");
    }
    library.remove_file("pip/_internal/__init__.py").expect("it is there");
    upgrade(&pip(), &target).expect("nothing is in the way");
    let tree = target.memory(Role::Purelib).tree();
    let mut expected = fresh();
    // An empty `__pycache__` of a package that is listed goes: a killed run may have emptied it.
    for path in ["pip/_legacy", "pip/_legacy/empty", "empty"] {
        expected.insert(path.to_owned(), None);
    }
    assert_eq!(tree, expected);
}

#[test]
fn upgrade_without_cache_tag_ignores_bytecode() {
    let mut target = target_with_old_pip();
    target.python.cache_tag = None;
    target.memory(Role::Purelib).put("pip/__pycache__/legacy.cpython-313.opt-1.pyc", b"theirs");
    upgrade(&pip(), &target).expect("nothing is in the way");
    let paths = target.paths(Role::Purelib);
    let bytecode: Vec<&String> = paths.iter().filter(|path| path.ends_with(".pyc")).collect();
    assert_eq!(bytecode, ["pip/__pycache__/legacy.cpython-313.opt-1.pyc"]);
}

#[test]
fn upgrade_removes_all_older_versions() {
    let target = target_with_old_pip();
    let library = target.memory(Role::Purelib);
    library.put("pip-9.dist-info/RECORD", b"pip/__init__.py,,\npip-24.0.dist-info/RECORD,,\nx,,\n");
    library.put("pip-9.dist-info/extra/file", b"");
    library.put("x", b"");
    assert_upgrade_leaves(&target, &[]);
}

#[test]
fn upgrade_replaces_file_by_directory_and_vice_versa() {
    let target = Target::posix(&[Role::Purelib]);
    let wheel = WheelBuilder::pip("24.0").file("pip/one", "").file("pip/two/file", "");
    apply(&wheel, &target).expect("nothing is in the way");
    let wheel = pip().file("pip/one/file", "").file("pip/two", "");
    upgrade(&wheel, &target).expect("nothing is in the way");
    let paths = target.paths(Role::Purelib);
    assert!(["pip/one/file", "pip/two"].iter().all(|path| paths.iter().any(|had| had == path)));

    // Unless there is more in the directory than was ever owned.
    let target = Target::posix(&[Role::Purelib]);
    apply(&WheelBuilder::pip("24.0").file("pip/two/file", ""), &target)
        .expect("nothing is in the way");
    target.memory(Role::Purelib).put("pip/two/theirs", b"");
    let before = target.trees();
    let expected = Error::Occupied((Role::Purelib, "pip/two".to_owned()));
    assert_eq!(upgrade(&wheel, &target), Err(expected));
    assert_eq!(target.trees(), before);
}

#[test]
fn upgrade_moves_old_dist_info_first_and_new_last() {
    let target = target_with_old_pip();
    target.memory(Role::Purelib).put("pip/_legacy/extra.txt", b"theirs");
    target.memory(Role::Purelib).put("pip/_vendor/README.rst/extra.txt", b"theirs");
    let wheel = pip().without("pip/_vendor/README.rst");
    target.memory(Role::Purelib).put("pip/_vendor/added.py", b"theirs");
    upgrade(&wheel.file("pip/_vendor/added.py", ""), &target).expect("nothing is in the way");
    let calls = target.journal.calls().into_iter();
    let moves = calls.filter(|call| call.contains(" rename ") || call == "publish scripts");
    let expected = [
        "purelib rename .ensurepip-host-stage/0/old/pip-24.0.dist-info",
        "purelib rename .ensurepip-host-stage/0/old/__pycache__",
        "purelib rename .ensurepip-host-stage/0/old/pip/__init__.py",
        "purelib rename .ensurepip-host-stage/0/old/pip/__pycache__",
        "purelib rename .ensurepip-host-stage/0/old/pip/_internal",
        "purelib rename .ensurepip-host-stage/0/old/pip/_legacy/__init__.py",
        "purelib rename .ensurepip-host-stage/0/old/pip/_legacy/__pycache__",
        "purelib rename .ensurepip-host-stage/0/old/pip/_vendor/distlib",
        "purelib rename .ensurepip-host-stage/0/old/pip/_vendor/invalid.py",
        "purelib rename .ensurepip-host-stage/0/old/pip/legacy.py",
        "purelib rename .ensurepip-host-stage/0/old/pip_legacy.py",
        "purelib rename pip/__init__.py",
        "purelib rename pip/__pycache__",
        "purelib rename pip/_internal",
        "purelib rename pip/_vendor/__pycache__",
        "purelib rename .ensurepip-host-stage/0/old/pip/_vendor/added.py",
        "purelib rename pip/_vendor/added.py",
        "purelib rename pip/_vendor/distlib",
        "purelib rename pip/_vendor/invalid.py",
        "publish scripts",
        "purelib rename pip-30.3.dist-info",
    ];
    assert_eq!(moves.collect::<Vec<_>>(), expected);
}

#[test]
fn upgrade_removes_obsolete_scripts() {
    let target = target_with_old_pip();
    let library = target.memory(Role::Purelib);
    let rows = b"pip/__init__.py,,\n../../../bin/pip,,\n../../../bin/pip3,,\n\
        ../../../bin/pip3.10,,\n../../../bin/PIP3.13,,\n";
    library.put("pip-24.0.dist-info/RECORD", rows);
    upgrade(&pip(), &target).expect("nothing is in the way");
    assert_eq!(*target.obsolete.borrow(), ["pip", "pip3.10"]);
}

#[test]
fn upgrade_on_windows_removes_obsolete_exe_scripts() {
    let target = Target::windows("win-amd64", &[Role::Purelib]);
    apply(&old(), &target).expect("nothing is in the way");
    let library = target.memory(Role::Purelib);
    let record = target.text(Role::Purelib, "pip-24.0.dist-info/RECORD");
    let more = "..\\..\\scripts\\Old.exe,,\r\n../../Scripts/PIP3.EXE,,\r\npip\\extra.txt,,\r\n";
    library.put("pip-24.0.dist-info/RECORD", (record + more).as_bytes());
    library.put("pip/extra.txt", b"old");
    upgrade(&pip(), &target).expect("nothing is in the way");
    assert_eq!(*target.obsolete.borrow(), ["Old.exe", "pip-legacy.exe"]);
    let alone = Target::windows("win-amd64", &[Role::Purelib]);
    apply(&pip(), &alone).expect("nothing is in the way");
    assert_eq!(target.trees(), alone.trees());
}

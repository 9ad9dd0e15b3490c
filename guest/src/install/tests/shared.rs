//! Several instances that share the work: one checks what all have read, and has the others stage
//! what they have kept.

use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::{apply, given, pip, request};
use crate::bindings::ensurepip::bootstrap::interpreter::{Invalidation, SourceDigest};
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{ApplyReport, ReadFile};
use crate::directory::memory::{Failing, Tree};
use crate::host::Host as _;
use crate::install;
use crate::install::WheelResource;
use crate::install::helping::Helped;

fn wheel() -> WheelBuilder {
    pip()
        .file("pip/large.py", "x = 1\n".repeat(5000))
        .file("pip/_vendor/invalid.py", "this is\n")
        .file("pip/py.typed", "")
        .data("scripts/tool", "#!python\n")
}

fn target() -> Target {
    Target::posix(&[Role::Purelib])
}

/// A target for whose Python the host has kept bytecode, or has not.
fn target_with(has_kept: bool) -> Target {
    let mut target = target();
    target.has_kept = has_kept;
    target
}

/// Has an instance read these parts of so many.
fn read(wheel: &WheelResource, target: &Target, mine: &[u32], parts: u32) -> Vec<ReadFile> {
    mine.iter().flat_map(|part| wheel.read_part((*part, parts), target)).collect()
}

/// Has an instance check a wheel of which it reads one part, and as many others one each. They are
/// left to the target.
fn check_with_others(wheel: &WheelBuilder, target: &Target, others: u32) -> WheelResource {
    let mut read_elsewhere = Vec::new();
    let helpers = (1..=others).map(|part| {
        let helper = given(wheel);
        read_elsewhere.extend(read(&helper, target, &[part], others + 1));
        helper
    });
    target.helpers.replace(helpers.collect());
    let checked = given(wheel);
    read(&checked, target, &[0], others + 1);
    install::check(&checked, read_elsewhere, target).expect("it is sound");
    checked
}

fn apply_checked(wheel: &WheelResource, target: &Target) -> Result<ApplyReport, Error> {
    install::apply(wheel, &target.python, &request(), target)
}

#[test]
fn install_with_helper_instances_equals_install_alone() {
    for has_kept in [false, true] {
        let alone = target_with(has_kept);
        apply(&wheel(), &alone).expect("it is sound");
        let mut fetched = 0;
        for (others, they_help) in [(1, true), (1, false), (2, true), (4, true), (4, false)] {
            let shared = target_with(has_kept);
            let checked = check_with_others(&wheel(), &shared, others);
            if !they_help {
                shared.helpers.take();
            }
            let report = apply_checked(&checked, &shared).expect("it is sound");
            assert_eq!(shared.trees(), alone.trees(), "{others} others");
            assert_eq!(*shared.bin.borrow(), *alone.bin.borrow());
            let mut told: Vec<&str> = report.files.iter().map(|file| file.path.as_str()).collect();
            told.sort_unstable();
            let mut there = shared.paths(Role::Purelib);
            there.retain(|path| !path.ends_with('/'));
            assert_eq!(told, there, "{others} others");
            assert_eq!(*shared.sources.borrow(), *alone.sources.borrow(), "{others} others");
            let is_staged = shared.calls("staged elsewhere").len() == 1;
            assert_eq!(is_staged, they_help, "{others} others");
            fetched += shared.fetched.borrow().len();
        }
        // The host fetches sources that another instance has in memory, if it needs them at all.
        assert_eq!(fetched > 0, !has_kept);
    }
}

/// The second time, the others are gone, and what they had is read again.
#[test]
fn install_with_helper_instances_can_be_repeated() {
    let (shared, alone) = (target(), target());
    apply(&wheel(), &alone).expect("it is sound");
    let checked = check_with_others(&wheel(), &shared, 2);
    for _ in 0..2 {
        apply_checked(&checked, &shared).expect("it is sound");
        assert_eq!(shared.trees(), alone.trees());
        shared.set_trees(&[Tree::new()]);
    }
}

/// Whichever call fails, of whichever instance: nothing is left. And if the run is stopped there,
/// the next one completes it.
#[test]
fn helper_instance_failure_is_rolled_back() {
    let undisturbed = target_with(true);
    let before = undisturbed.trees();
    apply(&wheel(), &undisturbed).expect("it is sound");
    let run = |target: &Target, failing| {
        let checked = check_with_others(&wheel(), target, 2);
        target.journal.clear();
        target.fail(failing);
        let done = apply_checked(&checked, target);
        let calls = target.journal.calls();
        let is_stopped = target.journal.is_stopped();
        target.fail(Failing::None);
        (done, calls, is_stopped)
    };
    let shared = target_with(true);
    let (done, calls, _) = run(&shared, Failing::None);
    done.expect("it is sound");
    let mut failed = 0;
    let waits = calls.iter().position(|call| call == "staged elsewhere").expect("it waits");
    let commits = calls.iter().position(|call| call.starts_with("report Step::Commit"));
    assert!(Some(waits) < commits);
    for (number, call) in calls.iter().enumerate() {
        let shared = target_with(true);
        let (done, seen, _) = run(&shared, Failing::At(number));
        if done.is_err() {
            failed += 1;
            assert!(shared.trees() == before, "{call}");
            let is_asked = seen.iter().any(|call| call == "staged elsewhere");
            assert!(is_asked || number < waits, "{call}");
        } else {
            assert!(shared.trees_without_stage() == undisturbed.trees_without_stage(), "{call}");
        }
        let shared = target_with(true);
        let (_, _, is_stopped) = run(&shared, Failing::From(number));
        assert!(is_stopped, "{call}");
        let (done, _, _) = run(&shared, Failing::None);
        done.expect("nothing is in the way");
        assert!(
            shared.trees_without_stage() == undisturbed.trees_without_stage(),
            "stopped at {call}"
        );
    }
    assert!(failed > waits, "only {failed} of {} calls made it fail", calls.len());
}

#[test]
fn helper_instance_reports_for_which_sources_there_is_bytecode() {
    use crate::bindings::ensurepip::bootstrap::types::Place;
    let place = |name: &str| {
        let path = format!("{name}.pyc");
        Place { role: Role::Purelib, path, modified: 7 }
    };
    let stage = |short_answer, names: [&str; 2]| {
        let mut target = target_with(true);
        target.short_answer = short_answer;
        let digest =
            |name: &str| SourceDigest { path: name.to_owned(), modified: 7, sha256: Vec::new() };
        target.recall(&[names.map(digest).to_vec()], Invalidation::Timestamp);
        let places = [names.map(|name| place(&name.replace('/', "-"))).to_vec()];
        let staged = install::stage_share(&given(&wheel()), &[], &places, &target);
        (staged.map(|report| report.bytecode), target.paths(Role::Purelib))
    };
    let (staged, paths) = stage(false, ["pip/_vendor/invalid.py", "a.py"]);
    assert_eq!((staged, paths), (Ok(vec![vec![false, true]]), vec!["a.py.pyc".to_owned()]));
    let (staged, paths) = stage(false, ["b.py", "a.py"]);
    assert_eq!(staged, Ok(vec![vec![true, true]]));
    assert_eq!(paths, ["a.py.pyc", "b.py.pyc"]);
    let (staged, paths) = stage(true, ["b.py", "a.py"]);
    assert_eq!(staged, Err(Error::Bytecode("2 places have 1 answers".to_owned())));
    assert_eq!(paths, [""; 0]);
}

/// What they write after that would be left.
#[test]
fn helper_instances_are_waited_for_before_a_failed_install_is_undone() {
    let target = target();
    let checked = check_with_others(&wheel(), &target, 1);
    target.fail(Failing::First("report Step::Stage"));
    assert_eq!(apply_checked(&checked, &target).map(drop), Err(Error::Cancelled));
    let calls = target.journal.calls();
    let position = |wanted: &str| calls.iter().position(|call| call == wanted);
    let waits = position("staged elsewhere").expect("they are waited for");
    assert!(Some(waits) < position("withdraw scripts"), "{calls:?}");
}

#[test]
fn helper_instances_begin_if_there_is_only_bytecode() {
    for portions in [0, 1] {
        let target = target_with(true);
        target.helpers.replace(vec![given(&wheel())]);
        target.recall(&vec![Vec::new(); portions], Invalidation::Timestamp);
        let bytecode = vec![Vec::new(); portions];
        let helped = Helped::begin(&target, &[], Vec::new(), &bytecode);
        assert_eq!(helped.finish().map(|written| written.len()), Ok(0));
        assert_eq!(target.calls("staged elsewhere").len(), portions);
    }
}

/// What an instance has not kept is not written by it.
#[test]
fn helper_instance_stages_only_files_it_read() {
    use crate::bindings::ensurepip::bootstrap::types::{KeptFile, Place};
    let (wheel, target) = (wheel(), target());
    let file = |entry: u32| {
        let place = Place { role: Role::Purelib, path: format!("{entry}"), modified: 7 };
        KeptFile { entry, place }
    };
    let helper = given(&wheel);
    let kept = read(&helper, &target, &[1], 2);
    let files: Vec<KeptFile> = (0..100).map(file).collect();
    let stage = |wheel: &WheelResource| install::stage_share(wheel, &files, &[], &target);
    let report = stage(&helper).expect("there is room");
    assert_eq!(report.files as usize, kept.len());
    assert!(!kept.is_empty());
    let mut expected: Vec<String> = kept.iter().map(|file| file.entry.to_string()).collect();
    expected.sort();
    assert_eq!(target.paths(Role::Purelib), expected);
    assert_eq!(stage(&given(&wheel)).map(|report| report.files), Ok(0));
    // Nothing is written over anything.
    assert!(matches!(stage(&helper), Err(Error::Io(_))));
    // Nor anywhere else than where it may.
    let elsewhere = Place { role: Role::Data, path: "x".to_owned(), modified: 7 };
    let files = [KeptFile { entry: kept[0].entry, place: elsewhere }];
    let staged = install::stage_share(&helper, &files, &[], &target);
    assert_eq!(staged, Err(Error::NotGranted(Role::Data)));
}

#[test]
fn wheel_files_are_read_by_exactly_one_instance() {
    for parts in 1..5 {
        let all: Vec<u32> = (0..parts).collect();
        let read = read(&given(&wheel()), &target(), &all, parts);
        let mut entries: Vec<u32> = read.iter().map(|file| file.entry).collect();
        let count = u32::try_from(entries.len()).expect("they are few");
        entries.sort_unstable();
        assert_eq!(entries, (0..count).collect::<Vec<_>>(), "{parts} parts");
        assert!(count > 10);
    }
    let name = "pip-30.3-py3-none-any.whl".to_owned();
    let none = WheelResource::new(name, b"no archive".to_vec(), false);
    assert!(none.read_part((0, 1), &target()).is_empty());
}

/// Read part by part, checked, and used by each function in turn.
#[test]
fn wheel_is_given_and_checked_once() {
    let (wheel, target, parts) = (wheel(), target(), 7);
    let checked = given(&wheel);
    for part in 0..parts {
        checked.read_part((part, parts), &target);
    }
    install::check(&checked, Vec::new(), &target).expect("it is sound");
    let reports = target.calls("report Step::Check").len();
    assert!(reports > 0);
    install::resolve(&checked, &target.python, &target).expect("it is sound");
    install::plan(&checked, &target.python, &request(), &target).expect("it is sound");
    apply_checked(&checked, &target).expect("it is sound");
    assert_eq!(target.calls("report Step::Check").len(), reports, "it is checked once");
    let other = Target::posix(&[Role::Purelib]);
    apply(&wheel, &other).expect("it is sound");
    assert_eq!(target.trees(), other.trees());
}

/// A check that is cancelled can be repeated.
#[test]
fn cancelled_check_can_be_repeated() {
    let (wheel, target) = (given(&wheel()), target());
    wheel.read_part((0, 2), &target);
    target.fail(Failing::At(0));
    let cancelled = install::check(&wheel, Vec::new(), &target).map(drop);
    assert_eq!(cancelled, Err(Error::Cancelled));
    install::check(&wheel, Vec::new(), &target).expect("it is sound");
}

/// What does not fit the wheel is not taken for what it has.
#[test]
fn helper_instance_digests_are_checked_against_record() {
    let (wheel, target) = (wheel(), target());
    let check = |spoil: &dyn Fn(&mut ReadFile)| {
        let mut files = read(&given(&wheel), &target, &[0, 1], 2);
        files.iter_mut().for_each(spoil);
        install::check(&given(&wheel), files, &target)
    };
    check(&|_| {}).expect("it is sound");
    // Without a digest, or of no entry: it is read once more.
    check(&|file| file.sha256.truncate(31)).expect("it is sound");
    check(&|file| file.entry += 1000).expect("it is sound");
    let Err(Error::UnsoundWheel(faults)) = check(&|file| file.sha256[0] ^= 1) else {
        panic!("a digest is not that of RECORD");
    };
    assert!(faults.iter().all(|fault| fault.code == FaultCode::Mismatch), "{faults:?}");
}

/// `RECORD` may use another digest than the one that is told.
#[test]
fn helper_instance_files_are_reread_for_sha512_record() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use sha2::{Digest as _, Sha512};
    let (path, contents) = ("pip/strong.py", "strong\n");
    let digest = URL_SAFE_NO_PAD.encode(Sha512::digest(contents));
    let strong = |digest: &str| {
        let row = format!("{path},sha512={digest},{}\n", contents.len());
        wheel().file(path, contents).unlisted(path).rows(&row)
    };
    check_with_others(&strong(&digest), &target(), 1);
    let (wheel, target) = (strong(&digest.replace(&digest[..4], "AAAA")), target());
    let files = read(&given(&wheel), &target, &[0, 1], 2);
    let checked = install::check(&given(&wheel), files, &target);
    let Err(Error::UnsoundWheel(faults)) = checked else { panic!("it is another digest") };
    assert!(faults.iter().all(|fault| fault.code == FaultCode::Mismatch), "{faults:?}");
}

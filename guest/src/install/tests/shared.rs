//! Several instances that share the work: one checks what all have read, and has the others stage
//! what they have kept.

use super::driver::{self, Done, Failed};
use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::{apply, given, pip, request};
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Action, Place, PlacedBytecode, PlacedFile, ReadFile,
};
use crate::directory::memory::{Failing, Tree};
use crate::install::{self, Transaction, WheelResource};

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
pub(super) fn check_with_others(
    wheel: &WheelBuilder,
    target: &Target,
    others: u32,
) -> WheelResource {
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

fn apply_checked(wheel: &WheelResource, target: &Target) -> Result<Done, Failed> {
    driver::install(&[wheel], &request(), target)
}

/// Whether other instances help with an installation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Help {
    /// They do.
    All,
    /// They give what they have read, and stage nothing.
    ReadOnly,
    /// They are gone.
    None,
}

#[test]
fn install_with_helper_instances_equals_install_alone() {
    for has_kept in [false, true] {
        let alone = target_with(has_kept);
        apply(&wheel(), &alone).expect("it is sound");
        let mut fetched = 0;
        let helps = [Help::All, Help::ReadOnly, Help::None];
        for (others, help) in
            [1, 2, 4].into_iter().flat_map(|others| helps.map(|help| (others, help)))
        {
            let mut shared = target_with(has_kept);
            let checked = check_with_others(&wheel(), &shared, others);
            shared.helpers_stage = help == Help::All;
            if help == Help::None {
                shared.helpers.take();
            }
            let done = apply_checked(&checked, &shared).expect("it is sound");
            assert_eq!(shared.trees(), alone.trees(), "{others} others, {help:?}");
            assert_eq!(*shared.bin.borrow(), *alone.bin.borrow());
            let mut told: Vec<&str> = done.files.iter().map(|file| file.path.as_str()).collect();
            told.sort_unstable();
            let mut there = shared.paths(Role::Purelib);
            there.retain(|path| !path.ends_with('/'));
            assert_eq!(told, there, "{others} others, {help:?}");
            assert_eq!(done.bytecode as usize, pyc_count(&there), "{others} others, {help:?}");
            let mut compiled = shared.sources.take();
            compiled.sort_by_key(|compiled| compiled.source.entry);
            assert_eq!(compiled, *alone.sources.borrow(), "{others} others, {help:?}");
            let is_staged = shared.calls("staged elsewhere").len() == 1;
            assert_eq!(is_staged, help == Help::All, "{others} others");
            assert_eq!(*shared.crowded.borrow(), [""; 0]);
            fetched += shared.fetched.borrow().len();
        }
        // The host fetches sources that another instance has in memory, if it needs them at all.
        assert_eq!(fetched > 0, !has_kept);
    }
}

fn pyc_count(paths: &[String]) -> usize {
    paths.iter().filter(|path| path.ends_with(".pyc")).count()
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
    for (has_kept, is_late) in [(true, false), (true, true), (false, false), (false, true)] {
        assert_helper_failure_is_rolled_back(|| {
            let mut target = target_with(has_kept);
            target.helpers_are_late = is_late;
            target
        });
    }
}

fn assert_helper_failure_is_rolled_back(target: impl Fn() -> Target) {
    let undisturbed = target();
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
    let (done, calls, _) = run(&target(), Failing::None);
    done.expect("it is sound");
    let mut failed = 0;
    let waits = calls.iter().position(|call| call == "staged elsewhere").expect("it waits");
    let commits = calls.iter().position(|call| call.starts_with("report Step::Commit"));
    assert!(Some(waits) < commits);
    // From there on there is something to undo.
    let place = "purelib create .ensurepip-host-stage/0/new";
    let begins = calls.iter().position(|call| call == place).expect("a place is made");
    for (number, call) in calls.iter().enumerate() {
        let shared = target();
        let (done, seen, _) = run(&shared, Failing::At(number));
        if done.is_err() {
            failed += 1;
            assert!(shared.trees() == before, "{call}");
            let is_asked = seen.iter().any(|call| call == "staged elsewhere");
            assert!(is_asked || number < waits, "{call}");
            let withdraws = seen.iter().any(|call| call == "withdraw scripts");
            assert_eq!(withdraws, number > begins, "{call}");
        } else {
            assert!(shared.trees_without_stage() == undisturbed.trees_without_stage(), "{call}");
        }
        let shared = target();
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

/// What they write after that would be left.
#[test]
fn helper_instances_are_waited_for_before_a_failed_install_is_undone() {
    let target = target();
    let checked = check_with_others(&wheel(), &target, 1);
    target.fail(Failing::First("report Step::Stage"));
    let cancelled = Failed::Component(Error::Cancelled);
    assert_eq!(apply_checked(&checked, &target), Err(cancelled));
    let calls = target.journal.calls();
    let position = |wanted: &str| calls.iter().position(|call| call == wanted);
    let waits = position("staged elsewhere").expect("they are waited for");
    assert!(Some(waits) < position("withdraw scripts"), "{calls:?}");
}

#[test]
fn helper_instances_begin_if_there_is_only_bytecode() {
    for has_kept in [false, true] {
        let target = target_with(has_kept);
        // They have read nothing.
        target.helpers.replace(vec![given(&wheel()), given(&wheel())]);
        apply(&wheel(), &target).expect("it is sound");
        assert_eq!(target.calls("staged elsewhere").len(), usize::from(has_kept));
        let alone = target_with(false);
        apply(&wheel(), &alone).expect("it is sound");
        assert_eq!(target.trees(), alone.trees());
    }
}

fn place(role: Role, path: &str) -> Place {
    Place { role, path: path.to_owned(), modified: 7 }
}

/// What an instance has not kept is not written by it.
#[test]
fn helper_instance_stages_only_files_it_read() {
    let (wheel, target) = (wheel(), target());
    let file = |entry: u32| {
        let place = place(Role::Purelib, &entry.to_string());
        PlacedFile { entry, place }
    };
    let helper = given(&wheel);
    let kept = read(&helper, &target, &[1], 2);
    let files: Vec<PlacedFile> = (0..100).map(file).collect();
    let stage = |wheel: &WheelResource| install::stage_share(wheel, &files, Vec::new(), &target);
    assert_eq!(stage(&helper).map(|count| count as usize), Ok(kept.len()));
    assert!(!kept.is_empty());
    let mut expected: Vec<String> = kept.iter().map(|file| file.entry.to_string()).collect();
    expected.sort();
    assert_eq!(target.paths(Role::Purelib), expected);
    assert_eq!(stage(&given(&wheel)), Ok(0));
    // Nothing is written over anything.
    assert!(matches!(stage(&helper), Err(Error::Io(_))));
    // Nor anywhere else than where it may.
    let files = [PlacedFile { entry: kept[0].entry, place: place(Role::Data, "x") }];
    let staged = install::stage_share(&helper, &files, Vec::new(), &target);
    assert_eq!(staged, Err(Error::NotGranted(Role::Data)));
}

#[test]
fn helper_instance_stages_bytecode_it_is_given() {
    let target = target();
    let stage = |role, names: &[&str]| {
        let bytecode = names.iter().map(|name| PlacedBytecode {
            place: place(role, name),
            contents: format!("bytecode of {name}").into_bytes(),
        });
        install::stage_share(&given(&wheel()), &[], bytecode.collect(), &target)
    };
    // It counts files of the wheel alone.
    assert_eq!(stage(Role::Purelib, &["b.pyc", "a.pyc"]), Ok(0));
    let expected = ["a.pyc", "b.pyc"]
        .map(|name| (name.to_owned(), Some((format!("bytecode of {name}").into_bytes(), 7))));
    assert_eq!(target.memory(Role::Purelib).tree(), Tree::from(expected.clone()));
    // Nothing is written over anything, nor anywhere else than where it may.
    assert!(matches!(stage(Role::Purelib, &["a.pyc"]), Err(Error::Io(_))));
    assert_eq!(stage(Role::Data, &["c.pyc"]), Err(Error::NotGranted(Role::Data)));
    assert_eq!(target.memory(Role::Purelib).tree(), Tree::from(expected));
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
    install::plan(&[&checked], &target.python, &request(), &target).expect("it is sound");
    let removal = Transaction::begin_removal(&[&checked], &target.python, &target);
    let removal = removal.map(|removal| removal.details().actions);
    assert_eq!(removal, Ok(vec![Action::Absent]));
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

//! The calls of a transaction by themselves: their order, and what is left when they end early.

use super::target::Target;
use super::{apply, given, old, pip, request, upgrade, upgrading};
use crate::bindings::ensurepip::bootstrap::types::{Error, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Bytecode, PlacedBytecode};
use crate::directory::memory::Failing;
use crate::install::{Transaction, stage_share};

/// All calls that have an order.
const CALLS: [&str; 6] = ["share", "stage", "add-bytecode", "add-metadata", "displace", "complete"];

/// A call, the state of the transaction before it, and the calls that are in order then.
type Step = (&'static str, &'static str, &'static [&'static str]);

/// An installation with help.
const WITH_HELP: [Step; 6] = [
    ("share", "begun", &["share", "stage"]),
    ("stage", "shared", &["stage"]),
    ("add-bytecode", "staged", &["add-bytecode", "add-metadata"]),
    ("add-metadata", "staged", &["add-bytecode", "add-metadata"]),
    ("displace", "ready", &["displace"]),
    ("complete", "displaced", &["complete"]),
];

/// One alone, and without bytecode.
const ALONE: [Step; 4] = [
    ("stage", "begun", &["share", "stage"]),
    ("add-metadata", "staged", &["add-bytecode", "add-metadata"]),
    ("displace", "ready", &["displace"]),
    ("complete", "displaced", &["complete"]),
];

/// A removal.
const REMOVAL: [Step; 2] =
    [("displace", "ready", &["displace"]), ("complete", "displaced", &["complete"])];

/// Makes a call. What is shared is staged at once.
fn call(name: &str, transaction: &mut Transaction, target: &Target) -> Result<(), Error> {
    match name {
        "share" => {
            let share = transaction.share(&[1])?;
            let contents = b"shared".to_vec();
            let place = share.bytecode.into_iter();
            let bytecode =
                place.map(|place| PlacedBytecode { place, contents: contents.clone() }).collect();
            stage_share(&given(&pip()), &share.files, bytecode, target).map(drop)
        }
        "stage" => transaction.stage(target),
        "add-bytecode" => {
            let contents = b"added".to_vec();
            transaction.add_bytecode(&[Bytecode { source: 0, contents }])
        }
        "add-metadata" => transaction.add_metadata(&[]).map(drop),
        "displace" => transaction.displace(target),
        "complete" => transaction.complete(target).map(drop),
        _ => panic!("there is no call `{name}`"),
    }
}

/// A target with an older version.
fn target() -> Target {
    let target = Target::posix(&[Role::Purelib]);
    apply(&old(), &target).expect("nothing is in the way");
    target.memory(Role::Purelib).put("pip/extra.txt", b"theirs");
    target.journal.clear();
    target
}

/// Begins to replace that version, or to remove it.
fn begin(steps: &[Step], target: &Target) -> Transaction {
    let begun = if steps == REMOVAL {
        Transaction::begin_removal(&[&given(&old())], &target.python, target)
    } else {
        Transaction::begin(&[&given(&pip())], &target.python, &upgrading(), target)
    };
    begun.expect("nothing is in the way")
}

/// Makes these calls.
fn run(steps: &[Step], transaction: &mut Transaction, target: &Target) {
    for (name, ..) in steps {
        call(name, transaction, target).expect("it is in order");
    }
}

/// Checks that all calls but these are misuse in a state, and change nothing.
#[track_caller]
fn assert_misuse(state: &str, in_order: &[&str], transaction: &mut Transaction, target: &Target) {
    let (before, calls) = (target.trees(), target.journal.calls());
    for name in CALLS.iter().filter(|name| !in_order.contains(*name)) {
        let words = format!("`{name}` was called when the transaction was {state}");
        assert_eq!(call(name, transaction, target), Err(Error::Misuse(words)));
    }
    assert_eq!(target.trees(), before, "{state}");
    assert_eq!(target.journal.calls(), calls, "{state}");
}

#[test]
fn call_out_of_order_is_misuse_and_transaction_goes_on() {
    for steps in [&WITH_HELP[..], &ALONE, &REMOVAL] {
        let undisturbed = target();
        run(steps, &mut begin(steps, &undisturbed), &undisturbed);
        let target = target();
        let mut transaction = begin(steps, &target);
        for step in steps {
            let (_, state, in_order) = step;
            assert_misuse(state, in_order, &mut transaction, &target);
            run(&[*step], &mut transaction, &target);
        }
        assert_misuse("over", &[], &mut transaction, &target);
        assert_eq!(target.trees(), undisturbed.trees());
    }
}

#[test]
fn failed_call_leaves_only_rollback() {
    for (steps, name, failing) in [
        (&WITH_HELP[..], "share", "purelib create .ensurepip-host-stage/0/new/pip"),
        (&WITH_HELP, "stage", "report Step::Stage"),
        (&WITH_HELP, "stage", "purelib write .ensurepip-host-stage/0/new/pip/_vendor"),
        (&WITH_HELP, "add-bytecode", "purelib create"),
        (&WITH_HELP, "add-bytecode", "purelib write"),
        (&WITH_HELP, "add-metadata", "purelib write"),
        (&WITH_HELP, "displace", "report Step::Commit"),
        (&WITH_HELP, "displace", "purelib create .ensurepip-host-stage/0/old"),
        (&WITH_HELP, "displace", "purelib rename .ensurepip-host-stage/0/old/pip-24.0.dist-info"),
        (&WITH_HELP, "displace", "purelib rename pip/__init__.py"),
        (&WITH_HELP, "complete", "purelib rename pip-30.3.dist-info"),
        (&REMOVAL, "displace", "report Step::Commit"),
        (&REMOVAL, "displace", "purelib rename .ensurepip-host-stage/0/old/pip/legacy.py"),
    ] {
        let target = target();
        let before = target.trees();
        let mut transaction = begin(steps, &target);
        let details = transaction.details();
        let number = steps.iter().position(|step| step.0 == name).expect("it is one of them");
        run(&steps[..number], &mut transaction, &target);
        target.fail(Failing::First(failing));
        let failed = call(name, &mut transaction, &target);
        assert!(matches!(failed, Err(Error::Io(_) | Error::Cancelled)), "{failing}: {failed:?}");
        assert_misuse("failed", &[], &mut transaction, &target);
        assert_eq!(transaction.details(), details);
        transaction.rollback();
        assert_eq!(target.trees(), before, "{failing}");
        assert_misuse("over", &[], &mut transaction, &target);
    }
}

#[test]
fn rollback_after_any_call_leaves_what_was_there() {
    for steps in [&WITH_HELP[..], &ALONE, &REMOVAL] {
        for made in 0..steps.len() {
            let target = target();
            let before = target.trees();
            let mut transaction = begin(steps, &target);
            run(&steps[..made], &mut transaction, &target);
            transaction.rollback();
            assert_eq!(target.trees(), before, "{:?}", &steps[..made]);
            let calls = target.journal.calls();
            transaction.rollback();
            assert_eq!(target.journal.calls(), calls, "it is over");
            assert_misuse("over", &[], &mut transaction, &target);
        }
    }
}

#[test]
fn rollback_after_complete_does_nothing() {
    for steps in [&ALONE[..], &REMOVAL] {
        let target = target();
        let mut transaction = begin(steps, &target);
        run(steps, &mut transaction, &target);
        let (done, calls) = (target.trees(), target.journal.calls());
        transaction.rollback();
        assert_eq!((target.trees(), target.journal.calls()), (done, calls));
    }
}

/// It does nothing any more, as a run that is stopped.
#[test]
fn dropped_transaction_is_completed_by_next_run() {
    let upgraded = target();
    upgrade(&pip(), &upgraded).expect("nothing is in the way");
    for steps in [&WITH_HELP[..], &ALONE] {
        for made in 0..steps.len() {
            let target = target();
            let mut transaction = begin(steps, &target);
            run(&steps[..made], &mut transaction, &target);
            let (left, calls) = (target.trees(), target.journal.calls());
            drop(transaction);
            assert_eq!((target.trees(), target.journal.calls()), (left, calls));
            assert!(target.paths(Role::Purelib).iter().any(|path| path.contains("-stage/0/new")));
            upgrade(&pip(), &target).expect("nothing is in the way");
            assert_eq!(target.trees(), upgraded.trees(), "{:?}", &steps[..made]);
        }
    }
}

#[test]
fn dropped_removal_is_completed_by_next_run() {
    let removed = target();
    run(&REMOVAL, &mut begin(&REMOVAL, &removed), &removed);
    assert_eq!(removed.paths(Role::Purelib), ["pip/", "pip/extra.txt"]);
    for made in 0..REMOVAL.len() {
        let target = target();
        let mut transaction = begin(&REMOVAL, &target);
        run(&REMOVAL[..made], &mut transaction, &target);
        drop(transaction);
        let mut next = begin(&REMOVAL, &target);
        let is_removal =
            |action: &Action| matches!(action, Action::Remove(found) if found.version == "24.0");
        assert!(next.details().actions.iter().all(is_removal));
        run(&REMOVAL, &mut next, &target);
        assert_eq!(target.trees(), removed.trees(), "{made}");
    }
}

#[test]
fn transaction_with_nothing_to_do_asks_nothing_and_is_over() {
    let empty = Target::posix(&[Role::Purelib]);
    let old_pip = target();
    let install =
        |target: &Target| Transaction::begin(&[&given(&pip())], &target.python, &request(), target);
    let remove =
        |target: &Target| Transaction::begin_removal(&[&given(&pip())], &target.python, target);
    for (target, begun) in
        [(&old_pip, install(&old_pip)), (&old_pip, remove(&old_pip)), (&empty, remove(&empty))]
    {
        let before = target.trees();
        let mut transaction = begun.expect("there is nothing to do");
        let details = transaction.details();
        let [action] = &details.actions[..] else { panic!("{:?}", details.actions) };
        let is_expected = match action {
            Action::Keep(found) | Action::Other(found) => found.version == "24.0",
            action => *action == Action::Absent,
        };
        assert!(is_expected, "{action:?}");
        assert_eq!((details.scripts, details.obsolete_scripts), (Vec::new(), Vec::new()));
        assert_eq!((details.sources, details.modified), (Vec::new(), 0));
        assert!(!details.checked_hash);
        assert_misuse("over", &[], &mut transaction, target);
        transaction.rollback();
        assert_eq!(target.trees(), before);
    }
}

#[test]
fn removal_asks_only_for_scripts_to_go() {
    let target = target();
    let details = begin(&REMOVAL, &target).details();
    let [Action::Remove(found)] = &details.actions[..] else { panic!("{:?}", details.actions) };
    assert_eq!(found.version, "24.0");
    assert_eq!(details.obsolete_scripts, ["pip-legacy", "pip3", "pip3.13"]);
    assert_eq!((details.scripts, details.sources), (Vec::new(), Vec::new()));
}

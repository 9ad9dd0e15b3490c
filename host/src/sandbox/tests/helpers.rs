//! Other instances, which stage their share: what if they want something else?

use super::trap::{Trap, tree, wheel, wheel_named};
use crate::bindings::ensurepip::bootstrap::types::{self, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{self, PlacedFile};
use crate::progress::{Decision, Reporter, TICK};
use crate::sandbox::{Access, Failure, Helpers};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// As many probes as are wanted, which take a wheel of this name for the reason to do something.
pub(crate) fn helpers(trap: &Trap, wheel_name: &str, count: usize) -> Helpers {
    let wheel = wheel_named(wheel_name);
    let readers = (0..count).map(|_| {
        let mut reader = trap.sandbox();
        reader.time_limit = Duration::from_secs(2);
        reader.read_part(&wheel, (0, 1)).expect("the probe ends by itself");
        reader
    });
    Helpers::new(readers.collect(), &wheel)
}

/// What comes of it if they are to stage these files.
fn stage(trap: &Trap, mut helpers: Helpers, files: Vec<PlacedFile>) -> Result<(), Failure> {
    let access = Access::writable(&Arc::new(vec![trap.grant()]));
    helpers.stage(files, Vec::new(), &access);
    helpers.finish()
}

/// The words of a failure that is not an answer of the component.
fn words(staged: Result<(), Failure>) -> String {
    match staged {
        Err(Failure::Run(error)) => error.to_string(),
        Err(Failure::Answer(answer)) => panic!("an answer: {answer:?}"),
        Ok(()) => panic!("it did not fail"),
    }
}

#[test]
fn helpers_with_other_wheel_are_excluded() {
    let trap = Trap::new();
    let mut reader = trap.sandbox();
    reader.read_part(&wheel(), (0, 1)).expect("the probe ends by itself");
    let other = wheel_named("pip-2-py3-none-any.whl");
    assert_eq!(Helpers::new(vec![reader, trap.sandbox()], &other).count(), 0);
}

#[test]
fn hostile_helper_cannot_escape_sandbox() {
    let trap = Trap::new();
    let decoy = tree(&trap.path("decoy"));
    let outcomes = match stage(&trap, helpers(&trap, "", 1), Vec::new()) {
        Err(Failure::Answer(types::Error::Misuse(outcomes))) => outcomes,
        other => panic!("another answer: {:?}", other.is_ok()),
    };
    for line in outcomes.lines() {
        assert!(line.contains(": ") && !line.contains("GOT OUT"), "{line}");
    }
    assert!(outcomes.contains("\ngrants: purelib writable\n"), "{outcomes}");
    assert_eq!(tree(&trap.path("decoy")), decoy);
    assert!(trap.path("purelib/inside-the-grant").exists());
}

/// It has no directories then, and what it answers is compiled at the worst.
#[test]
fn hostile_helper_cannot_escape_when_asked_for_sources() {
    let trap = Trap::new();
    let before = tree(trap.directory.path());
    let read = helpers(&trap, "", 1).read(&[0]).expect("the probe ends by itself");
    let outcomes = String::from_utf8_lossy(read[0].as_ref().expect("it answers")).into_owned();
    for line in outcomes.lines() {
        assert!(line.contains(": ") && !line.contains("GOT OUT"), "{line}");
    }
    assert!(outcomes.starts_with("grants: \n"), "{outcomes}");
    assert_eq!(tree(trap.directory.path()), before);
    assert_eq!(Helpers::default().read(&[0]).expect("there is nobody to fail"), [None]);
}

/// A report of files that were not written is found out by their number, if by nothing else.
#[test]
fn helpers_reporting_unwritten_files_are_detected() {
    let trap = Trap::new();
    let error = words(stage(&trap, helpers(&trap, "lie", 1), Vec::new()));
    assert!(error.contains("1 of 0 files were staged by others"), "{error}");
}

#[test]
fn files_that_no_helper_has_are_missed() {
    let trap = Trap::new();
    let there = installer::Place { role: Role::Purelib, path: "inside/x".to_owned(), modified: 0 };
    let file = PlacedFile { entry: 0, place: there };
    let error = words(stage(&trap, Helpers::default(), vec![file]));
    assert!(error.contains("0 of 1 files were staged by others"), "{error}");
}

#[test]
fn helpers_in_endless_loop_are_stopped() {
    let trap = Trap::new();
    let error = words(stage(&trap, helpers(&trap, "loop", 2), Vec::new()));
    assert!(error.contains("did not end within 2s"), "{error}");
}

#[test]
fn helpers_can_be_cancelled() {
    let began = Instant::now();
    let decide = move |_| {
        if began.elapsed() < TICK * 10 { Decision::Proceed } else { Decision::Cancel }
    };
    let trap = Trap { reporter: Reporter::new(Some(Box::new(decide))), ..Trap::new() };
    let error = words(stage(&trap, helpers(&trap, "loop", 1), Vec::new()));
    assert!(error.contains("it was cancelled"), "{error}");
}

//! Other instances, which stage their share: what if they want something else?

use super::place::{Place, tree, wheel, wheel_named};
use crate::bindings::ensurepip::bootstrap::types::{self, KeptFile};
use crate::progress::{Decision, Listener, TICK};
use crate::sandbox::Helpers;
use std::time::{Duration, Instant};

/// As many probes as are wanted, which take a wheel of this name for the reason to do something.
fn helpers(place: &Place, wheel_name: &str, count: usize) -> Helpers {
    let wheel = wheel_named(wheel_name);
    let readers = (0..count).map(|_| {
        let mut reader = place.sandbox();
        reader.time_limit = Duration::from_secs(2);
        reader.read_part(&wheel, (0, 1)).expect("the probe ends by itself");
        reader
    });
    Helpers::new(readers.collect(), &wheel)
}

#[test]
fn helpers_with_other_wheel_are_excluded() {
    let place = Place::new();
    let mut reader = place.sandbox();
    reader.read_part(&wheel(), (0, 1)).expect("the probe ends by itself");
    let other = wheel_named("pip-2-py3-none-any.whl");
    assert_eq!(Helpers::new(vec![reader, place.sandbox()], &other).count(), 0);
}

#[test]
fn hostile_helper_cannot_escape_sandbox() {
    let place = Place::new();
    let decoy = tree(&place.path("decoy"));
    let answer = place.apply_with(helpers(&place, "", 1), "leave to others");
    let told = match answer.expect("the probe ends by itself") {
        Err(types::Error::Shims(told)) => told,
        other => panic!("another answer: {other:?}"),
    };
    for line in told.lines() {
        assert!(line.contains(": ") && !line.contains("GOT OUT"), "{line}");
    }
    assert!(told.contains("\ngrants: purelib writable\n"), "{told}");
    assert_eq!(tree(&place.path("decoy")), decoy);
    assert!(place.path("purelib/inside-the-grant").exists());
    // The scripts are for the one that asks, and nobody else.
    assert_eq!(std::fs::read_dir(place.path("bin")).expect("it can be listed").count(), 0);
}

/// It has no directories then, and what it answers is compiled at the worst.
#[test]
fn hostile_helper_cannot_escape_when_asked_for_sources() {
    let place = Place::new();
    let before = tree(place.directory.path());
    let told = helpers(&place, "", 1).kept(&[0]).expect("the probe ends by itself");
    let told = String::from_utf8_lossy(&told[0]).into_owned();
    for line in told.lines() {
        assert!(line.contains(": ") && !line.contains("GOT OUT"), "{line}");
    }
    assert!(told.starts_with("grants: \n"), "{told}");
    assert_eq!(tree(place.directory.path()), before);
    assert!(Helpers::default().kept(&[0]).is_err_and(|words| words == "nobody has kept it"));
}

/// Who says to have written what it has not is found out by the number, if by nothing else.
#[test]
fn helpers_reporting_unwritten_files_are_detected() {
    let place = Place::new();
    let error = place.apply_with(helpers(&place, "lie", 1), "leave to others");
    let error = error.expect_err("it is stopped").to_string();
    assert!(error.contains("1 of 0 files were staged by others"), "{error}");
}

#[test]
fn helpers_in_endless_loop_are_stopped() {
    let place = Place::new();
    let before = tree(place.directory.path());
    let error = place.apply_with(helpers(&place, "loop", 2), "leave to others");
    let error = error.expect_err("they are stopped").to_string();
    assert!(error.contains("did not end within 2s"), "{error}");
    assert_eq!(tree(place.directory.path()), before);
}

#[test]
fn helpers_can_be_cancelled() {
    let began = Instant::now();
    let decide = move |_| {
        if began.elapsed() < TICK * 10 { Decision::Proceed } else { Decision::Cancel }
    };
    let place = Place { listener: Listener::new(Some(Box::new(decide))), ..Place::new() };
    let error = place.apply_with(helpers(&place, "loop", 1), "leave to others");
    let error = error.expect_err("they are stopped").to_string();
    assert!(error.contains("it was cancelled"), "{error}");
}

/// Nothing is removed while they could add to it.
#[test]
fn helpers_stop_when_main_instance_fails() {
    let place = Place::new();
    let before = tree(place.directory.path());
    let began = Instant::now();
    let error = place.apply_with(helpers(&place, "loop", 2), "leave others alone");
    let error = error.expect_err("it panics").to_string();
    assert!(error.contains("panics while others are at work"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(2), "nobody waits for what nobody wants");
    assert_eq!(tree(place.directory.path()), before);
}

/// What the component leaves to others is what they have read, and bytecode that there is.
#[test]
fn helpers_asked_for_missing_files_report_error() {
    let place = Place::new();
    let there =
        types::Place { role: types::Role::Purelib, path: "inside/x".to_owned(), modified: 0 };
    let file = KeptFile { entry: 0, place: there.clone() };
    let mut helpers = Helpers::default();
    helpers.stage(vec![file], &[], &[place.grant()], None).expect("there is nobody to refuse it");
    helpers.staged().expect_err("nobody has staged it");
    let mut helpers = self::helpers(&place, "", 1);
    let left = helpers.stage(Vec::new(), &[vec![there]], &[place.grant()], None);
    left.expect_err("there is no bytecode");
}

//! Does it do what `ensurepip` does, whichever pip is there already?
//!
//! An environment is brought into a state by pip itself. Both programs run on a copy of it at the
//! same path, with the same options and the same wheel, and their exit status and what they left
//! are compared: names, kinds, modes and bytes, RECORD among them; no difference is let through.
//!
//! Each test is one state. The oldest and the newest interpreter get every option; those between
//! get what tells the states apart.

use crate::support::announce::{announce, fail_if_required};
use crate::support::interpreters::{Interpreter, Interpreters};
use cell::Prepared;

/// Prepares a state, and runs both programs on it.
mod cell;

/// Which pip an environment has, beside the one that is to be installed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Absent,
    Older,
    Same,
    Newer,
}

/// The options with which every state is met.
const ALL_OPTIONS: &[&[&str]] = &[&[], &["-U"], &["-U", "--default-pip"], &["-U", "--altinstall"]];

/// Those of them that matter most.
const CORE_OPTIONS: &[&[&str]] = &[&[], &["-U"]];

#[test]
fn no_pip() {
    check(State::Absent);
}

#[test]
fn an_older_pip() {
    check(State::Older);
}

#[test]
fn the_same_pip() {
    check(State::Same);
}

#[test]
fn a_newer_pip() {
    check(State::Newer);
}

/// Runs one state wherever it has to be run, and fails once, with all that was found.
fn check(state: State) {
    let interpreters = Interpreters::of_this_machine();
    let comparable = interpreters.with_ensurepip();
    let mut ran: Vec<&Interpreter> = Vec::new();
    let mut missing = interpreters.missing.clone();
    let mut failures = Vec::new();
    for (index, interpreter) in comparable.iter().enumerate() {
        let is_outermost = index == 0 || index + 1 == comparable.len();
        let options = match state {
            // Without any option, that is parity of a virtual environment.
            State::Absent if is_outermost => &ALL_OPTIONS[1..],
            State::Absent => &CORE_OPTIONS[1..],
            _ if is_outermost => ALL_OPTIONS,
            State::Same => continue,
            State::Older | State::Newer => CORE_OPTIONS,
        };
        let Some(prepared) = Prepared::new(state, interpreter) else {
            missing.push(format!("{state:?} than the pip of {}", interpreter.name()));
            continue;
        };
        for options in options {
            ran.push(interpreter);
            let faults = prepared.faults(options);
            if !faults.is_empty() {
                let on = interpreter.name();
                failures.push(format!("on {on} with {options:?}:\n{}", faults.join("\n")));
            }
        }
        prepared.expect_untouched();
    }
    announce(&format!("state {state:?}: {}", summary(&ran, &missing)));
    assert!(failures.is_empty(), "state {state:?}:\n{}", failures.join("\n"));
    fail_if_required(&missing);
}

/// How many cells ran, how many of them on each interpreter, and what is missing.
fn summary(ran: &[&Interpreter], missing: &[String]) -> String {
    let parts = ran.chunk_by(|one, other| one.version == other.version);
    let parts = parts.map(|cells| format!("{} ({})", cells[0].name(), cells.len()));
    let parts = parts.collect::<Vec<_>>().join(" ");
    let missing = if missing.is_empty() { "none".to_owned() } else { missing.join(", ") };
    format!("{} cells ran on {parts}; missing: {missing}", ran.len())
}

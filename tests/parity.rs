//! Does it leave exactly what `ensurepip` leaves, whatever there was before?
//!
//! A table of {interpreter} × {options} × {state}. In every cell both programs run in turn at the
//! same place, with the same options and the same wheel. Their exit status is compared, and
//! everything that they left: names, kinds, modes, times and bytes, including RECORD and the
//! scripts. Output texts are not compared.
//!
//! A difference is accepted only under its name in `docs/differences.md`, only where the cell names
//! it, and only if it really occurs. The set of names is checked as well.
//!
//! Each test is one row of the table, and libtest spreads the rows over the CPUs. The last row
//! announces how many cells ran.

use crate::support::announce::{announce, fail_if_required};
use crate::support::interpreters::{Interpreter, Interpreters};
use state::Prepared;
use table::{On, ROWS, Row};

/// Runs both programs, and compares.
mod cell;

/// The accepted differences, by name.
mod differences;

/// Checks the names against the page that explains them.
mod page;

/// The state before the programs run.
mod state;

/// The rows.
mod table;

/// Counts the cells of all rows.
mod tally;

/// A machine with fewer interpreters uses those that it has. If it has the names of more, they are
/// broken, or the search for them is.
const ENOUGH_INTERPRETERS: usize = 3;

/// Runs one row with every interpreter that it requires, and fails once, with all findings.
fn check(name: &str, row: &Row) {
    let interpreters = Interpreters::of_this_machine();
    let comparable = interpreters.with_ensurepip();
    let mut missing = interpreters.missing.clone();
    let mut failures = Vec::new();
    let mut cells = Vec::new();
    for interpreter in &comparable {
        let runs = row.runs.iter().filter(|run| takes_part(run.on, interpreter, &comparable));
        let mut runs = runs.peekable();
        if runs.peek().is_none() {
            continue;
        }
        let prepared = match Prepared::new(row, interpreter) {
            Ok(prepared) => prepared,
            Err(lack) => {
                missing.push(format!("{lack} for {}", interpreter.name()));
                continue;
            }
        };
        for run in runs {
            let verdict = cell::run(&prepared, run);
            if !verdict.faults.is_empty() {
                let (on, options) = (interpreter.name(), run.options);
                let faults = verdict.faults.join("\n");
                failures.push(format!("on {on} with {options:?}:\n{faults}"));
            }
            cells.push((interpreter.name(), verdict.shown));
        }
        prepared.expect_untouched();
    }
    if cells.is_empty() && missing.is_empty() {
        missing.push("an interpreter that the row is for".to_owned());
    }
    let on = cells.chunk_by(|one, other| one.0 == other.0);
    let on = on.map(|cells| format!("{} ({})", cells[0].0, cells.len())).collect::<Vec<_>>();
    let absent = if missing.is_empty() { "none".to_owned() } else { missing.join(", ") };
    let (count, on) = (cells.len(), on.join(" "));
    announce(&format!("parity, {name}: {count} cells ran on {on}; missing: {absent}"));
    tally::add(&cells, &missing, ROWS.len());
    assert!(failures.is_empty(), "{name}:\n{}", failures.join("\n"));
    fail_if_required(&missing);
}

/// Whether a run applies to an interpreter.
fn takes_part(on: On, interpreter: &Interpreter, all: &[&Interpreter]) -> bool {
    let mut cpythons = all.iter().filter(|python| !python.is_pypy).map(|python| python.version);
    let oldest = cpythons.next();
    let newest = cpythons.next_back().or(oldest);
    let is_newest = !interpreter.is_pypy && Some(interpreter.version) == newest;
    let is_oldest = !interpreter.is_pypy && Some(interpreter.version) == oldest;
    // PyPy takes as long as all the others. It is in the rows for all interpreters; in the others, which
    // are about places, options and variables, only if the environment variable asks for it.
    let is_outermost = is_oldest || is_newest || (interpreter.is_pypy && is_exhaustive());
    match on {
        On::All => true,
        On::AllWithOlderPip => interpreter.version >= table::OLDEST_WITH_OLDER_PIP,
        On::AllWithSetuptools => {
            interpreter.has_setuptools() && (!interpreter.is_pypy || is_exhaustive())
        }
        On::Outermost => is_outermost,
        On::OutermostWithOlderPip => {
            is_outermost && interpreter.version >= table::OLDEST_WITH_OLDER_PIP
        }
        On::Newest => is_newest,
    }
}

/// Whether every row is wanted with every interpreter.
fn is_exhaustive() -> bool {
    std::env::var_os("ENSUREPIP_HOST_TEST_EVERY").is_some()
}

#[test]
fn parity_compares_enough_interpreters() {
    let compared = Interpreters::of_this_machine().with_ensurepip();
    let there = Interpreters::minors_by_name();
    let names = compared.iter().map(|python| python.name()).collect::<Vec<_>>().join(" ");
    assert!(
        compared.len() >= ENOUGH_INTERPRETERS.min(there.len()),
        "`python3.N` is there for N in {there:?}, but only these can be compared: {names}"
    );
}

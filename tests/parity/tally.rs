//! How many cells ran in all rows, on which interpreters, and which differences they showed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use crate::support::announce::announce;

/// The counts so far.
struct Tally {
    rows: usize,
    cells: BTreeMap<String, usize>,
    shown: BTreeMap<&'static str, usize>,
    missing: BTreeSet<String>,
}

static TALLY: Mutex<Tally> = Mutex::new(Tally {
    rows: 0,
    cells: BTreeMap::new(),
    shown: BTreeMap::new(),
    missing: BTreeSet::new(),
});

/// Adds the cells of one row, each with its interpreter and the differences that it showed. After
/// the last row, everything is announced.
pub(super) fn add(cells: &[(String, Vec<&'static str>)], missing: &[String], all_rows: usize) {
    let mut tally = TALLY.lock().expect("nothing fails while it is held");
    for (interpreter, shown) in cells {
        *tally.cells.entry(interpreter.clone()).or_default() += 1;
        for name in shown {
            *tally.shown.entry(name).or_default() += 1;
        }
    }
    tally.missing.extend(missing.iter().cloned());
    tally.rows += 1;
    if tally.rows < all_rows {
        return;
    }
    let total = tally.cells.values().sum::<usize>();
    let on = tally.cells.iter().map(|(name, count)| format!("{name} ({count})"));
    let on = on.collect::<Vec<_>>().join(" ");
    let missing = tally.missing.iter().cloned().collect::<Vec<_>>().join(", ");
    let missing = if missing.is_empty() { "none" } else { &missing };
    announce(&format!("parity: {total} cells in {all_rows} rows ran on {on}; missing: {missing}"));
    let shown = tally.shown.iter().map(|(name, count)| format!("{name} ({count})"));
    let shown = shown.collect::<Vec<_>>().join(" ");
    announce(&format!("parity: differences shown, and in how many cells: {shown}"));
}

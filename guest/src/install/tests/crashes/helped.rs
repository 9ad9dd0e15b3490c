//! The same where other instances write a part of the files and of the bytecode, at once or late.

use super::{Bench, Install, Upgrade, old};

/// As there are several benches.
const EVERY: usize = 23;

/// Benches with bytecode from earlier and without, and with helpers that are early and late.
fn benches() -> [Bench; 4] {
    [(false, false), (false, true), (true, false), (true, true)].map(|(has_kept, is_late)| {
        let mut bench = Bench { every: EVERY, others: 2, ..Bench::new() };
        bench.target.has_kept = has_kept;
        bench.target.helpers_are_late = is_late;
        bench
    })
}

#[test]
fn install_with_helpers_killed_at_any_call_is_completed() {
    let alone = Bench::new();
    for bench in benches() {
        let before = bench.with(&[], &["pip/extra.txt"]);
        let end = bench.end(&before, Install);
        assert!(alone.end(&before, Install) == end, "it is as without help");
        assert_eq!(bench.target.calls("staged elsewhere").len(), 1);
        bench.assert_survives(&before, &[Install, Install], Install, &[&end]);
    }
}

#[test]
fn upgrade_with_helpers_killed_at_any_call_is_completed() {
    for bench in benches() {
        let before = bench.with(&[old()], &["pip/extra.txt", "pip_added.py"]);
        let end = bench.end(&before, Upgrade);
        bench.assert_survives(&before, &[Upgrade, Upgrade], Upgrade, &[&end]);
    }
}

//! The same for sets of wheels: all are installed, or none.

use super::super::sets::{app, library};
use super::{Bench, State, WheelBuilder, assert_known, is_whole, names, new, old};
use super::{Install, Uninstall, Upgrade, UpgradeFirst};
use crate::bindings::ensurepip::bootstrap::types::Role;
use crate::directory::memory::{Failing, Fixed};
use crate::install::tests::target::Target;

/// As these runs have many calls.
const EVERY: usize = 149;

/// Benches with a set of three: where everything can be renamed, where directories cannot, and with a
/// directory for platform modules.
fn benches() -> [Bench; 3] {
    let set = [new(), app("2.0"), library("1.0")];
    let bench = |target| Bench { every: EVERY, ..Bench::of(target, &set) };
    let fixed = bench(Target::posix(&[Role::Purelib]));
    fixed.target.fix(Fixed::Lower);
    let two = bench(Target::with_lib64(&[Role::Purelib, Role::Platlib]));
    [bench(Target::posix(&[Role::Purelib])), fixed, two]
}

/// The state with these versions installed.
fn with(bench: &Bench, versions: &[WheelBuilder]) -> State {
    bench.with(versions, &["pip/extra.txt", "space/theirs.py"])
}

#[test]
fn set_killed_at_any_call_is_completed() {
    for bench in benches() {
        let before = with(&bench, &[]);
        let end = bench.end(&before, Install);
        bench.assert_survives(&before, &[Install, Install], Install, &[&end]);
    }
}

#[test]
fn upgrade_of_set_killed_is_completed() {
    for bench in benches() {
        let before = with(&bench, &[old(), app("1.0")]);
        let end = bench.end(&before, Upgrade);
        bench.assert_survives(&before, &[Upgrade, Upgrade], Upgrade, &[&end]);
        // Not asked for any more, it is completed if it had begun to move files.
        bench.end(&before, Upgrade);
        for number in bench.changes() {
            bench.stop(&before, Upgrade, Failing::From(number));
            let stopped = bench.state();
            let kept = bench.end(&stopped, Install);
            assert!(is_whole(&kept), "{:#?}", names(&stopped));
            assert_known(&kept, &[before.clone(), end.clone()]);
            assert!(bench.end(&kept, Upgrade) == end, "{:#?}", names(&stopped));
        }
    }
}

#[test]
fn removal_of_set_killed_is_completed() {
    for bench in benches() {
        let end = with(&bench, &[]);
        let before = bench.end(&end, Install);
        assert!(bench.end(&before, Uninstall) == end);
        bench.assert_survives(&before, &[Uninstall, Uninstall], Uninstall, &[&end]);
        bench.assert_survives(&before, &[Uninstall, Install], Install, &[&before]);
    }
}

/// Each bench, a state without the set or with older versions of it, and the state that an upgrade leaves.
fn upgrades() -> Vec<(Bench, State, State)> {
    let versions = [vec![], vec![old(), app("1.0")]];
    let cases = versions.iter().flat_map(|versions| {
        benches().map(|bench| {
            let before = with(&bench, versions);
            let end = bench.end(&before, Upgrade);
            (bench, before, end)
        })
    });
    cases.collect()
}

/// A run for pip alone completes pip, and leaves what the set needs to be completed.
#[test]
fn set_killed_is_completed_after_run_for_one_of_it() {
    for (bench, before, end) in upgrades() {
        bench.assert_survives(&before, &[Upgrade, UpgradeFirst], Upgrade, &[&end]);
    }
}

/// A call that fails, in the component or in its host, leaves the old versions of all.
#[test]
fn set_with_failure_is_rolled_back() {
    for (bench, before, end) in upgrades() {
        bench.end(&before, Upgrade);
        let (mut failed, mut passed) = (0, 0);
        for number in bench.changes() {
            let done = bench.run(&before, Upgrade, Failing::At(number));
            let expected = if done.is_ok() { &end } else { &before };
            let left = bench.target.trees_without_stage();
            assert!(left == expected.0, "{number}: {done:?}");
            *(if done.is_ok() { &mut passed } else { &mut failed }) += 1;
        }
        assert!(failed > 30, "{failed} failed, {passed} passed");
    }
}

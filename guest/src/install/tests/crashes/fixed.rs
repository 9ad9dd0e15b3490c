//! The same where directories cannot be renamed, and are moved name by name: as in an overlay, where
//! those of lower layers cannot, and each run finds what the one before it left in such a layer; and
//! where none can.

use super::{Bench, State, new, old};
use super::{Install, Uninstall, UninstallAnother, Upgrade};
use crate::bindings::ensurepip::bootstrap::types::Role;
use crate::directory::memory::{Fixed, Tree};

/// As these runs have many calls.
const EVERY: usize = 67;

const THEIRS: [&str; 3] = ["pip/extra.txt", "pip/_legacy/extra.py", "pip_added.py"];

/// Benches with both kinds of directories.
fn benches() -> [Bench; 2] {
    [Fixed::Lower, Fixed::All].map(|fixed| {
        let bench = Bench { every: EVERY, ..Bench::new() };
        bench.target.fix(fixed);
        bench
    })
}

/// Bytecode of the older version's package that its `RECORD` does not list, as Python leaves it.
fn with_unlisted_bytecode(bench: &Bench, state: State) -> State {
    bench.target.set_trees(&state.0);
    let path = "pip/__pycache__/legacy.cpython-313.pyc";
    bench.target.memory(Role::Purelib).put(path, b"bytecode");
    (bench.target.trees(), state.1)
}

#[test]
fn upgrade_on_exdev_killed_is_completed() {
    for bench in benches() {
        for theirs in [&[][..], &THEIRS] {
            let before = with_unlisted_bytecode(&bench, bench.with(&[old()], theirs));
            let end = bench.end(&before, Upgrade);
            let ordinary = Bench::new();
            assert!(ordinary.end(&before, Upgrade) == end, "it is as where they can be renamed");
            bench.assert_survives(&before, &[Upgrade, Upgrade], Upgrade, &[&end]);
            bench.assert_survives(&before, &[Upgrade, Install], Install, &[&before, &end]);
        }
    }
}

#[test]
fn uninstall_on_exdev_killed_is_completed() {
    for bench in benches() {
        let before = bench.with(&[new()], &["pip/extra.txt"]);
        let end = bench.with(&[], &["pip/extra.txt"]);
        assert!(bench.end(&before, Uninstall) == end);
        bench.assert_survives(&before, &[Uninstall, Uninstall], Uninstall, &[&end]);
        bench.assert_survives(&before, &[Uninstall, Install], Uninstall, &[&end]);
        bench.assert_survives(&before, &[Uninstall], UninstallAnother, &[&before, &end]);
        bench.assert_survives(&before, &[Uninstall, Install], Install, &[&before]);
    }
}

/// Metadata of which no file is there, of an older version and of the very one.
#[test]
fn dist_info_without_files_on_exdev_is_replaced() {
    for bench in benches() {
        for wheel in [old(), new()] {
            let (trees, bin) = bench.with(&[wheel], &["pip/extra.txt"]);
            let is_kept = |path: &String| path.contains(".dist-info") || path.contains("plugins");
            let keep = |mut tree: Tree| {
                tree.retain(|path, _| is_kept(path) || path == "pip");
                tree
            };
            let before = (trees.into_iter().map(keep).collect(), bin);
            let end = bench.end(&before, Install);
            assert!(end.0[0].contains_key("pip-30.3.dist-info/METADATA"));
            assert!(!end.0[0].contains_key("pip-24.0.dist-info"));
            bench.assert_survives(&before, &[Install, Install], Install, &[&end]);
        }
    }
}

#[test]
fn upgrade_of_several_versions_on_exdev_is_completed() {
    for bench in benches() {
        let another = old().renamed("25.0").file("pip/another.py", "");
        let before = bench.with(&[another, old()], &[]);
        let end = bench.end(&before, Upgrade);
        assert!(end.0[0].keys().all(|path| !path.contains("another") && !path.contains("legacy")));
        bench.assert_survives(&before, &[Upgrade, Upgrade], Upgrade, &[&end]);
    }
}

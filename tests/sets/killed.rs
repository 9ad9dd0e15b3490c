//! Is a set installed completely or not at all, whenever runs are killed, and if several run at once?

use std::thread;

use super::stock::{Stock, wheel};
use crate::crash::victim::{Cpus, Ground, Victim};
use crate::crash::{every_or, report_missing_strace};
use crate::support::tree::Tree;

/// One of this many renames is tried, unless the environment variable of `crash` sets another number.
const EVERY: usize = 8;

/// How many runs of each of the sets there are at the same time.
const RUNS: usize = 8;

/// Options of a run that is killed.
const ARGUMENTS: &[&str] = &[
    "--no-compile",
    "-U",
    "--wheel-dir",
    Stock::FROM_HOME,
    "--with",
    "alpha",
    "--with",
    "beta",
    "--with",
    "gamma",
    "--with",
    "delta",
    "--with",
    "epsilon",
    "--with",
    "zeta",
    "--with",
    "eta",
    "--with",
    "theta",
    "--with",
    "iota",
];

/// A set of ten with pip, of which two have a directory in common.
fn stock() -> Stock {
    let stock = Stock::of(&[
        wheel("alpha", "1.0", &["beta"]).file("space/alpha.py", "").data("data/etc/alpha", ""),
        wheel("beta", "1.0", &[]).file("space/beta.py", ""),
        wheel("gamma", "1.0", &["alpha"]).data("headers/gamma.h", ""),
        wheel("delta", "1.0", &["beta"]).file("space/delta.py", ""),
    ]);
    for project in ["epsilon", "zeta", "eta", "theta", "iota"] {
        stock.add(&wheel(project, "1.0", &[]));
    }
    stock
}

/// Kills a run at renames, and the run after it at the same rename.
fn kill_at_renames(name: &str, stock: Stock) {
    let Some((mut victim, calls)) =
        Victim::new(stock.target, &Ground::Copies, ARGUMENTS, Cpus::One)
    else {
        return report_missing_strace(name);
    };
    let renames: Vec<_> = calls.iter().filter(|call| call.name.starts_with("rename")).collect();
    assert!(renames.len() > 16, "only {} renames were seen", renames.len());
    let every = every_or(EVERY);
    for call in renames.iter().skip(every / 2).step_by(every) {
        victim.try_once(&[call]);
        victim.try_once(&[call, call]);
    }
    victim.finish(&format!("{name}, of {} renames,", renames.len()));
}

#[test]
fn set_killed_at_any_rename_is_completed() {
    kill_at_renames("installation of a set", stock());
}

/// One member is kept, one is replaced and one is new.
#[test]
fn upgrade_of_set_killed_at_any_rename_is_completed() {
    let stock = stock();
    stock.install(&["--no-compile", "--with", "alpha", "--with", "beta"]);
    stock.add(&wheel("alpha", "2.0", &["beta"]).file("space/other.py", ""));
    kill_at_renames("upgrade of a set", stock);
}

/// Both sets have one member in common.
#[test]
fn sets_installed_at_once_are_both_complete() {
    let sets = [["--with", "alpha", "--with", "beta"], ["--with", "beta", "--with", "delta"]];
    let stock = stock();
    let environment = &stock.target.environment;
    let empty = stock.target.scratch.work().join("empty");
    crate::support::copy::link_tree(environment, &empty);
    for set in &sets {
        stock.install(set);
    }
    let expected = Tree::of(environment);
    std::fs::remove_dir_all(environment).expect("it is the test's own");
    crate::support::copy::link_tree(&empty, environment);

    let run = |number: usize| stock.install(&sets[number % sets.len()]).stdout();
    let finished: Vec<String> = thread::scope(|scope| {
        let run = &run;
        let runs = (0..RUNS * sets.len()).map(|number| scope.spawn(move || run(number)));
        let runs: Vec<_> = runs.collect();
        runs.into_iter().map(|run| run.join().expect("it ended")).collect()
    });
    let differences = expected.differences("one by one", &Tree::of(environment), "at once");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    // Each wheel was installed once.
    for name in ["alpha-1.0", "beta-1.0", "delta-1.0", "pip-97"] {
        let is_installed = |finished: &&String| {
            finished.lines().any(|line| {
                line.starts_with("Successfully installed ") && line.contains(&format!(" {name}"))
            })
        };
        assert_eq!(finished.iter().filter(is_installed).count(), 1, "{name}: {finished:#?}");
    }
}

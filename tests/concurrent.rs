//! Do runs at the same time on one target come to one result?

use crate::support::target::Target;
use crate::support::tree::Tree;
use std::thread;

/// How many runs there are at a time.
const RUNS: usize = 50;

#[test]
fn of_many_runs_at_once_one_installs_and_the_others_find_its_work() {
    let alone = Target::new();
    alone.tool().argument("--no-compile").run().expect_success();
    let target = Target::new();
    let told: Vec<String> = thread::scope(|scope| {
        let run = || target.tool().argument("--no-compile").run().expect_success().stdout();
        let runs: Vec<_> = (0..RUNS).map(|_| scope.spawn(run)).collect();
        runs.into_iter().map(|run| run.join().expect("it ended")).collect()
    });
    let installed = told.iter().filter(|told| told.contains("Successfully installed")).count();
    let satisfied = told.iter().filter(|told| told.contains("already satisfied")).count();
    assert_eq!((installed, satisfied), (1, RUNS - 1), "{told:?}");
    let (one, many) = (Tree::of(&alone.library()), Tree::of(&target.library()));
    // The scripts name the interpreter they are for, so that RECORD differs between two targets.
    let differences: Vec<String> = one
        .differences("alone", &many, "among many")
        .into_iter()
        .filter(|line| !line.starts_with("pip-26.3.dist-info/RECORD: "))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

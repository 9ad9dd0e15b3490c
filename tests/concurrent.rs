//! Do runs at the same time come to the result of one that is alone, on one target and on many?

use crate::support::pip_wheel::NEWEST;
use crate::support::process::Program;
use crate::support::target::Target;
use crate::support::tree::Tree;
use std::path::Path;
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
    let record = format!("pip-{NEWEST}.dist-info/RECORD: ");
    let differences: Vec<String> = one
        .differences("alone", &many, "among many")
        .into_iter()
        .filter(|line| !line.starts_with(&record))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn of_many_runs_at_once_on_as_many_targets_each_leaves_what_one_leaves_alone() {
    let target = Target::new();
    let run = &|root: &Path| {
        let tool = Program::under_test(target.scratch.home()).argument("--no-compile");
        let tool = tool.arguments([Path::new("--python"), &target.python]);
        tool.arguments([Path::new("--root"), root]).run()
    };
    let root = &|number: usize| target.scratch.work().join(number.to_string());
    let alone = root(0);
    run(&alone).expect_success();
    thread::scope(|scope| {
        for number in 1..=RUNS {
            scope.spawn(move || {
                let told = run(&root(number)).expect_success().stdout();
                assert!(told.contains("Successfully installed"), "{told}");
            });
        }
    });
    let alone = Tree::of(&alone);
    for number in 1..=RUNS {
        let other = Tree::of(&root(number));
        let differences = alone.differences("alone", &other, "among many");
        assert!(differences.is_empty(), "{number}:\n{}", differences.join("\n"));
        let times: Vec<_> = alone.files_of_other_times(&other).collect();
        assert!(times.is_empty(), "{number}: {times:?}");
    }
}

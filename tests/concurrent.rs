//! Do concurrent runs, on one target and on many, give the result of a single run?

use crate::support::process::Program;
use crate::support::target::Target;
use crate::support::tree::Tree;
use std::path::Path;
use std::thread;
use std::time::Instant;

/// The number of concurrent runs.
const RUNS: usize = 50;

/// The output of a run, and when it began and ended.
struct Run {
    stdout: String,
    began: Instant,
    ended: Instant,
}

impl Run {
    /// Runs the tool, which must succeed.
    fn of(tool: Program) -> Run {
        let began = Instant::now();
        let stdout = tool.run().expect_success().stdout();
        Run { stdout, began, ended: Instant::now() }
    }
}

/// Checks that most runs had begun when one of them ended; otherwise their results show nothing.
fn expect_at_once(runs: &[Run], one: &Run) {
    let begun = runs.iter().filter(|run| run.began < one.ended).count();
    assert!(begun > RUNS / 2, "only {begun} of {RUNS} runs had begun when one ended");
}

#[test]
fn concurrent_runs_on_one_target_install_once() {
    let alone = Target::new();
    alone.tool().argument("--no-compile").run().expect_success();
    let target = Target::new();
    let runs: Vec<Run> = thread::scope(|scope| {
        let run = || Run::of(target.tool().argument("--no-compile"));
        let runs: Vec<_> = (0..RUNS).map(|_| scope.spawn(run)).collect();
        runs.into_iter().map(|run| run.join().expect("it ended")).collect()
    });
    let said = |words: &str| runs.iter().filter(|run| run.stdout.contains(words)).collect();
    let (installed, satisfied): (Vec<&Run>, Vec<&Run>) =
        (said("Successfully installed"), said("already satisfied"));
    assert_eq!((installed.len(), satisfied.len()), (1, RUNS - 1));
    expect_at_once(&runs, installed[0]);
    let mut trees = [&alone, &target].map(|target| Tree::of(&target.library()));
    for tree in &mut trees {
        // The scripts name their interpreter, so that their digests differ.
        let is_script = |row: &&str| row.starts_with("../../../bin/");
        let is_changed = tree.rewrite(
            |path| path.ends_with("RECORD"),
            |record| {
                let record = String::from_utf8_lossy(record);
                let rows = record.split_inclusive('\n').filter(|row| !is_script(row));
                rows.collect::<String>().into_bytes()
            },
        );
        assert!(is_changed, "RECORD lists no scripts");
    }
    let differences = trees[0].differences("alone", &trees[1], "among many");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn concurrent_runs_on_many_targets_do_not_interfere() {
    let target = Target::new();
    let run = &|root: &Path| {
        let tool = Program::under_test(target.scratch.home()).argument("--no-compile");
        let tool = tool.arguments([Path::new("--python"), &target.python]);
        let run = Run::of(tool.arguments([Path::new("--root"), root]));
        assert!(run.stdout.contains("Successfully installed"), "{}", run.stdout);
        run
    };
    let root = &|number: usize| target.scratch.work().join(number.to_string());
    let alone = root(0);
    run(&alone);
    let runs: Vec<Run> = thread::scope(|scope| {
        let runs: Vec<_> =
            (1..=RUNS).map(|number| scope.spawn(move || run(&root(number)))).collect();
        runs.into_iter().map(|run| run.join().expect("it ended")).collect()
    });
    let first = runs.iter().min_by_key(|run| run.ended).expect("there are runs");
    expect_at_once(&runs, first);
    let alone = Tree::of(&alone);
    for number in 1..=RUNS {
        let other = Tree::of(&root(number));
        let differences = alone.differences("alone", &other, "among many");
        assert!(differences.is_empty(), "{number}:\n{}", differences.join("\n"));
        let times: Vec<_> = alone.files_of_other_times(&other).collect();
        assert!(times.is_empty(), "{number}: {times:?}");
    }
}

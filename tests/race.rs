//! Is nothing outside a root touched if its directories become links while pip is installed?

use crate::support::announce::announce;
use crate::support::scratch::Scratch;
use crate::support::target::{Target, below};
use crate::support::tree::Tree;
use ensurepip_host::{Bootstrap, Outcome};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// The minimum number of runs, unless the environment sets another.
const RUNS: usize = 60;

/// How many of them must have each outcome: done, and refused. More runs are made until they do.
const OF_EACH: usize = 3;

/// The maximum factor by which the number of runs may grow for that.
const PATIENCE: usize = 10;

/// The variable that sets the number of runs.
const RUNS_VARIABLE: &str = "ENSUREPIP_HOST_TEST_RACES";

/// While pip is installed and removed in turn, each directory on the way to it alternates between a
/// directory and a link to another tree. Whatever the outcome of a run, that tree stays as before.
///
/// The library runs here, without Landlock: the first barrier must hold by itself.
#[test]
fn root_race_with_symlinks_never_touches_outside() {
    let target = Target::new();
    let root = target.scratch.work().join("root");
    let ways = [below(&root, &target.library()), below(&root, &target.environment.join("bin"))];
    for way in &ways {
        fs::create_dir_all(way).expect("directories can be made");
    }
    let outside = Scratch::new();
    for directory in ["pip", "site-packages/pip", "bin", "lib", "pip-1.0.dist-info"] {
        let directory = outside.work().join(directory);
        fs::create_dir_all(&directory).expect("directories can be made");
        fs::write(directory.join("pip3"), "precious").expect("a file can be written");
    }
    let before = Tree::of(outside.work());
    let steps: Vec<PathBuf> = ways.iter().flat_map(|way| inside(way, &root)).collect();

    let runs = std::env::var(RUNS_VARIABLE).ok();
    let runs = runs.map_or(RUNS, |runs| runs.parse().expect("the variable is a number"));
    let (is_over, swaps) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (mut made, mut done, mut refused, mut broken) = (0, 0, 0, Vec::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            for step in steps.iter().cycle() {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                swaps.fetch_add(usize::from(swap(step, outside.work())), Ordering::Relaxed);
            }
        });
        while made < runs || (done.min(refused) < OF_EACH && made < runs * PATIENCE) {
            let tool = || Bootstrap::new().python(&target.python).root(&root).compile(false);
            let report = if made % 2 == 0 { tool().run() } else { tool().uninstall() };
            made += 1;
            match report.map(|report| report.outcome) {
                Ok(Outcome::Installed { .. } | Outcome::Removed { .. }) => done += 1,
                Ok(_) => {}
                Err(error) if error.code() == "component" => broken.push(error.to_string()),
                Err(_) => refused += 1,
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let changes = before.differences("before", &Tree::of(outside.work()), "after");
    assert!(changes.is_empty(), "{}", changes.join("\n"));
    let swaps = swaps.into_inner();
    announce(&format!("race: {made} runs, {done} done and {refused} refused, {swaps} swaps"));
    assert!(swaps > made, "the directories hardly moved: {swaps} times in {made} runs");
    assert!(done >= OF_EACH, "only {done} of {made} runs were done");
    assert!(refused >= OF_EACH, "only {refused} of {made} runs were refused");
}

/// A directory and those above it that are inside a root, the innermost first.
fn inside(directory: &Path, root: &Path) -> Vec<PathBuf> {
    let above = directory.ancestors().take_while(|path| *path != root);
    above.map(Path::to_owned).collect()
}

/// Replaces a directory by a link, and restores it. Returns whether that worked.
fn swap(directory: &Path, decoy: &Path) -> bool {
    let away = directory.with_extension("away");
    if fs::rename(directory, &away).is_err() {
        return false;
    }
    let is_linked = symlink(decoy, directory).is_ok();
    thread::yield_now();
    if is_linked {
        let _ = fs::remove_file(directory);
    }
    // A run may have made a directory of this name meanwhile; it is removed.
    while fs::rename(&away, directory).is_err() {
        let _ = fs::remove_dir_all(directory);
    }
    is_linked
}

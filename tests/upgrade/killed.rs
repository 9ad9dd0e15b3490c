//! Upgrades that are killed (SIGKILL), and run once more: each time the result must be the tree of
//! an undisturbed upgrade.
//!
//! The moment of the kill depends on the scheduler. So some of the states that it can leave are
//! also made by hand, with the names given in ARCHITECTURE.md.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::with_older_pip;
use crate::support::announce::announce;
use crate::support::copy::link_tree;
use crate::support::process::Program;
use crate::support::target::Target;
use crate::support::tree::Tree;

/// How often an upgrade is killed at any moment. The environment variable sets another number.
const KILLS: u32 = 20;
const KILLS_VARIABLE: &str = "ENSUREPIP_HOST_TEST_KILLS";

/// How often an upgrade is killed while files are being moved or removed.
const KILLS_AMONG_MOVES: u32 = 16;

/// One in this many of the kills at any moment must come before the run ends. After a run that was
/// faster than its kill, the next kills come earlier.
const OF_KILLS: u32 = 2;

/// The moves take milliseconds, and the removal of the old files takes longer. The squares of the
/// first numbers, in this unit, fall into both.
const UNIT: Duration = Duration::from_micros(100);

const OLD: &str = ".ensurepip-host-stage/0/old";
const NEXT: &str = ".ensurepip-host-stage/1/new/pip";
const OLD_SCRIPT: &str = ".ensurepip-host-old-pip";

/// The metadata by which the older pip counts as installed.
const METADATA: &str = "pip-25.0.1.dist-info";

/// How many failures are shown, and how many differences of each.
const SHOWN: usize = 5;

#[test]
fn upgrade_killed_at_random_is_completed() {
    let mut upgrade = Upgrade::new(&[]);
    let told = std::env::var(KILLS_VARIABLE).ok();
    let kills = told.map_or(KILLS, |number| number.parse().expect("the variable is a number"));
    for number in 0..kills {
        upgrade.start_over();
        // Steps of the golden section: reproducible, unordered, and evenly spread.
        let delay = upgrade.duration * (number * 618 % 1000) / 1000;
        let start = Instant::now();
        upgrade.kill_when(|_| start.elapsed() >= delay);
        upgrade.complete(&format!("killed after {delay:?}"));
    }
    upgrade.finish("at any moment", kills / OF_KILLS);
}

#[test]
fn upgrade_killed_during_moves_is_completed() {
    let mut upgrade = Upgrade::new(&["--no-compile"]);
    for number in 0..KILLS_AMONG_MOVES {
        upgrade.start_over();
        let delay = UNIT * number * number;
        upgrade.kill_after_first_move(delay);
        upgrade.complete(&format!("killed {delay:?} after the first move"));
    }
    // On a fast disk most runs end before their kill.
    upgrade.finish("among its moves", 1);
}

#[test]
fn upgrade_killed_after_commit_leaves_no_leftovers() {
    let mut upgrade = Upgrade::new(&["--no-compile"]);
    upgrade.start_over();
    upgrade.program().run().expect_success();
    let (library, bin) = upgrade.directories();
    fs::create_dir_all(library.join(OLD).join("pip")).expect("a directory can be made");
    fs::write(library.join(OLD).join("pip/main.py"), "").expect("a file can be written");
    fs::write(bin.join(OLD_SCRIPT), "").expect("a file can be written");
    upgrade.complete("killed when all was done");
    upgrade.finish("when all was done", 0);
}

#[test]
fn upgrade_killed_during_scripts_leaves_no_leftovers() {
    let mut upgrade = Upgrade::new(&["--no-compile"]);
    upgrade.start_over();
    let (_, bin) = upgrade.directories();
    upgrade.take_out(&[METADATA, "pip"]);
    fs::rename(bin.join("pip"), bin.join(OLD_SCRIPT)).expect("a script can be moved");
    upgrade.complete("killed among its scripts");
    upgrade.finish("among its scripts", 0);
}

/// The next run still has the old metadata, and so has the one after it.
#[test]
fn upgrade_killed_twice_is_completed() {
    let mut upgrade = Upgrade::new(&["--no-compile"]);
    upgrade.start_over();
    upgrade.take_out(&[METADATA]);
    upgrade.kill_when(|library| library.join(NEXT).exists());
    upgrade.complete("killed when it staged once more");
    upgrade.finish("while it staged once more", 1);
}

/// An upgrade that can be repeated, and the results.
struct Upgrade {
    target: Target,
    options: &'static [&'static str],
    /// The environment with the older pip.
    kept: PathBuf,
    before: Tree,
    /// The tree after an undisturbed upgrade, and the time of the fastest one.
    after: Tree,
    duration: Duration,
    /// How many runs were killed, and how many of them left no pip installed.
    killed: u32,
    without_pip: u32,
    failures: Vec<String>,
}

impl Upgrade {
    fn new(options: &'static [&'static str]) -> Self {
        let target = with_older_pip();
        let kept = target.scratch.work().join("kept");
        fs::rename(&target.environment, &kept).expect("an environment can be moved away");
        let before = Tree::of(&kept);
        link_tree(&kept, &target.environment);
        let start = Instant::now();
        target.tool().argument("-U").arguments(options).run().expect_success();
        let duration = start.elapsed();
        let after = Tree::of(&target.environment);
        let (killed, without_pip, failures) = (0, 0, Vec::new());
        Self { target, options, kept, before, after, duration, killed, without_pip, failures }
    }

    fn program(&self) -> Program {
        self.target.tool().argument("-U").arguments(self.options)
    }

    /// The library and the scripts directory.
    fn directories(&self) -> (PathBuf, PathBuf) {
        (self.target.library(), self.target.environment.join("bin"))
    }

    /// Moves names of the library to where an upgrade moves them.
    fn take_out(&self, names: &[&str]) {
        let (library, _) = self.directories();
        fs::create_dir_all(library.join(OLD)).expect("a directory can be made");
        for name in names {
            fs::rename(library.join(name), library.join(OLD).join(name)).expect("it can be moved");
        }
    }

    /// Restores the older pip.
    fn start_over(&self) {
        let environment = &self.target.environment;
        fs::remove_dir_all(environment).expect("an environment of the test can be removed");
        link_tree(&self.kept, environment);
    }

    /// Kills an upgrade once `is_time` returns true for the library directory.
    fn kill_when(&mut self, is_time: impl Fn(&Path) -> bool) {
        let library = self.target.library();
        let start = Instant::now();
        if self.program().kill_when(|| is_time(&library)) {
            self.killed += 1;
            let names = library.read_dir().expect("the library can be listed").flatten();
            let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
            let is_installed =
                names.into_iter().any(|name| name.starts_with("pip-") && name.ends_with("-info"));
            self.without_pip += u32::from(!is_installed);
        } else {
            self.duration = self.duration.min(start.elapsed());
        }
    }

    /// Kills an upgrade this long after it moves the first file out of its place.
    fn kill_after_first_move(&mut self, delay: Duration) {
        let first_move = OnceCell::new();
        self.kill_when(|library| {
            if first_move.get().is_none() && library.join(OLD).exists() {
                let _ = first_move.set(Instant::now());
            }
            first_move.get().is_some_and(|moment| moment.elapsed() >= delay)
        });
    }

    /// Runs it to its end, and records any faults.
    fn complete(&mut self, how: &str) {
        let finished = self.program().run();
        let now = Tree::of(&self.target.environment);
        let differences = self.after.differences("undisturbed", &now, "this one");
        if !finished.succeeded() || !differences.is_empty() {
            let shown = differences.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
            self.failures.push(format!("{how}, then {finished}\n{shown}"));
        }
    }

    /// Announces the results, and fails if there was any fault or if fewer runs were killed.
    fn finish(self, moment: &str, at_least: u32) {
        let Self { duration, killed, without_pip, failures, .. } = self;
        if killed > 0 {
            announce(&format!(
                "upgrades killed {moment}: {killed}, of which {without_pip} left no pip \
                 installed; undisturbed it takes {duration:?}"
            ));
        }
        assert!(killed >= at_least, "{killed} upgrades were killed {moment}, {at_least} had to be");
        let changed = self.before.differences("before", &Tree::of(&self.kept), "after");
        assert!(changed.is_empty(), "files were overwritten:\n{}", changed.join("\n"));
        let shown = failures.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n\n");
        assert!(failures.is_empty(), "{} failures, the first of them:\n{shown}", failures.len());
    }
}

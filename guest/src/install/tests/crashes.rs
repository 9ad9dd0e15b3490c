//! Runs that are stopped at any call, once and once more: what they leave has only known files in
//! final places, and the next run that is not stopped leaves what an undisturbed one leaves.
//!
//! Whoever is stopped does nothing any more: each call from there on fails, and nothing is undone.

/// Directories that cannot be renamed.
mod fixed;
/// Installations in which other instances help.
mod helped;
/// Several wheels at once.
mod sets;

use super::driver::{self, Failed};
use super::shared::check_with_others;
use super::target::{Scripts, Target};
use super::wheel_builder::WheelBuilder;
use super::{given, old, pip, request};
use crate::bindings::ensurepip::bootstrap::types::{Error, Request, Role, ScriptSet};
use crate::directory::memory::{Failing, Tree};
use crate::install::WheelResource;
use crate::record;
use crate::tests::announce::announce;
use std::collections::BTreeSet;

/// Of the states that a stopped run has left, each one of so many is the beginning of runs that are
/// stopped as well. The environment variable has another number; 1 is all of them.
const EVERY: usize = 5;
const EVERY_VARIABLE: &str = "ENSUREPIP_HOST_TEST_EVERY";

const ROLES: [Role; 4] = [Role::Purelib, Role::Platlib, Role::Headers, Role::Data];

/// The granted directories, and the scripts.
type State = (Vec<Tree>, Scripts);

/// What a run does.
#[derive(Clone, Copy, PartialEq)]
enum Command {
    Install,
    InstallWithPip,
    Upgrade,
    /// Of the first wheel alone.
    UpgradeFirst,
    Uninstall,
    /// With the wheel of a version that was never there.
    UninstallAnother,
}

use Command::{Install, InstallWithPip, Uninstall, UninstallAnother, Upgrade, UpgradeFirst};

/// The newer version: it has modules that the older one has not.
fn new() -> WheelBuilder {
    pip().file("pip/added/__init__.py", "").file("pip_added.py", "")
}

/// A target that can be put into any state.
struct Bench {
    target: Target,
    /// The file name of each wheel, and its bytes.
    wheels: Vec<(String, Vec<u8>)>,
    /// One of how many states is the beginning of more runs, unless the variable has another number.
    every: usize,
    /// How many other instances help.
    others: u32,
}

impl Bench {
    /// One for the newer version.
    fn new() -> Bench {
        Bench::of(Target::posix(&[Role::Purelib]), &[new()])
    }

    /// One for a wheel with files for every directory.
    fn of_every_role() -> Bench {
        let wheel = new()
            .data("platlib/pip/native.so", "ELF")
            .data("headers/pip.h", "int pip;\n")
            .data("data/share/man/pip.1", "manual\n");
        Bench::of(Target::with_lib64(&ROLES), &[wheel])
    }

    fn of(target: Target, wheels: &[WheelBuilder]) -> Bench {
        let wheels = wheels.iter().map(|wheel| (wheel.file_name.clone(), wheel.build())).collect();
        Bench { target, wheels, every: EVERY, others: 0 }
    }

    /// The state with these versions installed one beside the other, and the files of others.
    fn with(&self, versions: &[WheelBuilder], theirs: &[&str]) -> State {
        let (mut trees, mut bin) = (Vec::new(), Scripts::new());
        for wheel in versions {
            let other = Target::posix(&[Role::Purelib]);
            super::apply(wheel, &other).expect("nothing is in the way");
            trees.extend(other.trees());
            bin.append(&mut other.bin.borrow_mut());
        }
        let library = self.target.memory(Role::Purelib);
        self.target.set_trees(&vec![Tree::new(); self.target.trees().len()]);
        library.set_tree(trees.into_iter().flatten().collect());
        library.put_all(&["other/__init__.py", "pip/plugins/extra.py"], b"theirs");
        library.put_all(theirs, b"theirs");
        bin.insert("other".to_owned(), Vec::new());
        (self.target.trees(), bin)
    }

    fn state(&self) -> State {
        (self.target.trees(), self.target.bin.borrow().clone())
    }

    /// Runs a command on a state, with calls that fail.
    fn run(&self, from: &State, command: Command, failing: Failing) -> Result<(), Failed> {
        self.target.set_trees(&from.0);
        self.target.bin.replace(from.1.clone());
        self.target.fail(Failing::None);
        let wheels = if self.others > 0 {
            vec![check_with_others(&new(), &self.target, self.others)]
        } else {
            let wheels = self.wheels.iter().cloned();
            wheels.map(|(name, bytes)| WheelResource::new(name, bytes, false)).collect()
        };
        let wheels: Vec<&WheelResource> = wheels.iter().collect();
        self.target.journal.clear();
        self.target.fail(failing);
        let scripts = match command {
            InstallWithPip => ScriptSet::DefaultPip,
            Install | Upgrade | UpgradeFirst | Uninstall | UninstallAnother => ScriptSet::Versioned,
        };
        let upgrade = matches!(command, Upgrade | UpgradeFirst);
        let request = Request { scripts, upgrade, ..request() };
        let done = match command {
            Install | InstallWithPip | Upgrade => driver::install(&wheels, &request, &self.target),
            UpgradeFirst => driver::install(&wheels[..1], &request, &self.target),
            Uninstall => driver::remove(&wheels, &self.target),
            UninstallAnother => driver::remove(&[&given(&WheelBuilder::pip("99"))], &self.target),
        };
        done.map(drop)
    }

    /// The calls of the last run that may have changed something. Before any other, a stop leaves
    /// what it leaves before the next one of these.
    fn changes(&self) -> Vec<usize> {
        let reads = [" list ", " look up ", " read ", "compile ", "compiled", "report "];
        let calls = self.target.journal.calls().into_iter().enumerate();
        let changes = calls.filter(|(_, call)| !reads.iter().any(|read| call.contains(read)));
        changes.map(|(number, _)| number).collect()
    }

    /// What an undisturbed run leaves.
    fn end(&self, from: &State, command: Command) -> State {
        self.run(from, command, Failing::None).expect("nothing is in the way");
        self.state()
    }

    /// Runs a command that is stopped at a call.
    #[track_caller]
    fn stop(&self, from: &State, command: Command, failing: Failing) {
        // What was left to do may be to clean up, which no result depends on.
        let done = self.run(from, command, failing);
        assert!(self.target.journal.is_stopped(), "it was not stopped: {done:?}");
    }

    /// Stops one command at each of its calls, and the next one at each of its calls on whatever
    /// that left, and so on. Each time, the last command then runs to its end, and must leave one
    /// of the states that it may.
    #[track_caller]
    fn assert_survives(&self, before: &State, stopped: &[Command], last: Command, ends: &[&State]) {
        let undisturbed = stopped.iter().map(|command| self.end(before, *command));
        let known: Vec<State> = undisturbed.chain([before.clone()]).collect();
        // Metadata without files is whole neither before nor in between.
        let is_known_whole = is_whole(before);
        assert!(known[..stopped.len()].iter().all(is_whole), "a command leaves half a pip");
        let mut states = BTreeSet::from([before.clone()]);
        let mut points = Vec::new();
        let every = std::env::var(EVERY_VARIABLE).ok();
        let every =
            every.map_or(self.every, |number| number.parse().expect("the variable is a number"));
        for command in stopped {
            let mut left = BTreeSet::new();
            let mut count = 0;
            for state in &states {
                self.run(state, *command, Failing::None).expect("nothing is in the way");
                for number in self.changes() {
                    self.stop(state, *command, Failing::From(number));
                    left.insert(self.state());
                    count += 1;
                }
            }
            for state in &left {
                assert_known(state, &known);
                assert!(!is_known_whole || is_whole(state), "{:#?}", names(state));
                let end = self.end(state, last);
                let shown = || format!("{:#?}\nended as {:#?}", names(state), names(&end));
                assert!(ends.contains(&&end), "{}", shown());
            }
            assert!(left.len() > 1, "{count} stops left {} states", left.len());
            points.push(format!("{count} points, {} states", left.len()));
            states = left.into_iter().step_by(every).collect();
        }
        announce(&format!("stopped: {}", points.join("; then ")));
    }
}

/// Checks that everything in a final place is as in one of the states that are known.
#[track_caller]
fn assert_known(state: &State, known: &[State]) {
    for (number, tree) in state.0.iter().enumerate() {
        for (path, node) in tree {
            let is_known = known.iter().any(|known| known.0[number].get(path) == Some(node));
            assert!(is_known || path.starts_with(".ensurepip-host-stage"), "{path}");
        }
    }
    for (name, script) in &state.1 {
        assert!(known.iter().any(|known| known.1.get(name) == Some(script)), "{name}");
    }
}

/// Whether all that looks installed has the files that its `RECORD` lists in its directory.
fn is_whole((trees, _): &State) -> bool {
    trees.iter().all(|tree| {
        let metadata = tree.keys().filter_map(|path| path.strip_suffix("/METADATA"));
        metadata.filter(|metadata| !metadata.contains('/')).all(|metadata| {
            let record = tree.get(&format!("{metadata}/RECORD")).and_then(Option::as_ref);
            record.is_some_and(|(record, _)| {
                let rows = record::listed(record);
                rows.iter().all(|row| row.starts_with("../") || tree.contains_key(row))
            })
        })
    })
}

/// The paths of a state, to be read.
fn names((trees, bin): &State) -> Vec<&String> {
    trees.iter().flat_map(Tree::keys).chain(bin.keys()).collect()
}

#[test]
fn install_killed_at_any_call_is_completed() {
    for strays in [&[][..], &["pip/__init__.py", "pip/_vendor/invalid.py", "pip/stray.py"]] {
        let bench = Bench::new();
        let before = bench.with(&[], strays);
        let end = bench.end(&before, Install);
        bench.assert_survives(&before, &[Install, Install], Install, &[&end]);
    }
}

#[test]
fn install_into_all_scheme_directories_killed_is_completed() {
    let bench = Bench::of_every_role();
    let before = bench.with(&[], &[]);
    let end = bench.end(&before, Install);
    bench.assert_survives(&before, &[Install], Install, &[&end]);
}

#[test]
fn upgrade_killed_at_any_call_is_completed() {
    let bench = Bench::new();
    for theirs in [&[][..], &["pip/extra.txt", "pip/_legacy/extra.py", "pip_added.py"]] {
        let before = bench.with(&[old()], theirs);
        let end = bench.end(&before, Upgrade);
        bench.assert_survives(&before, &[Upgrade, Upgrade], Upgrade, &[&end]);
    }
}

/// If it is not asked for any more, it is completed if it had begun to move files.
#[test]
fn upgrade_killed_is_completed_or_undone_by_install() {
    let bench = Bench::new();
    let before = bench.with(&[old()], &["pip/extra.txt"]);
    let end = bench.end(&before, Upgrade);
    bench.assert_survives(&before, &[Upgrade, Install], Install, &[&before, &end]);
}

#[test]
fn upgrade_of_several_versions_killed_is_completed() {
    let bench = Bench::new();
    let another = old().renamed("25.0").file("pip/another.py", "");
    let before = bench.with(&[another, old()], &[]);
    let end = bench.end(&before, Upgrade);
    assert!(end.0[0].keys().all(|path| !path.contains("another") && !path.contains("legacy")));
    bench.assert_survives(&before, &[Upgrade, Upgrade], Upgrade, &[&end]);
}

/// As long as none of them has been moved, there are several, which an installation refuses.
#[test]
fn upgrade_of_several_killed_is_completed_by_install() {
    let bench = Bench::new();
    let before = bench.with(&[old().renamed("25.0"), old()], &[]);
    let end = bench.end(&before, Upgrade);
    let (mut completed, mut refused) = (0, 0);
    for number in bench.changes() {
        bench.stop(&before, Upgrade, Failing::From(number));
        let stopped = bench.state();
        match bench.run(&stopped, Install, Failing::None) {
            Ok(()) => {
                assert!(bench.state() == end, "{:#?}", names(&stopped));
                completed += 1;
            }
            Err(Failed::Component(Error::SeveralVersions(found))) => {
                assert!(bench.state() == stopped, "{:#?}", names(&stopped));
                assert!(found.iter().all(|one| stopped.0[0].contains_key(&one.metadata)));
                refused += 1;
            }
            Err(failed) => panic!("{failed:?}"),
        }
    }
    assert!(completed > 10 && refused > 10, "{completed} completed, {refused} refused");
}

#[test]
fn uninstall_killed_at_any_call_is_completed() {
    let bench = Bench::new();
    let before = bench.with(&[new()], &["pip/extra.txt"]);
    let end = bench.with(&[], &["pip/extra.txt"]);
    assert!(bench.end(&before, Uninstall) == end);
    bench.assert_survives(&before, &[Uninstall, Uninstall], Uninstall, &[&end]);
    bench.assert_survives(&before, &[Uninstall, Install], Uninstall, &[&end]);
}

/// What is whole stays, for it is another version; what is not goes, whatever the wheel.
#[test]
fn uninstall_with_other_wheel_removes_only_partial_pip() {
    let bench = Bench::new();
    let theirs = ["pip/extra.txt"];
    let nothing = bench.with(&[], &theirs);
    for (command, before) in [
        (Uninstall, bench.with(&[new()], &theirs)),
        (Install, bench.with(&[], &theirs)),
        (Upgrade, bench.with(&[old()], &theirs)),
    ] {
        let ends = [before.clone(), nothing.clone(), bench.end(&before, command)];
        let ends = ends.each_ref();
        bench.assert_survives(&before, &[command, UninstallAnother], UninstallAnother, &ends);
    }
}

#[test]
fn uninstall_killed_then_install_restores_pip() {
    let bench = Bench::new();
    let before = bench.with(&[new()], &["pip/extra.txt"]);
    bench.assert_survives(&before, &[Uninstall, Install], Install, &[&before]);
}

#[test]
fn install_killed_then_uninstall_leaves_nothing() {
    let bench = Bench::new();
    let before = bench.with(&[], &["pip/extra.txt"]);
    bench.assert_survives(&before, &[Install, Uninstall], Uninstall, &[&before]);
    bench.assert_survives(&before, &[InstallWithPip, Uninstall], Uninstall, &[&before]);
}

/// The older version is not the one to remove; once its upgrade has begun, it is as if that had been
/// completed.
#[test]
fn upgrade_killed_then_uninstall_leaves_old_or_nothing() {
    let bench = Bench::new();
    let before = bench.with(&[old()], &["pip/extra.txt"]);
    let nothing = bench.with(&[], &["pip/extra.txt"]);
    bench.assert_survives(&before, &[Upgrade, Uninstall], Uninstall, &[&before, &nothing]);
}

#[test]
fn script_set_after_killed_install_is_old_or_new() {
    let bench = Bench::new();
    let before = bench.with(&[], &[]);
    let ends = [InstallWithPip, Install].map(|command| bench.end(&before, command));
    let ends = [&ends[0], &ends[1]];
    bench.assert_survives(&before, &[InstallWithPip, Install], Install, &ends);
    bench.assert_survives(&before, &[Install, InstallWithPip], InstallWithPip, &ends);
}

#[test]
fn rollback_killed_is_completed_or_undone() {
    let bench = Bench::new();
    let before = bench.with(&[old()], &["pip/extra.txt", "pip_added.py"]);
    let end = bench.end(&before, Upgrade);
    let known = [before.clone(), end.clone()];
    bench.run(&before, Upgrade, Failing::None).expect("nothing is in the way");
    let mut points = 0;
    for failing in bench.changes() {
        if bench.run(&before, Upgrade, Failing::At(failing)).is_ok() {
            continue;
        }
        assert!(bench.state() == before, "failed at {failing}");
        for stopped in bench.changes().into_iter().filter(|call| *call > failing) {
            bench.stop(&before, Upgrade, Failing::AtAndFrom(failing, stopped));
            let left = bench.state();
            assert_known(&left, &known);
            assert!(bench.end(&left, Upgrade) == end, "failed at {failing}, stopped at {stopped}");
            let kept = bench.end(&left, Install);
            assert!(known.contains(&kept), "failed at {failing}, stopped at {stopped}");
            points += 1;
        }
    }
    assert!(points > 100, "only {points} points in the undoing of failures");
    announce(&format!("stopped: {points} points in the undoing of failures"));
}

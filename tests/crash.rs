//! Is nothing lost whenever the program is killed?
//!
//! `strace` kills it (SIGKILL) at its system calls that change something, one after the other. What
//! it leaves must be one pip that is whole or none; of the rest, each file in its final place is as
//! it was or as it was to be. One more run must come to the tree of a run that nobody disturbed.
//!
//! On one CPU, all that changes files is done by the program's first thread, so it is the only one that
//! is traced, and calls are counted the same in every run. On several, instances stage their shares at
//! the same time: each thread is traced, and what its number of a call means is another in every run.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::support::announce::{announce, fail_if_required};
use crate::support::copy::link_tree;
use crate::support::pip_wheel::PipWheel;
use crate::support::process::{Finished, Program};
use crate::support::target::Target;
use crate::support::tree::Tree;

/// A disk without room.
mod full_disk;

/// One of so many system calls is tried, and all that rename. The environment variable has another
/// number; 1 is all of them.
const EVERY: usize = 397;
const EVERY_VARIABLE: &str = "ENSUREPIP_HOST_TEST_EVERY";

/// The system calls that can change something in a file system, on any architecture.
const CHANGING: &str = "?open,openat,?openat2,?creat,?mkdir,mkdirat,?rename,?renameat,renameat2,\
    ?unlink,unlinkat,?rmdir,write,pwrite64,writev,?pwritev,?chmod,fchmod,fchmodat,?fchmodat2,\
    utimensat,ftruncate,?link,linkat,?symlink,symlinkat,?copy_file_range,?sendfile,fallocate";

/// What every name of work under way begins with.
const UNDER_WAY: &str = ".ensurepip-host";

/// How many failures are shown.
const SHOWN: usize = 5;

/// A version that is older than the newest one, and runs on the newest Python.
const OLDER: &str = "25.0.1";

#[test]
fn an_installation_survives() {
    try_all("installation", Target::new(), &["--no-compile"], every(1));
}

#[test]
fn an_installation_with_bytecode_survives() {
    try_all("installation with bytecode", Target::new(), &[], every(5));
}

/// By as many threads as there are CPUs.
#[test]
fn an_installation_by_several_survives() {
    let cpus = std::thread::available_parallelism().expect("CPUs can be counted").get();
    let writing = |calls: &[Call]| {
        calls.iter().filter(|call| call.name == "pwrite64" && call.number == 1).count()
    };
    // Where others keep the CPUs busy, one instance may have read all before another one begins.
    let mut tries = (0..20).map(|_| Victim::new(Target::new(), &["--no-compile"], Cpus::All));
    let found =
        tries.find(|found| found.as_ref().is_none_or(|(_, calls)| writing(calls) > 1 || cpus == 1));
    let Some((mut victim, calls)) = found.expect("several threads write") else {
        return no_strace("installation by several");
    };
    let mut last: BTreeMap<String, usize> = BTreeMap::new();
    for Call { name, number } in calls {
        let last = last.entry(name).or_default();
        *last = number.max(*last);
    }
    let step = every(1).div_ceil(6);
    for (name, last) in last {
        for number in (1..=last).step_by(step) {
            victim.try_once(&[&Call { name: name.clone(), number }]);
        }
    }
    victim.finish("installation by several");
}

#[test]
fn an_upgrade_survives() {
    let target = Target::new();
    let wheel = PipWheel::on_this_machine(OLDER).expect("the tool under test bundles it");
    wheel.install(&wheel.path, &["--no-compile"], &target.python, target.scratch.home());
    try_all("upgrade", target, &["-U", "--no-compile"], every(1));
}

#[test]
fn a_removal_survives() {
    let target = Target::new();
    target.tool().arguments(["--no-compile", "--default-pip"]).run().expect_success();
    try_all("removal", target, &["uninstall"], every(1));
}

/// One of how many system calls is tried.
fn every(times: usize) -> usize {
    let told = std::env::var(EVERY_VARIABLE).ok();
    told.map_or(EVERY * times, |number| number.parse().expect("the variable is a number"))
}

/// A system call: its name, and which of those of this name it is, counted from 1.
#[derive(Clone)]
struct Call {
    name: String,
    number: usize,
}

/// Kills a command at one of so many of its system calls, and at all that rename.
fn try_all(name: &str, target: Target, arguments: &'static [&'static str], every: usize) {
    let Some((mut victim, calls)) = Victim::new(target, arguments, Cpus::One) else {
        return no_strace(name);
    };
    let middle = calls[calls.len() / 2].clone();
    for (position, call) in calls.iter().enumerate() {
        let is_rename = call.name.starts_with("rename");
        if is_rename || position % every == every / 2 {
            victim.try_once(&[call]);
        }
        if is_rename {
            // The next run is killed as well, while it prepares the same.
            victim.try_once(&[call, &middle]);
        }
    }
    victim.finish(&format!("{name}, of {} calls,", calls.len()));
    assert!(calls.len() > 500, "only {} system calls were seen", calls.len());
}

fn no_strace(name: &str) {
    announce(&format!("no {name} is killed, for want of strace"));
    fail_if_required(&["strace".to_owned()]);
}

/// On how many CPUs a command may run: on one, it has one instance of the component.
#[derive(Clone, Copy, PartialEq)]
enum Cpus {
    One,
    All,
}

/// A command that can be killed over and over, and what came of it.
struct Victim {
    target: Target,
    arguments: &'static [&'static str],
    cpus: Cpus,
    /// The environment as it was.
    kept: PathBuf,
    before: Tree,
    /// What an undisturbed run leaves.
    after: Tree,
    tried: usize,
    failures: Vec<String>,
}

impl Victim {
    /// Runs a command undisturbed. Returns the system calls with which it changed something; nothing
    /// if they cannot be seen.
    fn new(
        target: Target,
        arguments: &'static [&'static str],
        cpus: Cpus,
    ) -> Option<(Victim, Vec<Call>)> {
        let kept = target.scratch.work().join("kept");
        fs::rename(&target.environment, &kept).expect("an environment can be moved away");
        link_tree(&kept, &target.environment);
        let log = target.scratch.work().join("calls");
        let options = ["-o".to_owned(), log.to_string_lossy().into_owned()];
        let undisturbed = traced(&target, arguments, cpus, &options);
        if !undisturbed.succeeded() {
            announce(&undisturbed.to_string());
            return None;
        }
        let log = fs::read(log).expect("strace has written it");
        let (before, after) = (Tree::of(&kept), Tree::of(&target.environment));
        let victim =
            Victim { target, arguments, cpus, kept, before, after, tried: 0, failures: Vec::new() };
        Some((victim, changing(&String::from_utf8_lossy(&log))))
    }

    /// Kills a run at a system call, and the next one at the next; then runs it to its end.
    fn try_once(&mut self, calls: &[&Call]) {
        self.tried += 1;
        let environment = &self.target.environment;
        fs::remove_dir_all(environment).expect("an environment of the test can be removed");
        link_tree(&self.kept, environment);
        for Call { name, number } in calls {
            let inject = format!("inject={name}:signal=KILL:when={number}");
            let options = ["-o", "/dev/null", "-e", &inject].map(str::to_owned);
            traced(&self.target, self.arguments, self.cpus, &options);
            let faults = self.faults();
            self.note(calls, "left", &faults);
        }
        let finished = Program::under_test(self.target.scratch.home())
            .arguments(self.arguments)
            .argument("--python")
            .argument(&self.target.python)
            .run();
        let now = Tree::of(&self.target.environment);
        let mut faults = self.after.differences("undisturbed", &now, "this one");
        faults.extend((!finished.succeeded()).then(|| finished.to_string()));
        self.note(calls, "ended as", &faults);
    }

    /// Fails if anything was wrong.
    fn finish(self, name: &str) {
        let Victim { tried, failures, .. } = self;
        announce(&format!("{name} killed at {tried} points"));
        let shown = failures.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n\n");
        assert!(failures.is_empty(), "{} failures, the first of them:\n{shown}", failures.len());
    }

    fn note(&mut self, calls: &[&Call], what: &str, faults: &[String]) {
        if !faults.is_empty() {
            let calls = calls.iter().map(|call| format!("{} {}", call.name, call.number));
            let calls = calls.collect::<Vec<_>>().join(", then ");
            self.failures.push(format!("killed at {calls}, {what}:\n{}", faults.join("\n")));
        }
    }

    /// What is wrong with what a killed run has left: there is a pip and it is not whole, or there is
    /// something that was not there before and is not there after.
    fn faults(&self) -> Vec<String> {
        let now = Tree::of_all_but(&self.target.environment, |path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNDER_WAY))
        });
        let installed = installed(&now);
        let whole = [&self.before, &self.after].into_iter().find(|tree| {
            let there = self::installed(tree);
            !there.is_empty() && there == installed
        });
        match whole {
            Some(tree) => tree.differences("whole", &now, "left"),
            None if installed.is_empty() => now.unknown_to(&[&self.before, &self.after]),
            None => vec![format!("there is {installed:?}")],
        }
    }
}

/// The metadata directories in an environment.
fn installed(tree: &Tree) -> Vec<String> {
    let names = tree.paths().filter_map(|path| path.file_name()?.to_str());
    names.filter(|name| name.ends_with(".dist-info")).map(str::to_owned).collect()
}

/// Runs the tool below strace, with more options for that.
fn traced(target: &Target, arguments: &[&str], cpus: Cpus, options: &[String]) -> Finished {
    let strace = match cpus {
        Cpus::One => {
            let program = Program::new("taskset".as_ref(), target.scratch.home());
            program.arguments(["--cpu-list", &first_cpu(), "strace"])
        }
        Cpus::All => {
            Program::new("strace".as_ref(), target.scratch.home()).argument("--follow-forks")
        }
    };
    strace
        .arguments(["-qq", "-e"])
        .argument(format!("trace={CHANGING}"))
        .arguments(options)
        .argument(env!("CARGO_BIN_EXE_ensurepip-host"))
        .arguments(arguments)
        .argument("--python")
        .argument(&target.python)
        .run()
}

/// The first CPU that this process may use.
fn first_cpu() -> String {
    let status = fs::read_to_string("/proc/self/status").expect("where strace is, there is /proc");
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let cpus = allowed.expect("a process has CPUs").trim();
    cpus.split([',', '-']).next().expect("it has one").to_owned()
}

/// The system calls of a log that change something: of those that open files, the ones that create.
/// Each thread has numbers of its own.
fn changing(log: &str) -> Vec<Call> {
    let mut numbers = BTreeMap::new();
    let calls = log.lines().filter_map(|line| {
        // Where there are several threads, each line begins with one.
        let (thread, line) = match line.split_once(' ') {
            Some((thread, rest)) if thread.bytes().all(|c| c.is_ascii_digit()) => (thread, rest),
            _ => ("", line),
        };
        let (name, arguments) = line.trim_start().split_once('(')?;
        // What is resumed was there before.
        name.bytes().all(|c| c.is_ascii_alphanumeric()).then_some(())?;
        let number = numbers.entry((thread.to_owned(), name.to_owned())).or_default();
        *number += 1;
        let changes = !name.starts_with("open") || arguments.contains("O_CREAT");
        changes.then(|| Call { name: name.to_owned(), number: *number })
    });
    calls.collect()
}

//! A command that is killed repeatedly, at one of its system calls after the other, each time with the
//! environment restored.
//!
//! Every kill is counted. A run that strace did not kill is a failure, unless it made fewer calls of
//! that name than the kill waits for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::Signal;

use super::calls::{self, Call};
use crate::support::announce::announce;
use crate::support::copy::link_tree;
use crate::support::interpreters::Interpreters;
use crate::support::overlay::{Kind, Overlay};
use crate::support::process::{Finished, Program};
use crate::support::target::Target;
use crate::support::tree::Tree;

/// The system calls that can change something in a file system, on any architecture.
pub(crate) const TRACED: &str = "trace=?open,openat,?openat2,?creat,?mkdir,mkdirat,?rename,?renameat,renameat2,\
    ?unlink,unlinkat,?rmdir,write,pwrite64,writev,?pwritev,?chmod,fchmod,fchmodat,?fchmodat2,\
    utimensat,ftruncate,?link,linkat,?symlink,symlinkat,?copy_file_range,?sendfile,fallocate";

/// The program under test.
pub(crate) const TOOL: &str = env!("CARGO_BIN_EXE_ensurepip-host");

/// The prefix of every temporary name.
const UNDER_WAY: &str = ".ensurepip-host";

/// How many failures are shown.
const SHOWN: usize = 5;

/// The CPUs that a command may use: on one, it has one instance of the component.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Cpus {
    One,
    All,
}

/// The location of the environment.
pub(crate) enum Ground {
    /// On the file system of the test, copied for each run.
    Copies,
    /// In the lower layer of an overlay of this kind.
    Lower(&'static Kind),
    /// As for copies, with all runs in a sandbox that forbids moves to another directory.
    Confined,
}

/// Runs programs in this sandbox.
#[derive(Clone, Copy)]
pub(crate) struct Confined;

impl Confined {
    /// The exit status of a program where the sandbox is unavailable.
    pub(crate) const MISSING: i32 = 77;

    const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/overlay/without_refer.py");

    /// A program, in the sandbox or not.
    pub(crate) fn program(confined: Option<Confined>, program: &str, home: &Path) -> Program {
        match confined {
            Some(Confined) => {
                let python = &Interpreters::newest().executable;
                Program::new(python, home).arguments([Self::SCRIPT, program])
            }
            None => Program::new(program.as_ref(), home),
        }
    }
}

/// A command that can be killed repeatedly, and the results.
pub(crate) struct Victim {
    target: Target,
    overlay: Option<Overlay>,
    confined: Option<Confined>,
    arguments: &'static [&'static str],
    cpus: Cpus,
    /// The number of the CPU that a command runs on, if it is only one.
    cpu: String,
    /// The initial environment.
    kept: PathBuf,
    before: Tree,
    /// The tree after an undisturbed run.
    after: Tree,
    counts: Counts,
    failures: Vec<String>,
}

/// What was done to a command, and how often.
#[derive(Default)]
struct Counts {
    /// How often the environment was restored to disturb a run.
    points: usize,
    /// The kills that were requested, and those that happened.
    asked: usize,
    killed: usize,
    /// The runs that ended before their kill, because they made fewer calls of that name.
    ended_before: usize,
}

impl Victim {
    /// Runs a command undisturbed. Returns the system calls with which it changed something; nothing
    /// if they cannot be traced, or if this location is unavailable.
    pub(crate) fn new(
        target: Target,
        ground: &Ground,
        arguments: &'static [&'static str],
        cpus: Cpus,
    ) -> Option<(Victim, Vec<Call>)> {
        let kept = target.scratch.work().join("kept");
        fs::rename(&target.environment, &kept).expect("an environment can be moved away");
        link_tree(&kept, &target.environment);
        let tool = Program::new(TOOL.as_ref(), target.scratch.home()).arguments(arguments);
        tool.argument("--python").argument(&target.python).run().expect_success();
        let (before, after) = (Tree::of(&kept), Tree::of(&target.environment));
        let overlay = match ground {
            Ground::Copies | Ground::Confined => None,
            Ground::Lower(kind) => {
                fs::remove_dir_all(&target.environment).expect("it is the test's own");
                match Overlay::mount(kind, &kept, &target.environment) {
                    Ok(overlay) => Some(overlay),
                    Err(missing) => {
                        announce(&missing);
                        return None;
                    }
                }
            }
        };
        let confined = matches!(ground, Ground::Confined).then_some(Confined);
        let (counts, failures) = (Counts::default(), Vec::new());
        let mut victim = Victim {
            target,
            overlay,
            confined,
            arguments,
            cpus,
            cpu: next_cpu(),
            kept,
            before,
            after,
            counts,
            failures,
        };
        // If strace cannot run a program that does nothing, it is missing. Any later failure is the
        // tool's.
        let probe = victim.strace("/dev/null".as_ref(), None).argument("true").run();
        if !probe.succeeded() {
            announce(&probe.to_string());
            return None;
        }
        victim.restore();
        let (traced, log) = victim.traced(None);
        traced.expect_success();
        let now = Tree::of(&victim.target.environment);
        let faults = victim.after.differences("undisturbed", &now, "traced");
        victim.note(&[], "ended as", &faults);
        Some((victim, calls::changing(&log)))
    }

    /// Kills a run at a system call, and the next run at the next call; then completes it with
    /// another run.
    pub(crate) fn try_once(&mut self, calls: &[&Call]) {
        self.counts.points += 1;
        self.restore();
        for (position, call) in calls.iter().enumerate() {
            // On one CPU the first run makes the same calls each time. The run after a kill has less to
            // do, and on several CPUs the calls of each thread depend on its share.
            let may_end_before = position > 0 || self.cpus == Cpus::All;
            let fault = self.kill_at(call, may_end_before);
            self.note(calls, "ran on", fault.as_slice());
            let faults = self.faults();
            self.note(calls, "left", &faults);
        }
        let finished = self.program(TOOL).arguments(self.arguments).argument("--python");
        let finished = finished.argument(&self.target.python).run();
        let now = Tree::of(&self.target.environment);
        let mut faults = self.after.differences("undisturbed", &now, "this one");
        faults.extend((!finished.succeeded()).then(|| finished.to_string()));
        self.note(calls, "ended as", &faults);
    }

    /// Makes strace kill a run at a system call. Returns an error if the run was not killed.
    fn kill_at(&mut self, call: &Call, may_end_before: bool) -> Option<String> {
        let Call { name, number, .. } = call;
        let (finished, log) = self.traced(Some(&format!("{name}:signal=KILL:when={number}")));
        self.counts.asked += 1;
        if finished.signal() == Some(Signal::KILL.as_raw()) {
            self.counts.killed += 1;
            return None;
        }
        let made = calls::most_of_one_thread(&log, name);
        if may_end_before && finished.succeeded() && made < *number {
            self.counts.ended_before += 1;
            return None;
        }
        Some(format!("not killed at {name} {number}, of which it made {made}: {finished}"))
    }

    /// Makes a system call fail, after which everything must be as before.
    pub(crate) fn fail_once(&mut self, call: &Call, error: &str) {
        self.counts.points += 1;
        self.restore();
        let inject = format!("{}:error={error}:when={}", call.name, call.number);
        let (finished, log) = self.traced(Some(&inject));
        let now = Tree::of(&self.target.environment);
        let mut faults = self.before.differences("before", &now, "failed");
        faults.extend((finished.status() != Some(1)).then(|| finished.to_string()));
        faults.extend((!log.contains("(INJECTED)")).then(|| "no call was made to fail".to_owned()));
        self.note(&[call], "failed as", &faults);
    }

    /// Fails if there was any error, or if too few runs were disturbed.
    pub(crate) fn finish(self, name: &str) {
        let Counts { points, asked, killed, ended_before } = self.counts;
        announce(&format!(
            "{name} disturbed at {points} points: {killed} of {asked} runs were killed, \
             {ended_before} had ended before"
        ));
        self.expect_no_failure();
        assert!(points > 0, "{name}: no run was disturbed");
        assert_eq!(killed, asked - ended_before, "{name}: runs were killed");
        assert!(ended_before <= killed, "{name}: {ended_before} of {asked} runs were not killed");
    }

    /// Fails if there was any error.
    pub(crate) fn expect_no_failure(&self) {
        let failures = &self.failures;
        let shown = failures.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n\n");
        assert!(failures.is_empty(), "{} failures, the first of them:\n{shown}", failures.len());
    }

    /// Restores the initial environment.
    fn restore(&mut self) {
        let environment = &self.target.environment;
        if let Some(overlay) = &mut self.overlay {
            overlay.clear();
        } else {
            fs::remove_dir_all(environment).expect("an environment of the test can be removed");
            link_tree(&self.kept, environment);
        }
    }

    fn note(&mut self, calls: &[&Call], what: &str, faults: &[String]) {
        if !faults.is_empty() {
            let calls = calls.iter().map(|call| format!("{} {}", call.name, call.number));
            let calls = calls.collect::<Vec<_>>().join(", then ");
            self.failures.push(format!("disturbed at {calls}, {what}:\n{}", faults.join("\n")));
        }
    }

    /// The faults in the tree of a killed run: a pip that is incomplete, or entries that exist
    /// neither before nor after.
    fn faults(&self) -> Vec<String> {
        let now = Tree::of_all_but(&self.target.environment, |path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNDER_WAY))
        });
        let installed = installed(&now);
        let whole = [&self.before, &self.after].into_iter().find(|tree| {
            let there = self::installed(tree);
            !there.is_empty() && there == installed
        });
        if let Some(tree) = whole {
            let mut faults = tree.differences("whole", &now, "left");
            // A stopped run leaves the directory for headers that it has made, empty.
            faults.retain(|fault| {
                !(fault.starts_with("include/") && fault.ends_with(": directory only in left"))
            });
            return faults;
        }
        let mut faults = now.unknown_to(&[&self.before, &self.after]);
        faults.extend(self.incomplete(&now, &installed));
        faults
    }

    /// The faults of a state between two: each project may be there in one version, and each version
    /// that counts as installed has to be complete.
    fn incomplete(&self, now: &Tree, installed: &[String]) -> Vec<String> {
        let project = |name: &str| name.split('-').next().unwrap_or_default().to_owned();
        let projects: BTreeSet<String> = installed.iter().map(|name| project(name)).collect();
        if projects.len() < installed.len() {
            return vec![format!("there is {installed:?}")];
        }
        let trees = [&self.after, &self.before];
        let faults = installed.iter().flat_map(|name| {
            let known = trees.into_iter().find(|tree| self::installed(tree).contains(name));
            let known = known.expect("the tree has nothing that is unknown");
            let files = known.files_of(name).into_iter();
            let other = files.filter(|path| !known.has_same(now, path));
            let line = |path: PathBuf| format!("{}: not that of {name}", path.display());
            other.map(line).collect::<Vec<_>>()
        });
        faults.collect()
    }

    fn program(&self, program: &str) -> Program {
        Confined::program(self.confined, program, self.target.scratch.home())
    }

    /// Runs the tool under strace, which manipulates one of its calls. Returns the log as well.
    fn traced(&self, inject: Option<&str>) -> (Finished, String) {
        let log = self.target.scratch.work().join("calls");
        let strace = self.strace(&log, inject).argument(TOOL).arguments(self.arguments);
        let finished = strace.argument("--python").argument(&self.target.python).run();
        let text = fs::read(&log).expect("strace writes a log");
        fs::remove_file(log).expect("the log can be removed");
        (finished, String::from_utf8_lossy(&text).into_owned())
    }

    /// `strace`, without the program to run.
    fn strace(&self, log: &Path, inject: Option<&str>) -> Program {
        let strace = match self.cpus {
            Cpus::One => self.program("taskset").arguments(["--cpu-list", &self.cpu, "strace"]),
            Cpus::All => self.program("strace").argument("--follow-forks"),
        };
        let strace = strace.arguments(["-qq", "-e"]).argument(TRACED);
        let strace = strace.argument("-o").argument(log);
        match inject {
            Some(inject) => strace.argument("-e").argument(format!("inject={inject}")),
            None => strace,
        }
    }
}

/// The metadata directories in an environment that count as installed: those with `METADATA`.
fn installed(tree: &Tree) -> Vec<String> {
    let metadata = tree.paths().filter(|path| path.ends_with("METADATA"));
    let names = metadata.filter_map(|path| path.parent()?.file_name()?.to_str());
    names.filter(|name| name.ends_with(".dist-info")).map(str::to_owned).collect()
}

/// The next of the CPUs that this process may use, so that concurrent tests do not share one.
fn next_cpu() -> String {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    let status = fs::read_to_string("/proc/self/status").expect("where strace is, there is /proc");
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let number = |text: &str| text.parse::<usize>().expect("a CPU has a number");
    let ranges = allowed.expect("a process has CPUs").trim().split(',');
    let cpus = ranges.flat_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        number(first)..=number(last)
    });
    let cpus = cpus.collect::<Vec<_>>();
    cpus[TAKEN.fetch_add(1, Ordering::Relaxed) % cpus.len()].to_string()
}

//! A command that is killed over and over, at one of its system calls after the other, each time on an
//! environment as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::announce::announce;
use crate::support::copy::link_tree;
use crate::support::overlay::{Kind, Overlay};
use crate::support::process::{Finished, Program};
use crate::support::target::Target;
use crate::support::tree::Tree;

/// The system calls that can change something in a file system, on any architecture.
const CHANGING: &str = "?open,openat,?openat2,?creat,?mkdir,mkdirat,?rename,?renameat,renameat2,\
    ?unlink,unlinkat,?rmdir,write,pwrite64,writev,?pwritev,?chmod,fchmod,fchmodat,?fchmodat2,\
    utimensat,ftruncate,?link,linkat,?symlink,symlinkat,?copy_file_range,?sendfile,fallocate";

/// The program under test.
pub(crate) const TOOL: &str = env!("CARGO_BIN_EXE_ensurepip-host");

/// What every name of work under way begins with.
const UNDER_WAY: &str = ".ensurepip-host";

/// How many failures are shown.
const SHOWN: usize = 5;

/// A system call: its name, which of those of this name it is, counted from 1, and what it was asked.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) number: usize,
    pub(crate) arguments: String,
}

/// On how many CPUs a command may run: on one, it has one instance of the component.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Cpus {
    One,
    All,
}

/// Where the environment is.
pub(crate) enum Ground {
    /// On the file system of the test, where a copy of it is made for each run.
    Copies,
    /// In the lower layer of an overlay of this kind.
    Lower(&'static Kind),
    /// As for copies, with all runs below a sandbox that lets nothing be moved to another directory.
    Confined,
}

/// Runs programs below such a sandbox.
#[derive(Clone, Copy)]
pub(crate) struct Confined;

impl Confined {
    /// The status with which a program ends where there is none.
    pub(crate) const MISSING: i32 = 77;

    const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/overlay/without_refer.py");

    /// A program, below it or not.
    pub(crate) fn program(confined: Option<Confined>, program: &str, home: &Path) -> Program {
        match confined {
            Some(Confined) => {
                Program::new("python3".as_ref(), home).arguments([Self::SCRIPT, program])
            }
            None => Program::new(program.as_ref(), home),
        }
    }
}

/// A command that can be killed over and over, and what came of it.
pub(crate) struct Victim {
    target: Target,
    overlay: Option<Overlay>,
    confined: Option<Confined>,
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
    /// if they cannot be seen, or if there is no such ground.
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
        let (tried, failures) = (0, Vec::new());
        let mut victim = Victim {
            target,
            overlay,
            confined,
            arguments,
            cpus,
            kept,
            before,
            after,
            tried,
            failures,
        };
        victim.restore();
        let log = victim.target.scratch.work().join("calls");
        let options = ["-o".to_owned(), log.to_string_lossy().into_owned()];
        let traced = victim.traced(&options);
        if !traced.succeeded() {
            announce(&traced.to_string());
            return None;
        }
        let now = Tree::of(&victim.target.environment);
        let faults = victim.after.differences("undisturbed", &now, "traced");
        victim.note(&[], "ended as", &faults);
        let log = fs::read(log).expect("strace has written it");
        Some((victim, changing(&String::from_utf8_lossy(&log))))
    }

    /// Kills a run at a system call, and the next one at the next; then runs it to its end.
    pub(crate) fn try_once(&mut self, calls: &[&Call]) {
        self.tried += 1;
        self.restore();
        for Call { name, number, .. } in calls {
            let inject = format!("inject={name}:signal=KILL:when={number}");
            self.traced(&["-o", "/dev/null", "-e", &inject].map(str::to_owned));
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

    /// Has a system call fail, after which all must be as before.
    pub(crate) fn fail_once(&mut self, call: &Call, error: &str) {
        self.tried += 1;
        self.restore();
        let inject = format!("inject={}:error={error}:when={}", call.name, call.number);
        let finished = self.traced(&["-o", "/dev/null", "-e", &inject].map(str::to_owned));
        let now = Tree::of(&self.target.environment);
        let mut faults = self.before.differences("before", &now, "failed");
        faults.extend((finished.status() != Some(1)).then(|| finished.to_string()));
        self.note(&[call], "failed as", &faults);
    }

    /// Fails if anything was wrong.
    pub(crate) fn finish(self, name: &str) {
        let Victim { tried, failures, .. } = self;
        announce(&format!("{name} disturbed at {tried} points"));
        let shown = failures.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n\n");
        assert!(failures.is_empty(), "{} failures, the first of them:\n{shown}", failures.len());
    }

    /// Has the environment as it was.
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

    fn program(&self, program: &str) -> Program {
        Confined::program(self.confined, program, self.target.scratch.home())
    }

    /// Runs the tool below strace, with more options for that.
    fn traced(&self, options: &[String]) -> Finished {
        let strace = match self.cpus {
            Cpus::One => self.program("taskset").arguments(["--cpu-list", &first_cpu(), "strace"]),
            Cpus::All => self.program("strace").argument("--follow-forks"),
        };
        strace
            .arguments(["-qq", "-e"])
            .argument(format!("trace={CHANGING}"))
            .arguments(options)
            .argument(TOOL)
            .arguments(self.arguments)
            .argument("--python")
            .argument(&self.target.python)
            .run()
    }
}

/// The metadata directories in an environment that make something installed: without `METADATA` they
/// do not.
fn installed(tree: &Tree) -> Vec<String> {
    let metadata = tree.paths().filter(|path| path.ends_with("METADATA"));
    let names = metadata.filter_map(|path| path.parent()?.file_name()?.to_str());
    names.filter(|name| name.ends_with(".dist-info")).map(str::to_owned).collect()
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
        let (name, number, arguments) = (name.to_owned(), *number, arguments.to_owned());
        changes.then_some(Call { name, number, arguments })
    });
    calls.collect()
}

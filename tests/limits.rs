//! Is pip installed wherever `ensurepip` could, under any limits and surroundings that a parent
//! leaves?
//!
//! Each row of the table is a surrounding. Where the result differs from that without limits, the tool
//! must report why and leave nothing, and CPython's `ensurepip` must fail there as well.
//! `ENSUREPIP_HOST_TEST_EVERY=1` tries more values, runs `ensurepip` in all rows, and prints the table.

/// The surroundings.
mod table;

use crate::support::announce::{announce, fail_if_required};
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::tree::Tree;
use crate::support::users::is_root;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use table::Row;

/// Limits on processes apply to a user, and not to root: each lane has a user of its own.
const FIRST_USER: u32 = 54_321;

/// How many rows are tried at the same time.
const LANES: usize = 2;

/// How long a killed process may take to disappear.
const PATIENCE: Duration = Duration::from_mins(1);

/// A Python that any user can run, with `ensurepip`.
const PYTHON: &str = "/usr/bin/python3";

/// Output that shows a crash instead of a proper error.
const CRASHES: [&str; 4] = ["panicked", "memory allocation", "overflowed", "backtrace"];

/// Whether the long table is requested.
fn is_long() -> bool {
    std::env::var_os("ENSUREPIP_HOST_TEST_EVERY").is_some_and(|value| value == "1")
}

#[test]
fn install_works_within_limits_of_ensurepip() {
    let has_ensurepip = Command::new(PYTHON).args(["-I", "-c", "import ensurepip, venv"]).output();
    if !is_root() || !has_ensurepip.is_ok_and(|output| output.status.success()) {
        announce("no limits were tried: it takes root, who becomes another user, and python3-venv");
        return fail_if_required(&["root and python3-venv".to_owned()]);
    }
    let rows = table::rows(is_long());
    let outcomes: Vec<Vec<Outcome>> = thread::scope(|scope| {
        let lanes = (0..LANES).map(|number| {
            let rows = rows.iter().skip(number).step_by(LANES);
            scope.spawn(move || {
                let lane = Lane::new(FIRST_USER + u32::try_from(number).expect("it is small"));
                rows.map(|row| lane.try_row(row)).collect()
            })
        });
        let lanes: Vec<_> = lanes.collect();
        lanes.into_iter().map(|lane| lane.join().expect("a lane comes to its end")).collect()
    });
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    if is_long() {
        for outcome in &outcomes {
            announce(&outcome.line);
        }
    }
    let refused = outcomes.iter().filter(|outcome| outcome.is_refused).count();
    announce(&format!("{} surroundings were tried: an error in {refused}", outcomes.len()));
    let faults: Vec<&str> =
        outcomes.iter().filter_map(|outcome| outcome.fault.as_deref()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// A dry run and `status` detect what the installation would.
#[test]
fn too_little_memory_is_foreseen() {
    const REASON: &str = "not enough memory: an installation takes";
    let target = Target::new();
    let before = Tree::of(&target.environment);
    let run = |arguments: &[&str]| {
        Program::new(Path::new("prlimit"), target.scratch.home())
            .arguments(["--data=20971520", env!("CARGO_BIN_EXE_ensurepip-host")])
            .arguments(arguments)
            .argument("--python")
            .argument(&target.python)
            .run()
    };
    for arguments in [&["--no-cache"][..], &["--no-cache", "--dry-run"]] {
        let refused = run(arguments);
        assert_eq!(refused.status(), Some(1), "{refused}");
        assert!(refused.stderr().starts_with(&format!("error: {REASON}")), "{refused}");
    }
    let status = run(&["status"]).expect_success();
    assert!(status.stdout().contains(REASON), "{status}");
    let changes = before.differences("before", &Tree::of(&target.environment), "after");
    assert!(changes.is_empty(), "{}", changes.join("\n"));
}

/// The result of a row.
struct Outcome {
    line: String,
    is_refused: bool,
    fault: Option<String>,
}

/// A virtual environment of a separate user, and the tool's result there without limits.
struct Lane {
    scratch: Scratch,
    user: u32,
    environment: PathBuf,
    tool: PathBuf,
    before: Tree,
    after: Tree,
}

impl Lane {
    fn new(user: u32) -> Lane {
        let scratch = Scratch::on_disk();
        let base = scratch.work().parent().expect("it is in one").to_owned();
        fs::set_permissions(&base, Permissions::from_mode(0o755)).expect("it is ours");
        let (environment, tool) = (scratch.work().join("venv"), base.join("tool"));
        fs::copy(env!("CARGO_BIN_EXE_ensurepip-host"), &tool).expect("there is room");
        Program::new(Path::new(PYTHON), scratch.home())
            .arguments(["-m", "venv", "--without-pip"])
            .argument(&environment)
            .run()
            .expect_success();
        for own in [scratch.home(), scratch.work()] {
            give_tree_to(own, user);
        }
        let before = Tree::of(&environment);
        let mut lane = Lane { scratch, user, environment, tool, after: before.clone(), before };
        lane.run(&Row::plain(), true).expect_success();
        lane.after = Tree::of(&lane.environment);
        lane.clear();
        lane
    }

    fn try_row(&self, row: &Row) -> Outcome {
        let ours = self.run(row, true);
        let found = Tree::of(&self.environment);
        let is_done = ours.succeeded();
        let expected = if is_done { &self.after } else { &self.before };
        let mut faults = expected.differences("expected", &found, "found");
        let log = fs::read_to_string(self.scratch.home().join(table::LOG)).unwrap_or_default();
        if row.is_traced && !log.contains("(INJECTED)") {
            faults.push("no system call failed: the tool does not make it".to_owned());
        }
        self.clear();
        let stderr = ours.stderr();
        if !is_done {
            let is_told = match ours.status() {
                Some(1) => row.is_mute || stderr.contains("error: "),
                // The program cannot even be loaded.
                Some(127) => stderr.contains("error while loading shared libraries"),
                _ => false,
            };
            if !is_told || CRASHES.iter().any(|words| stderr.contains(words)) {
                faults.push("it did not end with an error".to_owned());
            }
        }
        let theirs = (is_long() || !is_done).then(|| {
            let theirs = self.run(row, false);
            let has_pip = self.pip().exists();
            self.clear();
            theirs.succeeded() && has_pip
        });
        if row.is_promised && !is_done {
            faults.push("docs/reference.md promises an installation here".to_owned());
        }
        if theirs == Some(true) && !is_done {
            faults.push("`ensurepip` installs pip here".to_owned());
        }
        let word = |is_done| if is_done { "installed" } else { "failed" };
        let theirs = theirs.map_or("not run", word);
        let line = format!("{}: ensurepip {theirs}, ours {}", row.name, word(is_done));
        let fault = (!faults.is_empty()).then(|| format!("{line}\n{}\n{ours}", faults.join("\n")));
        Outcome { line, is_refused: !is_done, fault }
    }

    /// Runs the tool, or `ensurepip`, in the surroundings of a row.
    fn run(&self, row: &Row, is_ours: bool) -> Finished {
        let become_user = [
            "setpriv".to_owned(),
            format!("--reuid={}", self.user),
            format!("--regid={}", self.user),
            "--clear-groups".to_owned(),
        ];
        let (as_root, as_user) = row.commands();
        let mut words = [as_root, become_user.into(), as_user].concat();
        let python = self.environment.join("bin/python3").display().to_string();
        let tool = self.tool.display().to_string();
        words.extend(if is_ours {
            [&*tool, "--python", &*python, "--no-cache"].map(str::to_owned)
        } else {
            [&*python, "-I", "-m", "ensurepip"].map(str::to_owned)
        });
        // Processes of the row before would count.
        wait_until_gone(self.user);
        let program = Program::new(Path::new("/usr/bin/env"), self.scratch.home());
        // The lane makes names unique: both run at the same time.
        let program = program.environment("LANE", &self.user.to_string());
        let finished = program.arguments(words).run();
        table::end(self.user);
        finished
    }

    /// Removes the result of a run.
    fn clear(&self) {
        for directory in [self.library(), self.environment.join("bin"), self.scratch.home().into()]
        {
            for entry in directory.read_dir().expect("it can be listed").flatten() {
                let path = entry.path();
                let relative = path.strip_prefix(&self.environment).ok();
                if relative.is_none_or(|relative| !self.before.has(relative)) {
                    let removed = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
                    // The next run would find the remains, and have nothing to do.
                    removed.expect("what a run has left can be removed");
                }
            }
        }
    }

    fn library(&self) -> PathBuf {
        crate::support::venv::library_of(&self.environment)
    }

    fn pip(&self) -> PathBuf {
        self.library().join("pip/__main__.py")
    }
}

/// Waits until a user has no processes. A killed one can take a while to disappear on a busy machine, and
/// counts for limits on processes until then.
fn wait_until_gone(user: u32) {
    let is_there = || {
        let processes = Path::new("/proc").read_dir().expect("it can be listed").flatten();
        processes.filter_map(|entry| entry.metadata().ok()).any(|found| found.uid() == user)
    };
    let start = Instant::now();
    while is_there() {
        assert!(start.elapsed() < PATIENCE, "user {user} still has a process");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Gives a tree to a user.
fn give_tree_to(path: &Path, user: u32) {
    let kind = fs::symlink_metadata(path).expect("it is there");
    if kind.is_symlink() {
        return;
    }
    chown(path, Some(user), Some(user)).expect("root may");
    if kind.is_dir() {
        for entry in path.read_dir().expect("it can be listed").flatten() {
            give_tree_to(&entry.path(), user);
        }
    }
}

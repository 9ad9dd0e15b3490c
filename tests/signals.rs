//! Is everything undone when a signal ends the program?
//!
//! A run gets SIGINT or SIGTERM at some moment, alone or with its process group. If its exit status
//! reports that the signal ended it, the target is as before; otherwise it is as after an
//! undisturbed run. No process that it started is left.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::support::announce::announce;
use crate::support::copy::link_tree;
use crate::support::pip_wheel::{OLDER, PipWheel};
use crate::support::process::Program;
use crate::support::target::Target;
use crate::support::tree::Tree;

/// How many moments of a run are tried.
const MOMENTS: u32 = 30;

/// Enough time for a program that catches signals to reach its wait.
const MOMENT: Duration = Duration::from_millis(700);

/// More time than any program needs until it catches signals.
const PATIENCE: Duration = Duration::from_mins(1);

/// A process may still be ending when its parent has ended.
const LEAVING: Duration = Duration::from_secs(2);

#[test]
fn install_interrupted_is_completed_or_rolled_back() {
    interrupt_at_moments("installation", &Target::new(), &[]);
}

#[test]
fn upgrade_interrupted_is_completed_or_rolled_back() {
    let target = Target::new();
    PipWheel::of(OLDER).install_itself(&target, &[]);
    interrupt_at_moments("upgrade", &target, &["-U"]);
}

#[test]
fn uninstall_interrupted_is_completed_or_rolled_back() {
    let target = Target::new();
    target.tool().argument("--default-pip").run().expect_success();
    interrupt_at_moments("removal", &target, &["uninstall"]);
}

/// Sends a signal at moments spread over a run.
fn interrupt_at_moments(name: &str, target: &Target, arguments: &[&str]) {
    let kept = target.scratch.work().join("kept");
    fs::rename(&target.environment, &kept).expect("an environment can be moved away");
    link_tree(&kept, &target.environment);
    let start = Instant::now();
    tool(target, arguments).run().expect_success();
    let length = start.elapsed();
    let (before, after) = (Tree::of(&kept), Tree::of(&target.environment));
    let mut undone = 0;
    // How many runs reported that they were cancelled: by INT and TERM, alone and with the group.
    let mut reported = [[0; 2]; 2];
    for number in 0..MOMENTS {
        fs::remove_dir_all(&target.environment).expect("an environment can be removed");
        link_tree(&kept, &target.environment);
        let kind = number as usize % 2;
        let signal = [Signal::INT, Signal::TERM][kind];
        let is_for_group = number / 2 % 2 == 1;
        let finished = tool(target, arguments).run_with(|process| {
            thread::sleep(length * number / MOMENTS);
            let sent = if is_for_group {
                kill_process_group(process, signal)
            } else {
                kill_process(process, signal)
            };
            // A process that has ended exists until it is waited for, which happens later.
            sent.expect("the process is there");
        });
        let is_undone = finished.signal() == Some(signal.as_raw());
        undone += u32::from(is_undone);
        let is_reported = finished.stderr() == CANCELLED;
        assert!(is_undone || !is_reported, "{finished}");
        reported[kind][usize::from(is_for_group)] += u32::from(is_reported);
        let expected = if is_undone { &before } else { &after };
        let mut faults = expected.differences("expected", &Tree::of(&target.environment), "found");
        faults.extend((!is_undone && !finished.succeeded()).then(|| "it failed".to_owned()));
        faults.extend(leftover_processes(target.scratch.work()));
        assert!(
            faults.is_empty(),
            "{signal:?} at {number}/{MOMENTS}, to its group: {is_for_group}\n{finished}\n{}",
            faults.join("\n")
        );
    }
    announce(&format!(
        "{name} interrupted {MOMENTS} times: undone {undone}, of these reported {reported:?} (by signal, to \
         the process and to its group)"
    ));
    assert!(
        reported.iter().flatten().all(|count| *count > 0),
        "no signal came at work: {reported:?}"
    );
}

const CANCELLED: &str = "error: cancelled; the target is unchanged\n";

#[test]
fn waiting_for_another_run_can_be_cancelled() {
    let target = Target::new();
    let before = Tree::of(&target.environment);
    let _lock = locked(&target);
    let finished = tool(&target, &["--json"]).run_with(|process| {
        wait_for(process);
        kill_process(process, Signal::TERM).expect("it waits");
    });
    assert_eq!(finished.signal(), Some(Signal::TERM.as_raw()), "{finished}");
    assert_eq!(finished.stderr(), CANCELLED);
    let told: serde_json::Value = serde_json::from_str(&finished.stdout()).expect("it is JSON");
    assert_eq!(told["error"]["code"], "cancelled", "{told}");
    let differences = before.differences("before", &Tree::of(&target.environment), "after");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A Python that hangs is ended, and so are the processes that it has started.
#[test]
fn waiting_for_a_python_can_be_cancelled() {
    let target = Target::new();
    let python = target.scratch.work().join("python");
    fs::write(&python, "#!/bin/sh\nsleep 100\necho late\n").expect("there is room");
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let start = Instant::now();
    let finished = Program::without_cache(target.scratch.home())
        .argument("--python")
        .argument(&python)
        .run_with(|process| {
            wait_for(process);
            // The tool, the shell that it started, and the process that the shell started.
            let there = started_in(target.scratch.work());
            assert!(there.len() >= 3, "{there:?}");
            kill_process_group(process, Signal::INT).expect("it waits");
        });
    assert_eq!(finished.signal(), Some(Signal::INT.as_raw()), "{finished}");
    assert_eq!(finished.stderr(), CANCELLED);
    assert!(start.elapsed() < Duration::from_secs(50));
    assert_eq!(leftover_processes(target.scratch.work()), Vec::<String>::new());
}

/// A signal to the process group also reaches a Python that has just started. It may end before the
/// program has handled the signal: another thread has received it, so that no wait is interrupted.
#[test]
fn python_ended_by_same_signal_is_no_error() {
    let target = Target::new();
    let python = target.scratch.work().join("python");
    for signal in [Signal::INT, Signal::TERM] {
        let script = format!(
            "#!{}\n\
             import ctypes, os\n\
             program = os.getppid()\n\
             threads = sorted(map(int, os.listdir(f'/proc/{{program}}/task')))\n\
             ctypes.CDLL(None).tgkill(program, threads[-1], {number})\n\
             os.kill(os.getpid(), {number})\n",
            target.python.display(),
            number = signal.as_raw()
        );
        fs::write(&python, script).expect("there is room");
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("it is ours");
        let tool = Program::without_cache(target.scratch.home()).argument("--python");
        let finished = tool.argument(&python).run();
        assert_eq!(finished.signal(), Some(signal.as_raw()), "{finished}");
        assert_eq!(finished.stderr(), CANCELLED);
    }
}

/// Both arrive while it is stopped, so that it has not handled the first when the second arrives.
/// The system chooses which of them is the second.
#[test]
fn signal_sent_twice_ends_run_at_once() {
    let target = Target::new();
    let lock = locked(&target);
    let finished = tool(&target, &[]).run_with(|process| {
        wait_for(process);
        for signal in [Signal::STOP, Signal::INT, Signal::TERM, Signal::CONT] {
            kill_process(process, signal).expect("it waits");
        }
    });
    assert!(finished.signal().is_some(), "{finished}");
    assert_eq!(finished.stderr(), "");
    drop(lock);
    tool(&target, &[]).run().expect_success();
}

/// As in processes that a shell runs in the background.
#[test]
fn signal_ignored_by_parent_stays_ignored() {
    let target = Target::new();
    let lock = locked(&target);
    let finished = Program::new(Path::new("/bin/sh"), target.scratch.home())
        .arguments(["-c", r#"trap "" INT; exec "$@""#, "sh"])
        .argument(env!("CARGO_BIN_EXE_ensurepip-host"))
        .argument("--python")
        .argument(&target.python)
        .run_with(|process| {
            wait_for(process);
            kill_process(process, Signal::INT).expect("it waits");
            thread::sleep(MOMENT);
            drop(lock);
        });
    finished.expect_success();
}

/// Two Pythons can share their scripts directory: the sweep of one must not remove the staged files of the
/// other.
#[test]
fn install_waits_for_run_that_holds_scripts_directory() {
    let target = Target::new();
    let scripts = target.python.parent().expect("it is in a directory");
    let lock = File::open(scripts).expect("it can be opened");
    lock.lock().expect("nobody else has it");
    let [pip, stage] = ["pip", ".ensurepip-host-stage"].map(|name| target.library().join(name));
    tool(&target, &["--no-compile"])
        .run_with(|process| {
            wait_for(process);
            thread::sleep(MOMENT);
            assert!(!pip.exists() && !stage.exists(), "it has written files meanwhile");
            lock.unlock().expect("it is held");
        })
        .expect_success();
}

/// The message names the process that has held the target for too long.
#[test]
fn lock_timeout_names_holding_process() {
    let target = Target::new();
    tool(&target, &[])
        .run_with(|holder| {
            let stage = target.library().join(".ensurepip-host-stage");
            while !stage.exists() {
                thread::sleep(Duration::from_millis(1));
            }
            kill_process(holder, Signal::STOP).expect("it is at work");
            // A dry run waits as long as a run does.
            let refused = thread::scope(|scope| {
                let runs = [&[][..], &["--dry-run"]].map(|arguments| {
                    let run = tool(&target, arguments);
                    scope.spawn(move || run.run())
                });
                runs.map(|run| run.join().expect("it ends"))
            });
            kill_process(holder, Signal::CONT).expect("it is stopped");
            let expected = format!(
                "error: `{}` is locked by process {} (`ensurepip-host`)\n\
             hint: wait until it has ended, and try again\n",
                target.library().display(),
                holder.as_raw_nonzero()
            );
            for refused in refused {
                assert_eq!(refused.status(), Some(1), "{refused}");
                assert_eq!(refused.stderr(), expected);
            }
        })
        .expect_success();
}

fn tool(target: &Target, arguments: &[&str]) -> Program {
    let tool = Program::without_cache(target.scratch.home()).arguments(arguments);
    tool.argument("--python").argument(&target.python)
}

/// Waits until a program catches signals, and some time longer.
fn wait_for(process: Pid) {
    let status = format!("/proc/{}/status", process.as_raw_nonzero());
    let catches = || {
        let status = fs::read_to_string(&status).expect("it is there");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = u64::from_str_radix(caught.unwrap_or_default().trim(), 16).unwrap_or_default();
        caught >> (Signal::TERM.as_raw() - 1) & 1 == 1
    };
    let start = Instant::now();
    while !catches() {
        assert!(start.elapsed() < PATIENCE, "it catches no signals");
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(MOMENT);
}

/// The lock of a target, held by this process.
fn locked(target: &Target) -> File {
    let directory = File::open(target.library()).expect("it can be opened");
    directory.lock().expect("nobody else has it");
    directory
}

/// The names of the processes that were started with their `HOME` in a scratch directory.
fn started_in(work: &Path) -> Vec<String> {
    let scratch = work.parent().expect("it is in one").as_os_str().as_encoded_bytes();
    let processes = fs::read_dir("/proc").expect("there are processes").flatten();
    let started = processes.filter(|process| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        environment.windows(scratch.len()).any(|part| part == scratch)
    });
    let names = started.map(|process| fs::read_to_string(process.path().join("comm")));
    names.map(|name| name.unwrap_or_default().trim().to_owned()).collect()
}

/// Those that still exist after a while.
fn leftover_processes(work: &Path) -> Vec<String> {
    let start = Instant::now();
    loop {
        let found: Vec<String> =
            started_in(work).iter().map(|name| format!("`{name}` is left")).collect();
        if found.is_empty() || start.elapsed() > LEAVING {
            return found;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

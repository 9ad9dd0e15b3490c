//! Is nothing lost, whenever the program is killed?
//!
//! `strace` kills it (SIGKILL) at its system calls that change something, one after the other.
//! After the kill there must be one complete pip or none; each other file in its final place must
//! have its old or its new contents. One more run must produce the tree of an undisturbed run.
//!
//! On one CPU, the program's first thread makes all changes to files, so it alone is traced, and calls
//! have the same numbers in every run. On several CPUs, instances stage their shares at the same time:
//! each thread is traced, and the number of a call means something else in every run.

use std::collections::BTreeMap;

use crate::support::announce::{announce, fail_if_required};
use crate::support::pip_wheel::{OLDER, PipWheel};
use crate::support::target::Target;
use calls::Call;
use victim::{Cpus, Ground, Victim};

/// System calls, as logged.
pub(crate) mod calls;

/// A disk without space.
pub(crate) mod full_disk;

/// A command that is killed repeatedly.
pub(crate) mod victim;

/// One of this many system calls is tried, and all renames. The environment variable sets another
/// number; 1 means all of them.
const EVERY: usize = 397;
const EVERY_VARIABLE: &str = "ENSUREPIP_HOST_TEST_EVERY";

/// The bundled wheels, as a directory.
const WHEELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wheels");

/// Options of an installation by several instances.
const ARGUMENTS: &[&str] = &["--no-compile", "--wheel-dir", WHEELS];

#[test]
fn install_killed_at_any_syscall_is_completed() {
    kill_at_each_call("installation", Target::new(), &["--no-compile"], every(1));
}

#[test]
fn install_with_bytecode_killed_is_completed() {
    kill_at_each_call("installation with bytecode", Target::new(), &[], every(5));
}

/// By as many threads as there are CPUs. Instances share the work on the wheels of a directory only.
#[test]
fn install_by_several_threads_killed_is_completed() {
    let cpus = std::thread::available_parallelism().expect("CPUs can be counted").get();
    let writing = |calls: &[Call]| {
        calls.iter().filter(|call| call.name == "pwrite64" && call.number == 1).count()
    };
    // If other processes keep the CPUs busy, one instance may have read everything before another
    // one begins.
    let mut tries =
        (0..20).map(|_| Victim::new(Target::new(), &Ground::Copies, ARGUMENTS, Cpus::All));
    let found =
        tries.find(|found| found.as_ref().is_none_or(|(_, calls)| writing(calls) > 1 || cpus == 1));
    let Some((mut victim, calls)) = found.expect("several threads write") else {
        return report_missing_strace("installation by several");
    };
    let mut last: BTreeMap<String, usize> = BTreeMap::new();
    for Call { name, number, .. } in calls {
        let last = last.entry(name).or_default();
        *last = number.max(*last);
    }
    let step = every(1).div_ceil(6);
    for (name, last) in last {
        for number in (1..=last).step_by(step) {
            let (name, arguments) = (name.clone(), String::new());
            victim.try_once(&[&Call { name, number, arguments }]);
        }
    }
    victim.finish("installation by several");
}

#[test]
fn upgrade_killed_at_any_syscall_is_completed() {
    let target = Target::new();
    let wheel = PipWheel::on_this_machine(OLDER).expect("the tool under test bundles it");
    wheel.install(&wheel.path, &["--no-compile"], &target.python, target.scratch.home());
    kill_at_each_call("upgrade", target, &["-U", "--no-compile"], every(1));
}

#[test]
fn uninstall_killed_at_any_syscall_is_completed() {
    let target = Target::new();
    target.tool().arguments(["--no-compile", "--default-pip"]).run().expect_success();
    kill_at_each_call("removal", target, &["uninstall"], every(1));
}

/// One of this many system calls is tried.
pub(crate) fn every(times: usize) -> usize {
    every_or(EVERY * times)
}

/// One of this many calls is tried, unless the environment variable sets another number.
pub(crate) fn every_or(usual: usize) -> usize {
    let number = std::env::var(EVERY_VARIABLE).ok();
    number.map_or(usual, |number| number.parse().expect("the variable is a number"))
}

/// Kills a command at one of this many of its system calls, and at all renames.
fn kill_at_each_call(name: &str, target: Target, arguments: &'static [&'static str], every: usize) {
    let Some((mut victim, calls)) = Victim::new(target, &Ground::Copies, arguments, Cpus::One)
    else {
        return report_missing_strace(name);
    };
    assert!(calls.len() > 500, "only {} system calls were seen", calls.len());
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
}

pub(crate) fn report_missing_strace(name: &str) {
    announce(&format!("no {name} is disturbed, for want of strace or of the file system for it"));
    fail_if_required(&["strace, and a file system that can be mounted".to_owned()]);
}

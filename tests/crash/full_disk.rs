//! Is a full disk reported, with everything as before, and does the next run work once there is
//! space?
//!
//! The environment is on a separate file system in memory, whose space grows from run to run. Only
//! root can mount one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::EVERY_VARIABLE;
use crate::support::announce::{announce, fail_if_required};
use crate::support::interpreters::Interpreters;
use crate::support::pip_wheel::{OLDER, PipWheel};
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use crate::support::venv;

/// Enough of everything. A limit that is absent from the start cannot be set later.
const UNLIMITED: &str = "size=1g,nr_inodes=100000,mode=0755";

/// The resources that can run out: the mount option that limits each, and by how many bytes or
/// files it grows from run to run; the second number applies when everything is tried.
const LIMITS: [(&str, u64, u64); 2] = [("size", 1 << 20, 1 << 16), ("nr_inodes", 50, 3)];

#[test]
fn install_on_full_disk_is_rolled_back() {
    run_with_growing_disk("installation", |_, _| {}, &["--no-compile"]);
}

#[test]
fn upgrade_on_full_disk_is_rolled_back() {
    let prepare = |python: &Path, home: &Path| {
        let wheel = PipWheel::on_this_machine(OLDER).expect("the tool under test bundles it");
        wheel.install(&wheel.path, &["--no-compile"], python, home);
    };
    run_with_growing_disk("upgrade", prepare, &["-U", "--no-compile"]);
}

/// Runs the tool with more and more space, until it succeeds.
fn run_with_growing_disk(name: &str, prepare: impl Fn(&Path, &Path), arguments: &[&str]) {
    let tries_all = std::env::var(EVERY_VARIABLE).is_ok_and(|number| number == "1");
    for (option, step, small_step) in LIMITS {
        let scratch = Scratch::new();
        let Some(disk) = Disk::mount(scratch.work()) else {
            announce(&format!("no {name} on a full disk: none can be mounted"));
            return fail_if_required(&["a file system that can be mounted".to_owned()]);
        };
        let environment = scratch.work().join("venv");
        let make = || {
            let python =
                venv::make_without_pip(Interpreters::newest(), &environment, scratch.home());
            prepare(&python, scratch.home());
            python
        };
        let python = make();
        let run = || -> Finished {
            let tool = Program::without_cache(scratch.home()).arguments(arguments);
            tool.argument("--python").argument(&python).run()
        };
        run().expect_success();
        let undisturbed = Tree::of(scratch.work());
        fs::remove_dir_all(&environment).expect("an environment of the test can be removed");
        make();
        let before = Tree::of(scratch.work());
        let used = disk.used(option);
        let (mut room, mut failed) = (0, 0);
        loop {
            disk.limit(option, used + room);
            let finished = run();
            if finished.succeeded() {
                break;
            }
            assert_eq!(finished.status(), Some(1), "{option} {room}: {finished}");
            let stderr = finished.stderr();
            assert!(stderr.starts_with("error: "), "{option} {room}: {finished}");
            assert!(!stderr.contains("panicked"), "{option} {room}: {finished}");
            let differences = before.differences("before", &Tree::of(scratch.work()), "after");
            assert!(differences.is_empty(), "{option} {room}:\n{}", differences.join("\n"));
            failed += 1;
            room += if tries_all { small_step } else { step };
        }
        let differences = undisturbed.differences("undisturbed", &Tree::of(scratch.work()), "this");
        assert!(differences.is_empty(), "{option} {room}:\n{}", differences.join("\n"));
        assert!(failed > 3, "{option}: it succeeded after {failed} failures");
        announce(&format!("{name} by {option}: {failed} failed cleanly, then {room} was enough"));
    }
}

/// A separate file system, unmounted with the test.
pub(crate) struct Disk {
    path: PathBuf,
}

impl Disk {
    /// None if this user may not mount one.
    pub(crate) fn mount(path: &Path) -> Option<Disk> {
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", UNLIMITED, "tmpfs"]).arg(path);
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        is_mounted.then(|| Disk { path: path.to_owned() })
    }

    /// How much of a resource is used on it.
    pub(crate) fn used(&self, option: &str) -> u64 {
        let found = rustix::fs::statvfs(&self.path).expect("a file system tells what it has");
        if option == "size" {
            (found.f_blocks - found.f_bfree) * found.f_frsize
        } else {
            found.f_files - found.f_ffree
        }
    }

    /// Limits a resource.
    pub(crate) fn limit(&self, option: &str, limit: u64) {
        let options = format!("remount,{option}={limit}");
        let status = Command::new("mount").args(["-o", &options]).arg(&self.path).status();
        assert!(status.is_ok_and(|status| status.success()), "it can be given {options}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}

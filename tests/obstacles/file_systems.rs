//! File systems and directories that refuse writes, belong to other users, or disappear.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use super::{NEW, OLD, from_root};
use crate::support::announce::{announce, fail_if_required};
use crate::support::copy::copy_tree_but;
use crate::support::made_wheels::small_pip;
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use crate::support::snapshot::Snapshot;
use crate::support::target::{Target, below};
use crate::support::users::{as_nobody, copy_tool, is_root};

/// How often a directory disappears during a run.
const LOSSES: u32 = 12;

/// A mount that is removed with the test.
struct Mount(PathBuf);

impl Mount {
    /// Makes a directory read-only. None if this user may not mount anything.
    fn read_only(path: &Path) -> Option<Mount> {
        let mount = |arguments: &[&str]| {
            let done = Command::new("mount").args(arguments).arg(path).output();
            done.is_ok_and(|output| output.status.success())
        };
        let bound = mount(&["--bind", &path.to_string_lossy()]).then(|| Mount(path.to_owned()))?;
        mount(&["-o", "remount,bind,ro"]).then_some(bound)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// All of a root, only its library, or only its scripts.
#[test]
fn read_only_mount_is_reported_and_nothing_changes() {
    let target = Target::on_disk();
    let work = target.scratch.work();
    let wheels = [NEW, OLD].map(|version| {
        let directory = work.join(version);
        small_pip(version).write(&directory);
        directory
    });
    let run = |arguments: &[&str], root: &Path, wheels: &Path| -> Finished {
        let tool = Program::under_test(target.scratch.home()).arguments(arguments);
        let tool = tool.arguments([Path::new("--python"), &target.python]);
        tool.arguments([Path::new("--root"), root, Path::new("--wheel-dir"), wheels]).run()
    };
    let library = from_root(&target.library());
    let bin = from_root(&target.environment.join("bin"));
    let (new, old) = (Some(&wheels[0]), Some(&wheels[1]));
    for (place, is_all) in [(PathBuf::new(), true), (library.clone(), false), (bin.clone(), false)]
    {
        for (installed, command) in [(None, &[][..]), (old, &["-U"]), (new, &["uninstall"])] {
            let root = work.join("root");
            let _ = fs::remove_dir_all(&root);
            for directory in [&library, &bin] {
                fs::create_dir_all(root.join(directory)).expect("directories can be made");
            }
            if let Some(wheels) = installed {
                run(&["--no-compile"], &root, wheels).expect_success();
            }
            let before = Snapshot::of_all_but(&root, &|_| false);
            let Some(mount) = Mount::read_only(&root.join(&place)) else {
                announce("nothing is mounted read-only: nothing can be mounted");
                return fail_if_required(&["a directory that can be mounted".to_owned()]);
            };
            let status = run(&["status"], &root, &wheels[0]).expect_success();
            let is_said = status.stdout().to_lowercase().contains("read-only");
            assert_eq!(is_said, installed != new, "{status}");
            if installed != new {
                let dry = run(&["--dry-run", "-U"], &root, &wheels[0]);
                assert_eq!(dry.status(), Some(1), "{dry}");
                assert!(dry.stderr().to_lowercase().contains("read-only"), "{dry}");
            }
            let refused = run(command, &root, &wheels[0]);
            assert_eq!(refused.status(), Some(1), "{}: {refused}", place.display());
            let stderr = refused.stderr();
            let named = if is_all { &root } else { &root.join(&place) };
            assert!(stderr.contains(&*named.to_string_lossy()), "{refused}");
            assert!(stderr.to_lowercase().contains("read-only"), "{refused}");
            let after = Snapshot::of_all_but(&root, &|_| false);
            let changes = before.changes(&after);
            assert!(changes.is_empty(), "{refused}\n{}", changes.join("\n"));
            drop(mount);
        }
    }
}

/// A root that another user may write to, but does not own. Setting the time of its directories is
/// impossible, which does not make the installation fail. Where they may not be written, nothing
/// changes.
#[test]
fn root_of_other_user_is_installed_if_writable() {
    // A Python that everybody can run.
    let python = Path::new("/usr/bin/python3");
    if !is_root() || !python.exists() {
        announce("no root of somebody else: that takes root, and a Python that all can run");
        return fail_if_required(&["root, and /usr/bin/python3".to_owned()]);
    }
    let scratch = Scratch::on_disk();
    let open = |path: &Path, mode: u32| {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
    };
    let tool = copy_tool(&scratch);
    let root = scratch.work().join("root");
    let run = |arguments: &[&str]| -> Finished {
        as_nobody(&tool, scratch.home())
            .arguments(arguments)
            .arguments([Path::new("--python"), python, Path::new("--root"), &root])
            .run()
    };
    // A run that may write determines the place.
    fs::create_dir(&root).expect("a directory can be made");
    Program::under_test(scratch.home())
        .arguments([Path::new("--python"), python, Path::new("--root"), &root])
        .arguments(["--no-compile", "--break-system-packages"])
        .run()
        .expect_success();
    let made = Snapshot::of_all_but(&root, &|_| false);
    let directories: Vec<PathBuf> = made
        .directories()
        .filter(|path| !path.to_string_lossy().contains("/pip"))
        .map(Path::to_owned)
        .collect();
    for mode in [0o777, 0o555] {
        fs::remove_dir_all(&root).expect("it is the test's own");
        for directory in &directories {
            fs::create_dir(root.join(directory)).expect("the name is free");
            open(&root.join(directory), mode);
        }
        let before = Snapshot::of_all_but(&root, &|_| false);
        let installed = run(&["--no-compile", "--break-system-packages"]);
        if mode == 0o777 {
            let installed = installed.expect_success();
            assert!(installed.stdout().contains("Successfully installed pip"), "{installed}");
            assert!(run(&["status"]).expect_success().stdout().contains("Installed:  pip "));
            run(&["uninstall", "--break-system-packages"]).expect_success();
        } else {
            assert_eq!(installed.status(), Some(1), "{installed}");
            let stderr = installed.stderr();
            assert!(stderr.to_lowercase().contains("permission denied"), "{stderr}");
            assert!(stderr.contains(&*root.to_string_lossy()), "{stderr}");
            let status = run(&["status"]).expect_success();
            assert!(status.stdout().to_lowercase().contains("permission denied"), "{status}");
            let dry = run(&["--dry-run", "--no-compile", "--break-system-packages"]);
            assert_eq!(dry.status(), Some(1), "{dry}");
            assert!(dry.stderr().to_lowercase().contains("permission denied"), "{dry}");
            assert!(dry.stderr().contains(&*root.to_string_lossy()), "{dry}");
        }
        let changes = before.changes(&Snapshot::of_all_but(&root, &|_| false));
        assert!(changes.is_empty(), "{mode:o}\n{}", changes.join("\n"));
    }
}

/// A run that is killed while staging leaves no file that others may write, whatever the umask.
#[test]
fn staged_files_are_never_writable_by_others() {
    let target = Target::on_disk();
    let root = target.scratch.work().join("root");
    let library = below(&root, &target.library());
    let mut looked_at = 0;
    for _ in 0..LOSSES {
        let _ = fs::remove_dir_all(&root);
        let tool = Program::under_test(target.scratch.home()).umask("000").argument("--no-compile");
        let tool = tool.arguments([Path::new("--python"), &target.python]);
        let staged = library.join(".ensurepip-host-stage/0/new/pip/_internal");
        tool.arguments([Path::new("--root"), &root]).kill_when(|| staged.exists());
        // The run may have been faster; then there is no stage any more.
        if staged.exists() {
            let found = Snapshot::of_all_but(&root, &|_| false);
            let wide = found.writable_for_others();
            assert!(wide.is_empty(), "{wide:?}");
            looked_at += 1;
        }
    }
    assert!(looked_at > LOSSES / 2, "only {looked_at} of {LOSSES} runs were killed in time");
}

/// The library, or all of the root, disappears while pip is installed: there is an error, or the
/// run was faster.
#[test]
fn directory_vanishing_during_install_is_an_error() {
    let target = Target::on_disk();
    let root = target.scratch.work().join("root");
    let first = target.scratch.work().join("first");
    let library = below(&first, &target.library());
    fs::create_dir_all(&library).expect("directories can be made");
    let run = || -> Finished {
        let tool = Program::under_test(target.scratch.home()).argument("--no-compile");
        tool.arguments([Path::new("--python"), &target.python, Path::new("--root"), &root]).run()
    };
    copy_tree_but(&first, &root, &|_| false);
    let start = Instant::now();
    run().expect_success();
    let duration = start.elapsed();
    let (mut done, mut refused) = (0, 0);
    for number in 0..LOSSES {
        let _ = fs::remove_dir_all(&root);
        copy_tree_but(&first, &root, &|_| false);
        let lost = if number % 2 == 0 { below(&root, &target.library()) } else { root.clone() };
        // Steps of the golden section: reproducible, unordered, and evenly spread.
        let delay = duration * (number * 618 % 1000) / 1000;
        let finished = thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(delay);
                // Files that the run adds meanwhile must be removed as well.
                while fs::remove_dir_all(&lost)
                    .is_err_and(|error| error.kind() != ErrorKind::NotFound)
                {}
            });
            run()
        });
        let shown = format!("{} lost after {delay:?}: {finished}", lost.display());
        assert!(!finished.stderr().contains("panicked"), "{shown}");
        if finished.succeeded() {
            done += 1;
        } else {
            refused += 1;
            assert_eq!(finished.status(), Some(1), "{shown}");
            assert!(finished.stderr().starts_with("error: "), "{shown}");
            // It names the lost directory, or something in it.
            let stderr = finished.stderr();
            assert!(stderr.contains(&format!("`{}", lost.display())), "{shown}");
            assert!(!stderr.contains("`: (os error"), "{shown}");
        }
    }
    announce(&format!("vanished directories: {refused} told, {done} after all was done"));
    assert!(refused > 0, "none was lost in time");
}

//! Does all of it work where directories cannot be renamed, as in a container's image?
//!
//! The existing pip is in the lower layer of an overlay, whose directories the system does not
//! rename (`EXDEV`). Each command must give the same result as on an ordinary file system. The layers
//! are in memory here; those of `images` are on a disk.

use std::fs;

use crate::crash::calls::Call;
use crate::crash::victim::{Cpus, Ground, Victim};
use crate::crash::{every, report_missing_strace};
use crate::support::announce::{announce, fail_if_required};
use crate::support::copy::link_tree;
use crate::support::overlay::{KINDS, Overlay, PLAIN};
use crate::support::pip_wheel::{OLDER, PipWheel};
use crate::support::process::Program;
use crate::support::target::Target;
use crate::support::tree::Tree;

/// Images: a root, and a Containerfile.
mod images;
/// A sandbox that forbids moves to another directory.
mod landlock;

/// One of this many renames is tried where directories are moved name by name. The environment
/// variable sets another number; 1 means all of them.
const RENAMES: usize = 197;
const RENAMES_VARIABLE: &str = "ENSUREPIP_HOST_TEST_RENAMES";

/// An environment with the older pip, as pip installs itself.
fn with_older_pip() -> Target {
    let target = Target::new();
    PipWheel::of(OLDER).install_itself(&target, &["--no-compile"]);
    target
}

/// The same without the package: only its metadata exists.
fn with_metadata_only() -> Target {
    let target = with_older_pip();
    fs::remove_dir_all(target.library().join("pip")).expect("it is the test's own");
    target
}

/// A command, the target that it applies to, and its arguments.
type Case = (&'static str, fn() -> Target, &'static [&'static str]);

const CASES: [Case; 3] = [
    ("upgrade", with_older_pip, &["-U", "--no-compile"]),
    ("repair", with_metadata_only, &["--no-compile"]),
    ("removal", with_older_pip, &["uninstall", "--wheel-dir"]),
];

#[test]
fn overlay_changes_equal_plain_directory() {
    for (name, make, arguments) in CASES {
        let target = make();
        let wheels = PipWheel::of(OLDER).alone_in(target.scratch.work().join("wheels"));
        let tool = || {
            let tool = Program::under_test(target.scratch.home()).arguments(arguments);
            let tool =
                if arguments.contains(&"--wheel-dir") { tool.argument(&wheels) } else { tool };
            tool.argument("--python").argument(&target.python)
        };
        let kept = target.scratch.work().join("kept");
        fs::rename(&target.environment, &kept).expect("an environment can be moved away");
        link_tree(&kept, &target.environment);
        tool().run().expect_success();
        let expected = Tree::of(&target.environment);
        fs::remove_dir_all(&target.environment).expect("it is the test's own");
        // An upgrade does everything that the others do, so those are tried on two kinds.
        for kind in KINDS.iter().filter(|kind| kind.is_first_choice || name == "upgrade") {
            let overlay = match Overlay::mount(kind, &kept, &target.environment) {
                Ok(overlay) => overlay,
                Err(missing) => {
                    announce(&format!("no {name} on {missing}"));
                    fail_if_required(&[missing]);
                    continue;
                }
            };
            tool().run().expect_success();
            let found = Tree::of(&target.environment);
            let differences = expected.differences("elsewhere", &found, kind.name);
            assert!(differences.is_empty(), "{name}:\n{}", differences.join("\n"));
            if name != "removal" {
                let pip = Program::new(&target.python, target.scratch.home());
                pip.arguments(["-m", "pip", "check"]).run().expect_success();
            }
            drop(overlay);
        }
    }
}

/// A directory is moved by one call, if the system allows it.
#[test]
fn overlay_directories_are_renamed_where_supported() {
    for kind in KINDS.iter().filter(|kind| kind.renames_directories || kind.name == PLAIN.name) {
        let (ground, arguments) = (Ground::Lower(kind), &["-U", "--no-compile"]);
        let Some((victim, calls)) = Victim::new(with_older_pip(), &ground, arguments, Cpus::One)
        else {
            return report_missing_strace("upgrade on an overlay");
        };
        let renames = calls.iter().filter(|call| is_rename(call)).count();
        assert_eq!(renames < 50, kind.renames_directories, "{}: {renames}", kind.name);
        victim.expect_no_failure();
    }
}

#[test]
fn overlay_upgrade_killed_is_completed() {
    kill_at_renames("upgrade on an overlay", with_older_pip(), &["-U", "--no-compile"]);
}

#[test]
fn overlay_repair_killed_is_completed() {
    kill_at_renames("repair on an overlay", with_metadata_only(), &["--no-compile"]);
}

#[test]
fn overlay_uninstall_killed_is_completed() {
    let target = Target::new();
    target.tool().arguments(["--no-compile", "--default-pip"]).run().expect_success();
    kill_at_renames("removal on an overlay", target, &["uninstall"]);
}

/// An error at any move leaves the environment as it was, modes included.
#[test]
fn overlay_upgrade_failed_is_rolled_back() {
    let target = with_older_pip();
    let odd = target.library().join("pip/_internal");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o2775);
    fs::set_permissions(odd, mode).expect("it is the test's own");
    let name = "upgrade that fails on an overlay";
    let arguments = &["-U", "--no-compile"];
    let Some((mut victim, calls)) =
        Victim::new(target, &Ground::Lower(&PLAIN), arguments, Cpus::One)
    else {
        return report_missing_strace(name);
    };
    let renames = calls.iter().filter(|call| is_rename(call)).collect::<Vec<_>>();
    let step = every(1).min(one_rename_of());
    for call in renames.iter().skip(step / 2).step_by(step) {
        victim.fail_once(call, "ENOSPC");
    }
    victim.finish(name);
}

/// Kills a command at renames and at a sample of other calls.
fn kill_at_renames(name: &str, target: Target, arguments: &'static [&'static str]) {
    let ground = Ground::Lower(&PLAIN);
    let Some((mut victim, calls)) = Victim::new(target, &ground, arguments, Cpus::One) else {
        return report_missing_strace(name);
    };
    assert!(
        calls.iter().any(touches_deciding_metadata),
        "{name}: no call moves or removes metadata"
    );
    let middle = calls[calls.len() / 2].clone();
    let (every, step) = (every(3), every(1).min(one_rename_of()));
    let mut renames = 0..;
    for (position, call) in calls.iter().enumerate() {
        let number = if is_rename(call) { renames.next() } else { None };
        let is_chosen = number.is_some_and(|number| number % step == step / 2);
        if is_chosen || touches_deciding_metadata(call) || position % every == every / 2 {
            victim.try_once(&[call]);
        }
        if number.is_some_and(|number| number % RENAMES == RENAMES / 2) {
            // The next run is killed as well.
            victim.try_once(&[call, &middle]);
        }
    }
    victim.finish(&format!("{name}, of {} calls,", calls.len()));
}

/// One of this many renames is tried.
fn one_rename_of() -> usize {
    let told = std::env::var(RENAMES_VARIABLE).ok();
    told.map_or(RENAMES, |number| number.parse().expect("the variable is a number"))
}

fn is_rename(call: &Call) -> bool {
    call.name.starts_with("rename")
}

/// Whether a call moves, makes or removes a part of the decisive metadata.
fn touches_deciding_metadata(call: &Call) -> bool {
    let is_about = |name: &str| call.arguments.contains(name);
    (is_rename(call) && (is_about("METADATA") || is_about("RECORD") || is_about(".dist-info\"")))
        || (call.name == "unlinkat" && is_about("AT_REMOVEDIR") && is_about(".dist-info\""))
}

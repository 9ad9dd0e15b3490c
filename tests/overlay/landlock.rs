//! The same in a sandbox that forbids moving any file or directory to another directory. Landlock
//! restricts every process in this way that has a ruleset without this right, and build tools and agents
//! run programs in such sandboxes.

use std::fs;
use std::path::Path;

use super::{CASES, touches_deciding_metadata};
use crate::crash::victim::{Confined, Cpus, Ground, TOOL, Victim};
use crate::crash::{every, report_missing_strace};
use crate::support::announce::{announce, fail_if_required};
use crate::support::copy::link_tree;
use crate::support::pip_wheel::{OLDER, PipWheel};
use crate::support::target::Target;
use crate::support::tree::Tree;

#[test]
fn landlock_denied_renames_fall_back_to_copy() {
    let install: super::Case = ("installation", Target::new, &["--no-compile"]);
    for (name, make, arguments) in CASES.into_iter().chain([install]) {
        let target = make();
        let wheels = PipWheel::of(OLDER).alone_in(target.scratch.work().join("wheels"));
        let kept = target.scratch.work().join("kept");
        fs::rename(&target.environment, &kept).expect("an environment can be moved away");
        // A umask that shows which modes result from it.
        let umask = "077";
        let [elsewhere, here] = [None, Some(Confined)].map(|confined| {
            let _ = fs::remove_dir_all(&target.environment);
            link_tree(&kept, &target.environment);
            let program = Confined::program(confined, TOOL, target.scratch.home());
            let program = program.arguments(arguments);
            let program = if arguments.contains(&"--wheel-dir") {
                program.argument(&wheels)
            } else {
                program
            };
            let finished = program.argument("--python").argument(&target.python).umask(umask).run();
            (finished, Tree::of(&target.environment))
        });
        if here.0.status() == Some(Confined::MISSING) {
            announce("nothing is tried below Landlock, which is not there");
            return fail_if_required(&["Landlock".to_owned()]);
        }
        expect_confined(&target);
        elsewhere.0.expect_success();
        here.0.expect_success();
        let differences = elsewhere.1.differences("elsewhere", &here.1, "below Landlock");
        assert!(differences.is_empty(), "{name}, {umask}:\n{}", differences.join("\n"));
        let times = elsewhere.1.files_of_other_times(&here.1).collect::<Vec<_>>();
        assert!(times.is_empty(), "{name}, {umask}: {times:?}");
    }
}

/// Checks that a move to another directory fails in the sandbox (`EXDEV`); otherwise the test shows
/// nothing.
fn expect_confined(target: &Target) {
    const MOVE: &str = "
import errno, os
os.makedirs('from/file'), os.makedirs('to')
try:
    os.rename('from/file', 'to/file')
except OSError as error:
    print(errno.errorcode[error.errno])
os.removedirs('from/file'), os.removedirs('to')
";
    let directory: &Path = target.scratch.work();
    let moved = Confined::program(Some(Confined), "python3", target.scratch.home());
    let moved = moved.arguments(["-c", MOVE]).current_directory(directory).run().expect_success();
    assert_eq!(moved.stdout(), "EXDEV\n", "{moved}");
}

#[test]
fn landlock_upgrade_killed_is_completed() {
    let name = "upgrade below Landlock";
    let arguments = &["-U", "--no-compile"];
    let victim = Victim::new(super::with_older_pip(), &Ground::Confined, arguments, Cpus::One);
    let Some((mut victim, calls)) = victim else { return report_missing_strace(name) };
    let step = every(3);
    for (position, call) in calls.iter().enumerate() {
        if touches_deciding_metadata(call) || position % step == step / 2 {
            victim.try_once(&[call]);
        }
    }
    victim.finish(name);
}

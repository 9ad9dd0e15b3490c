//! Uninstalling, compared with `ensurepip._uninstall`.

use super::{directory_of_older, run_module, wheels_of, with_ensurepip};
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::process::{Finished, Program};
use crate::support::target::Target;
use crate::support::tree::Tree;

/// `uninstall`, with the wheel of an interpreter's `ensurepip` if one is given.
fn uninstall(target: &Target, like: Option<&Interpreter>, options: &[&str]) -> Finished {
    let tool = Program::under_test(target.scratch.home()).argument("uninstall");
    let tool = tool.argument("--python").argument(&target.python).arguments(options);
    match like {
        Some(interpreter) => tool.argument("--wheel-dir").argument(wheels_of(interpreter)).run(),
        None => tool.run(),
    }
}

/// Without a pip, nothing is done, which only our program reports; a pip of another version stays,
/// with a message on standard error. A wheel of that version removes it.
#[test]
fn uninstall_skips_absent_or_other_version() {
    let reference = with_ensurepip("uninstall_skips_absent_or_other_version");
    let target = Target::of(reference.unwrap_or_else(Interpreters::newest));
    let home = target.scratch.home();
    let theirs = || run_module(&target.python, "ensurepip._uninstall", &[], home);
    let said = |told: &Finished| (told.status(), told.stdout(), told.stderr());
    let before = Tree::of(&target.environment);
    let ours = uninstall(&target, reference, &[]);
    let nothing = format!("There is no pip to uninstall in {}\n", target.library().display());
    assert_eq!(said(&ours), (Some(0), nothing, String::new()));
    if reference.is_some() {
        assert_eq!(said(&theirs()), (Some(0), String::new(), String::new()));
    }
    assert!(before.differences("before", &Tree::of(&target.environment), "after").is_empty());

    let older = directory_of_older(&target, "25.0.1");
    target.tool().argument("--wheel-dir").argument(&older).run().expect_success();
    let before = Tree::of(&target.environment);
    let ours = uninstall(&target, reference, &[]);
    assert_eq!((ours.status(), ours.stdout()), (Some(0), String::new()), "{ours}");
    let message = "will only uninstall a matching version ('25.0.1' installed, ";
    assert!(ours.stderr().contains(message), "{ours}");
    if reference.is_some() {
        let [theirs, ours] = [theirs(), ours].map(|told| {
            let stderr = told.stderr();
            let (_program, message) = stderr.trim_end().split_once(' ').expect("it has words");
            (told.status(), told.stdout(), message.to_owned())
        });
        assert_eq!(ours, theirs);
    }
    assert!(before.differences("before", &Tree::of(&target.environment), "after").is_empty());
    let tool = Program::under_test(home).arguments(["uninstall", "--python"]);
    let tool = tool.argument(&target.python).argument("--wheel-dir").argument(older);
    tool.run().expect_success();
    assert!(!target.library().join("pip").exists());
}

/// Uninstalling asks no question, looks for no newer version, prints what `ensurepip._uninstall`
/// prints, and more with `-v`.
#[test]
fn uninstall_output_equals_ensurepip() {
    let reference = with_ensurepip("uninstall_output_equals_ensurepip");
    let target = Target::of(reference.unwrap_or_else(Interpreters::newest));
    let before = Tree::of(&target.environment);
    let install = || {
        let tool = target.tool();
        let tool = match reference {
            Some(interpreter) => tool.argument("--wheel-dir").argument(wheels_of(interpreter)),
            None => tool,
        };
        tool.run().expect_success();
    };
    let mut levels = Vec::new();
    for options in [&[][..], &["-v"]] {
        install();
        let told = uninstall(&target, reference, options).expect_success();
        assert_eq!(told.stderr(), "", "{told}");
        let after = Tree::of(&target.environment);
        assert_eq!(before.differences("before", &after, "after"), Vec::<String>::new());
        levels.push(told.stdout());
    }
    let has_all = levels[0].lines().all(|line| levels[1].contains(line));
    assert!(has_all && levels[1].lines().count() > levels[0].lines().count(), "{levels:?}");
    if reference.is_some() {
        install();
        let module = "ensurepip._uninstall";
        let theirs = run_module(&target.python, module, &[], target.scratch.home());
        assert_eq!(levels[0], theirs.expect_success().stdout());
    }
}

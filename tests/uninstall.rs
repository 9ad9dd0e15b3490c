//! Is pip removed, and nothing else? `behaviours` compares with `ensurepip._uninstall`.

use crate::support::pip_wheel::NEWEST;
use crate::support::process::Program;
use crate::support::target::{Target, below};
use crate::support::tree::Tree;
use std::fs;

fn uninstall(target: &Target) -> Program {
    Program::under_test(target.scratch.home())
        .arguments(["uninstall", "--python"])
        .argument(&target.python)
}

/// Like `python -m ensurepip._uninstall`, except that the target is asked and does not run the
/// removal.
#[test]
fn uninstall_restores_target_before_install() {
    let target = Target::new();
    let before = Tree::of(&target.environment);
    target.tool().argument("--default-pip").run().expect_success();
    let told = uninstall(&target).run().expect_success();
    assert_eq!(
        told.stdout(),
        format!(
            "Found existing installation: pip {NEWEST}\nUninstalling pip-{NEWEST}:\n  \
             Successfully uninstalled pip-{NEWEST}\n"
        )
    );
    assert_eq!(told.stderr(), "");
    let after = Tree::of(&target.environment);
    let differences = before.differences("before", &after, "after");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    // Once more: nothing is left to do, and with `-q` that is not reported.
    let quiet = uninstall(&target).argument("-q").run().expect_success();
    assert_eq!(quiet.stdout(), "");
}

#[test]
fn uninstall_keeps_foreign_files() {
    let target = Target::new();
    target.tool().run().expect_success();
    let library = target.library();
    fs::write(library.join("pip/extra.txt"), "theirs").expect("a file can be written");
    fs::write(target.environment.join("bin/pip3.99"), "theirs").expect("a file can be written");
    uninstall(&target).argument("-q").run().expect_success();
    let left = library.join("pip").read_dir().expect("it is there").flatten();
    assert_eq!(left.map(|entry| entry.file_name()).collect::<Vec<_>>(), ["extra.txt"]);
    assert!(target.environment.join("bin/pip3.99").is_file());
    assert!(!target.environment.join("bin/pip3").exists());
}

#[test]
fn uninstall_in_root_touches_nothing_outside() {
    let target = Target::new();
    target.tool().run().expect_success();
    let root = target.scratch.work().join("root");
    target.tool().argument("--root").argument(&root).run().expect_success();
    let environment = Tree::of(&target.environment);
    uninstall(&target).argument("--root").argument(&root).run().expect_success();
    assert!(!below(&root, &target.environment).join("bin/pip3").exists());
    let after = Tree::of(&target.environment);
    assert!(environment.differences("before", &after, "after").is_empty());
    // A root that does not exist has nothing to remove, and is not made.
    let absent = target.scratch.work().join("absent");
    let told = uninstall(&target).argument("--root").argument(&absent).run().expect_success();
    let library = below(&absent, &target.library());
    let expected = format!("\nThere is no pip to uninstall in {}\n", library.display());
    assert!(told.stdout().ends_with(&expected), "{told}");
    assert!(!absent.exists());
}

//! Does pip come to the user's own site, when it is asked to and when it must?

use crate::support::announce::announce;
use crate::support::interpreters::Interpreters;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::tree::Tree;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

#[test]
fn pip_comes_to_the_user_site_and_runs_from_there() {
    let interpreters = Interpreters::of_this_machine();
    let able: Vec<_> = interpreters.found.iter().collect();
    for interpreter in &able {
        let scratch = Scratch::new();
        let python = &interpreter.executable;
        let before = Tree::of(scratch.work());
        Program::under_test(scratch.home())
            .arguments([Path::new("--user"), Path::new("--python"), python])
            .run()
            .expect_success();
        let site = scratch.home().join(format!(".local/lib/python{}", interpreter.name()));
        let site = site.join("site-packages");
        assert!(site.join("pip/__init__.py").is_file());
        assert!(scratch.home().join(".local/bin/pip3").is_file());
        // The user site comes before that of the interpreter, which has a pip of its own.
        let told = Program::new(python, scratch.home()).arguments(["-m", "pip", "--version"]).run();
        let told = told.expect_success().stdout();
        assert!(told.contains(&*site.to_string_lossy()), "{told}");
        let after = Tree::of(scratch.work());
        assert!(before.differences("before", &after, "after").is_empty());
    }
    announce(&format!("user site: {}", interpreters.summary(&able)));
}

#[test]
fn the_base_may_be_elsewhere_but_must_be_absolute() {
    let python = &Interpreters::newest().executable;
    let scratch = Scratch::new();
    let base = scratch.work().join("base");
    let tool = |base: &str| {
        Program::under_test(scratch.home())
            .environment("PYTHONUSERBASE", base)
            .arguments([Path::new("--user"), Path::new("--python"), python])
            .run()
    };
    tool(&base.to_string_lossy()).expect_success();
    assert!(base.join("bin/pip3").is_file());
    assert!(!scratch.home().join(".local").exists());
    let refused = tool("relative/base");
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert!(refused.stderr().contains("`relative/base` is not an absolute path"), "{refused}");
    assert!(!scratch.home().join("relative").exists());
}

/// In the cases in which pip refuses.
#[test]
fn a_user_site_that_is_not_looked_into_takes_nothing() {
    let target = Target::new();
    let refused = target.refusal(&["--user"]);
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert!(refused.stderr().contains("not visible in this virtual environment"), "{refused}");

    let python = &Interpreters::newest().executable;
    let refused = Program::under_test(target.scratch.home())
        .environment("PYTHONNOUSERSITE", "1")
        .arguments([Path::new("--user"), Path::new("--python"), python])
        .run();
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert!(refused.stderr().contains("switched off for this Python"), "{refused}");
    assert!(!target.scratch.home().join(".local").exists());
}

/// As a user who may not write to the system's Python, and without asking.
#[test]
fn a_site_that_cannot_be_written_is_announced_and_left_alone() {
    let python = Path::new("/usr/bin/python3");
    if !python.exists() {
        announce("user site: there is no system Python; 0 cells ran");
        return;
    }
    let scratch = Scratch::new();
    for directory in [scratch.home(), scratch.home().parent().expect("it has a parent")] {
        fs::set_permissions(directory, Permissions::from_mode(0o777)).expect("it is ours");
    }
    // The program may lie where another user cannot reach it.
    let tool = scratch.work().join("ensurepip-host");
    fs::copy(env!("CARGO_BIN_EXE_ensurepip-host"), &tool).expect("it can be copied");
    let is_root = Program::new(Path::new("/usr/bin/id"), scratch.home()).argument("-u").run();
    let program = if is_root.expect_success().stdout() == "0\n" {
        Program::new(Path::new("setpriv"), scratch.home())
            .arguments(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .argument(&tool)
    } else {
        Program::new(&tool, scratch.home())
    };
    let told = program
        .arguments([Path::new("--break-system-packages"), Path::new("--python"), python])
        .run()
        .expect_success()
        .stdout();
    let announced =
        "Defaulting to user installation because normal site-packages is not writeable\n";
    assert!(told.starts_with(announced), "{told}");
    assert!(scratch.home().join(".local/bin/pip3").is_file());
    announce("user site: a site that cannot be written; 1 cell ran");
}

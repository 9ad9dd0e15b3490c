//! Is pip installed into the user's own site, on request and where that is the only way?

use crate::support::announce::{announce, fail_if_required, report_skipped};
use crate::support::interpreters::Interpreters;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::target::{Target, below};
use crate::support::tree::Tree;
use crate::support::users::{as_nobody, copy_tool, is_root};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

#[test]
fn user_site_install_runs_from_user_site() {
    let interpreters = Interpreters::of_this_machine();
    let able = interpreters.cpythons();
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
        // The user site precedes that of the interpreter, which has a pip of its own.
        let told = Program::new(python, scratch.home()).arguments(["-m", "pip", "--version"]).run();
        let told = told.expect_success().stdout();
        assert!(told.contains(&*site.to_string_lossy()), "{told}");
        let after = Tree::of(scratch.work());
        assert!(before.differences("before", &after, "after").is_empty());
    }
    announce(&format!("user site: {}", interpreters.summary(&able)));
    fail_if_required(&interpreters.missing);
}

#[test]
fn user_site_base_variable_must_be_absolute() {
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

/// In the cases in which pip refuses as well.
#[test]
fn user_site_disabled_or_invisible_is_refused() {
    let target = Target::new();
    let message = target.error(&["--user"], "user-site");
    assert!(message.contains("virtual environment"), "{message}");

    let python = &Interpreters::newest().executable;
    let refused = Program::under_test(target.scratch.home())
        .environment("PYTHONNOUSERSITE", "1")
        .arguments([Path::new("--user"), Path::new("--python"), python])
        .run();
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert!(refused.stderr().contains("switched off for this Python"), "{refused}");
    assert!(!target.scratch.home().join(".local").exists());
}

/// As a user who may not write to the system's Python, and without an option for it.
#[test]
fn user_site_is_default_if_site_packages_is_read_only() {
    let python = Path::new("/usr/bin/python3");
    if !python.exists() {
        report_skipped("user site", "/usr/bin/python3");
        return;
    }
    let scratch = Scratch::new();
    let program = as_another_user(&scratch);
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

/// With a root, nothing is created in the user's home, nor in the directory of that path in the root, which is
/// writable.
#[test]
fn root_not_writable_is_refused_without_user_site() {
    let python = Path::new("/usr/bin/python3");
    if !python.exists() {
        report_skipped("user site", "/usr/bin/python3");
        return;
    }
    let scratch = Scratch::new();
    let root = scratch.work().join("root");
    let home = below(&root, scratch.home());
    fs::create_dir_all(&home).expect("directories can be made");
    fs::set_permissions(&home, Permissions::from_mode(0o777)).expect("it is ours");
    fs::set_permissions(&root, Permissions::from_mode(0o555)).expect("it is ours");
    let before = Tree::of(&root);
    let refused = as_another_user(&scratch)
        .arguments([Path::new("--python"), python, Path::new("--root"), &root])
        .run();
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert!(refused.stderr().contains(&*root.to_string_lossy()), "{refused}");
    assert_eq!(scratch.home().read_dir().expect("it can be listed").count(), 0);
    let changes = before.differences("before", &Tree::of(&root), "after");
    assert!(changes.is_empty(), "{}", changes.join("\n"));
}

#[test]
fn user_site_scripts_not_on_path_cause_warning() {
    let python = &Interpreters::newest().executable;
    let scratch = Scratch::new();
    let tool = |arguments: &[&str]| {
        Program::under_test(scratch.home())
            .arguments(["--no-compile", "--python"])
            .argument(python)
            .arguments(arguments)
            .run()
            .expect_success()
    };
    let scripts = scratch.home().join(".local/bin");
    let told = tool(&["--user"]).stderr();
    assert!(told.contains(&format!("`{}`, which is not on PATH", scripts.display())), "{told}");
    let root = scratch.work().join("root").to_string_lossy().into_owned();
    assert_eq!(tool(&["--user", "--root", &root]).stderr(), "");
}

/// Outside of a virtual environment, where pip prints a warning.
#[test]
fn user_site_of_root_user_causes_no_warning() {
    if !is_root() {
        report_skipped("user site of root", "tests that run as root");
        return;
    }
    let interpreters = Interpreters::of_this_machine().with_ensurepip();
    let newest = interpreters.iter().rfind(|python| !python.is_pypy);
    let python = &newest.expect("there is a CPython").executable;
    let warning = "Running pip as the 'root' user";
    // Each has a separate home, in which there is no pip yet.
    let [theirs, ours] = [Scratch::new(), Scratch::new()];
    let bin = |scratch: &Scratch| scratch.home().join(".local/bin");
    let path = bin(&theirs).to_string_lossy().into_owned();
    let ensurepip = Program::new(python, theirs.home()).arguments(["-m", "ensurepip", "--user"]);
    let finished = ensurepip.environment("PATH", &path).run().expect_success();
    assert!(finished.stderr().contains(warning), "{finished}");
    let path = bin(&ours).to_string_lossy().into_owned();
    let tool = Program::under_test(ours.home()).arguments(["--user", "--python"]).argument(python);
    let finished = tool.environment("PATH", &path).run().expect_success();
    assert_eq!(finished.stderr(), "");
    assert!(bin(&ours).join("pip3").is_file(), "{finished}");
}

/// The tool, run by a user who may write to the home of the test, and not to the system's Python.
fn as_another_user(scratch: &Scratch) -> Program {
    fs::set_permissions(scratch.home(), Permissions::from_mode(0o777)).expect("it is ours");
    as_nobody(&copy_tool(scratch), scratch.home())
}

//! Command lines: what is accepted, and what is printed.

use super::{last_line, run_module, trap, with_copy, with_ensurepip};
use crate::support::interpreters::Interpreters;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::tree::Tree;
use ensurepip_host::{Bootstrap, Error};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The options of `ensurepip`.
const OPTIONS: [&str; 8] = [
    "--help",
    "--version",
    "--verbose",
    "--upgrade",
    "--user",
    "--root",
    "--altinstall",
    "--default-pip",
];

/// `-v`, `-vv` and `-vvv` each print more than the one before; `-v -v -v` is `-vvv`, and
/// `--verbose` is `-v`. The report stays on standard output.
#[test]
fn verbose_levels_increase_output() {
    let target = Target::new();
    let said = |options: &[&str]| {
        let told = target.tool().argument("--dry-run").arguments(options).run().expect_success();
        (told.stdout(), told.stderr().lines().count())
    };
    let levels = [&[][..], &["-v"], &["-vv"], &["-vvv"]].map(said);
    for (less, more) in levels.iter().zip(&levels[1..]) {
        let lines = |said: &(String, usize)| said.0.lines().count() + said.1;
        assert!(lines(less) < lines(more), "{less:?} {more:?}");
    }
    let (reports, logs): (Vec<_>, Vec<_>) = levels.iter().cloned().unzip();
    assert!(reports[1] == reports[2] && reports[2] == reports[3], "{reports:?}");
    assert!(logs[..2] == [0, 0] && logs[2] > 0, "{logs:?}");
    for (spelling, level) in [
        (&["--verbose"][..], 1),
        (&["-v", "-v"], 2),
        (&["-v", "-v", "-v"], 3),
        (&["-vv", "--verbose"], 3),
    ] {
        assert_eq!(said(spelling), levels[level], "{spelling:?}");
    }
    let lines_of_installation = |option: &str| {
        let target = Target::new();
        let told = target.tool().arguments(["--no-compile", option]).run().expect_success();
        told.stderr().lines().count()
    };
    // Each file is a line.
    assert!(lines_of_installation("-vvv") > lines_of_installation("-vv") + 400);
}

/// `altinstall` and `default_pip` together are a `ValueError`, in the library as on the command
/// line, and nothing is run.
#[test]
fn altinstall_with_default_pip_runs_nothing() {
    let scratch = Scratch::new();
    let trap = trap(&scratch);
    let both = ["--altinstall", "--default-pip"];
    let told = Program::under_test(scratch.home())
        .environment("PATH", &trap.to_string_lossy())
        .arguments(both)
        .run();
    let error = Bootstrap::new()
        .python(trap.join("python3"))
        .altinstall(true)
        .default_pip(true)
        .run()
        .expect_err("it is a conflict");
    assert!(matches!(error, Error::ConflictingScripts), "{error:?}");
    assert_eq!(told.status(), Some(1), "{told}");
    assert_eq!((told.stdout(), told.stderr()), (String::new(), format!("error: {error}\n")));
    assert!(!trap.join("ran").exists());
    if let Some(interpreter) = with_ensurepip("altinstall_with_default_pip_runs_nothing") {
        let theirs = run_module(&interpreter.executable, "ensurepip", &both, scratch.home());
        assert_eq!(theirs.status(), Some(1), "{theirs}");
        assert_eq!(last_line(&theirs.stderr()), format!("ValueError: {error}"));
    }
}

/// `--version` prints `pip VERSION` and ends, whatever else is on the command line; nothing is run.
#[test]
fn version_option_runs_no_python() {
    let scratch = Scratch::new();
    let trap = trap(&scratch);
    let mut told = Vec::new();
    for others in [&[][..], &["-U", "--user", "--root", "/nowhere"], &["--alt", "--default-pip"]] {
        let ours = Program::under_test(scratch.home())
            .environment("PATH", &trap.to_string_lossy())
            .argument("--version")
            .arguments(others)
            .run()
            .expect_success();
        assert_eq!(ours.stderr(), "");
        told.push(ours.stdout());
    }
    assert!(told.iter().all(|said| *said == told[0]), "{told:?}");
    assert!(!trap.join("ran").exists());

    // In place of CPython's own, both programs print its first line, in the same form.
    let Some(copy) = with_copy("version_option_runs_no_python", &scratch) else { return };
    let modules = ["ensurepip", "ensurepip._uninstall"];
    let version_of = |module: &str| {
        let told = copy.run(scratch.home()).arguments(["-m", module, "--version"]);
        told.run().expect_success().stdout()
    };
    let theirs = modules.map(version_of);
    copy.use_shim();
    let line = told[0].lines().next().map(|line| format!("{line}\n")).expect("it is that of pip");
    assert_eq!(modules.map(version_of), [&*line, &*line]);
    assert_eq!(theirs[0], theirs[1]);
    assert_eq!(theirs[0].split(' ').next(), told[0].split(' ').next());
    assert_eq!(scratch.home().read_dir().expect("it is there").count(), 0);
}

/// The exit status reports the result: 0, or 1 after a failure; as a function, `_main` returns the
/// program's exit status.
#[test]
fn exit_status_reports_success_or_failure() {
    let target = Target::new();
    assert_eq!(target.tool().argument("--no-compile").run().status(), Some(0));
    assert_eq!(target.tool().run().status(), Some(0));
    let failed = target.refusal(&["--wheel-dir", "/nowhere"]);
    assert_eq!(failed.status(), Some(1), "{failed}");

    let Some(copy) = with_copy("exit_status_reports_success_or_failure", &target.scratch) else {
        return;
    };
    copy.use_shim();
    let ending = target.scratch.work().join("ending");
    let main = "import ensurepip; print(ensurepip._main([]))";
    for status in ["0", "1", "2"] {
        fs::write(&ending, format!("#!/bin/sh\nexit {status}\n")).expect("it can be written");
        fs::set_permissions(&ending, fs::Permissions::from_mode(0o755)).expect("it is ours");
        let python = copy.run(target.scratch.home());
        let told = python.environment("ENSUREPIP_HOST", &ending.to_string_lossy());
        let told = told.arguments(["-c", main]).run().expect_success();
        assert_eq!(told.stdout(), format!("{status}\n"), "{told}");
    }
}

/// All options together have the same effect in any order.
#[test]
fn options_work_in_any_order() {
    let scratch = Scratch::new();
    let python = &Interpreters::newest().executable;
    let [one, other] = ["one", "other"].map(|name| scratch.work().join(name));
    let run = |order: &[usize], root: &Path, more: &str| {
        let root = root.to_string_lossy();
        let options = [&["--root", &root][..], &["--upgrade"], &["--user"], &["-vv"]];
        let tool = Program::under_test(scratch.home()).argument("--python").argument(python);
        let ordered = order.iter().flat_map(|index| options[*index]);
        tool.arguments(ordered).argument(more).run().expect_success().stdout()
    };
    let orders = orders();
    assert_eq!(orders.len(), 24);
    let told: Vec<_> = orders.iter().map(|order| run(order, &one, "--dry-run")).collect();
    assert!(told.iter().all(|said| *said == told[0]), "{told:?}");
    run(&orders[0], &one, "--no-compile");
    run(&orders[23], &other, "--no-compile");
    let (one, other) = (Tree::of(&one), Tree::of(&other));
    let differences = one.differences("one order", &other, "another");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(one.paths().any(|path| path.ends_with(".local/bin/pip3")));
}

/// `--help` ends with 0 and names all options; for an unknown option the program names it and ends
/// with 2; neither runs anything.
#[test]
fn help_exits_with_0_and_unknown_option_with_2() {
    let scratch = Scratch::new();
    let trap = trap(&scratch);
    let tool = |option: &str| {
        let tool = Program::under_test(scratch.home());
        tool.environment("PATH", &trap.to_string_lossy()).argument(option).run()
    };
    let (help, unknown) = (tool("--help"), tool("--unknown"));
    assert_eq!((help.status(), unknown.status()), (Some(0), Some(2)), "{help}{unknown}");
    assert!(unknown.stderr().contains("'--unknown'"), "{unknown}");
    assert_eq!((help.stderr(), unknown.stdout()), (String::new(), String::new()));
    let mut helps = vec![help.stdout()];
    if let Some(interpreter) = with_ensurepip("help_exits_with_0_and_unknown_option_with_2") {
        let run =
            |option| run_module(&interpreter.executable, "ensurepip", &[option], scratch.home());
        let (help, unknown) = (run("--help"), run("--unknown"));
        assert_eq!((help.status(), unknown.status()), (Some(0), Some(2)), "{help}{unknown}");
        assert!(unknown.stderr().contains("--unknown"), "{unknown}");
        helps.push(help.stdout());
    }
    for help in helps {
        for option in OPTIONS {
            assert!(help.contains(option), "{option} is not in\n{help}");
        }
    }
    assert!(!trap.join("ran").exists());
}

/// All permutations of four items.
fn orders() -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for next in 0..4 {
        orders = orders
            .iter()
            .flat_map(|order| {
                (0..=order.len()).map(move |place| {
                    let mut longer: Vec<usize> = order.clone();
                    longer.insert(place, next);
                    longer
                })
            })
            .collect();
    }
    orders
}

//! Is a wheel refused that was damaged inside the program?

use crate::support::announce::report_skipped;
use crate::support::copy::write_program;
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::pip_wheel::PipWheel;
use crate::support::process::{Finished, Program};
use crate::support::target::Target;
use crate::support::tree::Tree;
use ensurepip_wheels::BUNDLED;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The first Python that the newest pip supports.
const FIRST_WITH_NEWEST: (u32, u32) = (3, 10);

/// Writes a program in which a byte in the middle of a bundled wheel is changed.
fn damage(wheel: &PipWheel, directory: &Path) -> PathBuf {
    let mut program = fs::read(env!("CARGO_BIN_EXE_ensurepip-host")).expect("it can be read");
    let bundled = BUNDLED.iter().find(|bundled| bundled.version == wheel.version);
    let sound = bundled.expect("it is bundled").contents.bytes;
    let place = program.windows(sound.len()).position(|window| window == sound);
    let last = program.windows(sound.len()).rposition(|window| window == sound);
    assert_eq!(place, last, "the program has the wheel more than once");
    program[place.expect("the program has it as it is") + sound.len() / 2] ^= 1;
    let path = directory.join(format!("damaged-{}", wheel.version));
    write_program(&path, program);
    path
}

/// Runs this program.
fn run(program: &Path, target: &Target, arguments: &[&str]) -> Finished {
    Program::new(program, target.scratch.home())
        .arguments(arguments)
        .arguments([Path::new("--json"), Path::new("--python"), &target.python])
        .run()
}

fn expect_refused(program: &Path, interpreter: &Interpreter, wheel: &PipWheel) {
    let target = Target::of(interpreter);
    let before = Tree::of(target.scratch.work());
    for arguments in [&[][..], &["--dry-run"], &["status"], &["uninstall"]] {
        let refused = run(program, &target, arguments);
        assert_eq!(refused.status(), Some(1), "{refused}");
        let document: Value = serde_json::from_str(&refused.stdout()).expect("it is JSON");
        assert_eq!(document["error"]["code"], "wheel-damaged", "{refused}");
        let name = format!("pip-{}-py3-none-any.whl", wheel.version);
        assert!(refused.stderr().contains(&name), "{refused}");
        let differences = before.differences("before", &Tree::of(target.scratch.work()), "after");
        assert!(differences.is_empty(), "{refused}\n{}", differences.join("\n"));
    }
}

#[test]
fn damaged_wheel_is_refused() {
    let wheels = PipWheel::bundled();
    let [.., newest] = wheels.as_slice() else { panic!("no wheel is bundled") };
    let target = Target::new();
    let program = damage(newest, target.scratch.work());
    expect_refused(&program, Interpreters::newest(), newest);
}

/// A damaged wheel does not matter unless it is the one to install.
#[test]
fn wheel_for_an_older_python_is_checked_when_it_is_installed() {
    let older = |python: &&Interpreter| python.version < FIRST_WITH_NEWEST;
    let Some(interpreter) = Interpreters::of_this_machine().found.iter().rfind(older) else {
        return report_skipped("a damaged wheel for an older Python", "a Python before 3.10");
    };
    let target = Target::new();
    let dry = Program::under_test(target.scratch.home())
        .arguments([Path::new("--dry-run"), Path::new("--python"), &interpreter.executable])
        .arguments([Path::new("--root"), &target.scratch.work().join("root")])
        .run()
        .expect_success();
    let preview = dry.stdout();
    let version = preview.trim_end().rsplit_once("Would install pip-").expect("it is named").1;
    let wheel = PipWheel::bundled().into_iter().find(|wheel| wheel.version == version);
    let wheel = wheel.expect("it is bundled");
    let program = damage(&wheel, target.scratch.work());
    expect_refused(&program, interpreter, &wheel);
    run(&program, &target, &[]).expect_success();
}

/// What is installed is known before a wheel is needed.
#[test]
fn run_with_nothing_to_do_unpacks_no_wheel() {
    let wheels = PipWheel::bundled();
    let [.., newest] = wheels.as_slice() else { panic!("no wheel is bundled") };
    let target = Target::new();
    target.tool().argument("--no-compile").run().expect_success();
    let program = damage(newest, target.scratch.work());
    run(&program, &target, &["--no-compile"]).expect_success();
    assert_eq!(run(&program, &target, &["-U", "--dry-run"]).status(), Some(0));
}

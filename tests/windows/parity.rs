//! The result of CPython's own `ensurepip`, from the same wheel, at the same place.

use super::{Machine, with_python};
use crate::support::process::Program;
use crate::support::tree::{Tree, is_bytecode};
use crate::support::windows_python::WindowsPython;
use crate::support::wine::windows_path;
use std::fs;
use std::path::Path;

#[test]
fn windows_global_install_equals_ensurepip() {
    with_python("parity", |machine| {
        let prefix = &machine.python.prefix;
        let python = machine.run_python(&machine.python.executable());
        let ensurepip = python.arguments(["-m", "ensurepip"]);
        compare(prefix, ensurepip, with_its_wheel(machine, machine.tool()), || {
            WindowsPython::copy_to(prefix).expect("there was one before");
        });
    });
}

#[test]
fn windows_venv_install_equals_ensurepip() {
    with_python("parity, venv", |machine| {
        let environment = machine.scratch.work().join("venv");
        let make = || {
            let make = machine.run_python(&machine.python.executable());
            let make = make.arguments(["-m", "venv", "--without-pip"]);
            make.argument(windows_path(&environment)).run().expect_success();
        };
        make();
        let python = environment.join("Scripts/python.exe");
        let ensurepip = machine.run_python(&python).arguments(["-m", "ensurepip", "--default-pip"]);
        // As if the environment were active.
        let tool = machine.wine.tool(machine.scratch.home()).argument("--default-pip");
        let tool = tool.environment("VIRTUAL_ENV", &windows_path(&environment));
        compare(&environment, ensurepip, with_its_wheel(machine, tool), make);
        let told = machine.run_python(&environment.join("Scripts/pip.exe")).argument("--version");
        let place = windows_path(&environment.join("Lib/site-packages/pip"));
        assert!(told.run().expect_success().stdout().contains(&format!(" from {place} (")));
    });
}

#[test]
fn windows_user_install_equals_ensurepip() {
    with_python("parity, user", |machine| {
        let base = machine.scratch.work().join("AppData");
        // Wine sets the variable itself, whatever it was before.
        let with_base = |line: &str| {
            let set = format!("set APPDATA={}", windows_path(&base));
            machine.run_python(Path::new("cmd")).argument("/c").argument(format!("{set}&& {line}"))
        };
        let python = windows_path(&machine.python.executable());
        let options = "--user --altinstall";
        let ensurepip = with_base(&format!("{python} -m ensurepip {options}"));
        let tool = windows_path(machine.wine.tool_path());
        let wheels = windows_path(&machine.python.prefix.join("Lib/ensurepip/_bundled"));
        let tool = format!("{tool} --python {python} --wheel-dir {wheels} {options}");
        let before = Tree::of(&machine.python.prefix);
        compare(&base, ensurepip, with_base(&tool), || {});
        let scripts = base.join("Python/Python312/Scripts");
        assert!(scripts.join("pip3.12.exe").is_file() && !scripts.join("pip3.exe").exists());
        let changes = before.differences("before", &Tree::of(&machine.python.prefix), "after");
        assert!(changes.is_empty(), "{}", changes.join("\n"));
    });
}

/// The tool, with the wheel of the Python's `ensurepip`.
fn with_its_wheel(machine: &Machine, tool: Program) -> Program {
    let wheels = windows_path(&machine.python.prefix.join("Lib/ensurepip/_bundled"));
    tool.arguments(["--wheel-dir", &wheels])
}

/// Makes both install below one directory, in turn, which is made anew in between, and compares the
/// results.
fn compare(place: &Path, ensurepip: Program, tool: Program, make_anew: impl Fn()) {
    ensurepip.source_date_epoch().run().expect_success();
    let mut theirs = Tree::of(place);
    fs::remove_dir_all(place).expect("a directory of the test can be removed");
    make_anew();
    tool.source_date_epoch().run().expect_success();
    let mut ours = Tree::of(place);
    assert!(ours.files().any(|path| path.ends_with("pip/__init__.py")));
    // The difference named `bytecode-separators`.
    assert!(theirs.rewrite(is_bytecode, with_backslashes));
    // Files have no modes there. The modes seen from here are Wine's.
    theirs.change_modes(|_| 0);
    ours.change_modes(|_| 0);
    let differences = theirs.differences("ensurepip", &ours, "tool");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Bytecode of pip with backslashes in the path of its source.
fn with_backslashes(bytecode: &[u8]) -> Vec<u8> {
    const LIBRARY: &[u8] = b"\\site-packages\\";
    let mut changed = bytecode.to_vec();
    for start in 0..bytecode.len() {
        if bytecode[start..].starts_with(LIBRARY) {
            let path = bytecode[start..].windows(3);
            let end = start + path.take_while(|end| *end != b".py").count();
            changed[start..end]
                .iter_mut()
                .filter(|byte| **byte == b'/')
                .for_each(|byte| *byte = b'\\');
        }
    }
    changed
}

//! Faults of what would be put elsewhere than the library: data and scripts.

use super::{FaultCode, assert_refused, pip};

#[test]
fn data_of_an_unknown_key_or_another_wheel_is_refused() {
    for name in [
        "pip-26.3.data/bogus/evil.py",
        "pip-26.3.data/PURELIB/evil.py",
        "pip-26.3.data/evil.py",
        "pip-26.3.data/purelib",
        "other-1.0.data/purelib/evil.py",
        "PIP-26.3.DATA/purelib/evil.py",
    ] {
        assert_refused(FaultCode::DataKey, name, &pip().file(name, "evil"));
    }
}

#[test]
fn entry_points_that_are_more_than_a_reference_are_refused() {
    let name = "pip-26.3.dist-info/entry_points.txt";
    for line in ["x = evil:main;print(1)", "x = evil", "x = evil:", "x = evil:main()", "x"] {
        let contents = format!("[console_scripts]\npip = pip:main\n{line}\n");
        assert_refused(FaultCode::EntryPoint, name, &pip().entry_points(&contents));
    }
    assert_refused(FaultCode::EntryPoint, name, &pip().entry_points("x = evil:main\n"));
}

#[test]
fn scripts_that_climb_or_pass_for_an_interpreter_are_refused() {
    let entry_points = "pip-26.3.dist-info/entry_points.txt";
    for name in [
        "../x",
        "/tmp/x",
        "sub/x",
        "..\\x",
        "python",
        "python3",
        "Python.exe",
        "pypy3",
        "aux",
        "a;b",
    ] {
        let contents = format!("[console_scripts]\npip = pip:main\n{name} = pip:main\n");
        assert_refused(FaultCode::ScriptName, entry_points, &pip().entry_points(&contents));
    }
    for name in ["scripts/python3", "scripts/PYTHON.EXE", "scripts/sub/x", "data/bin/python3.13"] {
        let entry = format!("pip-26.3.data/{name}");
        assert_refused(FaultCode::ScriptName, &entry, &pip().data(name, "evil"));
    }
}

#[test]
fn two_scripts_of_one_name_are_refused() {
    let entry_points = "pip-26.3.dist-info/entry_points.txt";
    let by_case = pip().entry_points("[console_scripts]\npip = pip:main\nPIP = pip:main\n");
    assert_refused(FaultCode::ScriptName, entry_points, &by_case);
    let by_window = pip().entry_points("[console_scripts]\nx = a:b\n[gui_scripts]\nx = a:b\n");
    assert_refused(FaultCode::ScriptName, entry_points, &by_window);
    let by_file = pip().data("scripts/pip3", "evil");
    assert_refused(FaultCode::ScriptName, "pip-26.3.data/scripts/pip3", &by_file);
}

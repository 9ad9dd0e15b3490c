//! Targets on Windows: launcher programs, `.exe`, drives and backslashes.

use super::target::Target;
use super::{apply, pip, plan};
use crate::bindings::ensurepip::bootstrap::types::{ReportedPaths, Role, SchemeSource};
use crate::bindings::exports::ensurepip::bootstrap::installer::ScriptContent as Content;

/// The paths in an installed `RECORD` of what is outside the library.
fn outer_paths(target: &Target) -> Vec<String> {
    let record = target.text(Role::Purelib, "pip-30.3.dist-info/RECORD");
    let paths = record.lines().filter_map(|row| row.split(',').next());
    paths.filter(|path| !path.starts_with("pip")).map(str::to_owned).collect()
}

#[test]
fn record_on_windows_uses_forward_slashes_and_exe_names() {
    let target = Target::windows("win-amd64", &[Role::Purelib, Role::Data]);
    let wheel = pip().data("data/share/pip.txt", "").data("scripts/tool.bat", "");
    let planned = plan(&wheel, &target).expect("the wheel is sound");
    assert_eq!(planned.scheme.purelib, r"C:\Py\Lib\site-packages");
    assert_eq!(planned.scheme.scripts, r"C:\Py\Scripts");
    let report = apply(&wheel, &target).expect("the wheel is sound");
    assert_eq!(report.scripts, ["tool.bat", "pip3.exe", "pip3.13.exe"]);
    let expected = [
        "../../Scripts/pip3.13.exe",
        "../../Scripts/pip3.exe",
        "../../Scripts/tool.bat",
        "../../share/pip.txt",
    ];
    assert_eq!(outer_paths(&target), expected);
}

#[test]
fn bytecode_source_path_on_windows_has_backslashes() {
    let target = Target::windows("win-amd64", &[Role::Purelib]);
    apply(&pip(), &target).expect("the wheel is sound");
    let sources = target.sources.borrow();
    assert_eq!(sources[0].source.path, r"C:\Py\Lib\site-packages\pip\__init__.py");
}

#[test]
fn scripts_on_other_drive_are_recorded_by_absolute_path() {
    let mut target = Target::windows("win-amd64", &[Role::Purelib]);
    target.python.scheme_source = SchemeSource::Reported(ReportedPaths {
        purelib: r"C:\Py\Lib\site-packages".to_owned(),
        platlib: r"C:\Py\Lib\site-packages".to_owned(),
        include: r"C:\Py\Include".to_owned(),
        scripts: r"D:\Scripts".to_owned(),
        data: r"C:\Py".to_owned(),
    });
    apply(&pip(), &target).expect("the wheel is sound");
    assert_eq!(outer_paths(&target), ["D:/Scripts/pip3.13.exe", "D:/Scripts/pip3.exe"]);
}

#[test]
fn launcher_stub_matches_windows_platform() {
    let commands = "[console_scripts]\npip = pip:main\n";
    let windowed = "[gui_scripts]\nwindow = pip:main\n";
    for (platform, entry_points, expected) in [
        ("win-amd64", commands, "MZ t64"),
        ("win-arm64", commands, "MZ t64-arm"),
        ("win32", commands, "MZ t32"),
        ("win-arm32", commands, "MZ t32"),
        ("win-amd64", windowed, "MZ w64"),
    ] {
        let target = Target::windows(platform, &[Role::Purelib]);
        let wheel = pip().entry_points(entry_points);
        apply(&wheel, &target).expect("the wheel is sound");
        let staged = target.staged.borrow();
        let Content::Launcher(launcher) = &staged[0].0.content else {
            panic!("it is of another kind")
        };
        assert_eq!(launcher.gui, entry_points == windowed);
        assert_eq!(launcher.stub.as_deref(), Some(expected.as_bytes()), "{platform}");
    }
}

#[test]
fn launcher_stub_missing_from_wheel_is_left_to_host() {
    let target = Target::windows("win-amd64", &[Role::Purelib]);
    let wheel = pip().without("pip/_vendor/distlib/t64.exe");
    let report = apply(&wheel, &target).expect("the wheel is sound");
    assert_eq!(report.scripts, ["pip3.exe", "pip3.13.exe"]);
    for (script, _) in &*target.staged.borrow() {
        let Content::Launcher(launcher) = &script.content else { panic!("it is of another kind") };
        assert_eq!(launcher.stub, None);
    }
}

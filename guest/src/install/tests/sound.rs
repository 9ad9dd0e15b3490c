//! What a sound wheel comes to.

use super::driver::Done;
use super::target::Target;
use super::zip_builder::MODIFIED;
use super::{apply, apply_as, given, pip, plan, request};
use crate::bindings::ensurepip::bootstrap::types::{
    Error, Request, Role, Scheme, UnsupportedPython, VersionInfo,
};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Action, Found, PlannedFile, WheelInfo,
};
use crate::install;

/// The tree of the wheel, installed.
const INSTALLED: [&str; 25] = [
    "pip-30.3.dist-info/",
    "pip-30.3.dist-info/INSTALLER",
    "pip-30.3.dist-info/METADATA",
    "pip-30.3.dist-info/RECORD",
    "pip-30.3.dist-info/REQUESTED",
    "pip-30.3.dist-info/WHEEL",
    "pip-30.3.dist-info/entry_points.txt",
    "pip-30.3.dist-info/licenses/",
    "pip-30.3.dist-info/licenses/LICENSE.txt",
    "pip/",
    "pip/__init__.py",
    "pip/__pycache__/",
    "pip/__pycache__/__init__.cpython-313.pyc",
    "pip/_internal/",
    "pip/_internal/__init__.py",
    "pip/_internal/__pycache__/",
    "pip/_internal/__pycache__/__init__.cpython-313.pyc",
    "pip/_vendor/",
    "pip/_vendor/README.rst",
    "pip/_vendor/distlib/",
    "pip/_vendor/distlib/t32.exe",
    "pip/_vendor/distlib/t64-arm.exe",
    "pip/_vendor/distlib/t64.exe",
    "pip/_vendor/distlib/w64.exe",
    "pip/_vendor/invalid.py",
];

/// The scheme of the target.
fn scheme() -> Scheme {
    Scheme {
        purelib: "/py/lib/python3.13/site-packages".to_owned(),
        platlib: "/py/lib/python3.13/site-packages".to_owned(),
        headers: "/py/include/python3.13/pip".to_owned(),
        scripts: "/py/bin".to_owned(),
        data: "/py".to_owned(),
    }
}

#[test]
fn plan_without_grants_returns_scheme_and_grants() {
    let target = Target::posix(&[]);
    let planned = plan(&pip(), &target).expect("the wheel is sound");
    assert_eq!((planned.project.as_str(), planned.version.as_str()), ("pip", "30.3"));
    assert_eq!(planned.scheme, scheme());
    assert_eq!(planned.grants, [Role::Purelib]);
    assert_eq!(target.journal.calls(), ["report Step::Check 0 of 13"]);
}

#[test]
fn plan_that_keeps_returns_scheme_and_grants() {
    let target = Target::posix(&[Role::Purelib, Role::Data]);
    let wheel = pip().data("data/share/pip.1", "manual\n").data("scripts/tool", "#!python\n");
    apply(&wheel, &target).expect("the wheel is sound");
    let planned = plan(&wheel, &target).expect("there is nothing to do");
    assert!(matches!(planned.action, Action::Keep(found) if found.version == "30.3"));
    assert_eq!((planned.project.as_str(), planned.version.as_str()), ("pip", "30.3"));
    assert_eq!(planned.scheme, scheme());
    assert_eq!(planned.grants, [Role::Purelib, Role::Data]);
    assert_eq!((planned.files, planned.scripts), (Vec::new(), Vec::new()));
}

#[test]
fn find_without_grants_returns_scheme_alone() {
    let target = Target::posix(&[]);
    for upgrade in [false, true] {
        let found = install::find(&pip().file_name, &target.python, upgrade, &target);
        assert_eq!(found, Ok(Found { scheme: scheme(), kept: None, present: Vec::new() }));
    }
    let misnamed = install::find("pip.whl", &target.python, false, &target);
    assert!(matches!(misnamed, Err(Error::UnsoundWheel(_))));
    assert_eq!(target.journal.calls(), [""; 0]);
}

#[test]
fn check_returns_wheel_info_and_opens_no_directory() {
    let target = Target::posix(&[Role::Purelib]);
    let wheel = pip();
    let info = install::check(&given(&wheel), Vec::new(), &target);
    let expected = WheelInfo {
        project: "pip".to_owned(),
        version: "30.3".to_owned(),
        requires_python: Some(">=3.9".to_owned()),
        requires_dist: Vec::new(),
        license_expression: None,
        licenses: Vec::new(),
        files: 12,
        sha256: None,
    };
    assert_eq!(info, Ok(expected));
    assert_eq!(target.journal.calls(), ["report Step::Check 0 of 13"]);
}

#[test]
fn unsound_wheel_is_refused_by_each_call() {
    let target = Target::posix(&[Role::Purelib]);
    let spoiled = given(&pip().file("x.py", "").unlisted("x.py"));
    for _ in 0..2 {
        let planned = install::plan(&[&spoiled], &target.python, &request(), &target);
        assert!(matches!(planned, Err(Error::UnsoundWheel(_))));
    }
}

#[test]
fn plan_lists_files_and_scripts_and_writes_nothing() {
    let target = Target::posix(&[Role::Purelib]);
    target.memory(Role::Purelib).put("other/__init__.py", b"");
    let before = target.trees();
    let report = plan(&pip(), &target).expect("the wheel is sound");
    assert_eq!(target.trees(), before);
    assert_eq!(report.action, Action::Install);
    assert_eq!(report.scripts, ["pip3", "pip3.13"]);
    let file = |path: &str, size, executable| PlannedFile {
        role: Role::Purelib,
        path: path.to_owned(),
        size,
        executable,
    };
    let expected = [
        file("pip/__init__.py", 17, false),
        file("pip/_internal/__init__.py", 0, true),
        file("pip/_vendor/README.rst", 9, false),
        file("pip/_vendor/distlib/t32.exe", 6, false),
        file("pip/_vendor/distlib/t64-arm.exe", 10, false),
        file("pip/_vendor/distlib/t64.exe", 6, false),
        file("pip/_vendor/distlib/w64.exe", 6, false),
        file("pip/_vendor/invalid.py", 17, false),
        file("pip-30.3.dist-info/METADATA", 69, false),
        file("pip-30.3.dist-info/WHEEL", 59, false),
        file("pip-30.3.dist-info/entry_points.txt", 49, false),
        file("pip-30.3.dist-info/licenses/LICENSE.txt", 4, false),
    ];
    assert_eq!(report.files, expected);
}

#[test]
fn plan_treats_missing_grant_as_missing_directory() {
    let wheel = pip().data("data/share/pip.1", "manual\n");
    let report = plan(&wheel, &Target::posix(&[])).expect("the wheel is sound");
    assert_eq!((report.action, report.files.len()), (Action::Install, 13));
}

#[test]
fn apply_writes_wheel_files_bytecode_and_metadata() {
    let target = Target::posix(&[Role::Purelib]);
    let report = apply(&pip(), &target).expect("the wheel is sound");
    assert_eq!(target.paths(Role::Purelib), INSTALLED);
    let Done { action, files, bytecode, scripts, removed, .. } = report;
    assert_eq!((action, bytecode, removed), (Action::Install, 2, 0));
    assert_eq!(scripts, ["pip3", "pip3.13"]);
    assert!(files.iter().all(|file| file.role == Role::Purelib));
    let mut files: Vec<String> = files.into_iter().map(|file| file.path).collect();
    files.sort();
    let expected = INSTALLED.iter().filter(|path| !path.ends_with('/')).copied();
    assert_eq!(files, expected.collect::<Vec<_>>());
    let text = |path| target.text(Role::Purelib, path);
    assert_eq!(text("pip/__init__.py"), "def main(): pass\n");
    assert_eq!(text("pip-30.3.dist-info/INSTALLER"), "pip\n");
    assert_eq!(text("pip-30.3.dist-info/REQUESTED"), "");
    assert_eq!(
        text("pip/__pycache__/__init__.cpython-313.pyc"),
        "bytecode of /py/lib/python3.13/site-packages/pip/__init__.py"
    );
}

#[test]
fn apply_calls_host_functions_in_order() {
    let target = Target::posix(&[Role::Purelib]);
    apply(&pip(), &target).expect("the wheel is sound");
    let calls = target.journal.calls().into_iter().filter(|call| !call.starts_with("purelib"));
    let expected = [
        "report Step::Check 0 of 13",
        "compile 3 by Timestamp",
        "report Step::Stage 0 of 12",
        "compiled",
        "compiled",
        "stage scripts pip3 pip3.13",
        "normalize purelib .ensurepip-host-stage/0/new pip/_internal/__init__.py",
        "report Step::Commit 0 of 19",
        "publish scripts",
    ];
    assert_eq!(calls.collect::<Vec<_>>(), expected);
}

/// A process may have as few as 16 open files, and the host needs some for what it does itself.
#[test]
fn no_directory_is_kept_open_between_calls() {
    let target = Target::posix(&[Role::Purelib]);
    apply(&pip(), &target).expect("the wheel is sound");
    assert_eq!(target.calls("compiled").len(), 2);
    assert_eq!(*target.crowded.borrow(), [""; 0]);
}

#[test]
fn apply_reports_progress_every_64_files() {
    let names = (0..150).map(|number| format!("pip/_vendor/{number}.txt"));
    let wheel = names.fold(pip(), |wheel, name| wheel.file(&name, ""));
    let target = Target::posix(&[Role::Purelib]);
    apply(&wheel, &target).expect("the wheel is sound");
    let calls = target.calls("report").into_iter();
    let told = calls.filter(|call| call.contains("Check") || call.contains("Stage"));
    let expected = [
        "report Step::Check 0 of 163",
        "report Step::Check 64 of 163",
        "report Step::Check 128 of 163",
        "report Step::Stage 0 of 162",
        "report Step::Stage 64 of 162",
        "report Step::Stage 128 of 162",
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn apply_publishes_scripts_then_dist_info_last() {
    let target = Target::posix(&[Role::Purelib]);
    apply(&pip().file("single.py", ""), &target).expect("the wheel is sound");
    let calls = target.journal.calls().into_iter();
    let last = calls.filter(|call| call.contains(" rename ") || call == "publish scripts");
    let expected = [
        "purelib rename __pycache__",
        "purelib rename pip",
        "purelib rename single.py",
        "publish scripts",
        "purelib rename pip-30.3.dist-info",
    ];
    assert_eq!(last.collect::<Vec<_>>(), expected);
    assert_eq!(
        target.journal.calls().last().map(String::as_str),
        Some("purelib remove .ensurepip-host-stage")
    );
}

#[test]
fn apply_keeps_file_times_of_wheel() {
    let target = Target::posix(&[Role::Purelib]);
    apply(&pip(), &target).expect("the wheel is sound");
    for (path, node) in target.memory(Role::Purelib).tree() {
        assert!(node.is_none_or(|(_, modified)| modified == MODIFIED), "{path}");
    }
    assert_eq!((target.staged.borrow().len(), target.sources.borrow().len()), (2, 3));
    assert!(target.staged.borrow().iter().all(|(_, modified)| *modified == MODIFIED));
    assert!(target.sources.borrow().iter().all(|one| one.source.modified == MODIFIED));
}

#[test]
fn source_date_epoch_sets_all_times_and_hash_bytecode() {
    let target = Target::posix(&[Role::Purelib]);
    let wheel = pip();
    let request = Request { source_date_epoch: Some(7), ..request() };
    apply_as(&request, &wheel, &target).expect("the wheel is sound");
    for (path, node) in target.memory(Role::Purelib).tree() {
        assert!(node.is_none_or(|(_, modified)| modified == 7), "{path}");
    }
    assert_eq!(target.staged.borrow().len(), 2);
    assert!(target.staged.borrow().iter().all(|(_, modified)| *modified == 7));
    assert_eq!(target.calls("compile "), ["compile 3 by CheckedHash"]);
}

#[test]
fn check_returns_each_requirement() {
    let target = Target::posix(&[Role::Purelib]);
    let wheel = pip().metadata(
        "METADATA",
        "Metadata-Version: 2.4\nName: pip\nVersion: 30.3\nRequires-Dist: a>=1\n\
         requires-dist: b[c] ; python_version < '3'\n\nRequires-Dist: not-this\n",
    );
    let info = install::check(&given(&wheel), Vec::new(), &target).expect("the wheel is sound");
    assert_eq!(info.requires_dist, ["a>=1", "b[c] ; python_version < '3'"]);
}

#[test]
fn check_returns_licenses() {
    let target = Target::posix(&[Role::Purelib]);
    for (field, expression, names) in [
        ("License-Expression: MIT", Some("MIT"), &[][..]),
        ("License: MIT", None, &["MIT"]),
        ("Classifier: License :: OSI Approved", None, &["License :: OSI Approved"]),
    ] {
        let metadata = format!("Metadata-Version: 2.4\nName: pip\nVersion: 30.3\n{field}\n");
        let wheel = given(&pip().metadata("METADATA", &metadata));
        let info = install::check(&wheel, Vec::new(), &target).expect("the wheel is sound");
        assert_eq!(info.license_expression.as_deref(), expression);
        assert_eq!(info.licenses, names);
    }
}

#[test]
fn unsupported_python_is_reported_by_requires_python() {
    let target = Target::posix(&[Role::Purelib]);
    let wheel = pip().metadata(
        "METADATA",
        "Metadata-Version: 2.4\nName: pip\nVersion: 30.3\nRequires-Python: >=3.13.2,<4\n",
    );
    let expected = Error::UnsupportedPython(UnsupportedPython {
        requires: ">=3.13.2,<4".to_owned(),
        found: VersionInfo { major: 3, minor: 13, micro: 1 },
    });
    assert_eq!(plan(&wheel, &target), Err(expected.clone()));
    assert_eq!(apply(&wheel, &target), Err(expected));
    assert_eq!(target.calls("purelib"), [""; 0]);
}

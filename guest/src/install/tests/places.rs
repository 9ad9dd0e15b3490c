//! Other directories than the one of pure modules: platform modules, headers, data.

use super::driver::Failed;
use super::target::Target;
use super::wheel_builder::{EXECUTABLE, WheelBuilder};
use super::{apply, drive, pip, plan, request};
use crate::bindings::ensurepip::bootstrap::types::Role;
use crate::directory::memory::{Failing, Tree};

/// A wheel with files for every directory.
fn wheel() -> WheelBuilder {
    pip()
        .data("purelib/pip_more/__init__.py", "")
        .data("platlib/pip_native.so", "ELF")
        .data("headers/pip.h", "int pip;\n")
        .data("data/share/man/pip.1", "manual\n")
        .data("data/share/pip/run.py", "")
        .mode("pip-30.3.data/data/share/pip/run.py", EXECUTABLE)
        .data("scripts/tool", "#!/bin/sh\n")
}

/// The rows of an installed `RECORD` that do not begin with `pip`.
fn outer_rows(target: &Target, library: Role) -> Vec<String> {
    let record = target.text(library, "pip-30.3.dist-info/RECORD");
    let rows = record.lines().filter(|row| !row.starts_with("pip")).map(str::to_owned);
    rows.collect()
}

#[test]
fn platform_wheel_installs_into_platlib() {
    let wheel = pip().metadata("WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n");
    let target = Target::with_lib64(&[Role::Purelib, Role::Platlib]);
    let planned = plan(&wheel, &target).expect("the wheel is sound");
    assert_eq!(planned.grants, [Role::Platlib]);
    assert_eq!(planned.scheme.platlib, "/py/lib64/python3.13/site-packages");
    apply(&wheel, &target).expect("the wheel is sound");
    assert_eq!(target.memory(Role::Purelib).tree(), Tree::new());
    assert_eq!(target.paths(Role::Platlib).len(), 25);
    let scripts = outer_rows(&target, Role::Platlib);
    assert_eq!(scripts.len(), 2, "{scripts:?}");
    assert!(scripts.iter().all(|row| row.starts_with("../../../bin/pip3")), "{scripts:?}");
}

#[test]
fn wheel_data_keys_install_into_scheme_directories() {
    let all = [Role::Purelib, Role::Platlib, Role::Headers, Role::Data];
    let target = Target::with_lib64(&all);
    assert_eq!(plan(&wheel(), &target).expect("the wheel is sound").grants, all);
    let report = apply(&wheel(), &target).expect("the wheel is sound");
    assert_eq!((report.files.len(), report.bytecode), (24, 4));
    assert_eq!(report.scripts, ["tool", "pip3", "pip3.13"]);
    assert_eq!(target.paths(Role::Platlib), ["pip_native.so"]);
    assert_eq!(target.paths(Role::Headers), ["pip.h"]);
    let data = [
        "share/",
        "share/man/",
        "share/man/pip.1",
        "share/pip/",
        "share/pip/__pycache__/",
        "share/pip/__pycache__/run.cpython-313.pyc",
        "share/pip/run.py",
    ];
    assert_eq!(target.paths(Role::Data), data);
    let purelib = target.paths(Role::Purelib);
    assert!(purelib.iter().any(|path| path == "pip_more/__pycache__/__init__.cpython-313.pyc"));
}

#[test]
fn record_lists_files_outside_purelib_by_relative_path() {
    let target = Target::with_lib64(&[Role::Purelib, Role::Platlib, Role::Headers, Role::Data]);
    apply(&wheel(), &target).expect("the wheel is sound");
    let expected = [
        "../../../bin/pip3,sha256=KcA9ZijAEZ99rGDn0LVgsQEBrHkRM3mpHlmp_4sRVSY,149",
        "../../../bin/pip3.13,sha256=KcA9ZijAEZ99rGDn0LVgsQEBrHkRM3mpHlmp_4sRVSY,149",
        "../../../bin/tool,sha256=qAdtPSjSHgIBKyDq99v3VAmmJ3E0Q5Al8oLjaOMwWr8,10",
        "../../../include/python3.13/pip/pip.h,sha256=Tg9Jh9vklyM2nqYqXfD7HdIHAJs0Cg_-T6dFP1aXkso,9",
        "../../../lib64/python3.13/site-packages/pip_native.so,sha256=cGq-PJAVIHXmVrZhB5cw-s8yPz68zadUfuGTXJCEWgk,3",
        "../../../share/man/pip.1,sha256=zWDtL6jJR8sFy1eyOITeqTkOS2rsCt1mbmm_hC_GjaA,7",
        "../../../share/pip/__pycache__/run.cpython-313.pyc,,",
        "../../../share/pip/run.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0",
    ];
    assert_eq!(outer_rows(&target, Role::Purelib), expected);
}

#[test]
fn commit_order_ends_with_purelib_and_sets_modes() {
    let target = Target::with_lib64(&[Role::Purelib, Role::Platlib, Role::Headers, Role::Data]);
    apply(&wheel(), &target).expect("the wheel is sound");
    let expected = [
        "normalize platlib .ensurepip-host-stage/0/new ",
        "normalize headers .ensurepip-host-stage/0/new ",
        "normalize data .ensurepip-host-stage/0/new share/pip/run.py",
        "normalize purelib .ensurepip-host-stage/0/new pip/_internal/__init__.py",
    ];
    assert_eq!(target.calls("normalize"), expected);
    let renames = target.journal.calls().into_iter().filter(|call| call.contains(" rename "));
    let expected = [
        "platlib rename pip_native.so",
        "headers rename pip.h",
        "data rename share",
        "purelib rename pip",
        "purelib rename pip_more",
        "purelib rename pip-30.3.dist-info",
    ];
    assert_eq!(renames.collect::<Vec<_>>(), expected);
}

#[test]
fn purelib_equal_to_platlib_is_granted_and_staged_once() {
    let wheel = pip().data("platlib/pip/native.so", "ELF").data("platlib/pip_native.so", "ELF");
    let mut target = Target::posix(&[Role::Purelib]);
    assert_eq!(plan(&wheel, &target).expect("the wheel is sound").grants, [Role::Purelib]);
    // A host may grant it twice all the same.
    target.share_library();
    let planned = plan(&wheel, &target).expect("the wheel is sound");
    assert_eq!(planned.files.len(), 14);
    assert!(planned.files.iter().all(|file| file.role == Role::Purelib));
    target.fail(Failing::First("publish scripts"));
    let failed = drive(&request(), &wheel, &target);
    assert_eq!(failed, Err(Failed::Host("a script cannot be renamed")));
    assert_eq!(target.memory(Role::Purelib).tree(), Tree::new());
    apply(&wheel, &target).expect("the wheel is sound");
    assert_eq!(target.text(Role::Purelib, "pip/native.so"), "ELF");
    assert_eq!(target.text(Role::Purelib, "pip_native.so"), "ELF");
    let record = target.text(Role::Purelib, "pip-30.3.dist-info/RECORD");
    assert!(record.contains("\npip/native.so,sha256="), "{record}");
}

#[test]
fn headers_in_venv_are_installed_below_venv() {
    let mut target = Target::posix(&[Role::Purelib, Role::Headers]);
    "/base".clone_into(&mut target.python.base_prefix);
    let wheel = pip().data("headers/pip.h", "");
    let planned = plan(&wheel, &target).expect("the wheel is sound");
    assert_eq!(planned.scheme.headers, "/py/include/site/python3.13/pip");
    apply(&wheel, &target).expect("the wheel is sound");
    let rows = outer_rows(&target, Role::Purelib);
    let header = "../../../include/site/python3.13/pip/pip.h,";
    assert!(rows.iter().any(|row| row.starts_with(header)), "{rows:?}");
}

//! Complete installations, of wheels in memory to directories in memory.
//!
//! Each module has its own tests for what it decides alone. These tests cover what only shows when
//! all modules work together: what is installed where, in which order, and what is left after a
//! failure.

/// Stands in for the host: what it does between the calls.
mod driver;
/// Stands in for the component's input: a Python, directories, and a request.
mod target;
/// Builds wheels.
#[path = "../../../tests/support/wheel_builder.rs"]
mod wheel_builder;
/// Writes ZIP archives.
#[path = "../../../tests/support/zip_builder.rs"]
mod zip_builder;

/// Wheels that bring bytecode.
mod bytecode;
/// The calls of a transaction: their order, and what is left when they end early.
mod calls;
/// Wheels that were checked before.
mod checked;
/// Runs that are interrupted at any point, and a next run that is interrupted too.
mod crashes;
/// Failures in the middle of a transaction.
mod failures;
/// Wheels that are rejected.
mod faults;
/// Real-world wheels, which are sound.
mod good;
/// A corpus of hostile wheels, each with the expected code.
mod hostile;
/// Existing files in the target.
mod occupied;
/// Other directories than purelib.
mod places;
/// What `read` returns of a wheel's files.
mod reading;
/// The contents of `RECORD`.
mod record;
/// What an interrupted run has left in the stage.
mod remains;
/// Which scripts are requested from the host, and their text.
mod scripts;
/// Sets of wheels.
mod sets;
/// What a transaction leaves to other instances.
mod share;
/// A check that several instances share.
mod shared;
/// What a sound wheel installs.
mod sound;
/// Which sources the host has to compile, and the bytecode that it adds.
mod sources;
/// Which versions the target has, and what follows from that.
mod states;
/// What a removal removes, and what stays.
mod uninstall;
/// What an upgrade removes, and what stays.
mod upgrade;
/// Targets on Windows.
mod windows;

use super::WheelResource;
use crate::bindings::ensurepip::bootstrap::types::{Error, Request, ScriptSet};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, PlanReport};
use driver::{Done, Failed};
use target::Target;
use wheel_builder::WheelBuilder;

/// The wheel to install. Its version is arbitrary but newer than that of `old`.
fn pip() -> WheelBuilder {
    WheelBuilder::pip("30.3")
}

/// An older version, with a module, a package and a command that `pip` does not have.
fn old() -> WheelBuilder {
    WheelBuilder::pip("24.0")
        .file("pip/__init__.py", "old\n")
        .file("pip/legacy.py", "")
        .file("pip/_legacy/__init__.py", "")
        .file("pip_legacy.py", "")
        .entry_points("[console_scripts]\npip = pip:main\npip-legacy = pip:main\n")
}

/// The default request: versioned scripts, and bytecode.
fn request() -> Request {
    Request {
        scripts: ScriptSet::Versioned,
        upgrade: false,
        compile: true,
        source_date_epoch: None,
        dependencies: Vec::new(),
    }
}

/// The wheel in a new instance, and not trusted.
fn given(wheel: &WheelBuilder) -> WheelResource {
    WheelResource::new(wheel.file_name.clone(), wheel.build(), false)
}

/// Checks that `find`, which needs no check of the wheel, returns the version that the plan keeps.
fn plan(wheel: &WheelBuilder, target: &Target) -> Result<PlanReport, Error> {
    let plan = plan_as(&request(), wheel, target)?;
    let found = super::find(&wheel.file_name, &target.python, false, target)?;
    let kept = match &plan.action {
        Action::Keep(installed) => Some(installed.clone()),
        _ => None,
    };
    assert_eq!((found.scheme, found.kept), (plan.scheme.clone(), kept));
    Ok(plan)
}

/// Returns what would be done as requested.
fn plan_as(request: &Request, wheel: &WheelBuilder, target: &Target) -> Result<PlanReport, Error> {
    let mut plans = super::plan(&[&given(wheel)], &target.python, request, target)?;
    let plan = plans.pop().expect("there is a wheel");
    assert_eq!(plans, [], "there is one");
    Ok(plan)
}

/// Installs the wheel with a host that does not fail.
fn apply(wheel: &WheelBuilder, target: &Target) -> Result<Done, Error> {
    apply_as(&request(), wheel, target)
}

/// Installs the wheel, replacing an older version if there is one.
fn upgrade(wheel: &WheelBuilder, target: &Target) -> Result<Done, Error> {
    apply_as(&upgrading(), wheel, target)
}

/// The request for an upgrade.
fn upgrading() -> Request {
    Request { upgrade: true, ..request() }
}

/// Installs the wheel as requested.
fn apply_as(request: &Request, wheel: &WheelBuilder, target: &Target) -> Result<Done, Error> {
    drive(request, wheel, target).map_err(Failed::component)
}

/// Likewise, with a host that may fail.
fn drive(request: &Request, wheel: &WheelBuilder, target: &Target) -> Result<Done, Failed> {
    driver::install(&[&given(wheel)], request, target)
}

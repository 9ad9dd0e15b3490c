//! Whole installations, of wheels in memory to directories in memory.
//!
//! What a single module decides by itself is tested there. Here is what only shows when all of
//! them work together: what lands where, in which order, and what is left after a failure.

/// Stands for what a host does between the calls.
mod driver;
/// Stands for what the component is given: a Python, directories, and what it asks for.
mod target;
/// Builds wheels.
#[path = "../../../tests/support/wheel_builder.rs"]
mod wheel_builder;
/// Writes ZIP archives.
#[path = "../../../tests/support/zip_builder.rs"]
mod zip_builder;

/// The calls of a transaction by themselves: their order, and what is left when they end early.
mod calls;
/// Runs that are stopped anywhere, and the next one as well.
mod crashes;
/// Failures half way.
mod failures;
/// Wheels that are refused.
mod faults;
/// Wheels of the world, which are sound.
mod good;
/// A corpus of hostile wheels, each with its code.
mod hostile;
/// Files that are in the target already.
mod occupied;
/// Other directories than the one of pure modules.
mod places;
/// What a wheel returns of the files that were read.
mod reading;
/// What its `RECORD` says.
mod record;
/// What a run that was stopped has left in the stage.
mod remains;
/// Which scripts are asked of the host, and their wording.
mod scripts;
/// What a transaction leaves to other instances.
mod share;
/// A check whose work several instances share.
mod shared;
/// What a sound wheel comes to.
mod sound;
/// Which sources the host is asked to compile, and the bytecode that it adds.
mod sources;
/// Which versions are in the target already, and what follows from it.
mod states;
/// What goes when a version is removed, and what stays.
mod uninstall;
/// What goes when an older version is replaced, and what stays.
mod upgrade;
/// Targets on Windows.
mod windows;

use super::WheelResource;
use crate::bindings::ensurepip::bootstrap::types::{Error, Request, ScriptSet};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Found, PlanReport};
use driver::{Done, Failed};
use target::Target;
use wheel_builder::WheelBuilder;

/// The wheel to install. Its version is arbitrary, and newer than that of `old`.
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

/// What is asked by default: versioned scripts, and bytecode.
fn request() -> Request {
    Request {
        scripts: ScriptSet::Versioned,
        upgrade: false,
        compile: true,
        source_date_epoch: None,
    }
}

/// The wheel in an instance of its own, without anyone's trust.
fn given(wheel: &WheelBuilder) -> WheelResource {
    WheelResource::new(wheel.file_name.clone(), wheel.build(), false)
}

/// What is found without a check of the wheel is what the plan keeps.
fn plan(wheel: &WheelBuilder, target: &Target) -> Result<PlanReport, Error> {
    let plan = super::plan(&given(wheel), &target.python, &request(), target)?;
    let found = super::find(&wheel.file_name, &target.python, false, target)?;
    let kept = match &plan.action {
        Action::Keep(installed) => Some(installed.clone()),
        _ => None,
    };
    assert_eq!(found, Found { scheme: plan.scheme.clone(), kept });
    Ok(plan)
}

/// Applies the wheel by a host that does not fail.
fn apply(wheel: &WheelBuilder, target: &Target) -> Result<Done, Error> {
    apply_as(&request(), wheel, target)
}

/// Applies the wheel, in the place of an older version if there is one.
fn upgrade(wheel: &WheelBuilder, target: &Target) -> Result<Done, Error> {
    apply_as(&upgrading(), wheel, target)
}

/// What is asked then.
fn upgrading() -> Request {
    Request { upgrade: true, ..request() }
}

/// Applies the wheel as requested.
fn apply_as(request: &Request, wheel: &WheelBuilder, target: &Target) -> Result<Done, Error> {
    drive(request, wheel, target).map_err(Failed::component)
}

/// Likewise, by a host that may fail.
fn drive(request: &Request, wheel: &WheelBuilder, target: &Target) -> Result<Done, Failed> {
    driver::install(&given(wheel), request, target)
}

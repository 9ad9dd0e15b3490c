//! Whole installations, of wheels in memory to directories in memory.
//!
//! What a single module decides by itself is tested there. Here is what only shows when all of
//! them work together: what lands where, in which order, and what is left after a failure.

/// Stands for the host.
mod target;
/// Builds wheels.
#[path = "../../../tests/support/wheel_builder.rs"]
mod wheel_builder;
/// Writes ZIP archives.
#[path = "../../../tests/support/zip_builder.rs"]
mod zip_builder;

/// How sources get to the host, and bytecode comes back.
mod compiling;
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
/// What its `RECORD` says.
mod record;
/// What a run that was stopped has left in the stage.
mod remains;
/// Which scripts are asked of the host, and their wording.
mod scripts;
/// A check whose work several instances share.
mod shared;
/// What a sound wheel comes to.
mod sound;
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
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Action, ApplyReport, PlanReport, Resolution,
};
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

fn resolve(wheel: &WheelBuilder, target: &Target) -> Result<Resolution, Error> {
    super::resolve(&given(wheel), &target.python, target)
}

/// What is found without a check of the wheel is what the plan keeps.
fn plan(wheel: &WheelBuilder, target: &Target) -> Result<PlanReport, Error> {
    let plan = super::plan(&given(wheel), &target.python, &request(), target)?;
    let found = super::find(&wheel.file_name, &target.python, false, target)?;
    let kept = match &plan.action {
        Action::Keep(installed) => Some(&installed.metadata),
        Action::Install | Action::Upgrade(_) => None,
    };
    assert_eq!(found.map(|installed| installed.metadata).as_ref(), kept);
    Ok(plan)
}

fn apply(wheel: &WheelBuilder, target: &Target) -> Result<ApplyReport, Error> {
    apply_as(&request(), wheel, target)
}

/// Applies the wheel, in the place of an older version if there is one.
fn upgrade(wheel: &WheelBuilder, target: &Target) -> Result<ApplyReport, Error> {
    apply_as(&Request { upgrade: true, ..request() }, wheel, target)
}

/// Applies the wheel as requested.
fn apply_as(
    request: &Request,
    wheel: &WheelBuilder,
    target: &Target,
) -> Result<ApplyReport, Error> {
    super::apply(&given(wheel), &target.python, request, target)
}

//! The removal, in one move: what is to go is taken out of its place, metadata first, and deleted when
//! all of it is out.

use super::state::{self, Removal};
use super::wheel_resource::WheelResource;
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::{Error, Python};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Removal as Removed, UninstallReport,
};
use crate::host::Host;
use crate::scheme;
use crate::stage::Stage;

/// Removes the version that the wheel has.
pub(crate) fn uninstall(
    wheel: &WheelResource,
    python: &Python,
    host: &dyn Host,
) -> Result<UninstallReport, Error> {
    let contents = wheel.contents(host)?;
    let project = &contents.name.project;
    let scheme = scheme::resolve(python, project)?;
    let mut present = state::look(host, (project, contents.library), &scheme, python)?;
    let removal = state::decide_removal(&mut present, &contents.name)?;
    if !matches!(removal, Removed::Removed(_)) {
        state::sweep(host, &present);
        return Ok(UninstallReport { removal, files: 0, scripts: Vec::new() });
    }
    let (removals, scripts) = state::removals(host, present, python.cache_tag.as_deref())?;
    let scripts: Vec<String> = scripts.into_iter().collect();
    let mut stages = Vec::with_capacity(removals.len());
    match take_out(host, &removals, &scripts, &mut stages) {
        Ok(()) => {
            let files = stages.iter().map(Stage::removed).sum();
            drop(stages);
            // Not those of this run alone: nothing that others have left matters any more.
            state::sweep(host, &[]);
            Ok(UninstallReport { removal, files, scripts })
        }
        Err(error) => {
            host.withdraw_scripts();
            stages.into_iter().rev().for_each(Stage::undo);
            Err(error)
        }
    }
}

fn take_out(
    host: &dyn Host,
    removals: &[Removal],
    scripts: &[String],
    stages: &mut Vec<Stage>,
) -> Result<(), Error> {
    for removal in removals {
        let directory = host.directory(removal.role).ok_or(Error::NotGranted(removal.role))?;
        stages.push(Stage::begin(removal.role, directory)?);
    }
    host.stage_scripts(&[], 0, scripts)?;
    let wholes = removals.iter().flat_map(|removal| removal.metadata.iter().chain(&removal.files));
    host.report(Step::Commit, wholes.map(|whole| whole.files as usize).sum(), 0)?;
    stages.iter_mut().try_for_each(Stage::begin_moves)?;
    for (removal, stage) in removals.iter().zip(stages.iter_mut()) {
        removal.metadata.iter().try_for_each(|whole| stage.take_out(&whole.path, whole.files))?;
    }
    for (removal, stage) in removals.iter().zip(stages.iter_mut()) {
        removal.files.iter().try_for_each(|whole| stage.take_out(&whole.path, whole.files))?;
    }
    stages.iter_mut().try_for_each(Stage::remove_emptied)?;
    host.publish_scripts()
}

//! The stages of a transaction, one for each directory that it writes to.

use super::plan::Plan;
use crate::bindings::ensurepip::bootstrap::types::{Error, Role};
use crate::host::Host;
use crate::owned::Whole;
use crate::stage::Stage;
use std::collections::BTreeSet;

/// The stages of the directories that a transaction writes to.
#[derive(Default)]
pub(super) struct Stages(pub(super) Vec<Stage>);

impl Stages {
    /// Creates the stages, those of libraries last, so that metadata is the last thing to be
    /// finished.
    pub(super) fn begin(plan: &Plan, host: &dyn Host) -> Result<Stages, Error> {
        let new = || plan.wheels.iter().filter(|planned| planned.is_new());
        let libraries = new().map(|planned| planned.role(planned.contents.library));
        let libraries: BTreeSet<Role> = libraries.collect();
        let roles = new().flat_map(|planned| planned.contents.roles(&planned.scheme));
        let roles = roles.chain(plan.removals.iter().map(|removal| removal.role));
        let roles: BTreeSet<Role> = roles.filter(|role| !libraries.contains(role)).collect();
        Stages::of_roles(roles.into_iter().chain(libraries), host)
    }

    /// Creates the stages of these directories, or none.
    pub(super) fn of_roles(
        roles: impl Iterator<Item = Role>,
        host: &dyn Host,
    ) -> Result<Stages, Error> {
        let mut stages = Stages::default();
        for role in roles {
            let directory = host.directory(role).ok_or(Error::NotGranted(role));
            match directory.and_then(|directory| Stage::begin(role, directory)) {
                Ok(stage) => stages.0.push(stage),
                Err(error) => {
                    stages.undo();
                    return Err(error);
                }
            }
        }
        Ok(stages)
    }

    /// The stage of a directory.
    pub(super) fn of(&mut self, role: Role) -> Result<&mut Stage, Error> {
        let found = self.0.iter_mut().find(|stage| stage.role() == role);
        found.ok_or(Error::NotGranted(role))
    }

    /// Moves these out of their places.
    pub(super) fn take_out(&mut self, role: Role, wholes: &[Whole]) -> Result<(), Error> {
        let stage = self.of(role)?;
        wholes.iter().try_for_each(|whole| stage.take_out(&whole.path, whole.files))
    }

    /// Moves everything back, in reverse order.
    pub(super) fn undo(self) {
        self.0.into_iter().rev().for_each(Stage::undo);
    }
}

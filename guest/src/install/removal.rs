//! A removal: moves everything out of its place, metadata first, and deletes it when all of it is
//! out.

use super::state;
use super::transaction::{Stages, Transaction};
use super::wheel_resource::WheelResource;
use crate::bindings::ensurepip::bootstrap::types::{Error, Python};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Details};
use crate::host::Host;
use crate::scheme;

impl Transaction {
    /// Begins to remove the version that the wheel has.
    pub(crate) fn begin_removal(
        wheel: &WheelResource,
        python: &Python,
        host: &dyn Host,
    ) -> Result<Transaction, Error> {
        let contents = wheel.contents(host)?;
        let project = &contents.name.project;
        let scheme = scheme::resolve(python, project)?;
        let mut present = state::look(host, (project, contents.library), &scheme, python)?;
        let action = state::decide_removal(&mut present, &contents.name)?;
        if !matches!(action, Action::Remove(_)) {
            state::sweep(host, &present);
            return Ok(Transaction::without_work(action));
        }
        let (removals, scripts) = state::removals(host, present, python.cache_tag.as_deref())?;
        let stages = Stages::of_roles(removals.iter().map(|removal| removal.role), host)?;
        let details = Details {
            obsolete_scripts: scripts.into_iter().collect(),
            ..Transaction::no_details(action)
        };
        Ok(Transaction::of_removal(details, stages, removals))
    }
}

//! A removal: moves everything out of its place, metadata first, and deletes it when all of it is
//! out.

use super::conflicts;
use super::stages::Stages;
use super::state;
use super::transaction::Transaction;
use super::wheel_resource::WheelResource;
use crate::bindings::ensurepip::bootstrap::types::{Error, Python};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Details};
use crate::host::Host;
use crate::scheme;

impl Transaction {
    /// Begins to remove the versions that the wheels have.
    pub(crate) fn begin_removal(
        wheels: &[&WheelResource],
        python: &Python,
        host: &dyn Host,
    ) -> Result<Transaction, Error> {
        let contents = wheels.iter().map(|wheel| wheel.contents(host));
        let contents = contents.collect::<Result<Vec<_>, Error>>()?;
        conflicts::check_projects((0..).zip(contents.iter().map(|contents| &**contents)))?;
        let (mut outdated, mut actions) = (Vec::new(), Vec::new());
        let (mut removed, mut others) = (Vec::new(), Vec::new());
        for contents in &contents {
            let project = &contents.name.project;
            let scheme = scheme::resolve(python, project)?;
            let mut present = state::look(host, (project, contents.library), &scheme, python)?;
            let action = state::decide_removal(&mut present, &contents.name)?;
            if matches!(action, Action::Remove(_)) {
                outdated.append(&mut present);
                removed.push(project.clone());
            } else {
                others.push((present, project));
            }
            actions.push(action);
        }
        // Nothing is changed before all of them are known.
        for (present, project) in others {
            state::sweep(host, &present, std::slice::from_ref(project));
        }
        if removed.is_empty() {
            return Ok(Transaction::without_work(actions));
        }
        let (removals, scripts) = state::removals(host, outdated, python.cache_tag.as_deref())?;
        let stages = Stages::of_roles(removals.iter().map(|removal| removal.role), host)?;
        let details = Details {
            obsolete_scripts: scripts.into_iter().collect(),
            ..Transaction::no_details(actions)
        };
        Ok(Transaction::of_removal(details, stages, removals, removed))
    }
}

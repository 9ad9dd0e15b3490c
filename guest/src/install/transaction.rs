//! An installation or removal in progress: the contract's resource `transaction`.
//!
//! Everything is staged before anything gets its final name. The `.dist-info` directories get their
//! final names last: they are what makes a distribution installed.

use super::installation::{Installation, NewWheel};
use super::plan::Plan;
use super::planned::Planned;
use super::requested_scripts::{self, Requested};
use super::sources;
use super::stages::Stages;
use super::state::{self, Removal};
use super::wheel_resource::WheelResource;
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::{Error, Python, Request};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Details, Report};
use crate::host::Host;
use crate::stage::Stage;
use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeSet;

/// A transaction, as the host's resource.
pub(crate) struct TransactionResource(RefCell<Transaction>);

impl TransactionResource {
    /// Wraps a transaction.
    pub(crate) fn new(transaction: Transaction) -> TransactionResource {
        TransactionResource(RefCell::new(transaction))
    }

    pub(crate) fn borrow(&self) -> Ref<'_, Transaction> {
        self.0.borrow()
    }

    pub(crate) fn borrow_mut(&self) -> RefMut<'_, Transaction> {
        self.0.borrow_mut()
    }
}

/// An installation or removal in progress. It can be undone until it is complete.
pub(crate) struct Transaction {
    pub(super) details: Details,
    pub(super) stages: Stages,
    /// What has to be removed, by library directory.
    removals: Vec<Removal>,
    /// `None` for a removal.
    pub(super) installation: Option<Installation>,
    /// The projects of its wheels.
    projects: Vec<String>,
    phase: Phase,
}

/// The progress of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// There is a place for staged files.
    Begun,
    /// A share was left to other instances.
    Shared,
    /// The wheel's files are staged.
    Staged,
    /// Everything new is staged.
    Ready,
    /// Everything except the metadata has its final name.
    Displaced,
    /// A call has failed.
    Failed,
    /// There is nothing left to do.
    Over,
}

impl Transaction {
    /// Begins to install wheels: checks them and the target, and creates the stages.
    pub(crate) fn begin(
        wheels: &[&WheelResource],
        python: &Python,
        request: &Request,
        host: &dyn Host,
    ) -> Result<Transaction, Error> {
        let plan = Plan::make(wheels, python, request, host)?;
        let actions = plan.wheels.iter().map(|planned| planned.action.clone()).collect();
        let projects = plan.wheels.iter().map(|planned| planned.contents.name.project.clone());
        let projects = projects.collect();
        if !plan.wheels.iter().any(Planned::is_new) {
            return Ok(Transaction::without_work(actions));
        }
        let requested = requested_scripts::new(&plan, python, host)?;
        let obsolete_scripts =
            requested_scripts::obsolete(&plan.former_scripts, &requested, python.os);
        let requested = requested.into_iter().map(|Requested { wheel, script }| (wheel, script));
        let (wheels_of_scripts, scripts) = requested.unzip();
        let stages = Stages::begin(&plan, host)?;
        let Plan { wheels, removals, .. } = plan;
        let wheels = NewWheel::all(wheels, request);
        let sources = sources::find(&wheels, python, request);
        let newest = wheels.iter().map(|wheel| wheel.planned.contents.modified).max();
        let details = Details {
            actions,
            modified: request.source_date_epoch.or(newest).unwrap_or_default(),
            obsolete_scripts,
            sources: sources::describe(&wheels, python, request, &sources),
            scripts,
            checked_hash: request.source_date_epoch.is_some(),
        };
        let epoch = request.source_date_epoch;
        let installation = Installation::new(wheels, sources, wheels_of_scripts, epoch, python.os);
        let (installation, phase) = (Some(installation), Phase::Begun);
        Ok(Transaction { details, stages, removals, installation, projects, phase })
    }

    /// A transaction with nothing to do.
    pub(super) fn without_work(actions: Vec<Action>) -> Transaction {
        let details = Transaction::no_details(actions);
        Transaction {
            details,
            stages: Stages::default(),
            removals: Vec::new(),
            installation: None,
            projects: Vec::new(),
            phase: Phase::Over,
        }
    }

    /// A removal.
    pub(super) fn of_removal(
        details: Details,
        stages: Stages,
        removals: Vec<Removal>,
        projects: Vec<String>,
    ) -> Transaction {
        let (installation, phase) = (None, Phase::Ready);
        Transaction { details, stages, removals, installation, projects, phase }
    }

    /// Details that request nothing from the host.
    pub(super) fn no_details(actions: Vec<Action>) -> Details {
        Details {
            actions,
            modified: 0,
            scripts: Vec::new(),
            obsolete_scripts: Vec::new(),
            sources: Vec::new(),
            checked_hash: false,
        }
    }

    /// Returns what the transaction does, and what it requests from the host.
    pub(crate) fn details(&self) -> Details {
        self.details.clone()
    }

    /// Returns the current phase.
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// Executes one step. It is allowed only in the phases `from`, and leads to the phase `to`.
    pub(super) fn step<T>(
        &mut self,
        call: &str,
        (from, to): (&[Phase], Phase),
        step: impl FnOnce(&mut Transaction) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if !from.contains(&self.phase) {
            let words = format!("`{call}` was called when the transaction was {:?}", self.phase);
            return Err(Error::Misuse(words.to_lowercase()));
        }
        let before = self.phase;
        let done = step(self);
        self.phase = match &done {
            Ok(_) => to,
            Err(Error::Misuse(_)) => before,
            Err(_) => Phase::Failed,
        };
        // The host needs open files for what it does next, and a process may have as few as 16.
        self.stages.0.iter().for_each(Stage::close_cached);
        done
    }

    /// Moves old files out of their places and new ones in, except for the new metadata. Old
    /// versions lose their metadata first, so that whatever happens in between, no incomplete
    /// version looks installed.
    pub(crate) fn displace(&mut self, host: &dyn Host) -> Result<(), Error> {
        self.step("displace", (&[Phase::Ready], Phase::Displaced), |this| {
            host.report(Step::Commit, this.moved_files(), 0)?;
            let Transaction { stages, removals, installation, .. } = this;
            stages.0.iter_mut().try_for_each(Stage::begin_moves)?;
            for removal in &*removals {
                stages.take_out(removal.role, &removal.metadata)?;
            }
            for removal in &*removals {
                stages.take_out(removal.role, &removal.files)?;
            }
            stages.0.iter_mut().try_for_each(Stage::remove_emptied)?;
            let Some(installation) = installation else { return Ok(()) };
            let metadata = installation.metadata();
            for stage in &mut stages.0 {
                let last = metadata.iter().filter(|(role, _)| *role == stage.role());
                let last: BTreeSet<&str> = last.map(|(_, dist_info)| *dist_info).collect();
                stage.commit_all_but(&last)?;
            }
            Ok(())
        })
    }

    /// How many files are renamed.
    fn moved_files(&self) -> usize {
        let wholes = self.removals.iter().flat_map(|removal| [&removal.metadata, &removal.files]);
        let removed = || wholes.flatten().map(|whole| whole.files as usize).sum();
        self.installation.as_ref().map_or_else(removed, Installation::rows)
    }

    /// Gives the metadata its final names, and removes the stages.
    pub(crate) fn complete(&mut self, host: &dyn Host) -> Result<Report, Error> {
        self.step("complete", (&[Phase::Displaced], Phase::Over), |this| {
            let Transaction { stages, installation, projects, .. } = this;
            for (role, dist_info) in installation.iter().flat_map(Installation::metadata) {
                stages.of(role)?.commit(dist_info)?;
            }
            let stages = std::mem::take(&mut stages.0);
            let removed = stages.iter().map(Stage::removed).sum();
            drop(stages);
            // Not those of this run alone: nothing that others have left of these projects matters
            // any more, in any directory.
            state::sweep(host, &[], projects);
            let Some(installation) = installation else {
                return Ok(Report { files: Vec::new(), bytecode: 0, removed });
            };
            let written = installation.wheels.iter_mut();
            let files = written.flat_map(|wheel| std::mem::take(&mut wheel.written)).collect();
            Ok(Report { files, bytecode: installation.bytecode, removed })
        })
    }

    /// Moves everything back and removes what was staged.
    pub(crate) fn rollback(&mut self) {
        std::mem::take(&mut self.stages).undo();
        self.phase = Phase::Over;
    }
}

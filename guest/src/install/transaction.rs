//! An installation or removal in progress: the contract's resource `transaction`.
//!
//! Everything is staged before anything gets its final name. The `.dist-info` directory gets its
//! final name last: it is what makes a distribution installed.

use super::plan::{Plan, Work};
use super::requested_scripts;
use super::sources::{self, SourceFile};
use super::state::{self, Removal};
use super::wheel_resource::WheelResource;
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::{Error, Python, Request, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Action, Details, Report, WrittenFile,
};
use crate::host::Host;
use crate::owned::Whole;
use crate::record::Row;
use crate::scheme;
use crate::stage::Stage;
use std::cell::{Ref, RefCell, RefMut};

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

/// What is installed.
pub(super) struct Installation {
    pub(super) work: Work,
    pub(super) source_date_epoch: Option<u64>,
    pub(super) sources: Vec<SourceFile>,
    /// The rows of `RECORD`.
    pub(super) rows: Vec<Row>,
    /// The number of bytecode files.
    pub(super) bytecode: u32,
}

impl Installation {
    /// The role of the directory that receives files of this role.
    pub(super) fn role(&self, role: Role) -> Role {
        scheme::unify(role, self.work.contents.library, &self.work.scheme)
    }
}

impl Transaction {
    /// Begins to install a wheel: checks the wheel and the target, and creates the stages.
    pub(crate) fn begin(
        wheel: &WheelResource,
        python: &Python,
        request: &Request,
        host: &dyn Host,
    ) -> Result<Transaction, Error> {
        let Plan { action, work, .. } = Plan::make(wheel, python, request, host)?;
        let Some(mut work) = work else { return Ok(Transaction::without_work(action)) };
        let scripts = requested_scripts::new(&work)?;
        let sources = sources::find(&work, request);
        let details = Details {
            action,
            modified: request.source_date_epoch.unwrap_or(work.contents.modified),
            obsolete_scripts: requested_scripts::obsolete(&work, &scripts),
            scripts,
            sources: sources::describe(&work, request, &sources),
            checked_hash: request.source_date_epoch.is_some(),
        };
        let stages = Stages::begin(&work, host)?;
        let removals = std::mem::take(&mut work.removals);
        let rows = Vec::with_capacity(work.contents.files.len() + sources.len());
        let source_date_epoch = request.source_date_epoch;
        let installation = Installation { work, source_date_epoch, sources, rows, bytecode: 0 };
        let (installation, phase) = (Some(installation), Phase::Begun);
        Ok(Transaction { details, stages, removals, installation, phase })
    }

    /// A transaction with nothing to do.
    pub(super) fn without_work(action: Action) -> Transaction {
        let details = Transaction::no_details(action);
        let stages = Stages::default();
        let (removals, installation, phase) = (Vec::new(), None, Phase::Over);
        Transaction { details, stages, removals, installation, phase }
    }

    /// A removal.
    pub(super) fn of_removal(
        details: Details,
        stages: Stages,
        removals: Vec<Removal>,
    ) -> Transaction {
        Transaction { details, stages, removals, installation: None, phase: Phase::Ready }
    }

    /// Details that request nothing from the host.
    pub(super) fn no_details(action: Action) -> Details {
        Details {
            action,
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
            let Some(Installation { work, .. }) = installation else { return Ok(()) };
            let (library, dist_info) = (work.contents.library, &work.contents.dist_info);
            for stage in &mut stages.0 {
                stage.commit_all_but((stage.role() == library).then_some(dist_info.as_str()))?;
            }
            Ok(())
        })
    }

    /// How many files are renamed.
    fn moved_files(&self) -> usize {
        let wholes = self.removals.iter().flat_map(|removal| [&removal.metadata, &removal.files]);
        let removed = || wholes.flatten().map(|whole| whole.files as usize).sum();
        self.installation.as_ref().map_or_else(removed, |installation| installation.rows.len())
    }

    /// Gives the metadata its final name, and removes the stages.
    pub(crate) fn complete(&mut self, host: &dyn Host) -> Result<Report, Error> {
        self.step("complete", (&[Phase::Displaced], Phase::Over), |this| {
            if let Some(Installation { work, .. }) = &this.installation {
                this.stages.of(work.contents.library)?.commit(&work.contents.dist_info)?;
            }
            let stages = std::mem::take(&mut this.stages.0);
            let removed = stages.iter().map(Stage::removed).sum();
            let Some(Installation { bytecode, .. }) = this.installation else {
                drop(stages);
                // Not those of this run alone: nothing that others have left matters any more.
                state::sweep(host, &[]);
                return Ok(Report { files: Vec::new(), bytecode: 0, removed });
            };
            let files = stages.iter().flat_map(written_files).collect();
            stages.into_iter().for_each(Stage::finish);
            Ok(Report { files, bytecode, removed })
        })
    }

    /// Moves everything back and removes what was staged.
    pub(crate) fn rollback(&mut self) {
        std::mem::take(&mut self.stages).undo();
        self.phase = Phase::Over;
    }
}

/// The files written through a stage.
fn written_files(stage: &Stage) -> impl Iterator<Item = WrittenFile> {
    let role = stage.role();
    stage.written().iter().map(move |path| WrittenFile { role, path: path.clone() })
}

/// The stages of the directories that a transaction writes to.
#[derive(Default)]
pub(super) struct Stages(pub(super) Vec<Stage>);

impl Stages {
    /// Creates the stages, the library's last, so that its metadata is the last thing to be
    /// finished.
    fn begin(work: &Work, host: &dyn Host) -> Result<Stages, Error> {
        let library = work.contents.library;
        let mut roles = work.contents.roles(&work.scheme);
        roles.extend(work.removals.iter().map(|removal| removal.role));
        roles.remove(&library);
        Stages::of_roles(roles.into_iter().chain([library]), host)
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

    fn take_out(&mut self, role: Role, wholes: &[Whole]) -> Result<(), Error> {
        let stage = self.of(role)?;
        wholes.iter().try_for_each(|whole| stage.take_out(&whole.path, whole.files))
    }

    /// Moves everything back, in reverse order.
    pub(super) fn undo(self) {
        self.0.into_iter().rev().for_each(Stage::undo);
    }
}

//! The component's transactions, call by call.

use super::clock::Ticking;
use super::limits::handles;
use super::moves::Moves;
use super::{Access, Answer, Instance, Sandbox, State, types};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Action, Bytecode, Details, GuestTransaction, Report, Request, Share, StagedTree, WrittenScript,
};
use crate::convert;
use crate::error::Error;
use crate::facts::Facts;
use crate::wheels::Wheel;
use std::sync::Arc;
use wasmtime::Store;
use wasmtime::component::ResourceAny;

/// A transaction in progress. It ends with [`complete`](Transaction::complete) or
/// [`roll_back`](Transaction::roll_back).
pub(crate) struct Transaction<'sandbox> {
    sandbox: &'sandbox mut Sandbox,
    access: Access,
    resource: ResourceAny,
    purpose: Purpose,
    /// Whether the component was stopped during the transaction.
    is_stopped: bool,
    /// Whether it was asked to complete the transaction.
    is_completing: bool,
    /// Lets time pass for all calls. Where the limits are narrow, there might be no thread for the clock
    /// once interpreters have started.
    ticking: Arc<Ticking>,
}

/// What a transaction is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Installation,
    Removal,
}

impl Purpose {
    /// Fails if the component has answered with an action for another purpose.
    pub(super) fn check(self, action: &Action) -> Result<(), Error> {
        let purpose = match action {
            Action::Install | Action::Upgrade(_) | Action::Keep(_) => Purpose::Installation,
            Action::Remove(_) | Action::Other(_) | Action::Absent => Purpose::Removal,
        };
        if purpose == self {
            return Ok(());
        }
        let [asked, answered] = match self {
            Purpose::Installation => ["an installation", "a removal"],
            Purpose::Removal => ["a removal", "an installation"],
        };
        Err(Error::Component(format!("it was asked for {asked}, and answered with {answered}")))
    }
}

/// What the component has answered for each of the wheels that it was given.
pub(super) fn of_each_wheel<T>(answers: Vec<T>, wheels: usize) -> Result<Vec<T>, Error> {
    if answers.len() == wheels {
        return Ok(answers);
    }
    let given = if wheels == 1 { "one wheel".to_owned() } else { format!("{wheels} wheels") };
    Err(Error::Component(format!("it was given {given}, and answered for {}", answers.len())))
}

/// Why a step of a transaction failed.
pub(crate) enum Failure {
    /// The component has returned this error.
    Answer(types::Error),
    /// Something else failed, or the component was stopped.
    Run(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Run(error)
    }
}

impl Sandbox {
    /// Begins to install wheels.
    pub(crate) fn begin(
        &mut self,
        access: Access,
        wheels: &[Arc<Wheel>],
        facts: &Facts,
        request: &Request,
    ) -> Result<Transaction<'_>, Failure> {
        let (held, python) = (self.hold(wheels)?, convert::python(facts));
        self.begin_by(access, Purpose::Installation, |instance, store| {
            let transactions = instance.ensurepip_bootstrap_installer().transaction();
            transactions.call_begin(store, &held, &python, request)
        })
    }

    /// Begins to remove the versions that the wheels have.
    pub(crate) fn begin_removal(
        &mut self,
        access: Access,
        wheels: &[Arc<Wheel>],
        facts: &Facts,
    ) -> Result<Transaction<'_>, Failure> {
        let (held, python) = (self.hold(wheels)?, convert::python(facts));
        self.begin_by(access, Purpose::Removal, |instance, store| {
            let transactions = instance.ensurepip_bootstrap_installer().transaction();
            transactions.call_begin_removal(store, &held, &python)
        })
    }

    fn begin_by(
        &mut self,
        access: Access,
        purpose: Purpose,
        function: impl FnMut(&Instance, &mut Store<State>) -> wasmtime::Result<Answer<ResourceAny>>,
    ) -> Result<Transaction<'_>, Failure> {
        self.store.data_mut().moves = Moves::default();
        let ticking = self.clock.start()?;
        match self.call_with_retries(&access, function) {
            Ok(Ok(resource)) => {
                let (is_stopped, is_completing) = (false, false);
                let sandbox = self;
                Ok(Transaction {
                    sandbox,
                    access,
                    resource,
                    purpose,
                    is_stopped,
                    is_completing,
                    ticking,
                })
            }
            Ok(Err(error)) => Err(Failure::Answer(self.store.data().moves.named(error))),
            Err(error) => {
                self.clean_up(&access);
                Err(error.into())
            }
        }
    }

    /// Removes what a stopped component has staged, unless the next run needs it.
    fn clean_up(&mut self, access: &Access) {
        // It still has handles, with which Windows would keep that.
        self.store.data_mut().table = handles();
        for grant in access.grants.iter() {
            let _ = grant.remove_stage();
        }
    }
}

impl Transaction<'_> {
    /// Returns what the transaction does, and what it requests from the host.
    pub(crate) fn details(&mut self) -> Result<Details, Failure> {
        let mut details = self.call(|transaction, store, resource| {
            transaction.call_details(store, resource).map(Ok)
        })?;
        details.actions = of_each_wheel(details.actions, self.sandbox.held.len())?;
        details.actions.iter().try_for_each(|action| self.purpose.check(action))?;
        Ok(details)
    }

    /// Returns the contents of these files of one of its wheels.
    pub(crate) fn read(
        &mut self,
        wheel: usize,
        entries: &[u32],
    ) -> Result<Vec<Option<Vec<u8>>>, Failure> {
        Ok(self.sandbox.read(wheel, entries)?)
    }

    /// Leaves to other instances the files that they have read, and the bytecode of these sources.
    pub(crate) fn share(&mut self, bytecode: &[u32]) -> Result<Share, Failure> {
        self.call(|transaction, store, resource| transaction.call_share(store, resource, bytecode))
    }

    /// Writes the wheel's files.
    pub(crate) fn stage(&mut self) -> Result<(), Failure> {
        self.call(|transaction, store, resource| transaction.call_stage(store, resource))
    }

    /// Writes bytecode.
    pub(crate) fn add_bytecode(&mut self, bytecode: &[Bytecode]) -> Result<(), Failure> {
        self.call(|transaction, store, resource| {
            transaction.call_add_bytecode(store, resource, bytecode)
        })
    }

    /// Writes the metadata that an installer adds. Returns what was staged.
    pub(crate) fn add_metadata(
        &mut self,
        scripts: &[WrittenScript],
    ) -> Result<Vec<StagedTree>, Failure> {
        self.call(|transaction, store, resource| {
            transaction.call_add_metadata(store, resource, scripts)
        })
    }

    /// Makes all moves except that of the new metadata.
    pub(crate) fn displace(&mut self) -> Result<(), Failure> {
        self.call(|transaction, store, resource| transaction.call_displace(store, resource))
    }

    /// Completes the transaction.
    pub(crate) fn complete(&mut self) -> Result<Report, Failure> {
        self.is_completing = true;
        self.call(|transaction, store, resource| transaction.call_complete(store, resource))
    }

    /// Whether the component was stopped when it completed the transaction: its last step may be done.
    pub(crate) fn is_stopped_completing(&self) -> bool {
        self.is_stopped && self.is_completing
    }

    /// Moves everything back. If the component was stopped, or is stopped now, removes what it has
    /// staged; what it has moved stays for the next run.
    pub(crate) fn roll_back(mut self) {
        if !self.is_stopped {
            let _ = self.call(|transaction, store, resource| {
                transaction.call_rollback(store, resource).map(Ok)
            });
        }
        self.end();
    }

    /// Drops the transaction.
    pub(crate) fn end(self) {
        let Transaction { sandbox, access, resource, is_stopped, ticking, .. } = self;
        let is_stopped = is_stopped
            || sandbox.call(access.clone(), |_, store| resource.resource_drop(store)).is_err();
        if is_stopped {
            sandbox.clean_up(&access);
        }
        drop(ticking);
    }

    fn call<T>(
        &mut self,
        function: impl FnOnce(
            &GuestTransaction<'_>,
            &mut Store<State>,
            ResourceAny,
        ) -> wasmtime::Result<Answer<T>>,
    ) -> Result<T, Failure> {
        let (access, resource) = (self.access.clone(), self.resource);
        let answer = self.sandbox.call(access, |instance, store| {
            let installer = instance.ensurepip_bootstrap_installer();
            function(&installer.transaction(), store, resource)
        });
        match answer {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(Failure::Answer(self.sandbox.store.data().moves.named(error))),
            Err(error) => {
                self.is_stopped = true;
                Err(error.into())
            }
        }
    }
}

//! What a host does between the calls of a transaction, in memory and in the order of a real host.
//!
//! Each of its actions has an entry in the journal, which can fail and at which the run can be stopped.

/// The scripts, which are the host's alone.
mod shims;

use super::target::{INVALID_SOURCE, Target, name};
use crate::bindings::ensurepip::bootstrap::types::{Error, Request, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Action, Bytecode, Details, PlacedBytecode, PlacedFile, Source, WrittenFile, WrittenScript,
};
use crate::host::Host as _;
use crate::install::{Transaction, WheelResource, stage_share};
use crate::record::sha256;
use crate::stage;
use shims::Shims;

/// How many sources make a portion of bytecode.
const PORTION: usize = 2;

/// Why a run has failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// A call of the component has.
    Component(Error),
    /// An action of the host has.
    Host(&'static str),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed::Component(error)
    }
}

impl Failed {
    /// The error of the component. The host must not have failed.
    #[track_caller]
    pub(super) fn component(self) -> Error {
        match self {
            Failed::Component(error) => error,
            Failed::Host(detail) => panic!("{detail}"),
        }
    }
}

/// What a run has done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Done {
    /// What it has done with the first wheel.
    pub(super) action: Action,
    /// The files that were written, and how many of them are bytecode.
    pub(super) files: Vec<WrittenFile>,
    pub(super) bytecode: u32,
    /// The modification time for what is the host's to write.
    pub(super) modified: u64,
    /// The names of the scripts that were written.
    pub(super) scripts: Vec<String>,
    /// The names of those that were to go.
    pub(super) obsolete: Vec<String>,
    /// How many files were removed.
    pub(super) removed: u32,
}

/// A source that was compiled, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compiled {
    pub(super) source: Source,
    pub(super) contents: Vec<u8>,
}

/// Installs wheels.
pub(super) fn install(
    wheels: &[&WheelResource],
    request: &Request,
    target: &Target,
) -> Result<Done, Failed> {
    let transaction = Transaction::begin(wheels, &target.python, request, target)?;
    Drive::new(wheels, target, transaction).run(Drive::install)
}

/// Removes the versions that wheels have.
pub(super) fn remove(wheels: &[&WheelResource], target: &Target) -> Result<Done, Failed> {
    let transaction = Transaction::begin_removal(wheels, &target.python, target)?;
    Drive::new(wheels, target, transaction).run(Drive::remove)
}

/// A transaction that is driven.
struct Drive<'run> {
    wheels: &'run [&'run WheelResource],
    target: &'run Target,
    transaction: Transaction,
    details: Details,
    helpers: Vec<WheelResource>,
    /// The work of the helpers, until the host has waited for them.
    elsewhere: Option<Elsewhere>,
    shims: Shims<'run>,
    /// The numbers of the sources that are neither compiled nor with a compiler.
    rest: Vec<u32>,
    /// The numbers of those that are with a compiler.
    compiling: Vec<u32>,
}

/// A share of the work that the helpers have.
struct Elsewhere {
    files: Vec<PlacedFile>,
    bytecode: Vec<PlacedBytecode>,
    /// Their result.
    staged: Option<Result<(), Error>>,
}

impl<'run> Drive<'run> {
    fn new(
        wheels: &'run [&'run WheelResource],
        target: &'run Target,
        transaction: Transaction,
    ) -> Self {
        let details = transaction.details();
        target.details.replace(Some(details.clone()));
        let count = u32::try_from(details.sources.len()).expect("they are few");
        Drive {
            wheels,
            target,
            transaction,
            details,
            helpers: Vec::new(),
            elsewhere: None,
            shims: Shims::new(target),
            rest: (0..count).collect(),
            compiling: Vec::new(),
        }
    }

    /// Runs it to its end, or undoes what a failure has left.
    fn run(
        mut self,
        steps: impl FnOnce(&mut Self) -> Result<Done, Failed>,
    ) -> Result<Done, Failed> {
        let is_work = |action: &Action| {
            matches!(action, Action::Install | Action::Upgrade(_) | Action::Remove(_))
        };
        if !self.details.actions.iter().any(is_work) {
            if self.details.actions.iter().all(|action| matches!(action, Action::Keep(_))) {
                // What is installed is whole. Nothing that stopped runs have left of it matters any
                // more.
                let roles = [Role::Purelib, Role::Platlib, Role::Headers, Role::Data];
                let directories = roles.into_iter().filter_map(|role| self.target.directory(role));
                let checked = self.wheels.iter().map(|wheel| wheel.contents(self.target));
                let projects = checked.map(|contents| contents.map(|it| it.name.project.clone()));
                let projects: Vec<String> = projects.collect::<Result<_, Error>>()?;
                directories.for_each(|directory| stage::sweep(&*directory, &projects));
            }
            return Ok(self.done(Vec::new()));
        }
        let done = steps(&mut self);
        if done.is_err() {
            // What the helpers wrote after that would stay. The first failure is the one to report.
            let _ = self.wait_for_helpers();
            self.shims.withdraw();
            self.transaction.rollback();
        }
        done
    }

    fn install(&mut self) -> Result<Done, Failed> {
        let known = self.known();
        let known = self.share(known)?;
        self.compile()?;
        self.transaction.stage(self.target)?;
        // What nobody had read is read now.
        self.compile()?;
        assert!(self.rest.is_empty(), "nobody has {:?}", self.rest);
        for portion in known.chunks(PORTION) {
            self.transaction.add_bytecode(portion)?;
        }
        for portion in std::mem::take(&mut self.compiling).chunks(PORTION) {
            if self.target.act("compiled".to_owned()) {
                return Err(Failed::Host("the Python has ended"));
            }
            let portion = portion.iter().filter_map(|number| self.bytecode(*number));
            let portion: Vec<Bytecode> = portion.collect();
            self.transaction.add_bytecode(&portion)?;
        }
        self.wait_for_helpers()?;
        let written = self.shims.stage(&self.details)?;
        for tree in self.transaction.add_metadata(&written)? {
            let (role, executables) = (name(tree.role), tree.executables.join(" "));
            if self.target.act(format!("normalize {role} {} {executables}", tree.path)) {
                return Err(Failed::Host("a mode cannot be set"));
            }
        }
        self.finish(written)
    }

    fn remove(&mut self) -> Result<Done, Failed> {
        assert_eq!(self.details.scripts, [], "a removal writes none");
        let written = self.shims.stage(&self.details)?;
        self.finish(written)
    }

    fn finish(&mut self, written: Vec<WrittenScript>) -> Result<Done, Failed> {
        self.transaction.displace(self.target)?;
        self.shims.publish()?;
        let report = self.transaction.complete(self.target)?;
        let (files, bytecode, removed) = (report.files, report.bytecode, report.removed);
        Ok(Done { files, bytecode, removed, ..self.done(written) })
    }

    /// What is done if there is nothing to write or to remove.
    fn done(&self, written: Vec<WrittenScript>) -> Done {
        Done {
            action: self.details.actions[0].clone(),
            files: Vec::new(),
            bytecode: 0,
            modified: self.details.modified,
            scripts: written.into_iter().map(|script| script.name).collect(),
            obsolete: self.details.obsolete_scripts.clone(),
            removed: 0,
        }
    }

    /// The bytecode of a source; none if it is not valid in this Python.
    fn bytecode(&self, source: u32) -> Option<Bytecode> {
        let path = &self.details.sources[source as usize].path;
        let contents = format!("bytecode of {path}").into_bytes();
        (!path.ends_with(INVALID_SOURCE)).then_some(Bytecode { source, contents })
    }

    /// The bytecode that there is from earlier, of all sources or of none.
    fn known(&mut self) -> Vec<Bytecode> {
        if !self.target.has_kept {
            return Vec::new();
        }
        let sources = std::mem::take(&mut self.rest).into_iter();
        sources.filter_map(|number| self.bytecode(number)).collect()
    }

    /// Leaves to the helpers what they have read, and a part of the bytecode that is known. Returns the
    /// other part.
    fn share(&mut self, mut known: Vec<Bytecode>) -> Result<Vec<Bytecode>, Failed> {
        self.helpers = self.target.helpers.take();
        let helpers = self.helpers.len();
        if helpers == 0 || !self.target.helpers_stage {
            return Ok(known);
        }
        let own = known.split_off(known.len() * helpers / (helpers + 1));
        let numbers: Vec<u32> = known.iter().map(|bytecode| bytecode.source).collect();
        let share = self.transaction.share(&numbers)?;
        assert_eq!(share.bytecode.len(), known.len(), "each has a place");
        let bytecode = known.into_iter().zip(share.bytecode);
        let bytecode: Vec<PlacedBytecode> = bytecode
            .map(|(Bytecode { contents, .. }, place)| PlacedBytecode { place, contents })
            .collect();
        if share.files.is_empty() && bytecode.is_empty() {
            return Ok(own);
        }
        self.elsewhere = Some(Elsewhere { files: share.files, bytecode, staged: None });
        if !self.target.helpers_are_late {
            self.help();
        }
        Ok(own)
    }

    /// Has the helpers write their share, one after the other, unless they have.
    fn help(&mut self) {
        let Some(Elsewhere { files, bytecode, staged }) = &mut self.elsewhere else { return };
        // Helpers end with the host that is stopped.
        if staged.is_some() || self.target.journal.is_stopped() {
            return;
        }
        let part = bytecode.len().div_ceil(self.helpers.len());
        let mut written = 0;
        let done = self.helpers.iter().try_for_each(|helper| {
            let rest = bytecode.split_off(part.min(bytecode.len()));
            let mine = std::mem::replace(bytecode, rest);
            written += stage_share(helper, files, mine, self.target)?;
            Ok(())
        });
        assert!(done.is_err() || written as usize == files.len(), "each file is staged once");
        *staged = Some(done);
        self.target.close_cached();
    }

    /// Waits for the helpers, if they are at work.
    fn wait_for_helpers(&mut self) -> Result<(), Failed> {
        self.help();
        let Some(Elsewhere { staged, .. }) = self.elsewhere.take() else { return Ok(()) };
        if self.target.act("staged elsewhere".to_owned()) {
            return Err(Failed::Host("one of them has failed"));
        }
        Ok(staged.expect("nobody has stopped them")?)
    }

    /// Has a Python begin to compile the sources that somebody has read.
    fn compile(&mut self) -> Result<(), Failed> {
        let mut begun = Vec::new();
        for number in std::mem::take(&mut self.rest) {
            match self.contents(number) {
                Some(contents) => begun.push((number, contents)),
                None => self.rest.push(number),
            }
        }
        if begun.is_empty() {
            return Ok(());
        }
        let invalidation = if self.details.checked_hash { "CheckedHash" } else { "Timestamp" };
        if self.target.act(format!("compile {} by {invalidation}", begun.len())) {
            return Err(Failed::Host("no Python runs"));
        }
        for (number, contents) in begun {
            let source = self.details.sources[number as usize].clone();
            assert_eq!(source.size, contents.len() as u64, "{}", source.path);
            assert_eq!(source.sha256, sha256(&contents), "{}", source.path);
            self.target.sources.borrow_mut().push(Compiled { source, contents });
            self.compiling.push(number);
        }
        Ok(())
    }

    /// What a source holds: from the instance that has read it, if that is another one.
    fn contents(&self, source: u32) -> Option<Vec<u8>> {
        let Source { wheel, entry, .. } = self.details.sources[source as usize];
        let own = self.wheels[wheel as usize];
        let read = |wheel: &WheelResource| {
            wheel.read(&[entry], self.target).pop().expect("it has an answer")
        };
        let mut found = self.helpers.iter().filter_map(read);
        let Some(contents) = found.next() else { return read(own) };
        assert_eq!(found.next(), None, "one of them has it, and no other");
        self.target.fetched.borrow_mut().push(entry);
        Some(contents)
    }
}

//! A run, phase by phase: identify the Python, choose the wheel, install or remove or look, report.

use super::Bootstrap;
use super::choice::{Chosen, Work};
use super::directories::Prepared;
use super::early::EarlyCheck;
use super::identify::Identified;
use super::scheme::Resolution;
use super::start;
use super::target::Target;
use crate::bindings::exports::ensurepip::bootstrap::installer::Action;
use crate::bytecode::{Cache, Compiler};
use crate::error::{Error, RootError};
use crate::facts::Facts;
use crate::platform;
use crate::progress::{AuditEvent, Decision, Reporter};
use crate::report::{Change, Command, Outcome, Refusal, Report};
use crate::root::{Missing, Root, Use};
use crate::shims::{ScriptPlatform, ScriptTarget, Scripts, Stubs};
use std::path::Path;
use std::sync::Arc;
use std::thread;

/// How a run ended.
pub(super) struct Ending {
    pub(super) outcome: Outcome,
    /// What became of the project of each wheel.
    pub(super) changes: Vec<Change>,
}

impl Bootstrap {
    pub(super) fn carry_out(mut self, command: Command) -> Result<Report, Error> {
        let reporter = Reporter::new(self.on_progress.take());
        let done = self.begin(command).and_then(|()| self.run_phases(command, &reporter));
        // What fails after the caller has cancelled fails for that reason. A process that has just
        // started may be ended by the same signal before the caller was asked.
        done.map_err(|error| match reporter.ask() {
            Decision::Cancel => Error::Cancelled,
            Decision::Proceed => error,
        })
    }

    /// Checks the options, and reports that a run begins.
    fn begin(&mut self, command: Command) -> Result<(), Error> {
        if self.altinstall && self.default_pip {
            return Err(Error::ConflictingScripts);
        }
        self.check_wanted()?;
        if self.root.as_ref().is_some_and(|root| root.as_os_str().is_empty()) {
            return Err(RootError::Empty.into());
        }
        if command == Command::Install {
            self.audit()?;
        }
        if self.confine && command != Command::Status && !self.dry_run {
            platform::set_umask();
        }
        Ok(())
    }

    fn run_phases(&self, command: Command, reporter: &Reporter) -> Result<Report, Error> {
        let mut root = match (&self.root, &self.image) {
            (Some(root), Some(_)) => Root::of_image(root.clone(), Arc::clone(&self.unseen)),
            (root, _) => Root::new(root.clone()),
        };
        let wheel = self.likely_wheel()?;
        thread::scope(|scope| {
            // It takes its time to identify the Python; the wheel that it will most likely get can be
            // checked meanwhile.
            let mut early = EarlyCheck::begin(scope, self.runtime.as_ref(), wheel, reporter);
            let report =
                self.identify(command, &mut root, &mut early, reporter).and_then(|identified| {
                    let chosen =
                        self.choose(command, &identified, &mut early, &mut root, reporter)?;
                    self.finish(command, identified, chosen, &mut root)
                });
            early.stop();
            report
        })
    }

    /// Does what is asked for, and reports it.
    fn finish(
        &self,
        command: Command,
        mut identified: Identified,
        chosen: Chosen,
        root: &mut Root,
    ) -> Result<Report, Error> {
        let Chosen { target, resolution, runtime, work } = chosen;
        let ending = match work {
            Work::Keep(installed) => {
                self.keep(&target, root, &resolution, &[Action::Keep(installed)])
            }
            Work::Do { mut sandbox, helpers, request, unmet } => {
                let sandbox_mut = &mut *sandbox;
                let ending = match (command, unmet) {
                    (Command::Install, Some(unmet)) => Err(unmet),
                    (Command::Install, None) => {
                        self.install(sandbox_mut, helpers, &target, root, &request, &resolution)
                    }
                    (Command::Uninstall, _) => self.remove(sandbox_mut, &target, root, &resolution),
                    (Command::Status, unmet) => {
                        identified.refusal = identified.refusal.take().or(unmet);
                        self.look(sandbox_mut, &target, root, &request, &resolution)
                    }
                };
                // An instance that has failed is not used again.
                if ending.is_ok() && target.wheel.path.is_none() && target.others.is_empty() {
                    runtime.keep(*sandbox);
                }
                ending
            }
        };
        if !matches!(&ending, Ok(Ending { outcome: Outcome::Installed { .. }, .. })) {
            root.undo();
        }
        self.report(command, identified, (target, resolution), ending?, root)
    }

    fn report(
        &self,
        command: Command,
        identified: Identified,
        (target, resolution): (Target, Resolution),
        Ending { mut outcome, changes }: Ending,
        root: &mut Root,
    ) -> Result<Report, Error> {
        let Identified { root_is_new, externally_managed, refusal, .. } = identified;
        if let (Outcome::Status { refusal: known, .. }, Some(first)) = (&mut outcome, refusal) {
            *known = Some(Refusal::of(&first));
        }
        let missing_modules = start::missing_modules(root, &target, &outcome);
        let (python, wheels, scheme, scope) = target.report(root, resolution, changes);
        let wheel = wheels.first().map(|wheel| wheel.source.clone());
        let wheel = wheel.ok_or_else(|| Error::Component("it was given no wheel".to_owned()))?;
        Ok(Report {
            command,
            verbosity: self.verbosity,
            root: self.image.clone().or_else(|| self.root.clone()),
            root_is_new,
            python,
            scope,
            externally_managed,
            confined_by: self.confined_by.get(),
            wheel,
            wheels,
            scheme,
            missing_modules,
            outcome,
        })
    }

    /// Reports to the caller that an installation begins, as CPython does.
    fn audit(&mut self) -> Result<(), Error> {
        let root = self.image.clone().or_else(|| self.root.clone());
        let event = AuditEvent { name: "ensurepip.bootstrap", root };
        tracing::info!(target: "ensurepip.bootstrap", root = ?event.root, "audit");
        match self.on_audit.as_mut().map(|callback| callback(&event)) {
            Some(Decision::Cancel) => Err(Error::Cancelled),
            Some(Decision::Proceed) | None => Ok(()),
        }
    }

    /// If requested, has the system confine this thread to the directories that it will change.
    pub(super) fn confine_to(&self, prepared: &Prepared, cache: Option<&Cache>, root: &Root) {
        if !self.confine {
            return;
        }
        let granted = prepared.grants.iter().map(|grant| &grant.directory);
        let scripts = prepared.scripts.iter().map(Scripts::directory);
        let cache = cache.into_iter().map(Cache::directory);
        let writable: Vec<_> = granted.chain(scripts).chain(cache).chain(root.made_in()).collect();
        self.confined_by.set(platform::confine(&writable));
    }

    /// The bytecode compiler for this interpreter.
    pub(super) fn compiler(&self, python: &Path, facts: &Facts) -> Compiler {
        let cache = self.bytecode_cache.as_deref();
        let cache = cache.and_then(|directory| Cache::open(directory, python, facts));
        Compiler::new(python.to_owned(), cache)
    }

    /// Opens the scripts directory.
    pub(super) fn open_scripts(
        &self,
        root: &mut Root,
        target: &Target,
        resolution: &Resolution,
        missing: Missing,
    ) -> Result<Option<Scripts>, Error> {
        let directory = root.directory(&resolution.scheme.scripts, missing)?;
        root.check_seen(&resolution.scheme.scripts, Use::Scripts)?;
        Ok(directory.map(|directory| {
            let shown = root.display(&resolution.scheme.scripts);
            Scripts::new(directory, shown, self.script_target(target))
        }))
    }

    /// What the bytes of scripts depend on.
    pub(super) fn script_target(&self, target: &Target) -> ScriptTarget {
        ScriptTarget {
            executable: self.executable.as_ref().unwrap_or(&target.facts.shebang).clone(),
            platform: ScriptPlatform::of(&target.facts.platform),
            windows: (target.facts.os == "nt").then(|| Stubs::of(&target.facts.platform)),
        }
    }
}

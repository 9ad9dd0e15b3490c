//! The story of a run: ask and check, resolve, then install or remove.

use super::directories::Prepared;
use super::early::{Checked, EarlyCheck};
use super::source::{self, Found};
use super::target::{Resolution, Target};
use super::{Bootstrap, start};
use crate::bytecode::{Cache, Compiler, FactsCache};
use crate::error::{Error, RootError};
use crate::externally_managed::{self, Marker};
use crate::facts::{Facts, Scheme};
use crate::interpreter;
use crate::platform;
use crate::progress::{AuditEvent, Decision, Reporter};
use crate::report::{Command, Outcome, Refusal, Report, Scope};
use crate::root::{Missing, Root};
use crate::sandbox::{Helpers, Runtime};
use crate::scarcity;
use crate::shims::{ScriptPlatform, ScriptTarget, Scripts};
use crate::user_site;
use crate::wheels::Candidate;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

impl Bootstrap {
    pub(super) fn carry_out(mut self, command: Command) -> Result<Report, Error> {
        let reporter = Reporter::new(self.on_progress.take());
        let done = self.tell_story(command, &reporter);
        // What fails after the caller has cancelled fails for that reason. A process that has just
        // started may be ended by the same signal before the caller was asked.
        done.map_err(|error| match reporter.ask() {
            Decision::Cancel => Error::Cancelled,
            Decision::Proceed => error,
        })
    }

    fn tell_story(mut self, command: Command, reporter: &Reporter) -> Result<Report, Error> {
        if self.altinstall && self.default_pip {
            return Err(Error::ConflictingScripts);
        }
        if self.root.as_ref().is_some_and(|root| root.as_os_str().is_empty()) {
            return Err(RootError::Empty.into());
        }
        if command == Command::Install {
            self.audit()?;
        }
        if self.confine && command != Command::Status && !self.dry_run {
            platform::set_umask();
        }
        let mut root = Root::new(self.root.clone());
        let candidates = self.candidates()?;
        let newest = Arc::new(candidates[0].read(self.sha256.as_deref())?);
        thread::scope(|scope| {
            // It takes its time to know the Python; the wheel that it will most likely get can be
            // checked meanwhile.
            let given = self.runtime.as_ref();
            let mut early = EarlyCheck::begin(scope, given, &newest, reporter);
            let found = self.find_python(&mut root, command, reporter)?;
            let root_is_new = root.is_missing()?;
            let mut facts = self.facts(found, &mut early, reporter)?;
            tracing::debug!(?facts, "the Python is known");
            if facts.os == "nt" {
                root.take_windows_paths();
            }
            let (externally_managed, ban) = self.ask_distributor(&mut root, &facts)?;
            let refusal = match ban {
                Some(ban) if command != Command::Status => return Err(ban),
                ban if command == Command::Status => self.unknown_drive(&facts, &root).or(ban),
                _ => None,
            };
            let scope = if self.user || command != Command::Uninstall {
                user_site::decide(self.user, &root, &facts)?
            } else {
                Scope::Everyone
            };
            if let (Scope::User | Scope::UserFallback, Some(paths)) =
                (scope, facts.user_paths.take())
            {
                facts.scheme = Scheme::Reported(paths);
            }
            let wheel = Arc::clone(&newest);
            let target = Target { facts, compiler: None, scope, wheel, scheme: None };
            let runtime = early.runtime()?;
            let kept = (command == Command::Install).then(|| {
                self.find_kept(&runtime, reporter, target.clone(), &candidates, &mut root)
            });
            let (target, resolution, outcome) = if let Some((target, resolution, installed)) =
                kept.flatten()
            {
                drop(early);
                let outcome = self.keep(&target, &mut root, &resolution, &installed);
                (target, resolution, outcome)
            } else {
                let (checked, compiler) = self.finish_check(early, &target, command, reporter)?;
                let target = Target { compiler, ..target };
                self.work(command, target, &candidates, checked, &runtime, &mut root)?
            };
            if !matches!(&outcome, Ok(Outcome::Installed { .. })) {
                root.undo();
            }
            let mut outcome = outcome?;
            if let (Outcome::Status { refusal: known, .. }, Some(first)) = (&mut outcome, refusal) {
                *known = Some(Refusal::of(&first));
            }
            let missing_modules = start::missing_modules(&mut root, &target, &outcome);
            let (root_given, verbosity) = (self.root.clone(), self.verbosity);
            let (python, wheel, scheme, scope) = target.report(&root, resolution);
            Ok(Report {
                command,
                verbosity,
                root: root_given,
                root_is_new,
                python,
                scope,
                externally_managed,
                confined_by: self.confined_by.get(),
                wheel,
                scheme,
                missing_modules,
                outcome,
            })
        })
    }

    /// The facts about the Python: those that its files state, or those that it reports itself.
    fn facts(
        &self,
        found: Found,
        early: &mut EarlyCheck,
        reporter: &Reporter,
    ) -> Result<Facts, Error> {
        let python = match found {
            Found::Described(facts) => return Ok(*facts),
            Found::Interpreter(python) => python,
        };
        let facts = match interpreter::ask(&python, reporter) {
            Err(Error::PythonStart { reason, .. }) if scarcity::is_refusal(&reason) => {
                // The threads of the check may be too many beside a process.
                early.settle();
                interpreter::ask(&python, reporter)?
            }
            answer => answer?,
        };
        let Some(prefix) = &self.prefix else { return Ok(facts) };
        self.check_prefix(&facts, prefix, reporter)?;
        Ok(source::at_prefix(facts, prefix))
    }

    /// Brings the check to its end, and finds the interpreter that is to compile bytecode; none if
    /// there is to be none.
    fn finish_check(
        &self,
        early: EarlyCheck,
        target: &Target,
        command: Command,
        reporter: &Reporter,
    ) -> Result<(Checked, Option<PathBuf>), Error> {
        match (&target.facts.origin.interpreter, self.compile) {
            (Some(python), None | Some(true)) => Ok((early.finish()?, Some(python.clone()))),
            // Another Python is asked what it makes, which takes its time as well.
            (None, Some(true)) if command == Command::Install => {
                let cache = self.bytecode_cache.as_deref().filter(|_| !self.dry_run);
                let answers = cache.and_then(FactsCache::open);
                let ask = || source::compiler(&target.facts, answers.as_ref(), reporter);
                thread::scope(|scope| {
                    let asking = thread::Builder::new().spawn_scoped(scope, ask);
                    let checked = early.finish();
                    let compiler = match asking {
                        Ok(asking) => asking.join().unwrap_or_else(|panic| resume_unwind(panic)),
                        // The system refuses a thread.
                        Err(_) => ask(),
                    };
                    Ok((checked?, Some(compiler?)))
                })
            }
            _ => Ok((early.finish()?, None)),
        }
    }

    /// Does what is asked for, with a wheel that was checked.
    fn work(
        &self,
        command: Command,
        target: Target,
        candidates: &[Candidate],
        Checked { mut sandbox, info, readers }: Checked,
        runtime: &Runtime,
        root: &mut Root,
    ) -> Result<(Target, Resolution, Result<Outcome, Error>), Error> {
        let mut target = self.choose_wheel(&mut sandbox, target, candidates, info, root)?;
        let request = self.request(&target);
        let resolution = target.resolve(&mut sandbox, root, request)?;
        let outcome = match command {
            Command::Install => {
                let helpers = Helpers::new(readers, &target.wheel);
                self.install(&mut sandbox, helpers, &target, root, request, &resolution)
            }
            Command::Uninstall => self.remove(&mut sandbox, &target, root, &resolution),
            Command::Status => self.look(&mut sandbox, &target, root, request, &resolution),
        };
        // What is under way ends before the directories that were made for it. An instance that has
        // failed is none to keep.
        if outcome.is_ok() && target.wheel.path.is_none() {
            runtime.keep(sandbox);
        }
        Ok((target, resolution, outcome))
    }

    /// Whether others manage this Python, as its distributor states: the path of the marker, and
    /// the error that this is unless the caller goes on regardless.
    fn ask_distributor(
        &self,
        root: &mut Root,
        facts: &Facts,
    ) -> Result<(Option<PathBuf>, Option<Error>), Error> {
        let Some(Marker { path, message }) = externally_managed::marker(root, facts)? else {
            return Ok((None, None));
        };
        let ban = Error::ExternallyManaged { path: path.clone(), message };
        Ok((Some(path), (!self.break_system_packages).then_some(ban)))
    }

    /// Tells that an installation begins, as CPython does.
    fn audit(&mut self) -> Result<(), Error> {
        let event = AuditEvent { name: "ensurepip.bootstrap", root: self.root.clone() };
        tracing::info!(target: "ensurepip.bootstrap", root = ?event.root, "audit");
        match self.on_audit.as_mut().map(|callback| callback(&event)) {
            Some(Decision::Cancel) => Err(Error::Cancelled),
            Some(Decision::Proceed) | None => Ok(()),
        }
    }

    /// Has the system confine this thread to what it is about to change, if that is wanted.
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

    /// What compiles bytecode with this interpreter.
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
            windows: target.facts.os == "nt",
        }
    }
}

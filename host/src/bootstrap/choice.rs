//! The second phase: which wheel, which directories, and what to ask for. Nothing is touched yet.

use super::Bootstrap;
use super::early::{Checked, EarlyCheck};
use super::identify::Identified;
use super::scheme::Resolution;
use super::source;
use super::target::{BytecodeSource, Target};
use crate::bindings::ensurepip::bootstrap::types::{self, Installed, ScriptSet};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Request, WheelInfo};
use crate::bytecode::FactsCache;
use crate::error::Error;
use crate::progress::Reporter;
use crate::report::Command;
use crate::root::Root;
use crate::sandbox::{Helpers, Runtime, Sandbox};
use crate::wheels::{self, Candidate, Wheel};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

/// The wheel that was chosen, and where it goes.
pub(super) struct Chosen {
    pub(super) target: Target,
    pub(super) resolution: Resolution,
    pub(super) runtime: Runtime,
    pub(super) work: Work,
}

/// What is left to do.
pub(super) enum Work {
    /// Nothing: the target keeps this pip.
    Keep(Installed),
    /// What the command asks for, with the instance that has checked the wheel and its helpers.
    Do { sandbox: Box<Sandbox>, helpers: Helpers, request: Request },
}

/// A version that no Python has yet. A wheel that supports it supports all newer Pythons.
const DISTANT_PYTHON: [u32; 3] = [3, 999, 0];

impl Bootstrap {
    /// The wheels to choose from, newest first.
    pub(super) fn candidates(&self) -> Result<Vec<Candidate>, Error> {
        match &self.wheel_directory {
            Some(directory) => wheels::in_directory(directory),
            None => Ok(wheels::bundled()),
        }
    }

    /// Chooses the wheel for a Python, and finds out where it goes.
    pub(super) fn choose(
        &self,
        command: Command,
        identified: &Identified,
        (candidates, newest): (&[Candidate], Arc<Wheel>),
        early: &mut EarlyCheck,
        root: &mut Root,
        reporter: &Reporter,
    ) -> Result<Chosen, Error> {
        let (facts, scope) = (identified.facts.clone(), identified.scope);
        let others = Vec::new();
        let mut target =
            Target { facts, bytecode: None, scope, wheel: newest, others, scheme: None };
        let runtime = early.runtime()?;
        let _ticking = runtime.let_time_pass()?;
        let mut instance = None;
        if let Some(wheel) = self.bundled_for(&target, candidates) {
            target.wheel = wheel;
            let mut sandbox = runtime.idle_or_new(reporter.clone(), early.interrupt())?;
            if command == Command::Install
                && let Some((target, resolution, installed)) =
                    self.find_kept(&mut sandbox, target.clone(), root)?
            {
                runtime.keep(sandbox);
                return Ok(Chosen { target, resolution, runtime, work: Work::Keep(installed) });
            }
            instance = Some(sandbox);
        }
        let finish = || early.finish(&target.wheel, instance);
        let (checked, bytecode) = self.finish_check(finish, &target, command, reporter)?;
        let Checked { mut sandbox, info, readers } = checked;
        target.bytecode = bytecode;
        let mut target = self.choose_wheel(&mut sandbox, target, candidates, info, root)?;
        let request = self.request(&target);
        let resolution = target.resolve(&mut sandbox, root, &request)?;
        let helpers = Helpers::new(readers, &target.wheel);
        let work = Work::Do { sandbox: Box::new(sandbox), helpers, request };
        Ok(Chosen { target, resolution, runtime, work })
    }

    /// Completes the check by `finish`, and finds out where bytecode will come from; `None` if no
    /// bytecode is wanted.
    fn finish_check(
        &self,
        finish: impl FnOnce() -> Result<Checked, Error>,
        target: &Target,
        command: Command,
        reporter: &Reporter,
    ) -> Result<(Checked, Option<BytecodeSource>), Error> {
        let pack = self.bytecode_pack.as_ref().filter(|_| command == Command::Install);
        match (pack, &target.facts.origin.interpreter, self.compile) {
            (Some(pack), _, None | Some(true)) => {
                let pack = BytecodeSource::Pack(pack.clone());
                Ok((finish()?, Some(pack)))
            }
            (None, Some(python), None | Some(true)) => {
                let python = BytecodeSource::Interpreter(python.clone());
                Ok((finish()?, Some(python)))
            }
            // Another Python is asked what it makes, which takes its time as well.
            (None, None, Some(true)) if command == Command::Install => {
                let cache = self.bytecode_cache.as_deref().filter(|_| !self.dry_run);
                let answers = cache.and_then(FactsCache::open);
                let ask = || source::compiler(&target.facts, answers.as_ref(), reporter);
                thread::scope(|scope| {
                    let asking = thread::Builder::new().spawn_scoped(scope, ask);
                    let checked = finish();
                    let compiler = match asking {
                        Ok(asking) => asking.join().unwrap_or_else(|panic| resume_unwind(panic)),
                        // The system refuses a thread.
                        Err(_) => ask(),
                    };
                    Ok((checked?, Some(BytecodeSource::Interpreter(compiler?))))
                })
            }
            _ => Ok((finish()?, None)),
        }
    }

    /// Chooses the newest wheel that supports the target's Python. The wheel of the target has
    /// already been checked, with the result `info`.
    pub(super) fn choose_wheel(
        &self,
        sandbox: &mut Sandbox,
        mut target: Target,
        candidates: &[Candidate],
        info: Result<WheelInfo, types::Error>,
        root: &Root,
    ) -> Result<Target, Error> {
        let version = target.facts.version;
        let (checked_wheel, mut info) = (Arc::clone(&target.wheel), Some(info));
        let (mut unfit, mut is_old) = (Vec::new(), false);
        for candidate in candidates {
            let checked = info.take_if(|_| candidate.name == checked_wheel.name);
            let mut requires = candidate.requires_python().map(str::to_owned);
            if wheels::supports(requires.as_deref(), version) {
                let answer = if let Some(answer) = checked {
                    answer
                } else {
                    target.wheel = Arc::new(candidate.read(self.sha256.as_deref())?);
                    sandbox.check(&target.wheel, &[], &[])?
                };
                requires = answer.map_err(|error| target.explain(root, error))?.requires_python;
                if wheels::supports(requires.as_deref(), version) {
                    self.check_pin(&target.wheel)?;
                    return Ok(target);
                }
            }
            is_old |= wheels::supports(requires.as_deref(), DISTANT_PYTHON);
            unfit.push(format!("{} ({})", candidate.name, requires.unwrap_or_default()));
        }
        Err(Error::NoFittingWheel {
            path: target.facts.executable,
            found: version.map(|number| number.to_string()).join("."),
            is_old,
            wheels: unfit,
        })
    }

    /// The newest bundled wheel that supports the target's Python, provided that it is trusted.
    /// What it supports is known without reading it.
    pub(super) fn bundled_for(
        &self,
        target: &Target,
        candidates: &[Candidate],
    ) -> Option<Arc<Wheel>> {
        let mut known = candidates.iter().filter(|candidate| {
            let requires = candidate.requires_python();
            requires.is_some() && wheels::supports(requires, target.facts.version)
        });
        let fitting = known.next()?;
        let wheel = if fitting.name == target.wheel.name {
            Arc::clone(&target.wheel)
        } else {
            Arc::new(fitting.read(self.sha256.as_deref()).ok()?)
        };
        self.check_pin(&wheel).ok()?;
        Some(wheel)
    }

    fn check_pin(&self, wheel: &Wheel) -> Result<(), Error> {
        let Some(expected) = self.sha256.clone() else { return Ok(()) };
        let found = wheel.sha256.clone();
        if expected.eq_ignore_ascii_case(&found) {
            return Ok(());
        }
        Err(Error::WheelNotPinned { wheel: wheel.name.clone(), found, expected })
    }

    pub(super) fn request(&self, target: &Target) -> Request {
        Request {
            scripts: match (self.altinstall, self.default_pip) {
                (true, _) => ScriptSet::Alternate,
                (_, true) => ScriptSet::DefaultPip,
                _ => ScriptSet::Versioned,
            },
            upgrade: self.upgrade,
            compile: target.bytecode.is_some(),
            source_date_epoch: self.source_date_epoch,
            dependencies: Vec::new(),
        }
    }
}

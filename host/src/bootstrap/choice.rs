//! The second phase: which wheel, which directories, and what to ask for. Nothing is touched yet.

use super::Bootstrap;
use super::candidates::{bundled_for, choose_wheel};
use super::early::{Checked, EarlyCheck};
use super::identify::Identified;
use super::scheme::Resolution;
use super::set::fit;
use super::source;
use super::target::{BytecodeSource, Target};
use super::wanted::check_chosen;
use crate::bindings::ensurepip::bootstrap::types::{Installed, ScriptSet};
use crate::bindings::exports::ensurepip::bootstrap::installer::Request;
use crate::bytecode::FactsCache;
use crate::convert;
use crate::error::{Error, SetError};
use crate::progress::Reporter;
use crate::report::Command;
use crate::root::Root;
use crate::sandbox::{Helpers, Runtime, Sandbox};
use crate::wheels::{Candidate, Storage};
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
    Do {
        sandbox: Box<Sandbox>,
        helpers: Helpers,
        request: Request,
        /// Why an installation would be refused: not all is there that the wheels require.
        unmet: Option<Error>,
    },
}

impl Bootstrap {
    /// Chooses the wheels for a Python, and finds out where they go.
    pub(super) fn choose(
        &self,
        command: Command,
        identified: &Identified,
        early: &mut EarlyCheck,
        root: &mut Root,
        reporter: &Reporter,
    ) -> Result<Chosen, Error> {
        let (facts, scope) = (identified.facts.clone(), identified.scope);
        let wanted = self.wanted(&facts)?;
        let (first, others) = wanted.split_first().ok_or(SetError::Empty)?;
        let mut candidates = self.candidates(first)?;
        let are_for_any =
            others.is_empty() && candidates.iter().all(Candidate::is_for_any_platform);
        let fit = fit(&facts, root, are_for_any)?;
        if self.wheel_directory.is_some() {
            fit.sort(&mut candidates);
        }
        let mut storage = if self.wants_set() { Storage::for_set() } else { Storage::for_one() };
        let wheel = match early.wheel() {
            Some(wheel) => wheel,
            None => Arc::new(candidates[0].read(first, &mut storage)?),
        };
        let mut target = Target {
            facts,
            bytecode: None,
            scope,
            wheel,
            others: Vec::new(),
            licenses: Vec::new(),
            scheme: None,
        };
        let runtime = early.runtime()?;
        let _ticking = runtime.let_time_pass()?;
        let mut instance = None;
        if others.is_empty()
            && let Some(wheel) = bundled_for(&target, (first, &candidates))
        {
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
        let checked = Some((Arc::clone(&target.wheel), info));
        let given = (first, &candidates[..], &mut storage);
        let (wheel, info) =
            choose_wheel(&mut sandbox, &target, given, (&fit, root), (checked, &[]))?;
        target.wheel = wheel;
        let mut set = vec![(first, info)];
        set.extend(self.choose_others(
            &mut sandbox,
            &mut target,
            (others, &mut storage),
            (&fit, root),
        )?);
        check_chosen(&target.wheels(), &wanted)?;
        target.licenses = set.iter().map(|(_, info)| convert::licenses(info)).collect();
        let request = self.request(&target);
        let resolution = target.resolve(&mut sandbox, root, &request)?;
        let unmet = match command {
            Command::Install | Command::Status => {
                self.unmet(&mut sandbox, &target, (root, &resolution), &set)?
            }
            Command::Uninstall => None,
        };
        let helpers = Helpers::new(readers, &target.wheel);
        let work = Work::Do { sandbox: Box::new(sandbox), helpers, request, unmet };
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

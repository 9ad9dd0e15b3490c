//! The story of a run: ask, check, resolve, look, install.

use super::Bootstrap;
use super::directories::{lock, open_grants};
use super::target::{Target, kept};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Resolution};
use crate::error::Error;
use crate::externally_managed;
use crate::grants::Grant;
use crate::interpreter;
use crate::report::{Outcome, Report};
use crate::root::{Missing, Root};
use crate::sandbox::{Authority, Sandbox};
use crate::shims::{ScriptTarget, Scripts};
use crate::user_site::{self, Scope};
use std::thread;

impl Bootstrap {
    pub(super) fn carry_out(mut self) -> Result<Report, Error> {
        if self.altinstall && self.default_pip {
            return Err(Error::ConflictingScripts);
        }
        let python = self.find_python()?;
        let candidates = self.candidates()?;
        let newest = candidates[0].read()?;
        let on_progress = self.on_progress.take();
        // The interpreter takes its time to start; the wheel it will most likely get can be checked
        // meanwhile.
        let (facts, checked) = thread::scope(|scope| {
            let asked = scope.spawn(|| interpreter::ask(&python));
            let checked = Sandbox::new(on_progress).and_then(|mut sandbox| {
                let info = sandbox.check(&newest.name, &newest.bytes)?;
                Ok((sandbox, info))
            });
            let facts = asked.join().map_err(|_| Error::Component("a thread failed".to_owned()));
            (facts.and_then(|facts| facts), checked)
        });
        let mut facts = facts?;
        let mut root = Root::new(self.root.clone());
        if !self.break_system_packages {
            externally_managed::check(&mut root, &facts)?;
        }
        let scope = user_site::decide(self.user, &root, &facts)?;
        if let (Scope::User | Scope::UserForWant, Some(paths)) = (scope, facts.user_paths.take()) {
            facts.paths = paths;
        }
        let (mut sandbox, info) = checked?;
        sandbox.introduce(facts.clone());
        let target = Target { python, facts, scope, wheel: newest, scheme: None };
        let target = self.choose_wheel(&mut sandbox, target, &candidates, info, &root)?;

        let result = self.install(&mut sandbox, target, &mut root);
        // What is under way ends before the directories that were made for it.
        drop(sandbox);
        if !matches!(&result, Ok(Report { outcome: Outcome::Installed { .. }, .. })) {
            root.undo();
        }
        result
    }

    fn install(
        &self,
        sandbox: &mut Sandbox,
        mut target: Target,
        root: &mut Root,
    ) -> Result<Report, Error> {
        let request = self.request(&target.wheel);
        let resolution = sandbox
            .resolve(&request, &target.wheel.bytes)?
            .map_err(|error| target.explain(root, error))?;
        target.scheme = Some(resolution.scheme.clone());

        let grants = open_grants(root, &resolution, Missing::Leave)?;
        let plan = sandbox
            .plan(grants, &request, &target.wheel.bytes)?
            .map_err(|error| target.explain(root, error))?;
        if let Action::Keep(found) = plan.action {
            let outcome = kept(root, &found, &target);
            return Ok(target.report(root, resolution, outcome));
        }
        if self.dry_run {
            let files = u32::try_from(plan.files.len()).unwrap_or(u32::MAX);
            let outcome = Outcome::Planned { files, scripts: plan.scripts };
            return Ok(target.report(root, resolution, outcome));
        }

        let grants = open_grants(root, &resolution, Missing::Make)?;
        let _lock = lock(&grants)?;
        let authority = Authority {
            grants,
            writable: true,
            scripts: self.open_scripts(root, &target, &resolution)?,
            compiler: Some(target.python.clone()),
        };
        let answer = sandbox.apply(authority, &request, &target.wheel.bytes);
        let authority = sandbox.take_authority();
        let done = match answer {
            Ok(answer) => answer.map_err(|error| target.explain(root, error))?,
            Err(stopped) => {
                // It had no chance to clean up after itself.
                authority.grants.iter().try_for_each(Grant::remove_stage)?;
                return Err(stopped);
            }
        };
        let replaced = match done.action {
            Action::Install => None,
            Action::Upgrade(former) => Some(former.version),
            Action::Keep(found) => {
                let outcome = kept(root, &found, &target);
                return Ok(target.report(root, resolution, outcome));
            }
        };
        if let Some(scripts) = authority.scripts {
            scripts.finish();
        }
        let (files, bytecode, scripts) = (done.files, done.bytecode, done.scripts);
        let outcome =
            Outcome::Installed { files, bytecode, scripts, replaced, removed: done.removed };
        Ok(target.report(root, resolution, outcome))
    }

    fn open_scripts(
        &self,
        root: &mut Root,
        target: &Target,
        resolution: &Resolution,
    ) -> Result<Option<Scripts>, Error> {
        let directory = root.directory(&resolution.scheme.scripts, Missing::Make)?;
        Ok(directory.map(|directory| {
            let executable = self.executable.as_ref().unwrap_or(&target.facts.shebang).clone();
            let windows = target.facts.os == "nt";
            Scripts::new(directory, ScriptTarget { executable, windows })
        }))
    }
}

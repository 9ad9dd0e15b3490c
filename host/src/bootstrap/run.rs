//! The story of a run: ask and check, resolve, then install or remove.

use super::Bootstrap;
use super::target::Target;
use crate::bindings::exports::ensurepip::bootstrap::installer::Resolution;
use crate::error::Error;
use crate::externally_managed;
use crate::interpreter;
use crate::report::{Outcome, Report};
use crate::root::{Missing, Root};
use crate::sandbox::Sandbox;
use crate::shims::{ScriptTarget, Scripts};
use crate::user_site::{self, Scope};
use std::thread;

/// What a run is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Install,
    Uninstall,
}

impl Bootstrap {
    pub(super) fn carry_out(mut self, purpose: Purpose) -> Result<Report, Error> {
        if self.altinstall && self.default_pip {
            return Err(Error::ConflictingScripts);
        }
        let mut root = Root::new(self.root.clone());
        let python = self.find_python(&mut root)?;
        let candidates = self.candidates()?;
        let newest = candidates[0].read()?;
        let trusted = self.trusts(&newest);
        let on_progress = self.on_progress.take();
        // The interpreter takes its time to start; the wheel it will most likely get can be checked
        // meanwhile.
        let (facts, checked) = thread::scope(|scope| {
            let asked = scope.spawn(|| interpreter::ask(&python));
            let checked = Sandbox::new(on_progress).and_then(|mut sandbox| {
                let info = sandbox.check(&newest.name, &newest.bytes, trusted)?;
                Ok((sandbox, info))
            });
            let facts = asked.join().map_err(|_| Error::Component("a thread failed".to_owned()));
            (facts.and_then(|facts| facts), checked)
        });
        let mut facts = facts?;
        if !self.break_system_packages {
            externally_managed::check(&mut root, &facts)?;
        }
        let scope = if self.user || purpose == Purpose::Install {
            user_site::decide(self.user, &root, &facts)?
        } else {
            Scope::Everyone
        };
        if let (Scope::User | Scope::UserForWant, Some(paths)) = (scope, facts.user_paths.take()) {
            facts.paths = paths;
        }
        let (mut sandbox, info) = checked?;
        sandbox.introduce(facts.clone());
        let target = Target { python, facts, scope, wheel: newest, scheme: None };
        let mut target = self.choose_wheel(&mut sandbox, target, &candidates, info, &root)?;

        let request = self.request(&target.wheel);
        let resolution = sandbox
            .resolve(&request, &target.wheel.bytes)?
            .map_err(|error| target.explain(&root, error))?;
        target.scheme = Some(resolution.scheme.clone());

        let outcome = match purpose {
            Purpose::Install => {
                self.install(&mut sandbox, &target, &mut root, &request, &resolution)
            }
            Purpose::Uninstall => {
                self.remove(&mut sandbox, &target, &mut root, &request, &resolution)
            }
        };
        // What is under way ends before the directories that were made for it.
        drop(sandbox);
        if !matches!(&outcome, Ok(Outcome::Installed { .. })) {
            root.undo();
        }
        Ok(target.report(&root, resolution, outcome?))
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
            let executable = self.executable.as_ref().unwrap_or(&target.facts.shebang).clone();
            let windows = target.facts.os == "nt";
            Scripts::new(directory, ScriptTarget { executable, windows })
        }))
    }
}

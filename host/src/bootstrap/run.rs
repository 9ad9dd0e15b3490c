//! The story of a run: ask and check, resolve, then install or remove.

use super::source::{self, Source};
use super::target::Target;
use super::{Bootstrap, status};
use crate::bindings::exports::ensurepip::bootstrap::installer::Resolution;
use crate::error::Error;
use crate::externally_managed::{self, Marker};
use crate::interpreter::{self, Scheme};
use crate::platform;
use crate::progress::{AuditEvent, Decision, Listener};
use crate::report::{Command, Outcome, Report, Scope};
use crate::root::{Missing, Root};
use crate::sandbox::{Authority, Sandbox};
use crate::shims::{ScriptPlatform, ScriptTarget, Scripts};
use crate::user_site;
use std::thread;

impl Bootstrap {
    pub(super) fn carry_out(mut self, command: Command) -> Result<Report, Error> {
        let listener = Listener::new(self.on_progress.take());
        let done = self.tell_story(command, &listener);
        // Whatever failed after the caller had said no, failed for that reason.
        done.map_err(|error| if listener.has_cancelled() { Error::Cancelled } else { error })
    }

    fn tell_story(mut self, command: Command, listener: &Listener) -> Result<Report, Error> {
        if self.altinstall && self.default_pip {
            return Err(Error::ConflictingScripts);
        }
        if command == Command::Install {
            self.audit()?;
        }
        let mut root = Root::new(self.root.clone());
        let source = self.find_python(&mut root, command, listener)?;
        let candidates = self.candidates()?;
        let newest = candidates[0].read()?;
        let trusted = self.trusts(&newest);
        // The interpreter takes its time to start; the wheel it will most likely get can be checked
        // meanwhile.
        let prefix = self.prefix.as_deref();
        let (facts, checked) = thread::scope(|scope| {
            let asked = scope.spawn(|| match &source {
                Source::Runs(python) => {
                    interpreter::ask(python, listener).map(|facts| match prefix {
                        Some(prefix) => source::at_prefix(facts, prefix),
                        None => facts,
                    })
                }
                Source::Described(facts, _) => Ok((**facts).clone()),
            });
            let checked = Sandbox::new(listener.clone()).and_then(|mut sandbox| {
                let info = sandbox.check(&newest.name, &newest.bytes, trusted)?;
                Ok((sandbox, info))
            });
            let facts = asked.join().map_err(|_| Error::Component("a thread failed".to_owned()));
            (facts.and_then(|facts| facts), checked)
        });
        let mut facts = facts?;
        tracing::debug!(?facts, "the Python is known");
        if facts.os == "nt" {
            root.take_windows_paths();
        }
        let marker = externally_managed::marker(&mut root, &facts)?;
        let externally_managed = marker.as_ref().map(|marker| marker.path.clone());
        if let (Some(Marker { path, message }), false) =
            (marker, self.break_system_packages || command == Command::Status)
        {
            return Err(Error::ExternallyManaged { path, message });
        }
        let scope = if self.user || command != Command::Uninstall {
            user_site::decide(self.user, &root, &facts)?
        } else {
            Scope::Everyone
        };
        if let (Scope::User | Scope::UserForWant, Some(paths)) = (scope, facts.user_paths.take()) {
            facts.scheme = Scheme::Reported(paths);
        }
        let compiler = match &source {
            Source::Runs(python) if self.compile.unwrap_or(true) => Some(python.clone()),
            Source::Described(..) if self.compile == Some(true) && command == Command::Install => {
                Some(source::compiler(&facts, listener)?)
            }
            _ => None,
        };
        let (mut sandbox, info) = checked?;
        sandbox.introduce(facts.clone());
        let target = Target { facts, compiler, scope, wheel: newest, scheme: None };
        let mut target = self.choose_wheel(&mut sandbox, target, &candidates, info, &root)?;

        let request = self.request(&target);
        let resolution = target.resolve(&mut sandbox, &mut root, &request)?;

        let outcome = match command {
            Command::Install => {
                self.install(&mut sandbox, &target, &mut root, &request, &resolution)
            }
            Command::Uninstall => {
                self.remove(&mut sandbox, &target, &mut root, &request, &resolution)
            }
            Command::Status => {
                status::look(&mut sandbox, &target, &mut root, &request, &resolution)
            }
        };
        // What is under way ends before the directories that were made for it.
        drop(sandbox);
        if !matches!(&outcome, Ok(Outcome::Installed { .. })) {
            root.undo();
        }
        let outcome = outcome?;
        let (root_given, verbosity) = (self.root.clone(), self.verbosity);
        let (mut python, wheel, scheme, scope) = target.told(&root, resolution);
        if let Source::Described(_, others) = source {
            python.others = others;
        }
        Ok(Report {
            command,
            verbosity,
            root: root_given,
            python,
            scope,
            externally_managed,
            confined_by: self.confined_by.get(),
            wheel,
            scheme,
            outcome,
        })
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
    pub(super) fn confine_to(&self, authority: &Authority, root: &Root) {
        if !self.confine {
            return;
        }
        platform::narrow_umask();
        let granted = authority.grants.iter().map(|grant| &grant.directory);
        let scripts = authority.scripts.iter().map(Scripts::directory);
        let writable: Vec<_> = granted.chain(scripts).chain(root.made_in()).collect();
        self.confined_by.set(platform::confine(&writable));
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
            let platform = ScriptPlatform::of(&target.facts.platform);
            let windows = target.facts.os == "nt";
            let shown = root.display(&resolution.scheme.scripts);
            Scripts::new(directory, shown, ScriptTarget { executable, platform, windows })
        }))
    }
}

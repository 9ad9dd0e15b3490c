//! The first phase: which Python it is, who manages it, and for whom it gets pip.

use super::Bootstrap;
use super::early::EarlyCheck;
use super::source::{self, Found};
use crate::error::Error;
use crate::externally_managed::{self, Marker};
use crate::facts::{Facts, Paths, Scheme};
use crate::interpreter;
use crate::progress::Reporter;
use crate::report::{Command, Scope};
use crate::root::Root;
use crate::scarcity;
use crate::user_site;
use std::path::PathBuf;

/// A Python, identified.
pub(super) struct Identified {
    pub(super) facts: Facts,
    pub(super) scope: Scope,
    /// Whether the root did not exist.
    pub(super) root_is_new: bool,
    /// The marker of the distributor that manages it (PEP 668).
    pub(super) externally_managed: Option<PathBuf>,
    /// Why an installation would be refused, for `status`.
    pub(super) refusal: Option<Error>,
}

impl Bootstrap {
    /// Identifies the Python to install for.
    pub(super) fn identify(
        &self,
        command: Command,
        root: &mut Root,
        early: &mut EarlyCheck,
        reporter: &Reporter,
    ) -> Result<Identified, Error> {
        let found = with_process(early, || self.find_python(root, command, reporter))?;
        let root_is_new = root.is_missing()?;
        let mut facts = self.facts(found, early, reporter)?;
        tracing::debug!(?facts, "the Python is known");
        if facts.os == "nt" {
            root.take_windows_paths();
        }
        let (externally_managed, ban) = self.ask_distributor(root, &facts)?;
        let refusal = match ban {
            Some(ban) if command != Command::Status => return Err(ban),
            ban if command == Command::Status => self.unknown_drive(&facts, root).or(ban),
            _ => None,
        };
        let scope = if self.user || command != Command::Uninstall {
            user_site::decide(self.user, root, &facts)?
        } else {
            Scope::Everyone
        };
        if let (Scope::User | Scope::UserFallback, Some(paths)) = (scope, facts.user_paths.take()) {
            let former = std::mem::replace(&mut facts.scheme, Scheme::Reported(paths));
            // On Fedora, an isolated Python does not list it.
            if let Scheme::Reported(Paths { purelib, platlib, .. }) = former {
                facts.site_packages.splice(0..0, [purelib, platlib]);
            }
        }
        Ok(Identified { facts, scope, root_is_new, externally_managed, refusal })
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
            Found::Here(interpreter::Found::Asked(facts)) => return self.placed(*facts, reporter),
            Found::Here(interpreter::Found::Interpreter(python)) => python,
        };
        let facts = with_process(early, || interpreter::ask(&python, reporter))?;
        self.placed(facts, reporter)
    }

    /// The facts about a Python of this machine at the prefix that it will have.
    fn placed(&self, facts: Facts, reporter: &Reporter) -> Result<Facts, Error> {
        let Some(prefix) = &self.prefix else { return Ok(facts) };
        self.check_prefix(&facts, prefix, reporter)?;
        Ok(source::at_prefix(facts, prefix))
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
}

/// Does what starts a process. If the system refuses one, repeats it without the threads of the check,
/// which may be too many beside a process.
fn with_process<T>(
    early: &mut EarlyCheck,
    mut start: impl FnMut() -> Result<T, Error>,
) -> Result<T, Error> {
    match start() {
        Err(Error::PythonStart { reason, .. }) if scarcity::is_refusal(&reason) => {
            early.settle();
            start()
        }
        done => done,
    }
}

//! What is to be decided before anything is touched: which wheel, and what to ask for.

use super::Bootstrap;
use super::target::Target;
use crate::bindings::ensurepip::bootstrap::types::{self, ScriptSet};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Request, WheelInfo};
use crate::error::Error;
use crate::root::Root;
use crate::sandbox::Sandbox;
use crate::wheels::{self, Candidate, Wheel};
use std::sync::Arc;

/// A version that no Python has yet: what supports it supports all that are new.
const DISTANT_PYTHON: [u32; 3] = [3, 999, 0];

impl Bootstrap {
    /// The wheels to choose from, the newest first.
    pub(super) fn candidates(&self) -> Result<Vec<Candidate>, Error> {
        match &self.wheel_directory {
            Some(directory) => wheels::in_directory(directory),
            None => Ok(wheels::bundled()),
        }
    }

    /// Chooses the newest wheel that supports the target's Python. The newest of all has been
    /// checked already, with this answer.
    pub(super) fn choose_wheel(
        &self,
        sandbox: &mut Sandbox,
        mut target: Target,
        candidates: &[Candidate],
        newest: Result<WheelInfo, types::Error>,
        root: &Root,
    ) -> Result<Target, Error> {
        let version = target.facts.version;
        let mut info = Some(newest);
        let (mut unfit, mut is_old) = (Vec::new(), false);
        for candidate in candidates {
            let checked = info.take();
            let mut requires = candidate.requires_python().map(str::to_owned);
            if wheels::supports(requires.as_deref(), version) {
                let answer = if let Some(answer) = checked {
                    answer
                } else {
                    target.wheel = Arc::new(candidate.read(self.sha256.as_deref())?);
                    target.wheel.verify()?;
                    sandbox.check(&target.wheel, &[])?
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

    /// The bundled wheel that is the newest to support the target's Python, if it is one to trust: what
    /// it supports is known without reading it.
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
            compile: target.compiler.is_some(),
            source_date_epoch: self.source_date_epoch,
        }
    }
}

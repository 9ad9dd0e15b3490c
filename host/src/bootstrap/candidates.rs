//! Which wheel of a project the target gets: the newest that is made for its Python.

use super::Bootstrap;
use super::target::Target;
use crate::bindings::ensurepip::bootstrap::types;
use crate::bindings::exports::ensurepip::bootstrap::installer::WheelInfo;
use crate::error::{Error, SetError};
use crate::requirements::Wanted;
use crate::root::Root;
use crate::sandbox::Sandbox;
use crate::wheels::{self, Candidate, Fit, Storage, Wheel};
use std::sync::Arc;

/// A version that no Python has yet. A wheel that supports it supports all newer Pythons.
const DISTANT_PYTHON: [u32; 3] = [3, 999, 0];

/// A wheel, with the component's verdict on it.
type Verdict = (Arc<Wheel>, Result<WheelInfo, types::Error>);

impl Bootstrap {
    /// The wheels of a project to choose from, newest first. A set gets a bundled pip if its directory
    /// has none.
    pub(super) fn candidates(&self, wanted: &Wanted) -> Result<Vec<Candidate>, Error> {
        let Some(directory) = &self.wheel_directory else { return Ok(wheels::bundled()) };
        match wheels::in_directory(directory, wanted) {
            Err(Error::WheelDirectory { .. }) if self.wants_set() && wanted.is_any_pip() => {
                Ok(wheels::bundled())
            }
            found => found,
        }
    }

    /// The wheel that any Python gets, unless it is too old for that; `None` if that is not known yet.
    pub(super) fn likely_wheel(&self) -> Result<Option<Arc<Wheel>>, Error> {
        if self.wants_set() {
            return Ok(None);
        }
        let pip = self.wanted_pip();
        let newest = self.candidates(&pip)?;
        let newest = newest.first().map(|newest| newest.read(&pip, &mut Storage::for_one()));
        Ok(newest.transpose()?.map(Arc::new))
    }
}

/// Chooses the first of these wheels that the target's Python supports. One of them may have been
/// checked already. The instance keeps the wheels in `beside`.
pub(super) fn choose_wheel(
    sandbox: &mut Sandbox,
    target: &Target,
    (wanted, candidates, storage): (&Wanted, &[Candidate], &mut Storage),
    (fit, root): (&Fit, &Root),
    (mut checked, beside): (Option<Verdict>, &[Arc<Wheel>]),
) -> Result<(Arc<Wheel>, WheelInfo), Error> {
    let version = target.facts.version;
    let (mut unfit, mut is_old) = (Vec::new(), false);
    for candidate in candidates {
        if let Some(reason) = fit.misfit(candidate) {
            unfit.push(format!("{} {reason}", candidate.name));
            continue;
        }
        let known = checked.take_if(|(wheel, _)| candidate.name == wheel.name);
        let mut requires = candidate.requires_python().map(str::to_owned);
        if wheels::supports(requires.as_deref(), version) {
            let (wheel, answer) = if let Some(verdict) = known {
                verdict
            } else {
                let wheel = Arc::new(candidate.read(wanted, storage)?);
                let answer = sandbox.check(&wheel, &[], beside)?;
                (wheel, answer)
            };
            let explain = |error| target.explain_about(root, &wheel, error);
            let info = answer.map_err(explain)?;
            if wheels::supports(info.requires_python.as_deref(), version) {
                check_pin(&wheel, wanted)?;
                return Ok((wheel, info));
            }
            requires = info.requires_python;
        }
        is_old |= wheels::supports(requires.as_deref(), DISTANT_PYTHON);
        let requires = requires.unwrap_or_default();
        unfit.push(if wanted.name == "pip" {
            format!("{} ({requires})", candidate.name)
        } else {
            format!("{} requires Python {requires}", candidate.name)
        });
    }
    Err(none_fits(target, wanted, unfit, is_old))
}

/// The newest bundled wheel that supports the target's Python, provided that it is trusted.
/// What it supports is known without reading it.
pub(super) fn bundled_for(
    target: &Target,
    (wanted, candidates): (&Wanted, &[Candidate]),
) -> Option<Arc<Wheel>> {
    let mut known = candidates.iter().filter(|candidate| {
        let requires = candidate.requires_python();
        requires.is_some() && wheels::supports(requires, target.facts.version)
    });
    let fitting = known.next()?;
    let wheel = if fitting.name == target.wheel.name {
        Arc::clone(&target.wheel)
    } else {
        Arc::new(fitting.read(wanted, &mut Storage::for_one()).ok()?)
    };
    check_pin(&wheel, wanted).ok()?;
    Some(wheel)
}

/// Fails unless the wheel has one of the digests that are wanted.
fn check_pin(wheel: &Wheel, wanted: &Wanted) -> Result<(), Error> {
    let Some(first) = wanted.hashes.first() else { return Ok(()) };
    let (wheel, found) = (wheel.name.clone(), wheel.sha256.clone());
    if wanted.hashes.contains(&found) {
        return Ok(());
    }
    let expected = match wanted.hashes.len() {
        1 => first.clone(),
        count => format!("one of the {count} that were given"),
    };
    Err(Error::WheelNotPinned { wheel, found, expected })
}

/// The error for a project without a wheel for the target.
fn none_fits(target: &Target, wanted: &Wanted, wheels: Vec<String>, is_old: bool) -> Error {
    let path = target.facts.executable.clone();
    let found = target.facts.version.map(|number| number.to_string()).join(".");
    if wanted.name == "pip" {
        return Error::NoFittingWheel { path, found, is_old, wheels };
    }
    let python = format!("Python {found}");
    let reasons = wheels.into_iter().map(|line| format!("  {line}")).collect();
    SetError::NoFittingWheel { wanted: wanted.to_string(), python, path, reasons }.into()
}

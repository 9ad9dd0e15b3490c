//! Which wheels fit a target.

use super::candidate::Candidate;
use super::misfit::misfit;
use super::tags::Tags;
use crate::facts::Facts;
use crate::libc::Runtime;
use std::cmp::Reverse;

/// What the wheels for a target have to be made for.
pub(crate) struct Fit {
    tags: Tags,
    runtime: Option<Runtime>,
}

impl Fit {
    /// What wheels for the Python with these facts have to be made for. `runtime` is that of a Python
    /// of Linux, if its files were found.
    pub(crate) fn of(facts: &Facts, runtime: Option<Runtime>) -> Fit {
        Fit { tags: Tags::of(facts, runtime.as_ref()), runtime }
    }

    /// Why a wheel does not fit, as the rest of a sentence about it; `None` if it does.
    pub(crate) fn misfit(&self, wheel: &Candidate) -> Option<String> {
        if self.tags.best(&wheel.parsed).is_some() {
            return None;
        }
        Some(misfit(&self.tags, self.runtime.as_ref(), &wheel.parsed))
    }

    /// Sorts wheels of one project as pip does: the newest first; of one version, the one with the best
    /// tag, and of those the one with the greatest build number.
    pub(crate) fn sort(&self, wheels: &mut [Candidate]) {
        wheels.sort_by_cached_key(|wheel| {
            let place = self.tags.best(&wheel.parsed).unwrap_or(usize::MAX);
            (Reverse(wheel.parsed.version.clone()), place, Reverse(wheel.parsed.build.clone()))
        });
    }
}

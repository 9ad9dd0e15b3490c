//! Whether pip can start in the target after the run.

use super::target::Target;
use crate::report::{MissingModule, Outcome};
use crate::root::Root;
use crate::{startable, wheels};

/// The modules that are missing for the pip that the target has now, or would have. `None` if they
/// are unknown, or if there is no pip.
pub(super) fn missing_modules(
    root: &mut Root,
    target: &Target,
    outcome: &Outcome,
) -> Option<Vec<MissingModule>> {
    let pip = match outcome {
        Outcome::Installed { .. }
        | Outcome::Planned { .. }
        | Outcome::Status { installed: None, .. } => wheels::of_digest(&target.wheel.sha256),
        Outcome::Kept(found) | Outcome::Status { installed: Some(found), .. } => {
            wheels::of_version(&found.version)
        }
        Outcome::Removed { .. } | Outcome::Other(_) | Outcome::Absent => None,
    };
    let scheme = target.scheme.as_ref()?;
    startable::missing(root, &target.facts, pip?, &[&scheme.purelib, &scheme.platlib])
}

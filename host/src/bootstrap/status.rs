//! The look at a target that changes nothing.

use super::directories::open_grants;
use super::target::{Target, found};
use crate::bindings::ensurepip::bootstrap::types;
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Request, Resolution};
use crate::error::Error;
use crate::report::Outcome;
use crate::root::{Missing, Root};
use crate::sandbox::Sandbox;

/// Asks what would be done without and with an upgrade.
pub(super) fn look(
    sandbox: &mut Sandbox,
    target: &Target,
    root: &mut Root,
    request: &Request,
    resolution: &Resolution,
) -> Result<Outcome, Error> {
    let mut plan = |upgrade| {
        let grants = open_grants(root, resolution, Missing::Leave)?;
        let request = Request { upgrade, ..request.clone() };
        sandbox.plan(grants, &request, &target.wheel)
    };
    let (as_is, upgraded) = (plan(false)?, plan(true)?);
    let installed = match as_is.map_err(|error| target.explain(root, error))?.action {
        Action::Keep(installed) => installed,
        // An upgrade that was stopped when it had begun with another version beside this one.
        Action::Upgrade(installed) => {
            let installed = Some(found(root, &installed, target));
            return Ok(Outcome::Status { installed, is_older: true });
        }
        Action::Install => return Ok(Outcome::Status { installed: None, is_older: false }),
    };
    let is_older = match upgraded {
        Ok(plan) => matches!(plan.action, Action::Upgrade(_)),
        // It would be replaced if it could.
        Err(types::Error::UnknownFiles(_) | types::Error::Occupied(_)) => true,
        Err(error) => return Err(target.explain(root, error)),
    };
    let installed = Some(found(root, &installed, target));
    Ok(Outcome::Status { installed, is_older })
}

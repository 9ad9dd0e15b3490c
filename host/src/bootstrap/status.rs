//! Inspects a target without changing anything.

use super::Bootstrap;
use super::directories::open_grants;
use super::foresight::Look;
use super::scheme::Resolution;
use super::target::{Target, found};
use crate::bindings::ensurepip::bootstrap::types;
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, PlanReport, Request};
use crate::error::Error;
use crate::report::{Found, Outcome, Refusal, ToDo};
use crate::root::{Missing, Root};
use crate::sandbox::{Access, Sandbox};
use std::time::Duration;

impl Bootstrap {
    /// Plans a run without and with an upgrade, and reports whether it would be refused.
    pub(super) fn look(
        &self,
        sandbox: &mut Sandbox,
        target: &Target,
        root: &mut Root,
        request: &Request,
        resolution: &Resolution,
    ) -> Result<Outcome, Error> {
        let mut plan = |upgrade| {
            let access = Access::read_only(open_grants(root, resolution, Missing::Leave)?);
            let request = Request { upgrade, ..request.clone() };
            sandbox.plan(&access, &target.wheel, &target.facts, &request)
        };
        let (as_is, upgraded) = (plan(false)?, plan(true)?);
        let mut refusal = |plan: &PlanReport| {
            let look = Look { target, resolution, plan, patience: Duration::ZERO };
            let foreseen = self
                .check_interpreter(root, target)
                .and_then(|()| self.foresee(&look, root, sandbox.reporter()));
            foreseen.err().map(|error| Refusal::of(&error))
        };
        let as_is = match as_is {
            Ok(plan) => plan,
            Err(error @ types::Error::Occupied(_)) => {
                let refusal = Some(Refusal::of(&target.explain(root, error)));
                return Ok(self.outcome(None, false, refusal));
            }
            Err(error) => return Err(target.explain(root, error)),
        };
        let installed = match &as_is.action {
            Action::Keep(installed) => installed,
            // An upgrade that was stopped when it had begun with another version beside this one.
            Action::Upgrade(installed) => {
                let refusal = refusal(&as_is);
                return Ok(self.outcome(Some(found(root, installed, target)), true, refusal));
            }
            _ => {
                let refusal = refusal(&as_is);
                return Ok(self.outcome(None, false, refusal));
            }
        };
        let (is_older, refusal) = match upgraded {
            Ok(plan) if matches!(plan.action, Action::Upgrade(_)) => (true, refusal(&plan)),
            Ok(_) => (false, None),
            // It would be replaced if it could.
            Err(error @ (types::Error::UnknownFiles(_) | types::Error::Occupied(_))) => {
                (true, Some(Refusal::of(&target.explain(root, error))))
            }
            Err(error) => return Err(target.explain(root, error)),
        };
        Ok(self.outcome(Some(found(root, installed, target)), is_older, refusal))
    }

    fn outcome(
        &self,
        installed: Option<Found>,
        is_older: bool,
        refusal: Option<Refusal>,
    ) -> Outcome {
        let to_do = ToDo::about(installed.as_ref(), is_older, self.upgrade);
        Outcome::Status { installed, is_older, to_do, refusal }
    }
}

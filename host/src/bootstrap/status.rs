//! Inspects a target without changing anything.

use super::Bootstrap;
use super::directories::open_grants;
use super::foresight::Look;
use super::run::Ending;
use super::scheme::Resolution;
use super::target::{Target, found};
use crate::bindings::ensurepip::bootstrap::types;
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, PlanReport, Request};
use crate::error::Error;
use crate::report::{Change, Found, Outcome, Refusal, ToDo};
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
    ) -> Result<Ending, Error> {
        let mut plan = |upgrade| {
            let access = Access::read_only(open_grants(root, resolution, Missing::Leave)?);
            let request = Request { upgrade, ..request.clone() };
            sandbox.plan(&access, &target.wheels(), &target.facts, &request)
        };
        let (as_is, upgraded) = (plan(false)?, plan(true)?);
        let reporter = sandbox.reporter().clone();
        let mut refusal = |plans: &[PlanReport]| {
            let look = Look { target, resolution, plans, patience: Duration::ZERO };
            let foreseen = self
                .check_interpreter(root, target)
                .and_then(|()| self.foresee(&look, root, &reporter));
            foreseen.err().map(|error| Refusal::of(&error))
        };
        let as_is = match as_is {
            Ok(plans) => plans,
            Err(error @ types::Error::Occupied(_)) => {
                let refusal = Some(Refusal::of(&target.explain(root, error)));
                let changes = target.wheels().iter().map(|_| self.change(None, false)).collect();
                return Ok(ending(changes, refusal));
            }
            Err(error) => return Err(target.explain(root, error)),
        };
        // A run without an upgrade replaces a version if an upgrade was stopped with another one beside it.
        let is_new = |plan: &PlanReport| !matches!(plan.action, Action::Keep(_));
        let is_upgrade = |plan: &PlanReport| matches!(plan.action, Action::Upgrade(_));
        let (is_older, refusal): (Vec<bool>, _) = match upgraded {
            Ok(plans) if plans.iter().any(is_new) => {
                (plans.iter().map(is_upgrade).collect(), refusal(&plans))
            }
            Ok(plans) => (vec![false; plans.len()], None),
            // They would be replaced if they could.
            Err(error @ (types::Error::UnknownFiles(_) | types::Error::Occupied(_))) => {
                let refusal = Some(Refusal::of(&target.explain(root, error)));
                let mut is_older = Vec::with_capacity(as_is.len());
                for wheel in target.wheels() {
                    let access = Access::read_only(open_grants(root, resolution, Missing::Leave)?);
                    let found = sandbox.find(&access, &wheel.name, &target.facts, true)?;
                    is_older.push(!found.is_ok_and(|found| found.kept.is_some()));
                }
                (is_older, refusal)
            }
            Err(error) => return Err(target.explain(root, error)),
        };
        let changes = as_is.iter().zip(is_older).map(|(plan, is_older)| {
            let installed = match &plan.action {
                Action::Keep(installed) | Action::Upgrade(installed) => Some(installed),
                _ => None,
            };
            let installed = installed.map(|installed| found(root, installed, target));
            let is_older = is_older && installed.is_some();
            self.change(installed, is_older)
        });
        Ok(ending(changes.collect(), refusal))
    }

    /// The status of the project of a wheel.
    fn change(&self, installed: Option<Found>, is_older: bool) -> Change {
        let to_do = ToDo::about(installed.as_ref(), is_older, self.upgrade);
        Change::Status { installed, is_older, to_do }
    }
}

/// The status of a target.
fn ending(changes: Vec<Change>, refusal: Option<Refusal>) -> Ending {
    let (installed, is_older, to_do) = match changes.first() {
        Some(Change::Status { installed, is_older, to_do }) => {
            (installed.clone(), *is_older, *to_do)
        }
        _ => (None, false, ToDo::Nothing),
    };
    Ending { outcome: Outcome::Status { installed, is_older, to_do, refusal }, changes }
}

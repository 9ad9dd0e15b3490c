//! The installation: look without touching, then make what is missing, and let the component at it.

use super::Bootstrap;
use super::directories::{lock, open_grants, try_lock};
use super::target::{Target, kept};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Request, Resolution};
use crate::error::Error;
use crate::grants::Grant;
use crate::report::Outcome;
use crate::root::{Missing, Root};
use crate::sandbox::{Authority, Sandbox};
use crate::shims::Scripts;

impl Bootstrap {
    pub(super) fn install(
        &self,
        sandbox: &mut Sandbox,
        target: &Target,
        root: &mut Root,
        request: &Request,
        resolution: &Resolution,
    ) -> Result<Outcome, Error> {
        let grants = open_grants(root, resolution, Missing::Leave)?;
        let plan = sandbox
            .plan(grants, request, &target.wheel.bytes)?
            .map_err(|error| target.explain(root, error))?;
        if let Action::Keep(found) = plan.action {
            if !self.dry_run {
                self.sweep(root, target, resolution)?;
            }
            return Ok(kept(root, &found, target));
        }
        if self.dry_run {
            let files = u32::try_from(plan.files.len()).unwrap_or(u32::MAX);
            return Ok(Outcome::Planned { files, scripts: plan.scripts });
        }

        let grants = open_grants(root, resolution, Missing::Make)?;
        let _lock = lock(&grants)?;
        let authority = Authority {
            grants,
            writable: true,
            scripts: self.open_scripts(root, target, resolution, Missing::Make)?,
            compiler: Some(target.python.clone()),
        };
        let answer = sandbox.apply(authority, request, &target.wheel.bytes)?;
        let done = answer.map_err(|error| target.explain(root, error))?;
        let scripts = sandbox.take_authority().scripts;
        let replaced = match done.action {
            Action::Install => None,
            Action::Upgrade(former) => Some(former.version),
            Action::Keep(found) => {
                return Ok(kept(root, &found, target));
            }
        };
        if let Some(scripts) = scripts {
            scripts.finish();
        }
        let (files, bytecode, scripts) = (done.files, done.bytecode, done.scripts);
        Ok(Outcome::Installed { files, bytecode, scripts, replaced, removed: done.removed })
    }

    /// Removes what runs that were stopped have left beside a pip that is whole. What belongs to a
    /// run that is under way is left to that.
    fn sweep(
        &self,
        root: &mut Root,
        target: &Target,
        resolution: &Resolution,
    ) -> Result<(), Error> {
        let grants = open_grants(root, resolution, Missing::Leave)?;
        let scripts = self.open_scripts(root, target, resolution, Missing::Leave)?;
        let has_leftovers = grants.iter().any(Grant::has_stage)
            || scripts.as_ref().is_some_and(Scripts::has_leftovers);
        if has_leftovers && let Some(_lock) = try_lock(&grants)? {
            grants.iter().for_each(Grant::sweep);
            scripts.iter().for_each(Scripts::sweep);
        }
        Ok(())
    }
}

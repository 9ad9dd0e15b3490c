//! The installation: look without touching, then make what is missing, and let the component at it.

use super::Bootstrap;
use super::directories::{lock, open_grants};
use super::target::{Target, kept};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Request, Resolution};
use crate::error::Error;
use crate::report::Outcome;
use crate::root::{Missing, Root};
use crate::sandbox::{Authority, Sandbox};

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
}

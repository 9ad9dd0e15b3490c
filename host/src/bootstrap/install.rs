//! The installation: look without touching, then make what is missing, and let the component at it.

use super::Bootstrap;
use super::directories::{lock, open_grants, try_lock};
use super::target::{Target, found};
use crate::bindings::ensurepip::bootstrap::types::Role;
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Action, ApplyReport, PlanReport, Request, Resolution,
};
use crate::convert;
use crate::error::Error;
use crate::grants::Grant;
use crate::manifest;
use crate::report::{File, Outcome};
use crate::root::{Missing, Root};
use crate::sandbox::{Authority, Sandbox};
use crate::shims::Scripts;
use std::io;

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
        if let Action::Keep(installed) = plan.action {
            if !self.dry_run {
                self.sweep(root, target, resolution)?;
            }
            return Ok(Outcome::Kept(found(root, &installed, target)));
        }
        if self.dry_run {
            return Ok(planned(target, plan));
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
        let Authority { grants, scripts, .. } = sandbox.take_authority();
        for file in &done.files {
            tracing::trace!(role = convert::role_name(file.role), path = file.path, "written");
        }
        let replaced = match &done.action {
            Action::Install => None,
            Action::Upgrade(former) => Some(former.version.clone()),
            Action::Keep(installed) => {
                return Ok(Outcome::Kept(found(root, installed, target)));
            }
        };
        let manifest = match &scripts {
            Some(scripts) if self.manifest => {
                Some(manifest(target, root, &grants, scripts, &done)?)
            }
            _ => None,
        };
        if let Some(scripts) = scripts {
            scripts.finish();
        }
        Ok(Outcome::Installed {
            files: u32::try_from(done.files.len()).unwrap_or(u32::MAX),
            bytecode: done.bytecode,
            scripts: done.scripts,
            replaced,
            removed: done.removed,
            manifest,
        })
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

/// What a plan says, for a report.
fn planned(target: &Target, plan: PlanReport) -> Outcome {
    let mut files: Vec<File> = plan
        .files
        .into_iter()
        .map(|file| File {
            path: target.path(file.role, &file.path),
            sha256: None,
            size: file.size,
            mode: Some(if file.executable { 0o755 } else { 0o644 }),
        })
        .collect();
    files.sort();
    let replaces = match plan.action {
        Action::Upgrade(former) => Some(former.version),
        Action::Install | Action::Keep(_) => None,
    };
    Outcome::Planned { files, scripts: plan.scripts, replaces }
}

/// Looks at every file that the component says it has written, and at the scripts.
fn manifest(
    target: &Target,
    root: &Root,
    grants: &[Grant],
    scripts: &Scripts,
    done: &ApplyReport,
) -> Result<Vec<File>, Error> {
    let told = |path: &str, error: &io::Error| Error::Io {
        operation: "read".to_owned(),
        path: root.display(path),
        reason: error.to_string(),
    };
    let mut files = Vec::with_capacity(done.files.len() + done.scripts.len());
    for written in &done.files {
        let path = target.path(written.role, &written.path);
        let name = convert::role_name(written.role);
        let grant = grants.iter().find(|grant| grant.name == name);
        let grant = grant.ok_or_else(|| Error::Component(format!("it wrote to `{name}`")))?;
        let file = manifest::file(&grant.directory, &written.path, path.clone());
        files.push(file.map_err(|error| told(&path, &error))?);
    }
    for name in &done.scripts {
        let path = target.path(Role::Scripts, name);
        let file = manifest::file(scripts.directory(), name, path.clone());
        files.push(file.map_err(|error| told(&path, &error))?);
    }
    files.sort();
    Ok(files)
}

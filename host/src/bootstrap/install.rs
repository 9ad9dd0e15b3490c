//! The installation: inspects the target, then creates the missing directories, and runs the
//! component's transaction.

use super::Bootstrap;
use super::directories::{LOCK_PATIENCE, all, name_read_only, open_grants, try_lock};
use super::files::{manifest, planned, replaced};
use super::foresight::Look;
use super::run::Ending;
use super::scheme::{PLACE_OF_PIP, Resolution};
use super::target::{BytecodeSource, Target, change};
use super::transact::{Done, Host};
use crate::bindings::ensurepip::bootstrap::types::Installed;
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Request};
use crate::bytecode::Compiler;
use crate::convert;
use crate::error::Error;
use crate::grants::Grant;
use crate::report::{Change, Found, Manifest, Outcome};
use crate::root::{Missing, Root};
use crate::sandbox::{Access, Helpers, Sandbox};
use crate::scarcity;
use crate::shims::Scripts;

impl Bootstrap {
    pub(super) fn install(
        &self,
        sandbox: &mut Sandbox,
        helpers: Helpers,
        target: &Target,
        root: &mut Root,
        request: &Request,
        resolution: &Resolution,
    ) -> Result<Ending, Error> {
        let access = Access::read_only(open_grants(root, resolution, Missing::Leave)?);
        let wheels = target.wheels();
        let plans = sandbox
            .plan(&access, &wheels, &target.facts, request)?
            .map_err(|error| target.explain(root, error))?;
        let actions: Vec<Action> = plans.iter().map(|plan| plan.action.clone()).collect();
        if actions.iter().all(|action| matches!(action, Action::Keep(_))) {
            return self.keep(target, root, resolution, &actions);
        }
        self.check_interpreter(root, target)?;
        let pack = target.pack()?;
        if self.dry_run {
            let look = Look { target, resolution, plans: &plans, patience: LOCK_PATIENCE };
            self.foresee(&look, root, sandbox.reporter())?;
            return Ok(Ending {
                outcome: planned(target, plans),
                changes: changes(root, &actions, target),
            });
        }

        // A run that gets no memory later is ended by the system, in the middle of the target.
        scarcity::check_memory()?;
        let compiler = match &target.bytecode {
            Some(BytecodeSource::Interpreter(python)) => Some(self.compiler(python, &target.facts)),
            Some(BytecodeSource::Pack(_)) | None => pack.map(Compiler::with_pack),
        };
        let reporter = sandbox.reporter().clone();
        let files: Vec<_> = plans.into_iter().flat_map(|plan| plan.files).collect();
        let mut prepared =
            self.prepare(target, root, resolution, &files, Missing::Make, &reporter)?;
        self.confine_to(&prepared, compiler.as_ref().and_then(Compiler::cache), root);
        let access = Access::writable(&prepared.grants);
        let begun = sandbox.begin(access, &wheels, &target.facts, request);
        let (grants, scripts) = (&prepared.grants, prepared.scripts.as_mut());
        let host = Host { grants, scripts, compiler, helpers, reporter };
        let done = match begun.and_then(|transaction| host.carry_through(transaction)) {
            Ok(done) => done,
            Err(failure) => {
                prepared.restore_times();
                return Err(name_read_only(
                    target.explain_failure(root, failure),
                    &prepared.grants,
                ));
            }
        };
        let changes = changes(root, &done.actions, target);
        if let Some(kept) = all_kept(&changes) {
            // Someone else was faster.
            prepared.restore_times();
            return Ok(Ending { outcome: Outcome::Kept(kept), changes });
        }
        let manifest = match &prepared.scripts {
            Some(scripts) if self.manifest => {
                Some(manifest(target, root, &prepared.grants, scripts, &done))
            }
            _ => None,
        };
        if let Some(scripts) = &mut prepared.scripts {
            scripts.finish();
        }
        for (role, path) in &done.executables {
            let directory = convert::role_path(&resolution.scheme, *role);
            root.note_program(directory, path)?;
        }
        for script in &done.scripts {
            root.note_program(&resolution.scheme.scripts, script)?;
        }
        // The component cannot remove names that are not Unicode.
        prepared.grants.iter().for_each(|grant| grant.sweep(&resolution.projects));
        prepared.settle_times(&done);
        if let Err(error) = root.settle(done.modified) {
            tracing::debug!(%error, "a directory keeps the time of this run");
        }
        // pip is whole by now, whatever comes of reading it again.
        Ok(Ending { outcome: installed(done, manifest.transpose()?), changes })
    }

    /// Returns the installed version if the run would keep it and the wheel is a bundled one. The
    /// instance is not given the wheel for that. Fails if the component fails, or finds no scheme; any
    /// other problem is left for `plan` to report.
    pub(super) fn find_kept(
        &self,
        sandbox: &mut Sandbox,
        mut target: Target,
        root: &mut Root,
    ) -> Result<Option<(Target, Resolution, Installed)>, Error> {
        let resolution = Resolution {
            projects: vec!["pip".to_owned()],
            scheme: target.locate(sandbox, root)?,
            grants: vec![PLACE_OF_PIP],
        };
        let Ok(grants) = open_grants(root, &resolution, Missing::Leave) else { return Ok(None) };
        let access = Access::read_only(grants);
        let found = sandbox.find(&access, &target.wheel.name, &target.facts, self.upgrade)?;
        let kept = found.ok().and_then(|found| found.kept);
        Ok(kept.map(|installed| (target, resolution, installed)))
    }

    /// Leaves the target as it is.
    pub(super) fn keep(
        &self,
        target: &Target,
        root: &mut Root,
        resolution: &Resolution,
        actions: &[Action],
    ) -> Result<Ending, Error> {
        if !self.dry_run {
            self.sweep(root, target, resolution)?;
        }
        let changes = changes(root, actions, target);
        let kept = all_kept(&changes);
        let kept = kept.ok_or_else(|| Error::Component("it keeps nothing".to_owned()))?;
        Ok(Ending { outcome: Outcome::Kept(kept), changes })
    }

    /// Removes what interrupted runs have left beside a complete pip. What belongs to a concurrent
    /// run is left to that run.
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
        if has_leftovers && let Ok(_lock) = try_lock(&all(&grants, scripts.as_ref()))? {
            for grant in &grants {
                grant.sweep(&resolution.projects);
            }
            scripts.iter().for_each(Scripts::sweep);
        }
        Ok(())
    }
}

/// What became of the project of each wheel.
fn changes(root: &Root, actions: &[Action], target: &Target) -> Vec<Change> {
    actions.iter().map(|action| change(root, action, target)).collect()
}

/// What the target has of the first wheel's project, if it keeps the projects of all wheels.
fn all_kept(changes: &[Change]) -> Option<Found> {
    let kept = changes.iter().map(|change| match change {
        Change::Kept(found) => Some(found),
        _ => None,
    });
    kept.collect::<Option<Vec<_>>>()?.first().map(|found| (*found).clone())
}

/// The outcome of an installation.
fn installed(done: Done, manifest: Option<Manifest>) -> Outcome {
    for file in &done.report.files {
        tracing::trace!(role = convert::role_name(file.role), path = file.path, "written");
    }
    Outcome::Installed {
        files: u32::try_from(done.report.files.len()).unwrap_or(u32::MAX),
        bytecode: done.report.bytecode,
        scripts: done.scripts,
        replaced: replaced(done.actions),
        removed: done.report.removed,
        manifest,
    }
}

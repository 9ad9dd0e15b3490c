//! Removes the version that would be installed, and no other.

use super::Bootstrap;
use super::directories::{Prepared, name_read_only};
use super::listing::Listing;
use super::run::Ending;
use super::scheme::Resolution;
use super::target::{Target, change};
use super::transact::{Done, Host};
use crate::error::Error;
use crate::report::{Change, Outcome};
use crate::root::{Missing, Root};
use crate::sandbox::{Access, Helpers, Sandbox};
use crate::shims::Scripts;

impl Bootstrap {
    pub(super) fn remove(
        &self,
        sandbox: &mut Sandbox,
        target: &Target,
        root: &mut Root,
        resolution: &Resolution,
    ) -> Result<Ending, Error> {
        let reporter = sandbox.reporter().clone();
        let mut prepared =
            self.prepare(target, root, resolution, &[], Missing::Leave, &reporter)?;
        self.confine_to(&prepared, None, root);
        let before = self.manifest.then(|| Listing::of(&prepared, target));
        let access = Access::writable(&prepared.grants);
        let begun = sandbox.begin_removal(access, &target.wheels(), &target.facts);
        let (grants, scripts) = (&prepared.grants, prepared.scripts.as_mut());
        let host = Host { grants, scripts, compiler: None, helpers: Helpers::default(), reporter };
        let removed = match begun.and_then(|transaction| host.carry_through(transaction)) {
            Ok(done) => {
                let changes = done.actions.iter().map(|action| change(root, action, target));
                let changes: Vec<Change> = changes.collect();
                let outcome = removed(done, &changes, &mut prepared, &resolution.projects);
                Ok(Ending { outcome, changes })
            }
            Err(failure) => {
                Err(name_read_only(target.explain_failure(root, failure), &prepared.grants))
            }
        };
        prepared.restore_times();
        removed.map(|mut ending| {
            if let (Outcome::Removed { removed, .. }, Some(before)) = (&mut ending.outcome, before)
            {
                *removed = before.lost(&prepared, target);
            }
            ending
        })
    }
}

/// Finishes a removal.
fn removed(
    done: Done,
    changes: &[Change],
    prepared: &mut Prepared,
    projects: &[String],
) -> Outcome {
    let version = changes.iter().find_map(|change| match change {
        Change::Removed { version } => Some(version.clone()),
        _ => None,
    });
    let Some(version) = version else {
        prepared.scripts.iter().for_each(Scripts::sweep);
        let other = changes.iter().find_map(|change| match change {
            Change::Other(found) => Some(found.clone()),
            _ => None,
        });
        return other.map_or(Outcome::Absent, Outcome::Other);
    };
    prepared.scripts.iter_mut().for_each(Scripts::finish);
    // The component cannot remove names that are not Unicode.
    prepared.grants.iter().for_each(|grant| grant.sweep(projects));
    let (files, scripts) = (done.report.removed, done.scripts);
    Outcome::Removed { version, files, scripts, removed: None }
}

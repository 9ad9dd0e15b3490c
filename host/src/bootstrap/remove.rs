//! Removes the version that would be installed, and no other.

use super::Bootstrap;
use super::directories::{Prepared, name_read_only};
use super::listing::Listing;
use super::scheme::Resolution;
use super::target::{Target, found};
use super::transact::{Done, Host};
use crate::bindings::exports::ensurepip::bootstrap::installer::Action;
use crate::error::Error;
use crate::report::Outcome;
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
    ) -> Result<Outcome, Error> {
        let reporter = sandbox.reporter().clone();
        let mut prepared =
            self.prepare(target, root, resolution, &[], Missing::Leave, &reporter)?;
        self.confine_to(&prepared, None, root);
        let before = self.manifest.then(|| Listing::of(&prepared, target));
        let access = Access::writable(&prepared.grants);
        let begun = sandbox.begin_removal(access, &target.wheel, &target.facts);
        let (grants, scripts) = (&prepared.grants, prepared.scripts.as_mut());
        let host = Host { grants, scripts, compiler: None, helpers: Helpers::default(), reporter };
        let removed = match begun.and_then(|transaction| host.carry_through(transaction)) {
            Ok(Done { action: Action::Other(other), .. }) => {
                prepared.scripts.iter().for_each(Scripts::sweep);
                Ok(Outcome::Other(found(root, &other, target)))
            }
            Ok(done) => Ok(removed(done, &mut prepared, &resolution.project)),
            Err(failure) => {
                Err(name_read_only(target.explain_failure(root, failure), &prepared.grants))
            }
        };
        prepared.restore_times();
        removed.map(|mut outcome| {
            if let (Outcome::Removed { removed, .. }, Some(before)) = (&mut outcome, before) {
                *removed = before.lost(&prepared, target);
            }
            outcome
        })
    }
}

/// Finishes a removal.
fn removed(done: Done, prepared: &mut Prepared, project: &str) -> Outcome {
    match done.action {
        Action::Remove(found) => {
            prepared.scripts.iter_mut().for_each(Scripts::finish);
            // The component cannot remove names that are not Unicode.
            prepared.grants.iter().for_each(|grant| grant.sweep(project));
            let (files, scripts) = (done.report.removed, done.scripts);
            Outcome::Removed { version: found.version, files, scripts, removed: None }
        }
        Action::Absent
        | Action::Install
        | Action::Keep(_)
        | Action::Other(_)
        | Action::Upgrade(_) => {
            prepared.scripts.iter().for_each(Scripts::sweep);
            Outcome::Absent
        }
    }
}

//! The removal, of the version that would be installed and of no other.

use super::Bootstrap;
use super::directories::{lock, name_read_only, open_grants, refuse_append_only};
use super::files::RunTimes;
use super::target::Target;
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Removal, Resolution, UninstallReport,
};
use crate::error::Error;
use crate::grants::Grant;
use crate::report::Outcome;
use crate::root::{Missing, Root};
use crate::sandbox::{Authority, Sandbox};
use crate::shims::Scripts;

impl Bootstrap {
    pub(super) fn remove(
        &self,
        sandbox: &mut Sandbox,
        target: &Target,
        root: &mut Root,
        resolution: &Resolution,
    ) -> Result<Outcome, Error> {
        let grants = open_grants(root, resolution, Missing::Leave)?;
        let _lock = lock(&grants, sandbox.listener())?;
        let authority = Authority {
            grants,
            writable: true,
            scripts: self.open_scripts(root, target, resolution, Missing::Leave)?,
            ..Authority::default()
        };
        refuse_append_only(&authority.grants, authority.scripts.as_ref())?;
        let times = RunTimes::note(&authority, &[], !root.is_this_system())?;
        self.confine_to(&authority, root);
        let answer = sandbox.uninstall(authority, &target.wheel, &target.facts);
        let Authority { grants, scripts, .. } = sandbox.take_authority();
        let answer = answer.and_then(|done| done.map_err(|error| target.explain(root, error)));
        let removed = match answer {
            Ok(done) => Ok(removed(done, &grants, scripts)),
            Err(error) => {
                drop(scripts);
                Err(name_read_only(error, &grants))
            }
        };
        times.restore();
        removed
    }
}

/// Makes a removal final.
fn removed(done: UninstallReport, grants: &[Grant], scripts: Option<Scripts>) -> Outcome {
    match done.removal {
        Removal::Absent => {
            scripts.iter().for_each(Scripts::sweep);
            Outcome::Absent
        }
        Removal::Other(found) => {
            scripts.iter().for_each(Scripts::sweep);
            Outcome::Other { installed: found.version }
        }
        Removal::Removed(found) => {
            if let Some(scripts) = scripts {
                scripts.finish();
            }
            // The component cannot remove names that are not Unicode.
            grants.iter().for_each(Grant::sweep);
            let (files, scripts) = (done.files, done.scripts);
            Outcome::Removed { version: found.version, files, scripts }
        }
    }
}

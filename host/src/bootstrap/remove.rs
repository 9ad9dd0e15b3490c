//! The removal, of the version that would be installed and of no other.

use super::Bootstrap;
use super::directories::{lock, open_grants};
use super::target::Target;
use crate::bindings::exports::ensurepip::bootstrap::installer::{Removal, Request, Resolution};
use crate::error::Error;
use crate::report::Outcome;
use crate::root::{Missing, Root};
use crate::sandbox::{Authority, Sandbox};

impl Bootstrap {
    pub(super) fn remove(
        &self,
        sandbox: &mut Sandbox,
        target: &Target,
        root: &mut Root,
        request: &Request,
        resolution: &Resolution,
    ) -> Result<Outcome, Error> {
        let grants = open_grants(root, resolution, Missing::Leave)?;
        let _lock = lock(&grants)?;
        let authority = Authority {
            grants,
            writable: true,
            scripts: self.open_scripts(root, target, resolution, Missing::Leave)?,
            compiler: None,
        };
        let answer = sandbox.uninstall(authority, request, &target.wheel.bytes)?;
        let done = answer.map_err(|error| target.explain(root, error))?;
        let scripts = sandbox.take_authority().scripts;
        match done.removal {
            Removal::Absent => Ok(Outcome::Absent),
            Removal::Other(found) => Ok(Outcome::Other { installed: found.version }),
            Removal::Removed(found) => {
                if let Some(scripts) = scripts {
                    scripts.finish();
                }
                let (files, scripts) = (done.files, done.scripts);
                Ok(Outcome::Removed { version: found.version, files, scripts })
            }
        }
    }
}

//! The real host: the functions that the component imports, and its preopens.

use super::Host;
use crate::bindings::ensurepip::bootstrap::interpreter::{
    self, Invalidation, Source, SourceDigest,
};
use crate::bindings::ensurepip::bootstrap::permissions;
use crate::bindings::ensurepip::bootstrap::progress::{self, Decision, Step};
use crate::bindings::ensurepip::bootstrap::shims::{self, Script, Written};
use crate::bindings::ensurepip::bootstrap::types::{Error, Python, Role};
use crate::directory::{Directory, Preopen};

/// The imports, and the directories granted when they were taken stock of.
pub(crate) struct Imports {
    granted: Vec<(Role, Preopen)>,
}

impl Imports {
    /// For what needs no directory.
    pub(crate) fn without_directories() -> Imports {
        Imports { granted: Vec::new() }
    }

    /// Takes stock of the preopens.
    pub(crate) fn with_directories() -> Imports {
        Imports { granted: Preopen::granted() }
    }
}

impl Host for Imports {
    fn facts(&self) -> Python {
        interpreter::facts()
    }

    fn directory(&self, role: Role) -> Option<&dyn Directory> {
        let (_, preopen) = self.granted.iter().find(|(granted, _)| *granted == role)?;
        Some(preopen)
    }

    fn recall(&self, sources: &[SourceDigest], invalidation: Invalidation) -> bool {
        interpreter::recall(sources, invalidation)
    }

    fn compile(&self, sources: &[Source], invalidation: Invalidation) -> Result<(), Error> {
        interpreter::compile(sources, invalidation).map_err(Error::Bytecode)
    }

    fn compiled(&self) -> Result<Vec<Option<Vec<u8>>>, Error> {
        interpreter::compiled().map_err(Error::Bytecode)
    }

    fn stage_scripts(
        &self,
        scripts: &[Script],
        modified: u64,
        obsolete: &[String],
    ) -> Result<Vec<Written>, Error> {
        shims::stage(scripts, modified, obsolete).map_err(Error::Shims)
    }

    fn publish_scripts(&self) -> Result<(), Error> {
        shims::publish().map_err(Error::Shims)
    }

    fn withdraw_scripts(&self) {
        shims::withdraw();
    }

    fn normalize(&self, role: Role, path: &str, executables: &[String]) -> Result<(), Error> {
        permissions::normalize(role, path, executables).map_err(Error::Permissions)
    }

    fn report(&self, step: Step, files: usize, done: usize) -> Result<(), Error> {
        let [files, done] = [files, done].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        match progress::report(step, files, done) {
            Decision::Proceed => Ok(()),
            Decision::Cancel => Err(Error::Cancelled),
        }
    }
}

//! The real host: the functions that the component imports, and its preopens.

use super::Host;
use crate::bindings::ensurepip::bootstrap::interpreter::{
    self, Invalidation, Source, SourceDigest,
};
use crate::bindings::ensurepip::bootstrap::progress::{self, Decision, Step};
use crate::bindings::ensurepip::bootstrap::shims::{self, Script, Written};
use crate::bindings::ensurepip::bootstrap::types::{Error, KeptFile, Place, Role};
use crate::bindings::ensurepip::bootstrap::{digests, helpers, permissions};
use crate::directory::{Directory, Preopen};
use crate::record::{self, Digest};
use std::rc::Rc;

/// The imports, and the directories granted when they were taken stock of.
pub(crate) struct Imports {
    granted: Vec<(Role, Rc<Preopen>)>,
    /// Whether the host computes digests.
    has_digests: bool,
}

impl Imports {
    /// For what needs no directory.
    pub(crate) fn without_directories() -> Imports {
        Imports { granted: Vec::new(), has_digests: digests::available() }
    }

    /// Takes stock of the preopens.
    pub(crate) fn with_directories() -> Imports {
        let granted = Preopen::granted().into_iter();
        let granted = granted.map(|(role, preopen)| (role, Rc::new(preopen))).collect();
        Imports { granted, has_digests: digests::available() }
    }
}

impl Host for Imports {
    fn directory(&self, role: Role) -> Option<Rc<dyn Directory>> {
        let (_, preopen) = self.granted.iter().find(|(granted, _)| *granted == role)?;
        Some(Rc::clone(preopen) as Rc<dyn Directory>)
    }

    fn digests(&self, contents: &[u8]) -> (Digest, u32) {
        let told = self.has_digests.then(|| digests::of(contents));
        let told = told.and_then(|told| Some((told.sha256.try_into().ok()?, told.crc32)));
        told.unwrap_or_else(|| record::digests(contents))
    }

    fn helpers(&self) -> usize {
        usize::try_from(helpers::count()).unwrap_or(0)
    }

    fn stage_elsewhere(&self, files: &[KeptFile], bytecode: &[Vec<Place>]) {
        helpers::stage(files, bytecode);
    }

    fn staged_elsewhere(&self) -> Result<Vec<Vec<bool>>, Error> {
        helpers::staged()
    }

    fn recall(&self, portions: &[Vec<SourceDigest>], invalidation: Invalidation) -> Vec<bool> {
        interpreter::recall(portions, invalidation)
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

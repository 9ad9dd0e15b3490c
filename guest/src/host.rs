//! What the component asks of its host: the imports of `wit/`, as one trait.

mod imports;

pub(crate) use imports::Imports;

use crate::bindings::ensurepip::bootstrap::interpreter::{Invalidation, Source, SourceDigest};
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::shims::{Script, Written};
use crate::bindings::ensurepip::bootstrap::types::{Error, KeptFile, Place, Role};
use crate::directory::Directory;
use crate::record::Digest;
use std::rc::Rc;

/// The host.
pub(crate) trait Host {
    /// The directory granted for a role.
    fn directory(&self, role: Role) -> Option<Rc<dyn Directory>>;

    /// The SHA-256 digest of some contents, and their CRC-32.
    fn digests(&self, contents: &[u8]) -> (Digest, u32);

    /// How many other instances can stage their share.
    fn helpers(&self) -> usize;

    /// Has them stage these files, and bytecode for these places.
    fn stage_elsewhere(&self, files: &[KeptFile], bytecode: &[Vec<Place>]);

    /// Waits until they have. For which places there was bytecode.
    fn staged_elsewhere(&self) -> Result<Vec<Vec<bool>>, Error>;

    /// Asks for bytecode that was kept; for which portions `compiled` will give it.
    fn recall(&self, portions: &[Vec<SourceDigest>], invalidation: Invalidation) -> Vec<bool>;

    /// Begins to compile sources.
    fn compile(&self, sources: &[Source], invalidation: Invalidation) -> Result<(), Error>;

    /// The bytecode of the first call's sources that has no answer yet, in order; none for a source
    /// that is not valid.
    fn compiled(&self) -> Result<Vec<Option<Vec<u8>>>, Error>;

    /// Writes scripts beside their final names, in order, and notes which others are to go.
    fn stage_scripts(
        &self,
        scripts: &[Script],
        modified: u64,
        obsolete: &[String],
    ) -> Result<Vec<Written>, Error>;

    /// Gives the staged scripts their final names, and removes the obsolete ones.
    fn publish_scripts(&self) -> Result<(), Error>;

    /// Brings the former scripts back.
    fn withdraw_scripts(&self);

    /// Gives everything below a path its mode.
    fn normalize(&self, role: Role, path: &str, executables: &[String]) -> Result<(), Error>;

    /// Tells where the work is: how many files a step is about, and how many of them are done. Fails
    /// with `cancelled`.
    fn report(&self, step: Step, files: usize, done: usize) -> Result<(), Error>;
}

/// How many files are worked on before the host is told of it again.
const PORTION: usize = 64;

/// Tells where the work is, if it is time to: for what is done file by file.
pub(crate) fn report_file(
    host: &dyn Host,
    step: Step,
    files: usize,
    done: usize,
) -> Result<(), Error> {
    if done.is_multiple_of(PORTION) { host.report(step, files, done) } else { Ok(()) }
}

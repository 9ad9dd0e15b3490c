//! The imports of `wit/`, as one trait.

mod imports;

pub(crate) use imports::Imports;

use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::{Error, Role};
use crate::directory::Directory;
use crate::record::Digest;
use std::rc::Rc;

/// The host.
pub(crate) trait Host {
    /// The directory granted for a role.
    fn directory(&self, role: Role) -> Option<Rc<dyn Directory>>;

    /// The directory that wheels are read from.
    fn wheels(&self) -> Option<Rc<dyn Directory>>;

    /// The SHA-256 digest of some contents, and their CRC-32.
    fn digests(&self, contents: &[u8]) -> (Digest, u32);

    /// Reports the current step: how many files it handles, and how many of them are done. Fails with
    /// `cancelled`.
    fn report(&self, step: Step, files: usize, done: usize) -> Result<(), Error>;
}

/// How many files are processed between two reports to the host.
const PORTION: usize = 64;

/// Reports the current step from time to time, for work done file by file.
pub(crate) fn report_file(
    host: &dyn Host,
    step: Step,
    files: usize,
    done: usize,
) -> Result<(), Error> {
    if done.is_multiple_of(PORTION) { host.report(step, files, done) } else { Ok(()) }
}

//! The real host: the functions that the component imports, and its preopens.

use super::Host;
use crate::bindings::ensurepip::bootstrap::digests;
use crate::bindings::ensurepip::bootstrap::progress::{self, Decision, Step};
use crate::bindings::ensurepip::bootstrap::types::{Error, Role};
use crate::directory::{Directory, Preopen};
use crate::record::{self, Digest};
use std::cell::OnceCell;
use std::rc::Rc;

/// How long contents may be that are passed to the host, in bytes. Wasmtime ends a component that passes
/// more than 128 MiB in one call.
const PASSED: usize = 64 << 20;

/// The imports, and the directories that were granted when this was made.
pub(crate) struct Imports {
    granted: Vec<(Role, Rc<Preopen>)>,
    /// Whether the host computes digests, once that is known.
    has_digests: OnceCell<bool>,
}

impl Imports {
    /// Imports for work that needs no granted directory.
    pub(crate) fn without_grants() -> Imports {
        Imports { granted: Vec::new(), has_digests: OnceCell::new() }
    }

    /// Imports with all directories that are granted now.
    pub(crate) fn with_grants() -> Imports {
        let granted = Preopen::granted().into_iter();
        let granted = granted.map(|(role, preopen)| (role, Rc::new(preopen))).collect();
        Imports { granted, has_digests: OnceCell::new() }
    }
}

impl Host for Imports {
    fn directory(&self, role: Role) -> Option<Rc<dyn Directory>> {
        let (_, preopen) = self.granted.iter().find(|(granted, _)| *granted == role)?;
        Some(Rc::clone(preopen) as Rc<dyn Directory>)
    }

    fn wheels(&self) -> Option<Rc<dyn Directory>> {
        // Opened for as long as it is needed: a process may have as few as 16 open files.
        Some(Rc::new(Preopen::of_wheels()?) as Rc<dyn Directory>)
    }

    fn digests(&self, contents: &[u8]) -> (Digest, u32) {
        // Passing contents is expensive with some hosts, which cannot take long ones at all.
        let has_digests = *self.has_digests.get_or_init(|| digests::of(&[]).is_some());
        let is_passed = has_digests && contents.len() <= PASSED;
        let computed = is_passed.then(|| digests::of(contents)).flatten();
        let computed =
            computed.and_then(|digest| Some((digest.sha256.try_into().ok()?, digest.crc32)));
        computed.unwrap_or_else(|| record::digests(contents))
    }

    fn report(&self, step: Step, files: usize, done: usize) -> Result<(), Error> {
        let [files, done] = [files, done].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        match progress::report(step, files, done) {
            Decision::Proceed => Ok(()),
            Decision::Cancel => Err(Error::Cancelled),
        }
    }
}

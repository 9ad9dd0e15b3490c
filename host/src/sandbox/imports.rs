//! The imports that the contract defines.

use super::State;
use crate::bindings::ensurepip::bootstrap::{digests, progress, types};
use crate::convert;
use sha2::{Digest as _, Sha256};
use wasmtime::StoreContextMut;
use wasmtime::component::{HasData, Linker, WasmList};

/// The name of an interface that is linked by hand.
const DIGESTS: &str = "ensurepip:bootstrap/digests@0.2.0";

/// Links all of them.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    link_digests(linker)?;
    progress::add_to_linker::<State, State>(linker, |state| state)
}

/// Links digests by hand: the generated code would first copy the contents.
fn link_digests(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut instance = linker.instance(DIGESTS)?;
    instance.func_wrap("of", |store: StoreContextMut<State>, (contents,): (WasmList<u8>,)| {
        let contents = contents.as_le_slice(&store);
        let sha256 = Sha256::digest(contents).to_vec();
        Ok((Some(digests::Digest { sha256, crc32: crc32fast::hash(contents) }),))
    })
}

impl HasData for State {
    type Data<'a> = &'a mut State;
}

impl types::Host for State {}

impl progress::Host for State {
    fn report(&mut self, step: progress::Step, files: u32, done: u32) -> progress::Decision {
        tracing::debug!(?step, files, done, "progress");
        convert::decision(self.reporter.report(convert::progress(step, files, done)))
    }
}

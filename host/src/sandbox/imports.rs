//! The imports of the component's contract.
//!
//! What they are asked is not trusted: each checks what it is given, and what it may touch is what
//! the call's [`Authority`](super::Authority) holds.

use super::{Answer, Authority, NO_PYTHON, State};
use crate::bindings::ensurepip::bootstrap::{
    digests, helpers, interpreter, permissions, progress, shims, types,
};
use crate::convert;
use crate::shims::{Scripts, check_name};
use sha2::{Digest as _, Sha256};
use wasmtime::StoreContextMut;
use wasmtime::component::{HasData, Linker, WasmList};

/// The name of an interface that is linked by hand.
const DIGESTS: &str = "ensurepip:bootstrap/digests@0.1.0";

/// Links all of them.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    link_digests(linker)?;
    helpers::add_to_linker::<State, State>(linker, |state| state)?;
    interpreter::add_to_linker::<State, State>(linker, |state| state)?;
    permissions::add_to_linker::<State, State>(linker, |state| state)?;
    progress::add_to_linker::<State, State>(linker, |state| state)?;
    shims::add_to_linker::<State, State>(linker, |state| state)
}

/// Links digests by hand: what is generated would first copy the contents.
fn link_digests(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut instance = linker.instance(DIGESTS)?;
    instance.func_wrap("available", |_, (): ()| Ok((true,)))?;
    instance.func_wrap("of", |store: StoreContextMut<State>, (contents,): (WasmList<u8>,)| {
        let contents = contents.as_le_slice(&store);
        let sha256 = Sha256::digest(contents).to_vec();
        Ok((digests::Digest { sha256, crc32: crc32fast::hash(contents) },))
    })
}

impl HasData for State {
    type Data<'a> = &'a mut State;
}

impl types::Host for State {}

impl helpers::Host for State {
    fn count(&mut self) -> u32 {
        u32::try_from(self.authority.helpers.count()).unwrap_or(0)
    }

    fn stage(
        &mut self,
        files: Vec<types::KeptFile>,
        bytecode: Vec<Vec<types::Place>>,
    ) -> wasmtime::Result<()> {
        let Authority { helpers, grants, compiler, .. } = &mut self.authority;
        helpers.stage(files, &bytecode, grants, compiler.as_mut())
    }

    fn staged(&mut self) -> wasmtime::Result<Answer<Vec<Vec<bool>>>> {
        self.authority.helpers.staged()
    }
}

impl interpreter::Host for State {
    fn recall(
        &mut self,
        portions: Vec<Vec<interpreter::SourceDigest>>,
        invalidation: interpreter::Invalidation,
    ) -> Vec<bool> {
        let portions: Vec<Vec<_>> = portions
            .into_iter()
            .map(|sources| sources.into_iter().map(convert::source_digest).collect())
            .collect();
        State::recall(self, &portions, convert::invalidation(invalidation))
    }

    fn compile(
        &mut self,
        sources: Vec<interpreter::Source>,
        invalidation: interpreter::Invalidation,
    ) -> Result<(), String> {
        let kept: Vec<u32> = sources.iter().filter_map(|source| source.kept).collect();
        let mut kept = self.authority.helpers.kept(&kept)?.into_iter();
        let sources = sources.into_iter().map(|mut source| {
            if source.kept.is_some() {
                source.contents = kept.next().unwrap_or_default();
            }
            convert::source(source)
        });
        let sources = sources.collect();
        State::compile(self, sources, convert::invalidation(invalidation))
    }

    fn compiled(&mut self) -> Result<Vec<Option<Vec<u8>>>, String> {
        let Authority { compiler, helpers, .. } = &mut self.authority;
        let compiler = compiler.as_mut().ok_or(NO_PYTHON)?;
        if !compiler.has_workers() {
            // An interpreter may start where a thread has been.
            helpers.settle();
        }
        compiler.take(&self.listener)
    }
}

impl shims::Host for State {
    fn stage(
        &mut self,
        scripts: Vec<shims::Script>,
        modified: u64,
        obsolete: Vec<String>,
    ) -> Result<Vec<shims::Written>, String> {
        let Some(directory) = self.authority.scripts.as_mut() else {
            // What does not exist has nothing obsolete in it; a bad name is bad all the same.
            obsolete.iter().try_for_each(|name| check_name(name))?;
            let missing = || Err("there is no scripts directory".to_owned());
            return if scripts.is_empty() { Ok(Vec::new()) } else { missing() };
        };
        let scripts: Vec<_> = scripts.into_iter().map(convert::script).collect();
        let written = directory.stage(&scripts, modified, obsolete)?;
        let written = written.into_iter().map(|(name, contents)| shims::Written {
            name,
            sha256: Sha256::digest(&contents).to_vec(),
            size: contents.len() as u64,
        });
        Ok(written.collect())
    }

    fn publish(&mut self) -> Result<(), String> {
        match &mut self.authority.scripts {
            Some(scripts) => scripts.publish(),
            None => Ok(()),
        }
    }

    fn withdraw(&mut self) {
        self.authority.scripts.iter_mut().for_each(Scripts::withdraw);
    }
}

impl permissions::Host for State {
    fn normalize(
        &mut self,
        role: types::Role,
        path: String,
        executables: Vec<String>,
    ) -> Result<(), String> {
        if !self.authority.writable {
            return Err("nothing may be written".to_owned());
        }
        let name = convert::role_name(role);
        let grant = self.authority.grants.iter().find(|grant| grant.name == name);
        let grant = grant.ok_or_else(|| format!("`{name}` is not granted"))?;
        let shown = grant.shown.join(&path);
        let told = |error| format!("`{}`: {error}", shown.display());
        grant.normalize(&path, &executables).map_err(told)
    }
}

impl progress::Host for State {
    fn report(&mut self, step: progress::Step, files: u32, done: u32) -> progress::Decision {
        tracing::debug!(?step, files, done, "progress");
        convert::decision(self.listener.tell(convert::progress(step, files, done)))
    }
}

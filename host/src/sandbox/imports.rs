//! The imports of the component's contract.
//!
//! What they are asked is not trusted: each checks what it is given, and what it may touch is what
//! the call's [`Authority`](super::Authority) holds.

use super::{NO_PYTHON, State};
use crate::bindings::ensurepip::bootstrap::{interpreter, permissions, progress, shims, types};
use crate::convert;
use crate::shims::{Scripts, check_name};
use sha2::{Digest as _, Sha256};
use wasmtime::component::HasData;

impl HasData for State {
    type Data<'a> = &'a mut State;
}

impl types::Host for State {}

impl interpreter::Host for State {
    fn facts(&mut self) -> wasmtime::Result<types::Python> {
        let unknown = || wasmtime::Error::msg("it asked for the Python before there was one");
        self.facts.as_ref().map(convert::python).ok_or_else(unknown)
    }

    fn recall(
        &mut self,
        sources: Vec<interpreter::SourceDigest>,
        invalidation: interpreter::Invalidation,
    ) -> bool {
        let sources: Vec<_> = sources.into_iter().map(convert::source_digest).collect();
        State::recall(self, &sources, convert::invalidation(invalidation))
    }

    fn compile(
        &mut self,
        sources: Vec<interpreter::Source>,
        invalidation: interpreter::Invalidation,
    ) -> Result<(), String> {
        let sources: Vec<_> = sources.into_iter().map(convert::source).collect();
        State::compile(self, sources, convert::invalidation(invalidation))
    }

    fn compiled(&mut self) -> Result<Vec<Option<Vec<u8>>>, String> {
        self.authority.compiler.as_mut().ok_or(NO_PYTHON)?.take(&self.listener)
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

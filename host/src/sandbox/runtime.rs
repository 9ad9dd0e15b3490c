//! The component, loaded: what runs may have in common.

use super::clock::Clock;
use super::{Brake, Sandbox, State, imports, wasi};
use crate::bindings::BootstrapPre;
use crate::error::Error;
use crate::progress::Listener;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

/// The component, loaded and ready for any number of runs, at the same time as well.
///
/// A run makes one for itself unless it is [given one](crate::Bootstrap::runtime). Whoever has many
/// targets shares one: instances that have checked a bundled wheel are kept, and remember that they
/// have, so that later runs need not check it once more. Clones are the same one.
///
/// Each instance that is kept holds the contents of a wheel, some 10 MiB; there are never more than
/// there were runs at the same time.
#[derive(Clone)]
pub struct Runtime(Arc<Loaded>);

struct Loaded {
    component: BootstrapPre<State>,
    clock: Arc<Clock>,
    /// Instances that have checked a bundled wheel.
    idle: Mutex<Vec<Sandbox>>,
}

impl Runtime {
    /// Loads the component.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::Component`] if this machine cannot run it.
    pub fn new() -> Result<Runtime, Error> {
        let engine = ensurepip_guest_artifact::engine().map_err(|error| unusable(&error))?;
        let component = ensurepip_guest_artifact::component(&engine);
        component
            .and_then(|component| Runtime::with(&engine, &component))
            .map_err(|error| unusable(&error))
    }

    pub(super) fn with(engine: &Engine, component: &Component) -> wasmtime::Result<Runtime> {
        let mut linker = Linker::new(engine);
        wasi::link(&mut linker)?;
        imports::link(&mut linker)?;
        Ok(Runtime(Arc::new(Loaded {
            component: BootstrapPre::new(linker.instantiate_pre(component)?)?,
            clock: Arc::new(Clock::new(engine.clone())),
            idle: Mutex::default(),
        })))
    }

    /// A new instance.
    pub(crate) fn sandbox(&self, listener: Listener, brake: &Brake) -> Result<Sandbox, Error> {
        let Loaded { component, clock, .. } = &*self.0;
        Sandbox::instantiate(component, Arc::clone(clock), listener, brake)
            .map_err(|error| unusable(&error))
    }

    /// Has the clock tick until this is dropped, for who is about to make calls in turn: to begin with
    /// it for each of them takes a thread each time.
    pub(crate) fn let_time_pass(&self) -> impl Sized + use<> {
        self.0.clock.start()
    }

    /// Whether there is an instance that remembers a bundled wheel.
    pub(crate) fn has_idle(&self) -> bool {
        !self.idle().is_empty()
    }

    /// An instance that remembers a bundled wheel.
    pub(crate) fn take_back(&self, listener: Listener, brake: &Brake) -> Option<Sandbox> {
        let mut sandbox = self.idle().pop()?;
        sandbox.renew(listener, brake);
        Some(sandbox)
    }

    /// Keeps an instance that has checked a bundled wheel, and never failed.
    pub(crate) fn keep(&self, mut sandbox: Sandbox) {
        sandbox.renew(Listener::new(None), &Brake::default());
        self.idle().push(sandbox);
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Sandbox>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unusable(error: &wasmtime::Error) -> Error {
    Error::Component(format!("it cannot be loaded: {error:#}"))
}

//! The component, loaded: what runs may have in common.

use super::clock::{Clock, Ticking};
use super::executor::Executor;
use super::{Interrupt, Sandbox, State, imports, wasi};
use crate::bindings::BootstrapPre;
use crate::error::Error;
use crate::progress::Reporter;
use ensurepip_guest_artifact::{self as artifact, Variant};
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, MemoryType, Store};

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
    variant: Variant,
    clock: Arc<Clock>,
    executor: Arc<Executor>,
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
        let load = || {
            let mut variant = Variant::Fast;
            let mut engine = artifact::engine(variant)?;
            if !can_reserve(&engine, RESERVATIONS) || Clock::new(&engine, variant).start().is_err()
            {
                tracing::debug!("there is little address space, or there are few threads");
                variant = Variant::Frugal;
                engine = artifact::engine(variant)?;
            }
            Runtime::with(&engine, &artifact::component(&engine, variant)?, variant)
        };
        load().map_err(|error| unusable(&error))
    }

    /// Takes any component of the contract that was loaded.
    pub(crate) fn with(
        engine: &Engine,
        component: &Component,
        variant: Variant,
    ) -> wasmtime::Result<Runtime> {
        Ok(Runtime(Arc::new(Loaded {
            component: BootstrapPre::new(linker(engine)?.instantiate_pre(component)?)?,
            variant,
            clock: Arc::new(Clock::new(engine, variant)),
            executor: Arc::new(Executor::new()?),
            idle: Mutex::default(),
        })))
    }

    /// A new instance.
    pub(crate) fn sandbox(
        &self,
        reporter: Reporter,
        interrupt: &Interrupt,
    ) -> Result<Sandbox, Error> {
        let Loaded { component, variant, clock, executor, .. } = &*self.0;
        let ticking = clock.start()?;
        let shared = (*variant, Arc::clone(clock), Arc::clone(executor));
        let sandbox = Sandbox::instantiate(component, shared, reporter, interrupt);
        drop(ticking);
        sandbox.map_err(|error| unusable(&error))
    }

    /// Has the clock tick until this is dropped, for a series of calls: otherwise each of them starts
    /// a thread.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::Thread`] if the system refuses the thread.
    pub(crate) fn let_time_pass(&self) -> Result<Arc<Ticking>, Error> {
        self.0.clock.start()
    }

    /// Whether the limits of the process leave room for several instances that work on one wheel.
    pub(crate) fn has_room(&self) -> bool {
        self.0.variant == Variant::Fast
    }

    /// Whether there is an instance that remembers a bundled wheel.
    pub(crate) fn has_idle(&self) -> bool {
        !self.idle().is_empty()
    }

    /// An instance that remembers a bundled wheel.
    pub(crate) fn take_back(&self, reporter: Reporter, interrupt: &Interrupt) -> Option<Sandbox> {
        let mut sandbox = self.idle().pop()?;
        sandbox.renew(reporter, interrupt);
        Some(sandbox)
    }

    /// Keeps an instance that has checked a bundled wheel, and never failed.
    pub(crate) fn keep(&self, mut sandbox: Sandbox) {
        sandbox.renew(Reporter::new(None), &Interrupt::default());
        self.idle().push(sandbox);
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Sandbox>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All that a component may import.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasi::link(&mut linker)?;
    imports::link(&mut linker)?;
    Ok(linker)
}

/// How many memories must find room before memory is reserved: those of the instances of a run, and
/// one more, which is left for everything else.
const RESERVATIONS: usize = 6;

/// Whether the address space has room for so many memories at once. Limits are not read but tried:
/// there are several, and some systems have fewer addresses than others.
fn can_reserve(engine: &Engine, memories: usize) -> bool {
    let mut store = Store::new(engine, ());
    (0..memories).all(|_| wasmtime::Memory::new(&mut store, MemoryType::new(1, None)).is_ok())
}

fn unusable(error: &wasmtime::Error) -> Error {
    Error::Component(format!("it cannot be loaded: {error:#}"))
}

//! The loaded component, and what runs can share.

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

/// The component, loaded and ready for any number of runs, also concurrent ones.
///
/// A run creates its own unless it is [given one](crate::Bootstrap::runtime). For many targets,
/// share one: instances are kept, with the bundled wheel that they hold, so that later runs need
/// not pass it again. Clones share the same runtime.
///
/// Each kept instance holds the contents of a wheel, about 8 MiB. There are never more of them than
/// there were concurrent runs.
#[derive(Clone)]
pub struct Runtime(Arc<Loaded>);

struct Loaded {
    component: BootstrapPre<State>,
    variant: Variant,
    clock: Arc<Clock>,
    executor: Arc<Executor>,
    /// Instances that may hold a bundled wheel.
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

    /// Uses any loaded component of the contract.
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

    /// Creates an instance.
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

    /// Keeps the clock ticking until the returned value is dropped, for a series of calls:
    /// otherwise each of them starts a thread.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::Thread`] if the system refuses the thread.
    pub(crate) fn let_time_pass(&self) -> Result<Arc<Ticking>, Error> {
        self.0.clock.start()
    }

    /// Whether the limits of the process allow several instances to work on one wheel.
    pub(crate) fn has_room(&self) -> bool {
        self.0.variant == Variant::Fast
    }

    /// Takes an idle instance, or creates one.
    pub(crate) fn idle_or_new(
        &self,
        reporter: Reporter,
        interrupt: &Interrupt,
    ) -> Result<Sandbox, Error> {
        let idle = self.idle().pop();
        let Some(mut sandbox) = idle else { return self.sandbox(reporter, interrupt) };
        sandbox.renew(reporter, interrupt);
        Ok(sandbox)
    }

    /// Keeps an instance that holds no wheel or a bundled one and has never failed.
    pub(crate) fn keep(&self, mut sandbox: Sandbox) {
        sandbox.renew(Reporter::new(None), &Interrupt::default());
        self.idle().push(sandbox);
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Sandbox>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Links everything that a component may import.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasi::link(&mut linker)?;
    imports::link(&mut linker)?;
    Ok(linker)
}

/// How many memories must fit into the address space before memory is reserved: one for each
/// instance of a run, and one more as room for everything else.
const RESERVATIONS: usize = 6;

/// Whether the address space has room for this many memories at once. The function tries it instead
/// of reading limits: there are several, and some systems have fewer addresses than others.
fn can_reserve(engine: &Engine, memories: usize) -> bool {
    let mut store = Store::new(engine, ());
    (0..memories).all(|_| wasmtime::Memory::new(&mut store, MemoryType::new(1, None)).is_ok())
}

fn unusable(error: &wasmtime::Error) -> Error {
    Error::Component(format!("it cannot be loaded: {error:#}"))
}

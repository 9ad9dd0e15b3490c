//! The component at work: what it gets, how long and how much, and what becomes of its answer.
//!
//! It gets open directories, the imports of its contract and standard error. It does **not** get:
//!
//! * the network, in any form: nothing of the kind is linked;
//! * environment variables, arguments or standard input;
//! * the real clock, or randomness worth the name;
//! * more memory, time or handles than the limits allow (`limits.rs`).

mod access;
mod calls;
mod clock;
mod executor;
mod helpers;
mod imports;
mod interrupt;
mod limits;
mod moves;
mod runtime;
mod stopped;
mod transaction;
mod vanishing;
mod wasi;

pub(crate) use access::Access;
pub(crate) use helpers::Helpers;
pub(crate) use interrupt::Interrupt;
pub use runtime::Runtime;
pub(crate) use transaction::{Failure, Transaction};

use crate::bindings::ensurepip::bootstrap::types;
use crate::bindings::{Bootstrap as Instance, BootstrapPre};
use crate::error::Error;
use crate::progress::Reporter;
use crate::wheels::Wheel;
use cap_std::fs::Dir;
use clock::Clock;
use ensurepip_guest_artifact::Variant;
use executor::Executor;
use limits::{MemoryLimiter, TIME_LIMIT, handles, watch};
use moves::Moves;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use wasmtime::Store;
use wasmtime::component::{ResourceAny, ResourceTable};
use wasmtime_wasi::filesystem::FsPerms;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder};

/// How much of what the component says on standard error is kept, in bytes.
const STDERR_LIMIT: usize = 16 << 10;

/// The component, instantiated. Its instance lives as long as this, and so do the wheels in its memory;
/// what it may use changes from call to call.
pub(crate) struct Sandbox {
    store: Store<State>,
    instance: Instance,
    stderr: MemoryOutputPipe,
    variant: Variant,
    clock: Arc<Clock>,
    executor: Arc<Executor>,
    time_limit: Duration,
    /// How much longer it may compute on its wheels.
    time_for_wheels: Duration,
    held: Vec<Held>,
}

/// A wheel in the memory of an instance.
struct Held {
    wheel: Arc<Wheel>,
    resource: ResourceAny,
}

/// Everything a call has to do with, as the imports see it.
struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    limiter: MemoryLimiter,
    access: Access,
    /// The directory of the wheels that it holds, which it may read; `None` if it has all of them in
    /// memory.
    wheels: Option<Arc<Dir>>,
    reporter: Reporter,
    /// Whether nobody wants its answer any more.
    is_given_up: Arc<AtomicBool>,
    moves: Moves,
}

/// The component's own errors are answers like others.
type Answer<T> = Result<T, types::Error>;

impl Sandbox {
    /// Instantiates the component, with nothing to use, while the clock ticks.
    fn instantiate(
        component: &BootstrapPre<State>,
        (variant, clock, executor): (Variant, Arc<Clock>, Arc<Executor>),
        reporter: Reporter,
        interrupt: &Interrupt,
    ) -> wasmtime::Result<Sandbox> {
        interrupt.bind(component.engine())?;
        let stderr = MemoryOutputPipe::new(STDERR_LIMIT);
        let mut wasi = WasiCtxBuilder::new();
        wasi.stderr(stderr.clone()).wall_clock(wasi::NoClock).allow_blocking_current_thread(true);
        let mut store = Store::new(
            component.engine(),
            State {
                wasi: wasi.build(),
                table: handles(),
                limiter: MemoryLimiter,
                access: Access::default(),
                wheels: None,
                reporter,
                is_given_up: interrupt.is_given_up(),
                moves: Moves::default(),
            },
        );
        store.limiter(|state| &mut state.limiter);
        watch(&mut store, variant, TIME_LIMIT)?;
        let instance = executor.enter(|| component.instantiate(&mut store))?;
        let (time_limit, time_for_wheels) = (TIME_LIMIT, Duration::ZERO);
        Ok(Sandbox {
            store,
            instance,
            stderr,
            variant,
            clock,
            executor,
            time_limit,
            time_for_wheels,
            held: Vec::new(),
        })
    }

    /// Makes it fit for another run, which has a reporter of its own. All that is left of the last run
    /// are the wheels that the instance holds.
    fn renew(&mut self, reporter: Reporter, interrupt: &Interrupt) {
        let state = self.store.data_mut();
        (state.table, state.reporter) = (handles(), reporter);
        state.is_given_up = interrupt.is_given_up();
        (state.access, state.wheels) = (Access::default(), None);
    }

    /// What ends it.
    fn interrupt(&self) -> Interrupt {
        Interrupt::of(&self.store.data().is_given_up, self.store.engine())
    }

    /// Who is told of the progress.
    pub(crate) fn reporter(&self) -> &Reporter {
        &self.store.data().reporter
    }

    /// Calls the component, within the limits. Its access ends with the call.
    fn call<T>(
        &mut self,
        access: Access,
        function: impl FnOnce(&Instance, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, Error> {
        let limit = self.time_limit + self.time_for_wheels;
        watch(&mut self.store, self.variant, limit).map_err(|error| self.stopped(&error))?;
        let ticking = self.clock.start()?;
        self.store.data_mut().access = access;
        let answer = self.executor.enter(|| function(&self.instance, &mut self.store));
        drop(ticking);
        self.store.data_mut().access = Access::default();
        answer.map_err(|error| self.stopped(&error))
    }
}

impl State {
    fn perms(&self) -> FsPerms {
        if self.access.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly }
    }
}

#[cfg(test)]
pub(crate) mod tests;

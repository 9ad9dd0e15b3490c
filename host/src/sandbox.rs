//! The component at work: what it gets, how long and how much, and what becomes of its answer.
//!
//! It gets open directories, the imports of its contract and standard error. It does **not** get:
//!
//! * the network, in any form: nothing of the kind is linked;
//! * environment variables, arguments or standard input;
//! * the real clock, or randomness worth the name;
//! * more memory, time or handles than the limits allow (`limits.rs`).

mod authority;
mod brake;
mod calls;
mod clock;
mod executor;
mod helpers;
mod imports;
mod limits;
mod moves;
mod runtime;
mod stopped;
mod vanishing;
mod wasi;

pub(crate) use authority::Authority;
pub(crate) use brake::Brake;
pub(crate) use helpers::Helpers;
pub use runtime::Runtime;

use crate::bindings::ensurepip::bootstrap::types;
use crate::bindings::{Bootstrap as Instance, BootstrapPre};
use crate::bytecode;
use crate::error::Error;
use crate::progress::Listener;
use crate::wheels::Wheel;
use clock::Clock;
use ensurepip_guest_artifact::Variant;
use executor::Executor;
use limits::{MemoryLimiter, SOURCES_LIMIT, TIME_LIMIT, handles, watch};
use moves::Moves;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use wasmtime::Store;
use wasmtime::component::{ResourceAny, ResourceTable};
use wasmtime_wasi::filesystem::FsPerms;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder};

/// Why nothing is compiled where nothing is to be.
const NO_PYTHON: &str = "there is no Python to compile with";

/// How much of what the component says on standard error is kept, in bytes.
const STDERR_LIMIT: usize = 16 << 10;

/// The component, instantiated. Its instance lives as long as this, and so does the wheel in its memory;
/// what it may use changes from call to call.
pub(crate) struct Sandbox {
    store: Store<State>,
    instance: Instance,
    stderr: MemoryOutputPipe,
    variant: Variant,
    clock: Arc<Clock>,
    executor: Arc<Executor>,
    time_limit: Duration,
    /// How much longer it may compute on the last wheel.
    time_for_wheel: Duration,
    held: Option<Held>,
}

/// The wheel in the memory of an instance.
struct Held {
    wheel: Arc<Wheel>,
    resource: ResourceAny,
}

/// Everything a call has to do with, as the imports see it.
struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    limiter: MemoryLimiter,
    authority: Authority,
    listener: Listener,
    /// Whether nobody wants its answer any more.
    is_given_up: Arc<AtomicBool>,
    /// How many sources the call has had compiled, and how many it has asked for.
    compiled: usize,
    recalled: usize,
    moves: Moves,
}

/// The component's own errors are answers like others.
type Answer<T> = Result<T, types::Error>;

impl Sandbox {
    /// Instantiates the component, with nothing to use, while the clock ticks.
    fn instantiate(
        component: &BootstrapPre<State>,
        (variant, clock, executor): (Variant, Arc<Clock>, Arc<Executor>),
        listener: Listener,
        brake: &Brake,
    ) -> wasmtime::Result<Sandbox> {
        brake.bind(component.engine())?;
        let stderr = MemoryOutputPipe::new(STDERR_LIMIT);
        let mut wasi = WasiCtxBuilder::new();
        wasi.stderr(stderr.clone()).wall_clock(wasi::NoClock).allow_blocking_current_thread(true);
        let mut store = Store::new(
            component.engine(),
            State {
                wasi: wasi.build(),
                table: handles(),
                limiter: MemoryLimiter,
                authority: Authority::default(),
                listener,
                is_given_up: brake.is_given_up(),
                compiled: 0,
                recalled: 0,
                moves: Moves::default(),
            },
        );
        store.limiter(|state| &mut state.limiter);
        watch(&mut store, variant, TIME_LIMIT)?;
        let instance = executor.enter(|| component.instantiate(&mut store))?;
        let (time_limit, time_for_wheel) = (TIME_LIMIT, Duration::ZERO);
        Ok(Sandbox {
            store,
            instance,
            stderr,
            variant,
            clock,
            executor,
            time_limit,
            time_for_wheel,
            held: None,
        })
    }

    /// Makes it fit for another run, which has a listener of its own. All that is left of the last run
    /// is the wheel that the instance holds.
    fn renew(&mut self, listener: Listener, brake: &Brake) {
        let state = self.store.data_mut();
        (state.table, state.listener) = (handles(), listener);
        state.is_given_up = brake.is_given_up();
        state.authority = Authority::default();
    }

    /// What ends it.
    fn brake(&self) -> Brake {
        Brake::of(&self.store.data().is_given_up, self.store.engine())
    }

    /// Who is told of the progress.
    pub(crate) fn listener(&self) -> &Listener {
        &self.store.data().listener
    }

    /// What the last call was given, with whatever is under way in it. It is taken away from the
    /// component by that.
    pub(crate) fn take_authority(&mut self) -> Authority {
        std::mem::take(&mut self.store.data_mut().authority)
    }

    /// Calls the component, within the limits.
    fn call<T>(
        &mut self,
        authority: Authority,
        function: impl FnOnce(&Instance, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, Error> {
        let state = self.store.data_mut();
        (state.authority, state.compiled, state.recalled) = (authority, 0, 0);
        state.moves = Moves::default();
        let limit = self.time_limit + self.time_for_wheel;
        watch(&mut self.store, self.variant, limit).map_err(|error| self.stopped(&error))?;
        let ticking = self.clock.start()?;
        let answer = self.executor.enter(|| function(&self.instance, &mut self.store));
        drop(ticking);
        answer.map_err(|error| self.stopped(&error))
    }

    /// Calls the component to change the target. If it is stopped, cleans up: else the next run does.
    fn change<T>(
        &mut self,
        authority: Authority,
        function: impl FnMut(&Instance, &mut Store<State>) -> wasmtime::Result<Answer<T>>,
    ) -> Result<Answer<T>, Error> {
        let answer = self.call_until_seen(authority, function);
        let state = self.store.data_mut();
        if answer.is_err() {
            // Those that help it first: they could add to what is to go.
            drop(std::mem::take(&mut state.authority.helpers));
            // It still has handles, with which Windows would keep that.
            state.table = handles();
            for grant in &state.authority.grants {
                let _ = grant.remove_stage();
            }
        }
        Ok(answer?.map_err(|error| state.moves.named(error)))
    }
}

impl State {
    fn perms(&self) -> FsPerms {
        if self.authority.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly }
    }

    /// Asks which bytecode was kept. Time in that import does not count either.
    fn recall(
        &mut self,
        portions: &[Vec<bytecode::SourceDigest>],
        invalidation: bytecode::Invalidation,
    ) -> Vec<bool> {
        let sources: usize = portions.iter().map(|sources| sources.len().max(1)).sum();
        self.recalled = self.recalled.saturating_add(sources);
        match &mut self.authority.compiler {
            Some(compiler) if self.recalled <= SOURCES_LIMIT => {
                compiler.recall(portions, invalidation)
            }
            _ => vec![false; portions.len()],
        }
    }

    /// Begins to compile with the interpreter of the target.
    fn compile(
        &mut self,
        sources: Vec<bytecode::Source>,
        invalidation: bytecode::Invalidation,
    ) -> Result<(), String> {
        let compiler = self.authority.compiler.as_mut().ok_or(NO_PYTHON)?;
        self.compiled = self.compiled.saturating_add(sources.len().max(1));
        if self.compiled > SOURCES_LIMIT {
            return Err("more sources than a wheel may have".to_owned());
        }
        compiler.bring(sources, invalidation)
    }
}

#[cfg(test)]
mod tests;

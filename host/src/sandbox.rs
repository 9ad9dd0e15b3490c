//! The component at work: what it gets, how long and how much, and what becomes of its answer.
//!
//! It gets open directories, the imports of its contract and standard error. It does **not** get:
//!
//! * the network, in any form: nothing of the kind is linked;
//! * environment variables, arguments or standard input;
//! * the real clock, or randomness worth the name;
//! * more memory, time or handles than the limits below.

mod imports;
mod wasi;

use crate::bindings::Bootstrap as Instance;
use crate::bindings::ensurepip::bootstrap::types;
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    ApplyReport, PlanReport, Request, Resolution,
};
use crate::bytecode;
use crate::error::Error;
use crate::grants::Grant;
use crate::interpreter::Facts;
use crate::progress::OnProgress;
use crate::shims::Scripts;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder, UpdateDeadline};
use wasmtime_wasi::filesystem::FsPerms;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder};

/// How much memory the component may have, in bytes: the contents of the wheel, its bytecode, and
/// a copy of each on its way.
const MEMORY_LIMIT: usize = 1 << 30;

/// How long the component may compute. Time in the host's imports does not count.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How often the time is looked at.
const TICK: Duration = Duration::from_millis(20);

/// How many handles the component may hold at once.
const HANDLES_LIMIT: usize = 10_000;

/// How much of what the component says on standard error is kept, in bytes.
const STDERR_LIMIT: usize = 16 << 10;

/// An engine with the component loaded.
pub(crate) struct Sandbox {
    engine: Engine,
    component: Component,
    linker: Linker<State>,
    time_limit: Duration,
}

/// What one call may use.
#[derive(Default)]
pub(crate) struct Authority {
    /// Directories, which can be written if `writable`.
    pub(crate) grants: Vec<Grant>,
    pub(crate) writable: bool,
    /// The scripts directory.
    pub(crate) scripts: Option<Scripts>,
    /// The interpreter that compiles bytecode.
    pub(crate) compiler: Option<PathBuf>,
    /// The caller's progress callback.
    pub(crate) on_progress: Option<OnProgress>,
}

/// Everything a call has to do with, as the imports see it.
struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    limits: StoreLimits,
    facts: Arc<Facts>,
    authority: Authority,
    /// Time spent in imports that may take long.
    paused: Duration,
}

impl Sandbox {
    /// Loads the component.
    pub(crate) fn new() -> Result<Sandbox, Error> {
        let engine = ensurepip_guest_artifact::engine().map_err(|error| unusable(&error))?;
        let component =
            ensurepip_guest_artifact::component(&engine).map_err(|error| unusable(&error))?;
        Sandbox::with(engine, component)
    }

    /// Links a component.
    fn with(engine: Engine, component: Component) -> Result<Sandbox, Error> {
        let mut linker = Linker::new(&engine);
        wasi::link(&mut linker)
            .and_then(|()| Instance::add_to_linker::<State, State>(&mut linker, |state| state))
            .map_err(|error| unusable(&error))?;
        Ok(Sandbox { engine, component, linker, time_limit: TIME_LIMIT })
    }

    /// Asks which directories a wheel needs. Grants nothing.
    pub(crate) fn resolve(
        &self,
        facts: &Arc<Facts>,
        request: &Request,
        wheel: &[u8],
    ) -> Result<Result<Resolution, types::Error>, Error> {
        let (answer, _) = self.call(facts, Authority::default(), |instance, store| {
            instance.ensurepip_bootstrap_installer().call_resolve(store, request, wheel)
        });
        answer
    }

    /// Asks what would be done.
    pub(crate) fn plan(
        &self,
        facts: &Arc<Facts>,
        authority: Authority,
        request: &Request,
        wheel: &[u8],
    ) -> (Result<Result<PlanReport, types::Error>, Error>, Authority) {
        self.call(facts, authority, |instance, store| {
            instance.ensurepip_bootstrap_installer().call_plan(store, request, wheel)
        })
    }

    /// Has it done.
    pub(crate) fn apply(
        &self,
        facts: &Arc<Facts>,
        authority: Authority,
        request: &Request,
        wheel: &[u8],
    ) -> (Result<Result<ApplyReport, types::Error>, Error>, Authority) {
        self.call(facts, authority, |instance, store| {
            instance.ensurepip_bootstrap_installer().call_apply(store, request, wheel)
        })
    }

    /// Makes a store, instantiates the component in it and calls it. The authority comes back,
    /// with whatever is under way in it.
    fn call<T>(
        &self,
        facts: &Arc<Facts>,
        authority: Authority,
        function: impl FnOnce(&Instance, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> (Result<T, Error>, Authority) {
        let stderr = MemoryOutputPipe::new(STDERR_LIMIT);
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_LIMIT);
        let state = State {
            wasi: WasiCtxBuilder::new()
                .stderr(stderr.clone())
                .allow_blocking_current_thread(true)
                .build(),
            table,
            limits: StoreLimitsBuilder::new().memory_size(MEMORY_LIMIT).build(),
            facts: Arc::clone(facts),
            authority,
            paused: Duration::ZERO,
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(1);
        let start = Instant::now();
        store.epoch_deadline_callback(move |context| {
            if start.elapsed().saturating_sub(context.data().paused) > TIME_LIMIT {
                let seconds = TIME_LIMIT.as_secs();
                return Err(wasmtime::Error::msg(format!(
                    "it did not end within {seconds} seconds"
                )));
            }
            Ok(UpdateDeadline::Continue(1))
        });
        let clock = Clock::start(&self.engine);
        let answer = Instance::instantiate(&mut store, &self.component, &self.linker)
            .and_then(|instance| function(&instance, &mut store));
        drop(clock);
        let answer = answer.map_err(|error| {
            let said = stderr.contents();
            let said = String::from_utf8_lossy(&said);
            let last = said.lines().rfind(|line| !line.starts_with("note:") && !line.is_empty());
            let reason = error.root_cause().to_string();
            Error::Component(last.map_or(reason.clone(), |last| format!("{reason}: {last}")))
        });
        (answer, store.into_data().authority)
    }
}

fn unusable(error: &wasmtime::Error) -> Error {
    Error::Component(format!("it cannot be loaded: {error:#}"))
}

impl State {
    fn perms(&self) -> FsPerms {
        if self.authority.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly }
    }

    /// Compiles with the interpreter of the target, off the component's clock.
    fn compile(
        &mut self,
        sources: &[bytecode::Source],
        invalidation: bytecode::Invalidation,
    ) -> Result<Vec<Option<Vec<u8>>>, String> {
        let Some(compiler) = &self.authority.compiler else {
            return Err("there is no Python to compile with".to_owned());
        };
        let start = Instant::now();
        let compiled = bytecode::compile(compiler, sources, invalidation);
        self.paused += start.elapsed();
        compiled
    }
}

/// A thread that advances the engine's epoch until it is dropped.
struct Clock {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Clock {
    fn start(engine: &Engine) -> Clock {
        let stop = Arc::new(AtomicBool::new(false));
        let (engine, stopped) = (engine.clone(), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                thread::park_timeout(TICK);
                engine.increment_epoch();
            }
        });
        Clock { stop, thread: Some(thread) }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;

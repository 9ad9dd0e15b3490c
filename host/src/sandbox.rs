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
    ApplyReport, PlanReport, Request, Resolution, UninstallReport, WheelInfo,
};
use crate::bytecode::{self, Compiler};
use crate::error::Error;
use crate::grants::Grant;
use crate::interpreter::Facts;
use crate::progress::{Decision, Listener, TICK};
use crate::shims::Scripts;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder, UpdateDeadline};
use wasmtime_wasi::filesystem::FsPerms;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder};

/// How much memory the component may have, in bytes: the contents of the wheel, its bytecode, and
/// a copy of each on its way.
const MEMORY_LIMIT: usize = 1 << 30;

/// How long the component may compute, and how much longer for each MiB of its wheel. Time in an
/// import that takes long does not count, and neither does the time for which the whole process is
/// stopped.
const TIME_LIMIT: Duration = Duration::from_mins(1);
const TIME_PER_MIB: Duration = Duration::from_secs(1);

/// How many handles the component may hold at once.
const HANDLES_LIMIT: usize = 10_000;

/// How many sources may be compiled in a call: time in that import does not count, so that their
/// number must. A wheel has no more files.
const SOURCES_LIMIT: usize = 50_000;

/// How much of what the component says on standard error is kept, in bytes.
const STDERR_LIMIT: usize = 16 << 10;

/// How much of its last words is told, in characters.
const WORDS_LIMIT: usize = 400;

/// The component, instantiated. Its instance lives as long as this, so that it can remember the
/// wheel it has checked; what it may use changes from call to call.
pub(crate) struct Sandbox {
    store: Store<State>,
    instance: Instance,
    stderr: MemoryOutputPipe,
    time_limit: Duration,
}

/// What the component may use in a call.
#[derive(Default)]
pub(crate) struct Authority {
    /// Directories, which can be written if `writable`.
    pub(crate) grants: Vec<Grant>,
    pub(crate) writable: bool,
    /// The scripts directory.
    pub(crate) scripts: Option<Scripts>,
    /// What compiles bytecode.
    pub(crate) compiler: Option<Compiler>,
}

/// Everything a call has to do with, as the imports see it.
struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    limits: StoreLimits,
    /// What is known of the target Python, once it is.
    facts: Option<Facts>,
    authority: Authority,
    listener: Listener,
    /// How many sources the call has had compiled.
    compiled: usize,
}

/// The component's own errors are answers like others.
type Answer<T> = Result<T, types::Error>;

impl Sandbox {
    /// Loads the component and instantiates it, with nothing to use.
    pub(crate) fn new(listener: Listener) -> Result<Sandbox, Error> {
        let engine = ensurepip_guest_artifact::engine().map_err(|error| unusable(&error))?;
        let component =
            ensurepip_guest_artifact::component(&engine).map_err(|error| unusable(&error))?;
        Sandbox::with(&engine, &component, listener).map_err(|error| unusable(&error))
    }

    fn with(
        engine: &Engine,
        component: &Component,
        listener: Listener,
    ) -> wasmtime::Result<Sandbox> {
        let mut linker = Linker::new(engine);
        wasi::link(&mut linker)?;
        Instance::add_to_linker::<State, State>(&mut linker, |state| state)?;

        let stderr = MemoryOutputPipe::new(STDERR_LIMIT);
        let mut wasi = WasiCtxBuilder::new();
        wasi.stderr(stderr.clone()).wall_clock(wasi::NoClock).allow_blocking_current_thread(true);
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_LIMIT);
        let mut store = Store::new(
            engine,
            State {
                wasi: wasi.build(),
                table,
                limits: StoreLimitsBuilder::new().memory_size(MEMORY_LIMIT).build(),
                facts: None,
                authority: Authority::default(),
                listener,
                compiled: 0,
            },
        );
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(1);
        let instance = Instance::instantiate(&mut store, component, &linker)?;
        Ok(Sandbox { store, instance, stderr, time_limit: TIME_LIMIT })
    }

    /// Has a wheel checked, before anything else is known.
    pub(crate) fn check(
        &mut self,
        name: &str,
        wheel: &[u8],
        trusted: bool,
    ) -> Result<Answer<WheelInfo>, Error> {
        let mebibytes = u32::try_from(wheel.len() >> 20).unwrap_or(u32::MAX);
        self.time_limit = TIME_LIMIT + TIME_PER_MIB.saturating_mul(mebibytes);
        self.call(Authority::default(), |instance, store| {
            instance.ensurepip_bootstrap_installer().call_check(store, name, wheel, trusted)
        })
    }

    /// Makes the target known.
    pub(crate) fn introduce(&mut self, facts: Facts) {
        self.store.data_mut().facts = Some(facts);
    }

    /// Asks which directories a wheel needs.
    pub(crate) fn resolve(
        &mut self,
        request: &Request,
        wheel: &[u8],
    ) -> Result<Answer<Resolution>, Error> {
        self.call(Authority::default(), |instance, store| {
            instance.ensurepip_bootstrap_installer().call_resolve(store, request, wheel)
        })
    }

    /// Asks what would be done, with directories that it cannot write.
    pub(crate) fn plan(
        &mut self,
        grants: Vec<Grant>,
        request: &Request,
        wheel: &[u8],
    ) -> Result<Answer<PlanReport>, Error> {
        let authority = Authority { grants, ..Authority::default() };
        self.call(authority, |instance, store| {
            instance.ensurepip_bootstrap_installer().call_plan(store, request, wheel)
        })
    }

    /// Has it done.
    pub(crate) fn apply(
        &mut self,
        authority: Authority,
        request: &Request,
        wheel: &[u8],
    ) -> Result<Answer<ApplyReport>, Error> {
        self.call(authority, |instance, store| {
            instance.ensurepip_bootstrap_installer().call_apply(store, request, wheel)
        })
    }

    /// Has it removed.
    pub(crate) fn uninstall(
        &mut self,
        authority: Authority,
        request: &Request,
        wheel: &[u8],
    ) -> Result<Answer<UninstallReport>, Error> {
        self.call(authority, |instance, store| {
            instance.ensurepip_bootstrap_installer().call_uninstall(store, request, wheel)
        })
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
        (state.authority, state.compiled) = (authority, 0);
        let (limit, mut ticks) = (self.time_limit, 0);
        // Comes at most once a tick, and only while the component computes.
        self.store.epoch_deadline_callback(move |context| {
            ticks += 1;
            if TICK * ticks > limit {
                return Err(wasmtime::Error::msg(format!("it did not end within {limit:?}")));
            }
            if context.data().listener.ask() == Decision::Cancel {
                return Err(wasmtime::Error::msg("it was cancelled"));
            }
            Ok(UpdateDeadline::Continue(1))
        });
        let clock = Clock::start(self.store.engine());
        let answer = function(&self.instance, &mut self.store);
        drop(clock);
        answer.map_err(|error| {
            // It had no chance to clean up after itself. If that fails, the next run does it.
            let state = self.store.data_mut();
            // It still has handles, with which Windows would keep what is to go.
            state.table = ResourceTable::new();
            let authority = &state.authority;
            for grant in authority.grants.iter().filter(|_| authority.writable) {
                let _ = grant.remove_stage();
            }
            self.stopped(&error)
        })
    }

    /// Why the component was stopped, with its last words.
    fn stopped(&self, error: &wasmtime::Error) -> Error {
        let said = self.stderr.contents();
        let said = String::from_utf8_lossy(&said);
        let last = said.lines().rfind(|line| !line.starts_with("note:") && !line.is_empty());
        let reason = error.root_cause().to_string();
        // Whoever reads it may be a terminal.
        let last = last.map(|last| last.chars().take(WORDS_LIMIT).flat_map(char::escape_debug));
        let last = last.map(Iterator::collect::<String>);
        Error::Component(last.map_or(reason.clone(), |last| format!("{reason}: {last}")))
    }
}

fn unusable(error: &wasmtime::Error) -> Error {
    Error::Component(format!("it cannot be loaded: {error:#}"))
}

impl State {
    fn perms(&self) -> FsPerms {
        if self.authority.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly }
    }

    /// Compiles with the interpreter of the target.
    fn compile(
        &mut self,
        sources: &[bytecode::Source],
        invalidation: bytecode::Invalidation,
    ) -> Result<Vec<Option<Vec<u8>>>, String> {
        let Some(compiler) = &mut self.authority.compiler else {
            return Err("there is no Python to compile with".to_owned());
        };
        self.compiled = self.compiled.saturating_add(sources.len());
        if self.compiled > SOURCES_LIMIT {
            return Err("more sources than a wheel may have".to_owned());
        }
        compiler.compile(sources, invalidation, &self.listener)
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

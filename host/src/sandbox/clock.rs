//! The clock that advances while a component computes.

use crate::error::Error;
use crate::progress::TICK;
use crate::scarcity;
use ensurepip_guest_artifact::Variant;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use wasmtime::Engine;

/// The stack size of the thread in bytes, with a large margin.
const STACK: usize = 64 << 10;

/// The clock of an engine. The engine's epoch advances at each tick, while any component runs.
///
/// All that share the engine share one clock. With one clock each, they would all count each
/// other's ticks. Components that count fuel need no clock, and theirs stands still.
pub(super) struct Clock {
    engine: Engine,
    stands_still: bool,
    ticking: Mutex<Weak<Ticking>>,
}

impl Clock {
    /// The clock of an engine, stopped.
    pub(super) fn new(engine: &Engine, variant: Variant) -> Clock {
        let stands_still = variant == Variant::Frugal;
        Clock { engine: engine.clone(), stands_still, ticking: Mutex::default() }
    }

    /// Keeps the clock ticking until every returned value is dropped. Fails with [`Error::Thread`]
    /// if the system refuses a thread: no component computes without a limit.
    pub(super) fn start(&self) -> Result<Arc<Ticking>, Error> {
        let mut ticking = self.ticking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ticking) = ticking.upgrade() {
            return Ok(ticking);
        }
        let thread = if self.stands_still {
            None
        } else {
            let start = || Thread::start(self.engine.clone());
            Some(scarcity::insist(start).map_err(|reason| Error::Thread { reason })?)
        };
        let started = Arc::new(Ticking { _thread: thread });
        *ticking = Arc::downgrade(&started);
        Ok(started)
    }
}

/// A clock that ticks until this is dropped.
pub(crate) struct Ticking {
    _thread: Option<Thread>,
}

/// A thread that advances an engine's epoch until this is dropped.
struct Thread {
    is_over: Arc<AtomicBool>,
    handle: Option<thread::JoinHandle<()>>,
}

impl Thread {
    fn start(engine: Engine) -> io::Result<Thread> {
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let tick = move || {
            while !seen.load(Ordering::Relaxed) {
                thread::park_timeout(TICK);
                engine.increment_epoch();
            }
        };
        let handle = thread::Builder::new().stack_size(STACK).spawn(tick)?;
        Ok(Thread { is_over, handle: Some(handle) })
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(handle) = self.handle.take() {
            handle.thread().unpark();
            let _ = handle.join();
        }
    }
}

//! What lets time pass for a component that computes.

use crate::progress::TICK;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use wasmtime::Engine;

/// The clock of an engine: its epoch advances at each tick, while any component is at work.
///
/// There is one for all that share the engine. With a clock each, every one of them would count the
/// ticks of all.
pub(super) struct Clock {
    engine: Engine,
    ticking: Mutex<Weak<Ticking>>,
}

impl Clock {
    /// The clock of an engine, at rest.
    pub(super) fn new(engine: Engine) -> Clock {
        Clock { engine, ticking: Mutex::default() }
    }

    /// Has it tick until all that was returned here is dropped.
    pub(super) fn start(&self) -> Arc<Ticking> {
        let mut ticking = self.ticking.lock().unwrap_or_else(PoisonError::into_inner);
        ticking.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Ticking::start(self.engine.clone()));
            *ticking = Arc::downgrade(&started);
            started
        })
    }
}

/// A thread that advances an engine's epoch until this is dropped.
pub(super) struct Ticking {
    is_over: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Ticking {
    fn start(engine: Engine) -> Ticking {
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                thread::park_timeout(TICK);
                engine.increment_epoch();
            }
        });
        Ticking { is_over, thread: Some(thread) }
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

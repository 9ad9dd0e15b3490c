//! Stops sandboxes from outside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use wasmtime::Engine;

/// Stops the current calls of its sandboxes, and rejects all later ones.
#[derive(Default)]
pub(crate) struct Interrupt {
    is_given_up: Arc<AtomicBool>,
    /// The engine of the sandboxes; empty if there never was one.
    pub(super) engine: OnceLock<Engine>,
}

impl Interrupt {
    /// Stops them.
    pub(crate) fn raise(&self) {
        self.is_given_up.store(true, Ordering::SeqCst);
        if let Some(engine) = self.engine.get() {
            engine.increment_epoch();
        }
    }

    /// An interrupt for the sandboxes of this engine that check this flag.
    pub(super) fn of(is_given_up: &Arc<AtomicBool>, engine: &Engine) -> Interrupt {
        Interrupt { is_given_up: Arc::clone(is_given_up), engine: engine.clone().into() }
    }

    /// The flag for sandboxes to check: whether nobody needs their answer any more.
    pub(super) fn is_given_up(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_given_up)
    }

    /// Takes effect on sandboxes of this engine from now on. Fails if it was already raised.
    pub(super) fn bind(&self, engine: &Engine) -> wasmtime::Result<()> {
        self.engine.get_or_init(|| engine.clone());
        if self.is_given_up.load(Ordering::SeqCst) {
            return Err(wasmtime::Error::msg("it was given up"));
        }
        Ok(())
    }
}

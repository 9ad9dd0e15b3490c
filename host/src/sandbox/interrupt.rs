//! What ends sandboxes from outside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use wasmtime::Engine;

/// Ends what sandboxes are at, and whatever they would be called for later.
#[derive(Default)]
pub(crate) struct Interrupt {
    is_given_up: Arc<AtomicBool>,
    /// Where the sandboxes are; none if there never was one.
    pub(super) engine: OnceLock<Engine>,
}

impl Interrupt {
    /// Ends them.
    pub(crate) fn raise(&self) {
        self.is_given_up.store(true, Ordering::SeqCst);
        if let Some(engine) = self.engine.get() {
            engine.increment_epoch();
        }
    }

    /// That of sandboxes of this engine, which were told to heed this.
    pub(super) fn of(is_given_up: &Arc<AtomicBool>, engine: &Engine) -> Interrupt {
        Interrupt { is_given_up: Arc::clone(is_given_up), engine: engine.clone().into() }
    }

    /// What sandboxes are to heed: whether nobody wants their answer any more.
    pub(super) fn is_given_up(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_given_up)
    }

    /// Has an effect on sandboxes of this engine from now on. Fails if it was pulled before.
    pub(super) fn bind(&self, engine: &Engine) -> wasmtime::Result<()> {
        self.engine.get_or_init(|| engine.clone());
        if self.is_given_up.load(Ordering::SeqCst) {
            return Err(wasmtime::Error::msg("it was given up"));
        }
        Ok(())
    }
}

//! # The component of `ensurepip-host`, ready to run
//!
//! Holds what the build script made of the crate `guest`: the component, and the same compiled
//! ahead of time for this platform. The compiler itself is not linked.

mod config;

use wasmtime::component::Component;
use wasmtime::{Engine, Result};

/// The component, as a WebAssembly binary that any WASI 0.2 host can load.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component.wasm"));

/// The component compiled ahead of time, for engines made by [`engine`] only.
const COMPILED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component.cwasm"));

/// An engine that the compiled component fits.
///
/// # Errors
///
/// Fails if this machine cannot run the code: its memory or its processor falls short.
pub fn engine() -> Result<Engine> {
    Engine::new(&config::engine())
}

/// Loads the compiled component.
///
/// # Errors
///
/// Fails if the engine was not made by [`engine`].
pub fn component(engine: &Engine) -> Result<Component> {
    load(engine, COMPILED)
}

/// Loads the hostile component that tests run in place of the other one.
///
/// # Errors
///
/// Fails if the engine was not made by [`engine`].
#[cfg(feature = "probe")]
pub fn probe(engine: &Engine) -> Result<Component> {
    load(engine, include_bytes!(concat!(env!("OUT_DIR"), "/probe.cwasm")))
}

#[expect(unsafe_code, reason = "the bytes were compiled by our own build script, and are constant")]
fn load(engine: &Engine, compiled: &'static [u8]) -> Result<Component> {
    // SAFETY: both callers pass the unmodified output of `Engine::precompile_component`.
    unsafe { Component::deserialize(engine, compiled) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_compiled_component_fits_the_engine() {
        let engine = super::engine().expect("there is an engine");
        super::component(&engine).expect("the component fits it");
    }
}

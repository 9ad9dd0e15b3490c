//! # The component of `ensurepip-host`, ready to run
//!
//! Contains what the build script made of the crate `guest`: the component, and its code compiled
//! ahead of time for this platform. The compiler itself is not linked.

mod config;

pub use config::Variant;

use wasmtime::component::Component;
use wasmtime::{Engine, Result};

/// The component, as a WebAssembly binary that any WASI 0.2 host can load.
pub static COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component.wasm"));

/// The component compiled ahead of time, for engines made by [`engine`] only.
static FAST: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component.cwasm"));
/// Compressed, because it is seldom used.
static FRUGAL: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component.frugal.cwasm.lz4"));

/// An engine for the compiled component.
///
/// # Errors
///
/// Fails if this machine cannot run the code, for lack of memory or processor features.
pub fn engine(variant: Variant) -> Result<Engine> {
    Engine::new(&config::engine(variant))
}

/// Loads the compiled component.
///
/// # Errors
///
/// Fails if the engine was not made by [`engine`] for the same variant.
pub fn component(engine: &Engine, variant: Variant) -> Result<Component> {
    match variant {
        Variant::Fast => load(engine, FAST),
        Variant::Frugal => load(engine, &unpack(FRUGAL)?),
    }
}

/// Loads the hostile component that tests run instead of the real one.
///
/// # Errors
///
/// Fails if the engine was not made by [`engine`] for the same variant.
#[cfg(feature = "probe")]
pub fn probe(engine: &Engine, variant: Variant) -> Result<Component> {
    match variant {
        Variant::Fast => load(engine, include_bytes!(concat!(env!("OUT_DIR"), "/probe.cwasm"))),
        Variant::Frugal => {
            let packed = include_bytes!(concat!(env!("OUT_DIR"), "/probe.frugal.cwasm.lz4"));
            load(engine, &unpack(packed)?)
        }
    }
}

/// Decompresses machine code that the build script has compressed.
fn unpack(packed: &[u8]) -> Result<Vec<u8>> {
    lz4_flex::block::decompress_size_prepended(packed).map_err(wasmtime::Error::from)
}

#[expect(unsafe_code, reason = "the bytes were compiled by our own build script, and are constant")]
fn load(engine: &Engine, compiled: &[u8]) -> Result<Component> {
    // SAFETY: all callers pass the unmodified output of `Engine::precompile_component`.
    unsafe { Component::deserialize(engine, compiled) }
}

#[cfg(test)]
mod tests {
    use super::Variant;

    #[test]
    fn component_loads_in_each_engine_variant() {
        for variant in [Variant::Fast, Variant::Frugal] {
            let engine = super::engine(variant).expect("there is an engine");
            super::component(&engine, variant).expect("the component fits it");
        }
    }
}

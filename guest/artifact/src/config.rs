//! The engine's configuration, shared by the build script that compiles the component and by the
//! library that loads it: the two must agree.

use wasmtime::Config;

/// Components, and epochs to stop one that does not end. Where in the component an instruction comes
/// from is told to nobody, and left out: it would be a tenth of what is loaded.
pub(crate) fn engine() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true).epoch_interruption(true).generate_address_map(false);
    config
}

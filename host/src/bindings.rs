//! The host's side of `wit/`, generated.
//!
//! Nothing else belongs here. `convert.rs` is the only module that uses both these types and our
//! own.

wasmtime::component::bindgen!({
    path: "wit",
    world: "bootstrap",
});

//! The host's side of `wit/`, generated.
//!
//! Nothing else belongs here. `convert.rs` is the one module that knows both these types and our
//! own.

wasmtime::component::bindgen!({
    path: "../wit",
    world: "bootstrap",
    // What a host may have no answer to, and what may come to no answer.
    imports: {
        "ensurepip:bootstrap/helpers.stage": trappable,
        "ensurepip:bootstrap/helpers.staged": trappable,
    },
});

//! The Rust side of `wit/`, generated: the contract's types are the types this crate speaks.
//!
//! Nothing else belongs here.

wit_bindgen::generate!({
    world: "bootstrap",
    path: "../wit",
    additional_derives: [PartialEq, Eq, Hash, PartialOrd, Ord],
    pub_export_macro: true,
});

#[cfg(test)]
mod tests;

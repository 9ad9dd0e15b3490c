//! The Rust side of `wit/`, generated: this crate uses the contract's types throughout.
//!
//! Nothing else belongs here.

wit_bindgen::generate!({
    world: "bootstrap",
    path: "wit",
    additional_derives: [PartialEq, Eq, Hash, PartialOrd, Ord],
    pub_export_macro: true,
});

#[cfg(test)]
mod tests;

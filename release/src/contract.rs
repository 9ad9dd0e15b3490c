//! The contract as a WIT package in the binary format, which registries take.

use crate::crates;
use crate::describe;
use anyhow::{Context as _, Result};
use wit_parser::Resolve;

const DESCRIPTION: &str = "The contract of the component that puts pip into a Python";

/// The package of `wit/`, with its documentation.
pub(crate) fn package() -> Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(crates::workspace().join("wit"))
        .map_err(|error| error.context("failed to read the contract"))?;
    let mut encoded = wit_component::encode(&resolve, package).context("failed to encode it")?;
    describe::add_texts(&mut encoded, DESCRIPTION);
    Ok(encoded)
}

//! The component's description of itself: its name, version and licence, and the tools it was made
//! with. The contract, as a package, has some of it too.
//!
//! It is in the sections that WebAssembly tools read and show, such as `wasm-tools metadata show`.

use anyhow::{Context as _, Result};
use wasm_encoder::{ComponentSection as _, CustomSection};
use wasm_metadata::{AddMetadata, AddMetadataField};

/// The name of the contract.
const NAME: &str = "ensurepip:bootstrap";

const DESCRIPTION: &str = "Puts pip into a Python: what `python -m ensurepip` does, as a component";

/// Adds the sections to a component: `compiler` is the output of `rustc --version`, and `lock` the
/// workspace's `Cargo.lock`.
pub(crate) fn describe(component: &[u8], compiler: &str, lock: &str) -> Result<Vec<u8>> {
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(NAME.to_owned());
    metadata.language = vec![("Rust".to_owned(), "2024".to_owned())];
    metadata.processed_by = vec![
        ("rustc".to_owned(), compiler.trim().trim_start_matches("rustc ").to_owned()),
        ("wit-bindgen-rust".to_owned(), locked(lock, "wit-bindgen-rust")?),
    ];
    let mut described = metadata.to_wasm(component).context("failed to describe the component")?;
    add_texts(&mut described, DESCRIPTION);
    Ok(described)
}

/// Adds the sections that hold one text: version, description and licence.
pub(crate) fn add_texts(component: &mut Vec<u8>, description: &str) {
    for (name, text) in [
        ("version", env!("CARGO_PKG_VERSION")),
        ("description", description),
        ("licenses", env!("CARGO_PKG_LICENSE")),
    ] {
        let section = CustomSection { name: name.into(), data: text.as_bytes().into() };
        section.append_to_component(component);
    }
}

/// The version of a package that occurs once in the workspace.
fn locked(lock: &str, package: &str) -> Result<String> {
    let name = format!("name = \"{package}\"\nversion = \"");
    let (_, rest) = lock.split_once(&name).with_context(|| format!("no `{package}` is locked"))?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

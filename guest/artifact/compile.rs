//! Compiles a component ahead of time, once for each variant that the host runs.
//!
//! Part of `guest/compiler`, and of the build script of a published crate.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

#[path = "src/config.rs"]
#[expect(unreachable_pub, reason = "the library of `guest/artifact` exports it")]
mod config;

use config::Variant;

/// Writes `NAME.cwasm` and `NAME.frugal.cwasm` to a directory, where `NAME` is the component's file name
/// without `.wasm` and `target` is Rust's name of the platform that the host is built for.
pub(crate) fn compile(target: &str, component: &Path, directory: &Path) -> Result<()> {
    let name = component.file_stem().and_then(|name| name.to_str());
    let name = name.context("a component has a name")?;
    let contents =
        fs::read(component).with_context(|| format!("failed to read `{}`", component.display()))?;
    for (variant, extension) in [(Variant::Fast, "cwasm"), (Variant::Frugal, "frugal.cwasm")] {
        let output = directory.join(format!("{name}.{extension}"));
        fs::write(&output, compiled(&contents, target, variant)?)
            .with_context(|| format!("failed to write `{}`", output.display()))?;
    }
    Ok(())
}

/// The machine code of a component. Naming the target keeps the build machine's own CPU features
/// out of it.
fn compiled(component: &[u8], target: &str, variant: Variant) -> Result<Vec<u8>> {
    let mut config = config::engine(variant);
    config.target(target)?;
    wasmtime::Engine::new(&config)?
        .precompile_component(component)
        .map_err(anyhow::Error::from)
        .context("failed to compile the component ahead of time")
}

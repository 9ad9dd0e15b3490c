//! Compiles a component ahead of time, once for each variant that the host runs.
//!
//! `ensurepip-guest-compiler TARGET COMPONENT DIRECTORY` writes `NAME.cwasm` and `NAME.frugal.cwasm`
//! to the directory, where `NAME` is the component's file name without `.wasm` and `TARGET` is Rust's
//! name of the platform that the host is built for. The build script of `guest/artifact` runs it: the
//! compiler is large, so it is a separate program, which all builds in a target directory share.

use anyhow::{Context as _, Result, bail};
use std::env;
use std::fs;
use std::path::Path;

#[path = "../../artifact/src/config.rs"]
#[expect(unreachable_pub, reason = "the library of `guest/artifact` exports it")]
mod config;

use config::Variant;

fn main() -> Result<()> {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    let [target, component, directory] = &arguments[..] else {
        bail!("usage: ensurepip-guest-compiler TARGET COMPONENT DIRECTORY");
    };
    let path = Path::new(component);
    let name = path.file_stem().and_then(|name| name.to_str()).context("a component has a name")?;
    let component = fs::read(path).with_context(|| format!("failed to read `{component}`"))?;
    for (variant, extension) in [(Variant::Fast, "cwasm"), (Variant::Frugal, "frugal.cwasm")] {
        let output = Path::new(directory).join(format!("{name}.{extension}"));
        fs::write(&output, compiled(&component, target, variant)?)
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

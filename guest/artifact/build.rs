//! Builds the component from `guest`, compiles it ahead of time for the machine the host is built
//! for, and leaves both in `OUT_DIR` for `src/lib.rs` to embed. The feature `probe` adds the hostile
//! component that tests run.
//!
//! `ENSUREPIP_HOST_COMPONENT` may name a ready-made component, for builds without the wasm target. It
//! is taken as it is; what is built here is told what it is.

use anyhow::{Context as _, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "src/config.rs"]
#[expect(unreachable_pub, reason = "the library exports it")]
mod config;
mod describe;

use config::Variant;

const TARGET: &str = "wasm32-wasip2";
const READY_MADE: &str = "ENSUREPIP_HOST_COMPONENT";

fn main() {
    if let Err(error) = run() {
        for line in format!("{error:#}").lines() {
            println!("cargo::error={line}");
        }
    }
}

fn run() -> Result<()> {
    println!("cargo::rerun-if-env-changed={READY_MADE}");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=describe.rs");
    println!("cargo::rerun-if-changed=src/config.rs");
    let component = match env::var_os(READY_MADE) {
        Some(path) => {
            println!("cargo::rerun-if-changed={}", Path::new(&path).display());
            read(Path::new(&path))?
        }
        None => described(&read(&build("ensurepip-guest")?)?)?,
    };
    write("component.wasm", &component)?;
    write("component.cwasm", &compiled(&component, Variant::Fast)?)?;
    write("component.frugal.cwasm", &compiled(&component, Variant::Frugal)?)?;
    if env::var_os("CARGO_FEATURE_PROBE").is_some() {
        let probe = read(&build("ensurepip-guest-probe")?)?;
        write("probe.cwasm", &compiled(&probe, Variant::Fast)?)?;
        write("probe.frugal.cwasm", &compiled(&probe, Variant::Frugal)?)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("failed to read `{}`", path.display()))
}

/// A component that says what it is.
fn described(component: &[u8]) -> Result<Vec<u8>> {
    let output = Command::new(variable("RUSTC")?)
        .arg("--version")
        .output()
        .context("failed to run rustc")?;
    let lock = read(&workspace()?.join("Cargo.lock"))?;
    describe::describe(
        component,
        &String::from_utf8_lossy(&output.stdout),
        &String::from_utf8_lossy(&lock),
    )
}

/// A component, compiled ahead of time.
fn compiled(component: &[u8], variant: Variant) -> Result<Vec<u8>> {
    // Naming the target keeps the features of the machine that builds out of the code.
    let mut config = config::engine(variant);
    config.target(&variable("TARGET")?)?;
    wasmtime::Engine::new(&config)?
        .precompile_component(component)
        .map_err(anyhow::Error::from)
        .context("failed to compile the component ahead of time")
}

/// Leaves a file in `OUT_DIR`.
fn write(name: &str, contents: &[u8]) -> Result<()> {
    let path = Path::new(&variable("OUT_DIR")?).join(name);
    fs::write(&path, contents).with_context(|| format!("failed to write `{}`", path.display()))
}

/// Runs cargo for a component, in a target directory of its own: the outer cargo holds the lock of
/// the usual one.
fn build(package: &str) -> Result<PathBuf> {
    check_target()?;
    let workspace = workspace()?;
    let target_directory = Path::new(&variable("OUT_DIR")?).join("guest");
    let mut cargo = Command::new(variable("CARGO")?);
    cargo
        .args(["build", "--locked", "--package", package, "--lib"])
        .args(["--target", TARGET, "--profile", "guest"])
        .arg("--manifest-path")
        .arg(workspace.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target_directory)
        // Flags for the host's target and wrappers such as clippy are not meant for the guest.
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WORKSPACE_WRAPPER");
    let output = cargo.output().context("failed to run cargo for the component")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("failed to build the component, {}:\n{}", output.status, said.trim_end());
    }
    let built = target_directory.join(TARGET).join("guest").join(package.replace('-', "_"));
    watch(&built.with_extension("d"))?;
    for file in ["Cargo.toml", "Cargo.lock", "guest/Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", workspace.join(file).display());
    }
    Ok(built.with_extension("wasm"))
}

/// Asks the compiler, not rustup: the target may have come from elsewhere.
fn check_target() -> Result<()> {
    let output = Command::new(variable("RUSTC")?)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("failed to run rustc")?;
    let directory = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if !output.status.success() || !directory.is_dir() {
        bail!("the Rust target `{TARGET}` is not installed; add it: rustup target add {TARGET}");
    }
    Ok(())
}

/// Has cargo run this script again when a source of the guest changes. Without it the host would
/// be rebuilt for a changed contract, and the component would not.
fn watch(dep_info: &Path) -> Result<()> {
    let text = fs::read_to_string(dep_info)
        .with_context(|| format!("failed to read `{}`", dep_info.display()))?;
    let (_, sources) = text.split_once(": ").context("the component's dep-info is malformed")?;
    // A space in a path is escaped, so what separates is a space without a backslash before it.
    for source in sources.trim().replace("\\ ", "\0").split_whitespace() {
        println!("cargo::rerun-if-changed={}", source.replace('\0', " "));
    }
    Ok(())
}

fn workspace() -> Result<PathBuf> {
    Ok(Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../.."))
}

fn variable(name: &str) -> Result<String> {
    env::var(name).with_context(|| format!("cargo did not set `{name}`"))
}

//! Builds the component from `guest`, compiles it ahead of time for the machine the host is built for, and
//! leaves both in `OUT_DIR` for `src/lib.rs` to embed. The feature `probe` adds the hostile component that
//! tests run; the feature `compile` makes the compiler a part of this script.
//!
//! The files built for that are in `guest` of cargo's target directory, so that debug and release
//! builds and those for other targets share one component, one compiler, and the machine code for each
//! target.
//!
//! `ENSUREPIP_HOST_COMPONENT` may name a ready-made component, for builds without the wasm target. It
//! is used unchanged; a component built here gets a description. A published crate contains the component
//! of its release.

use anyhow::{Context as _, Result, anyhow, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

#[cfg(feature = "compile")]
mod compile;
#[cfg_attr(feature = "compile", path = "compiler/linked.rs")]
#[cfg_attr(not(feature = "compile"), path = "compiler/separate.rs")]
mod compiler;
mod describe;

use compiler::Compiler;

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
    for source in ["build.rs", "compile.rs", "compiler", "describe.rs"] {
        println!("cargo::rerun-if-changed={source}");
    }
    // At the same time: linking the component keeps one CPU busy, and the two share no directory.
    let (component, compiler) = thread::scope(|scope| {
        let compiler = scope.spawn(Compiler::new);
        (component(), compiler.join())
    });
    let component = component?;
    let compiler =
        compiler.map_err(|_| anyhow!("failed to build the compiler of the component"))??;
    write_machine_code(&compiler, &write("component.wasm", &component)?)?;
    if env::var_os("CARGO_FEATURE_PROBE").is_some() {
        let probe = read(&build_component("ensurepip-guest-probe")?)?;
        write_machine_code(&compiler, &write("probe.wasm", &probe)?)?;
    }
    Ok(())
}

/// The component: ready-made if the variable names one or there are no sources of it, otherwise built.
fn component() -> Result<Vec<u8>> {
    let published = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("component.wasm");
    let ready_made = match env::var_os(READY_MADE) {
        Some(path) => PathBuf::from(path),
        None if !workspace()?.join("guest/Cargo.toml").is_file() => published,
        None => return described(&read(&build_component("ensurepip-guest")?)?),
    };
    println!("cargo::rerun-if-changed={}", ready_made.display());
    read(&ready_made)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("failed to read `{}`", path.display()))
}

/// Adds the description to a component.
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

/// Compiles a component of `OUT_DIR` ahead of time. The machine code is left beside it; the code for
/// narrow limits, which is seldom used, with LZ4 to keep the program small.
fn write_machine_code(compiler: &Compiler, component: &Path) -> Result<()> {
    let directory = compiler.compile(component)?;
    let name = component.file_stem().context("a component has a name")?;
    let machine_code = |extension: &str| read(&directory.join(name).with_extension(extension));
    fs::write(component.with_extension("cwasm"), machine_code("cwasm")?)
        .context("failed to write machine code")?;
    let frugal = lz4_flex::block::compress_prepend_size(&machine_code("frugal.cwasm")?);
    fs::write(component.with_extension("frugal.cwasm.lz4"), frugal)
        .context("failed to write machine code")
}

/// Leaves a file in `OUT_DIR` and returns its path.
fn write(name: &str, contents: &[u8]) -> Result<PathBuf> {
    let path = Path::new(&variable("OUT_DIR")?).join(name);
    fs::write(&path, contents).with_context(|| format!("failed to write `{}`", path.display()))?;
    Ok(path)
}

/// Builds a component and returns its path.
fn build_component(package: &str) -> Result<PathBuf> {
    check_target()?;
    let directory = build(package, &["--lib", "--target", TARGET, "--profile", "guest"])?;
    let built = directory.join(TARGET).join("guest").join(package.replace('-', "_"));
    watch(&built.with_extension("d"))?;
    Ok(built.with_extension("wasm"))
}

/// Runs cargo for a package of the workspace, in a target directory of its own: the outer cargo holds
/// the lock of the usual one. Returns that directory.
fn build(package: &str, options: &[&str]) -> Result<PathBuf> {
    let workspace = workspace()?;
    let target_directory = target_directory()?.join("guest");
    let mut cargo = Command::new(variable("CARGO")?);
    cargo
        .args(["build", "--locked", "--package", package])
        .args(options)
        .arg("--manifest-path")
        .arg(workspace.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target_directory)
        // Flags for the host's target and wrappers such as clippy must not apply to these.
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WORKSPACE_WRAPPER");
    run_to_end(&mut cargo, "build the component")?;
    for file in ["Cargo.toml", "Cargo.lock", "guest/Cargo.toml", "guest/compiler/Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", workspace.join(file).display());
    }
    Ok(target_directory)
}

/// Runs a program, and reports its output if it fails.
fn run_to_end(command: &mut Command, task: &str) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("failed to run `{}`", command.get_program().display()))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("failed to {task}, {}:\n{}", output.status, stderr.trim_end());
    }
    Ok(())
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

/// Makes cargo run this script again when a source of the guest changes. Otherwise the host would
/// be rebuilt for a changed contract, but the component would not.
fn watch(dep_info: &Path) -> Result<()> {
    let text = fs::read_to_string(dep_info)
        .with_context(|| format!("failed to read `{}`", dep_info.display()))?;
    let (_, sources) = text.split_once(": ").context("the component's dep-info is malformed")?;
    // A space in a path is escaped, so the separator is a space without a backslash before it.
    for source in sources.trim().replace("\\ ", "\0").split_whitespace() {
        println!("cargo::rerun-if-changed={}", source.replace('\0', " "));
    }
    Ok(())
}

/// Cargo's target directory, which contains `OUT_DIR`. Cargo marks it with a file, and also the
/// directory in it for an explicit target.
fn target_directory() -> Result<PathBuf> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let is_marked = |directory: &&Path| directory.join("CACHEDIR.TAG").is_file();
    let marked = out.ancestors().skip_while(|path| !is_marked(path)).take_while(is_marked).last();
    Ok(marked.map_or_else(|| out.clone(), Path::to_path_buf))
}

fn workspace() -> Result<PathBuf> {
    Ok(Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../.."))
}

fn variable(name: &str) -> Result<String> {
    env::var(name).with_context(|| format!("cargo did not set `{name}`"))
}

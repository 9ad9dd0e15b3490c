//! Makes the files beside the program in an archive: `ensurepip-release documents DIR DATE` writes
//! man pages and completions, `ensurepip-release sbom TARGET` prints the bill of materials of a
//! program, `ensurepip-release licences TARGET` the licences of the crates linked into it, or into the
//! component alone for its target;
//! `ensurepip-release component WASM` adds the description to a built component, and prints it;
//! `ensurepip-release contract` prints the contract as a WIT package;
//! `ensurepip-release image EPOCH DATE CPU=DIRECTORY...` prints a container image of the programs.
//!
//! For `release/build`, which makes the archives.

/// The command line that pages and completions are made from: the program's own, not a copy.
#[path = "../../host/src/cli.rs"]
mod cli;
mod completions;
mod contract;
mod crates;
#[path = "../../guest/artifact/describe.rs"]
mod describe;
mod image;
mod licences;
mod pages;
mod sbom;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["documents", directory, date] => documents(Path::new(directory), date),
        ["sbom", target] => sbom::of(target).and_then(|text| print(&text)),
        ["licences", target] => licences::of(target).and_then(|text| print(&text)),
        ["component", path] => component(Path::new(path)).and_then(|bytes| print_bytes(&bytes)),
        ["contract"] => contract::package().and_then(|bytes| print_bytes(&bytes)),
        ["image", epoch, date, ref programs @ ..] => {
            image(epoch, date, programs).and_then(|bytes| print_bytes(&bytes))
        }
        _ => {
            let usage = "usage: ensurepip-release documents DIR DATE | sbom TARGET | \
                         licences TARGET | component WASM | contract | \
                         image EPOCH DATE CPU=DIRECTORY...";
            let _ = writeln!(io::stderr(), "{usage}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the man pages to `man`, of this date, and the completions to `completions`.
fn documents(directory: &Path, date: &str) -> Result<()> {
    let command = cli::Options::command().version(env!("CARGO_PKG_VERSION"));
    let all = [("man", pages::of(&command, date)?), ("completions", completions::of(&command))];
    for (room, files) in all {
        let room = directory.join(room);
        fs::create_dir_all(&room)
            .with_context(|| format!("failed to make `{}`", room.display()))?;
        for (name, contents) in files {
            let path = room.join(name);
            let written = fs::write(&path, contents);
            written.with_context(|| format!("failed to write `{}`", path.display()))?;
        }
    }
    Ok(())
}

/// A component with its description.
fn component(path: &Path) -> Result<Vec<u8>> {
    let read = |path: &Path| {
        fs::read(path).with_context(|| format!("failed to read `{}`", path.display()))
    };
    let rustc = Command::new("rustc").arg("--version").output().context("failed to run rustc")?;
    let lock = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock"))?;
    describe::describe(
        &read(path)?,
        &String::from_utf8_lossy(&rustc.stdout),
        &String::from_utf8_lossy(&lock),
    )
}

/// The archive of a container image, with a date in seconds since 1970 and as text.
fn image(epoch: &str, date: &str, programs: &[&str]) -> Result<Vec<u8>> {
    let epoch = epoch.parse().with_context(|| format!("`{epoch}` is no number of seconds"))?;
    image::of(&image::Date { epoch, text: date }, programs)
}

fn print(text: &str) -> Result<()> {
    print_bytes(text.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> Result<()> {
    io::stdout().write_all(bytes).context("failed to write to standard output")
}

//! Makes what an archive has beside the program: `ensurepip-release documents DIR DATE` writes man
//! pages and completions, `ensurepip-release sbom TARGET` prints the bill of materials of a program,
//! `ensurepip-release licences TARGET` the licences of what is linked into it.
//!
//! For `release/build`, which makes the archives.

/// The command line that pages and completions are made of: that of the program, and no copy.
#[path = "../../host/src/cli.rs"]
mod cli;
mod completions;
mod crates;
mod licences;
mod pages;
mod sbom;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["documents", directory, date] => documents(Path::new(directory), date),
        ["sbom", target] => sbom::of(target).and_then(|text| print(&text)),
        ["licences", target] => licences::of(target).and_then(|text| print(&text)),
        _ => {
            let usage =
                "usage: ensurepip-release documents DIR DATE | sbom TARGET | licences TARGET";
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

fn print(text: &str) -> Result<()> {
    io::stdout().write_all(text.as_bytes()).context("failed to write to standard output")
}

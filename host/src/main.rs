//! The program `ensurepip-host`: reads the command line, runs the library, prints what came of it.

mod cli;
mod output;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use cli::Options;
use ensurepip_host::{Bootstrap, Error};
use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let hint = error.downcast_ref::<Error>().and_then(Error::hint);
            let hint = hint.map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
            // Where standard error is closed there is nobody to tell.
            let _ = write!(io::stderr(), "error: {error:#}\n{hint}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<()> {
    if options.version {
        let version = match &options.wheel_dir {
            Some(directory) => ensurepip_host::version_in(directory)?,
            None => ensurepip_host::version().to_owned(),
        };
        return print(&format!("pip {version}\n"));
    }
    let mut bootstrap = Bootstrap::new()
        .upgrade(options.upgrade)
        .user(options.user)
        .altinstall(options.altinstall)
        .default_pip(options.default_pip)
        .compile(!options.no_compile)
        .dry_run(options.dry_run)
        .break_system_packages(options.break_system_packages)
        .source_date_epoch(source_date_epoch()?);
    if let Some(root) = &options.root {
        bootstrap = bootstrap.root(root);
    }
    if let Some(python) = options.python {
        bootstrap = bootstrap.python(python);
    }
    if let Some(executable) = options.executable {
        bootstrap = bootstrap.executable(executable);
    }
    if let Some(directory) = &options.wheel_dir {
        bootstrap = bootstrap.wheel_directory(directory);
    }
    if let Some(digest) = options.sha256 {
        bootstrap = bootstrap.sha256(digest);
    }
    let report = bootstrap.run()?;
    if options.quiet {
        return Ok(());
    }
    print(&output::success(&report, options.wheel_dir.as_deref(), options.verbose))?;
    // Below a root, PATH is another system's.
    if options.root.is_none_or(|root| root.as_os_str().is_empty()) {
        let path: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
        if let Some(warning) = output::path_warning(&report, &path) {
            let _ = writeln!(io::stderr(), "{warning}");
        }
    }
    Ok(())
}

/// Prints to standard output. A reader that went away has seen enough.
fn print(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("failed to write to standard output")
        }
        _ => Ok(()),
    }
}

/// The time that a reproducible build asks for.
fn source_date_epoch() -> Result<Option<u64>> {
    match env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) if !seconds.is_empty() => {
            let parsed = seconds.parse();
            Ok(Some(parsed.with_context(|| format!("SOURCE_DATE_EPOCH is no time: `{seconds}`"))?))
        }
        _ => Ok(None),
    }
}

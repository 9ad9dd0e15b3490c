//! Output of the program: on standard error, errors, warnings, and a log on request; on standard output,
//! what was asked for.

use anstream::AutoStream;
use anyhow::{Context as _, Result};
use clap::builder::styling::{AnsiColor, Style};
use std::fmt::Display;
use std::io::{self, Write as _};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The words that begin a line, with their styles where output is coloured.
pub(crate) const ERROR: (&str, Style) = ("error", AnsiColor::Red.on_default().bold());
pub(crate) const HINT: (&str, Style) = ("hint", AnsiColor::Cyan.on_default().bold());
pub(crate) const WARNING: (&str, Style) = ("warning", AnsiColor::Yellow.on_default().bold());

/// Prints a text on standard error, after one of these words.
pub(crate) fn say((word, style): (&str, Style), text: impl Display) {
    // A closed standard error is ignored.
    let _ = writeln!(anstream::stderr(), "{style}{word}:{style:#} {text}");
}

/// Prints the library's log on standard error: details from verbosity 2 on, everything from 3.
pub(crate) fn log(verbosity: u8) {
    let level = match verbosity {
        0 | 1 => return,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    let log = tracing_subscriber::fmt::layer().with_writer(io::stderr).without_time();
    let colored = AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
    // The log of wasmtime is for its developers.
    let ours = Targets::new().with_target("ensurepip_host", level).with_target("ensurepip", level);
    // It fails only if the process already has a log.
    let _ = tracing_subscriber::registry().with(log.with_ansi(colored)).with(ours).try_init();
}

/// Prints to standard output. A closed pipe is not an error: its reader has seen enough.
pub(crate) fn print(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("failed to write to standard output")
        }
        _ => Ok(()),
    }
}

//! Output of the program other than a report, on standard error: errors, warnings, and a log on
//! request.

use anstream::AutoStream;
use clap::builder::styling::{AnsiColor, Style};
use ensurepip_host::{Outcome, Report};
use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::PathBuf;
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

/// The warning that another version stays, in ensurepip's words; none if none stays.
pub(crate) fn mismatch_warning(report: &Report) -> Option<String> {
    let Outcome::Other { installed } = &report.outcome else { return None };
    let installed = if installed.is_empty() { "unknown" } else { installed };
    let available = &report.wheel.version;
    Some(format!(
        "ensurepip-host will only uninstall a matching version \
         ('{installed}' installed, '{available}' available)"
    ))
}

/// The warning that scripts will not be found, in pip's words; none if they will be.
pub(crate) fn path_warning(report: &Report, path: &[PathBuf]) -> Option<String> {
    let Outcome::Installed { scripts, .. } = &report.outcome else { return None };
    let directory = &report.scheme.scripts;
    let is_found = path.contains(directory) || report.python.executable.parent() == Some(directory);
    if is_found || scripts.is_empty() {
        return None;
    }
    let mut names = scripts.clone();
    names.sort();
    let (noun, verb) = if names.len() == 1 { ("script", "is") } else { ("scripts", "are") };
    let last = names.pop()?;
    let names = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
    Some(format!(
        "the {noun} {names} {verb} installed in `{}`, which is not on PATH",
        directory.display()
    ))
}

//! Advice on command lines that are wrong in a way that other tools teach.

use crate::cli::Options;
use crate::output;
use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Words that the program does not know, and what to do instead.
const ADVICE: &[(&[&str], &str)] = &[
    (&["--no-color", "--no-colour"], "use '--color never'"),
    (&["-t", "--target"], "use '--root DIR' for a directory, or '--python PATH' for a Python"),
    (&["-p", "--venv"], "use '--python PATH', with an interpreter or a virtual environment"),
    (&["-y", "--yes"], "leave it out: the program never asks"),
    (&["pip"], "leave it out: pip is all that the program installs and removes"),
    (&["remove"], "use 'uninstall'"),
];

/// Parses the command line. Where that fails, or only prints something, returns the exit status.
pub(crate) fn parse() -> Result<Options, ExitCode> {
    Options::try_parse().map_err(|mut error| {
        advise(&mut error);
        let printed = error.print().and_then(|()| io::stdout().flush());
        match printed {
            Err(reason) if !error.use_stderr() && reason.kind() != io::ErrorKind::BrokenPipe => {
                let message = format_args!("failed to write to standard output: {reason}");
                output::say(output::ERROR, message);
                ExitCode::FAILURE
            }
            // A closed standard error is ignored.
            _ => u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from),
        }
    })
}

/// Puts our advice in place of the most similar word, where there is some.
fn advise(error: &mut clap::Error) {
    let word = match error.kind() {
        ErrorKind::UnknownArgument => error.get(ContextKind::InvalidArg),
        ErrorKind::InvalidSubcommand => error.get(ContextKind::InvalidSubcommand),
        _ => None,
    };
    let Some(ContextValue::String(word)) = word else { return };
    let Some((_, advice)) = ADVICE.iter().find(|(words, _)| words.contains(&word.as_str())) else {
        return;
    };
    let similar = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand];
    for kind in similar.into_iter().chain([ContextKind::Suggested, ContextKind::Usage]) {
        error.remove(kind);
    }
    let advice = ContextValue::StyledStrs(vec![(*advice).into()]);
    error.insert(ContextKind::Suggested, advice);
}

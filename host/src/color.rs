//! Whether output is coloured, which is decided before the command line is parsed.
//!
//! Without `--color`, standard error and standard output are coloured where each is a terminal,
//! with the usual exceptions: `NO_COLOR`, `CLICOLOR_FORCE`, `TERM=dumb`.

use clap::{ColorChoice, ValueEnum as _};
use std::ffi::OsString;

/// Applies the `--color` of a command line, whatever else that contains.
pub(crate) fn choose(arguments: impl IntoIterator<Item = OsString>) {
    let choice = match asked_for(arguments) {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// The last `--color`, also abbreviated. A malformed one is reported as an error later.
fn asked_for(arguments: impl IntoIterator<Item = OsString>) -> ColorChoice {
    let mut arguments = arguments.into_iter().map(OsString::into_string);
    let mut asked_for = ColorChoice::Auto;
    while let Some(argument) = arguments.next() {
        let Ok(argument) = argument else { continue };
        let (name, value) = argument.split_once('=').unwrap_or((&argument, ""));
        if !matches!(name, "--color" | "--colo" | "--col") {
            continue;
        }
        let when =
            if argument.contains('=') { Some(Ok(value.to_owned())) } else { arguments.next() };
        if let Some(Ok(when)) = when
            && let Ok(when) = ColorChoice::from_str(&when, false)
        {
            asked_for = when;
        }
    }
    asked_for
}

#[cfg(test)]
mod tests {
    use super::asked_for;
    use clap::ColorChoice::{self, Always, Auto, Never};

    #[test]
    fn color_option_last_value_wins() {
        for (line, expected) in [
            ("", Auto),
            ("--color never", Never),
            ("--color=always", Always),
            ("status --no-such-option --color never -q", Never),
            ("--color never --col=always", Always),
            ("--color", Auto),
            ("--color sometimes", Auto),
            ("--colour never --compile never", Auto),
        ] {
            let found: ColorChoice = asked_for(line.split(' ').map(Into::into));
            assert_eq!(found, expected, "{line}");
        }
    }
}

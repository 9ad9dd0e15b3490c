//! Completions for the shells that clap supports.

use clap::{Command, ValueEnum as _};
use clap_complete::{Generator as _, Shell};

/// The completions of a command: file names in each shell's convention, and contents.
pub(crate) fn of(command: &Command) -> Vec<(String, Vec<u8>)> {
    let completions = |shell: &Shell| {
        let mut contents = Vec::new();
        clap_complete::generate(*shell, &mut command.clone(), command.get_name(), &mut contents);
        if *shell == Shell::Bash {
            contents = consistent(command.get_name(), &contents);
        }
        (shell.file_name(command.get_name()), contents)
    };
    Shell::value_variants().iter().map(completions).collect()
}

/// `clap_complete` 4.6.11 writes the hyphen in a program's name in one way where it records the
/// subcommand, and in another where it reads it, so that nothing is completed after a subcommand.
fn consistent(name: &str, script: &[u8]) -> Vec<u8> {
    let script = String::from_utf8_lossy(script);
    script.replace(&name.replace('-', "__subcmd__"), &name.replace('-', "__")).into_bytes()
}

//! Man pages: for the program, and for each of its subcommands.
//!
//! `clap_mangen` makes the sections that follow from options. The text after them in the help is
//! laid out here: examples keep their lines.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use std::io;

/// The manual of the pages.
const MANUAL: &str = "User Commands";

/// The pages of a command, of this date: file names and contents.
pub(crate) fn of(command: &Command, date: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    // Nobody needs a page about `help`.
    let mut command = command.clone().disable_help_subcommand(true);
    // This gives subcommands their full names.
    command.build();
    let source = format!("{} {}", command.get_name(), command.get_version().unwrap_or_default());
    let all = std::iter::once(&command).chain(command.get_subcommands());
    all.map(|command| page(command, &source, date)).collect()
}

fn page(command: &Command, source: &str, date: &str) -> io::Result<(String, Vec<u8>)> {
    let man = Man::new(command.clone()).date(date).source(source).manual(MANUAL);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(text) = command.get_after_long_help() {
        end(&text.to_string()).to_writer(&mut page)?;
    }
    Ok((man.get_filename(), page))
}

/// The end of a help text: paragraphs that begin with their title and a colon. If the first line
/// has nothing else, the other lines are kept as they are.
fn end(text: &str) -> Roff {
    let mut roff = Roff::new();
    for paragraph in text.split("\n\n") {
        let (title, body) = paragraph.split_once(':').unwrap_or(("Notes", paragraph));
        roff.control("SH", [title.to_uppercase().as_str()]);
        match body.strip_prefix('\n') {
            Some(lines) => {
                roff.control("nf", []);
                for line in lines.lines() {
                    roff.text([roman(line)]);
                }
                roff.control("fi", []);
            }
            None => {
                roff.text([roman(body.trim())]);
            }
        }
    }
    roff
}

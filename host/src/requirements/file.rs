//! A pip requirements file that pins what it lists: `name==version`, with hashes, extras and markers.
//!
//! Options about where distributions come from have no effect, because all come from one directory.
//! Anything else that pip accepts is an error: it would change what is installed.

use super::environment::Environment;
use super::markers::Scope;
use super::requirement::Requirement;
use super::text;
use super::wanted::Wanted;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The options that only determine where distributions come from, or which versions are looked at;
/// with those that take a value after a blank. The name that pip documents first comes first.
const IGNORED: &[&str] = &[
    "--index-url",
    "-i",
    "--pypi-url",
    "--extra-index-url",
    "--no-index",
    "--find-links",
    "-f",
    "--trusted-host",
    "--only-binary",
    "--prefer-binary",
    "--pre",
];

/// A line of the file that pins something.
struct Pin {
    line: usize,
    wanted: Wanted,
}

/// Reads what a file pins for a target. The error states the line and the reason.
pub(crate) fn read(path: &Path, environment: &Environment) -> Result<Vec<Wanted>, String> {
    parse(&text::read(path)?, environment)
}

/// Parses what the text of a file pins for a target.
pub(super) fn parse(text: &str, environment: &Environment) -> Result<Vec<Wanted>, String> {
    let mut pins: Vec<Pin> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut requires_hashes = false;
    let mut physical = (1..).zip(split_lines(text));
    while let Some((line, text)) = logical_line(&mut physical) {
        let at = |reason: String| format!("line {line}: {reason}");
        let (requirement, options) = split_options(&text);
        if requirement.is_empty() {
            requires_hashes |= check_options(options).map_err(at)?;
            continue;
        }
        let hashes = parse_hashes(options).map_err(at)?;
        // As for pip, also if the requirement does not apply.
        requires_hashes |= !hashes.is_empty();
        let requirement = Requirement::parse(requirement).map_err(at)?;
        if !requirement.applies(environment, Scope::Requirement("")).map_err(at)? {
            continue;
        }
        let mut wanted = Wanted::of(requirement).map_err(at)?;
        if wanted.version.is_none() {
            return Err(at(format!("`{}` has no version: `==` is missing", wanted.shown_name)));
        }
        wanted.hashes = hashes;
        if let Some(&place) = places.get(&wanted.name) {
            pins[place].wanted.merge(wanted).map_err(at)?;
        } else {
            places.insert(wanted.name.clone(), pins.len());
            pins.push(Pin { line, wanted });
        }
    }
    let without = pins.iter().find(|pin| pin.wanted.hashes.is_empty());
    if let Some(Pin { line, wanted }) = without.filter(|_| requires_hashes) {
        let name = &wanted.shown_name;
        return Err(format!("line {line}: `{name}` has no hash, and hashes are required"));
    }
    Ok(pins.into_iter().map(|pin| pin.wanted).collect())
}

/// The next line that has more than a comment, with the lines that continue it, and the number of the
/// first; as pip joins them. A comment ends what it continues.
fn logical_line<'text>(
    physical: &mut impl Iterator<Item = (usize, &'text str)>,
) -> Option<(usize, String)> {
    let mut open: Option<(usize, String)> = None;
    loop {
        let next = physical.next();
        let is_last = next.is_none();
        if let Some((number, line)) = next {
            let is_comment = line.trim_start().starts_with('#');
            let (_, joined) = open.get_or_insert_with(|| (number, String::new()));
            if line.ends_with('\\') && !is_comment {
                joined.push_str(line.trim_matches('\\'));
                continue;
            }
            joined.push_str(if is_comment { " " } else { "" });
            joined.push_str(line);
        }
        let (number, joined) = open.take()?;
        let line = without_comment(&joined).trim();
        if !line.is_empty() {
            return Some((number, line.to_owned()));
        }
        if is_last {
            return None;
        }
    }
}

/// The lines as Python's `splitlines` separates them.
fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    const ENDS: &[char] = &[
        '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}',
        '\u{2029}',
    ];
    let lines = text.split_inclusive(ENDS).scan(false, |is_after_cr, line| {
        // The second half of `\r\n`.
        let is_half = *is_after_cr && line == "\n";
        *is_after_cr = line.ends_with('\r');
        Some((!is_half).then(|| line.trim_end_matches(ENDS)))
    });
    lines.flatten()
}

/// The line up to a `#` that stands at its start or after white space.
fn without_comment(line: &str) -> &str {
    let mut starts = line.match_indices('#').map(|(start, _)| start);
    let comment =
        starts.find(|start| line[..*start].chars().next_back().is_none_or(char::is_whitespace));
    &line[..comment.unwrap_or(line.len())]
}

/// Splits a line before the first option, which pip recognizes by the blank before it.
fn split_options(line: &str) -> (&str, &str) {
    if line.starts_with('-') {
        return ("", line);
    }
    let (requirement, options) = line.split_at(line.find(" -").unwrap_or(line.len()));
    (requirement.trim(), options.trim())
}

/// Checks a line that consists of options. Returns whether it requires hashes.
fn check_options(options: &str) -> Result<bool, String> {
    let mut requires_hashes = false;
    let mut words = options.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let option = word.split('=').next().unwrap_or_default();
        if word == "--require-hashes" {
            requires_hashes = true;
        } else if IGNORED.contains(&option) {
            // Its value, if that is a word of its own.
            words.next_if(|value| !value.starts_with('-'));
        } else if option == "--hash" {
            return Err("`--hash` belongs to no requirement".to_owned());
        } else {
            return Err(format!("`{word}` is not supported: all must be pinned in this file"));
        }
    }
    Ok(requires_hashes)
}

/// The digests in the options after a requirement.
fn parse_hashes(options: &str) -> Result<BTreeSet<String>, String> {
    let mut hashes = BTreeSet::new();
    let mut words = options.split_whitespace();
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--hash") {
            Some("") => words.next().unwrap_or_default(),
            Some(value) if value.starts_with('=') => &value[1..],
            _ => return Err(format!("`{word}` is not supported")),
        };
        hashes.insert(text::parse_hash(value)?);
    }
    Ok(hashes)
}

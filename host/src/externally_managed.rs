//! PEP 668: a Python that its distributor does not want changed by others.
//!
//! The marker is searched in the target, inside its root, before anything else is done. A virtual
//! environment is up to its owner.

use crate::error::Error;
use crate::facts::Facts;
use crate::root::{Missing, Root};
use cap_fs_ext::OpenOptionsSyncExt as _;
use cap_std::fs::{Dir, OpenOptions};
use std::collections::BTreeMap;
use std::env;
use std::io::{self, Read as _};
use std::path::PathBuf;

/// The marker's name, in the directory of the standard library.
const MARKER: &str = "EXTERNALLY-MANAGED";

/// How much of it is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// The message of a marker that has none.
const DEFAULT: &str =
    "Whoever distributes this Python manages what is installed in it; please use their tools.";

/// A marker and its message.
pub(crate) struct Marker {
    /// Its path, as named on this machine.
    pub(crate) path: PathBuf,
    /// The message of the distributor.
    pub(crate) message: String,
}

/// Looks for the marker of the target. A virtual environment has none.
pub(crate) fn marker(root: &mut Root, facts: &Facts) -> Result<Option<Marker>, Error> {
    if facts.prefix != facts.base_prefix {
        return Ok(None);
    }
    let Some(directory) = root.directory(&facts.stdlib, Missing::Leave)? else { return Ok(None) };
    if !directory.metadata(MARKER).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(None);
    }
    let path = if root.is_of_image() {
        root.display(&format!("{}/{MARKER}", facts.stdlib))
    } else {
        root.display(&facts.stdlib).join(MARKER)
    };
    match read(&directory) {
        Ok(contents) => {
            // A marker that is not text still counts.
            let text = String::from_utf8(contents).unwrap_or_default();
            let message = message(&text, language(|name| env::var(name).ok()).as_deref());
            Ok(Some(Marker { path, message }))
        }
        Err(error) => {
            Err(Error::Io { operation: "read".to_owned(), path, reason: error.to_string() })
        }
    }
}

/// Reads the contents of the marker, up to the limit. Opening it must not wait for a writer, should
/// it have become a FIFO since it was inspected.
fn read(directory: &Dir) -> io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    let marker = directory.open_with(MARKER, options.read(true).nonblock(true))?;
    let mut contents = Vec::new();
    marker.take(LIMIT).read_to_end(&mut contents)?;
    Ok(contents)
}

/// The marker's message, in the reader's language if there is one.
fn message(text: &str, language: Option<&str>) -> String {
    let keys = section(text, "externally-managed");
    let language = language.map(str::to_lowercase).unwrap_or_default();
    let parts = [
        language.as_str(),
        language.split('-').next().unwrap_or_default(),
        language.split('_').next().unwrap_or_default(),
    ];
    parts
        .iter()
        .find_map(|part| keys.get(&format!("error-{part}")))
        .or_else(|| keys.get("error"))
        .filter(|message| !message.is_empty())
        .map_or_else(|| DEFAULT.to_owned(), Clone::clone)
}

/// The language of messages, such as `de_DE`, as POSIX defines it by environment variables.
fn language(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()))?;
    let language = set.split(['.', '@']).next().unwrap_or_default();
    (!matches!(language, "C" | "POSIX" | "")).then(|| language.to_owned())
}

/// The options of a section, names in lower case, as Python's `configparser` reads them.
fn section(text: &str, name: &str) -> BTreeMap<String, String> {
    let mut options: BTreeMap<String, String> = BTreeMap::new();
    let mut is_wanted = false;
    // The option whose value may continue, and the indentation of its first line.
    let mut current: Option<(String, usize)> = None;
    for line in text.lines() {
        let value = line.trim();
        if value.starts_with(['#', ';']) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let goes_on = current.as_ref().filter(|(_, start)| value.is_empty() || indent > *start);
        if let Some((option, _)) = goes_on {
            let known = options.entry(option.clone()).or_default();
            known.push('\n');
            known.push_str(value);
        } else if let Some(header) = value.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            is_wanted = header.0 == name;
            current = None;
        } else if let (true, Some(at)) = (is_wanted, value.find(['=', ':'])) {
            let option = value[..at].trim_end().to_lowercase();
            options.insert(option.clone(), value[at + 1..].trim_start().to_owned());
            current = Some((option, indent));
        }
    }
    options.into_iter().map(|(option, value)| (option, value.trim_end().to_owned())).collect()
}

#[cfg(test)]
mod tests;

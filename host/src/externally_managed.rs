//! PEP 668: a Python that its distributor does not want changed by others.
//!
//! The marker is looked for in the target, inside its root, before anything else is done. A virtual
//! environment is its owner's own affair.

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

/// What the marker says if it says nothing.
const DEFAULT: &str =
    "Whoever distributes this Python manages what is installed in it; please use their tools.";

/// A marker, and what it says.
pub(crate) struct Marker {
    /// Its path, as named on this machine.
    pub(crate) path: PathBuf,
    /// The words of the distributor.
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
    let path = root.display(&facts.stdlib).join(MARKER);
    match read(&directory) {
        Ok(contents) => {
            // A marker that is no text marks all the same.
            let text = String::from_utf8(contents).unwrap_or_default();
            let message = message(&text, language(|name| env::var(name).ok()).as_deref());
            Ok(Some(Marker { path, message }))
        }
        Err(error) => {
            Err(Error::Io { operation: "read".to_owned(), path, reason: error.to_string() })
        }
    }
}

/// The contents of the marker, as far as they are of interest. Should it have become a FIFO since it
/// was looked at, opening it must not wait for a writer.
fn read(directory: &Dir) -> io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    let marker = directory.open_with(MARKER, options.read(true).nonblock(true))?;
    let mut contents = Vec::new();
    marker.take(LIMIT).read_to_end(&mut contents)?;
    Ok(contents)
}

/// The marker's message, in the reader's language if it has it.
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

/// The language of messages, such as `de_DE`, as POSIX has it in the environment.
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
    // The option whose value may go on, and how far its first line is indented.
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
mod marker_tests;

#[cfg(test)]
mod tests {
    use super::{DEFAULT, MARKER, message, read, section};
    use cap_std::ambient_authority;
    use cap_std::fs::Dir;
    use std::collections::BTreeMap;
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    const MARKERS: &[&str] = &[
        "[externally-managed]\nError=To install packages, try apt install\n python3-xyz; or = not.\n \n If you wish: use a venv.\n\n See PEP 668.\n",
        "# comment\n[other]\nError=no\n[externally-managed]\nError-de_DE: Nein\n  danke\nERROR-de = Nee\n; comment\nError = No\n\n",
        "[externally-managed]\nError=\n",
        "[externally-managed]\nUnknown = x\n   indented\n\n\nError =\n  only here\n# in between\n  and there\n",
    ];

    /// As if it had become that since it was looked at.
    #[cfg(unix)]
    #[test]
    fn externally_managed_marker_fifo_or_huge_does_not_block() {
        let place = tempfile::tempdir().expect("there is room for a directory");
        let directory = Dir::open_ambient_dir(place.path(), ambient_authority());
        let directory = directory.expect("it can be opened");
        let marker = place.path().join(MARKER);
        assert!(Command::new("mkfifo").arg(&marker).status().expect("it runs").success());
        assert_eq!(read(&directory).expect("nothing is in it"), b"");
        std::fs::remove_file(&marker).expect("it is there");
        let giant = std::fs::File::create(&marker).expect("the name is free");
        giant.set_len(1 << 40).expect("it can be sparse");
        assert_eq!(read(&directory).expect("it can be read").len(), 1 << 20);
    }

    /// What Python itself reads in them.
    #[test]
    fn externally_managed_marker_matches_configparser() {
        const READ: &str = "import configparser, json, sys\n\
            parser = configparser.ConfigParser(interpolation=None)\n\
            parser.read_string(sys.stdin.read())\n\
            print(json.dumps(dict(parser['externally-managed'])))";
        for marker in MARKERS {
            let mut python = Command::new("python3")
                .args(["-I", "-c", READ])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("python3 runs");
            let mut stdin = python.stdin.take().expect("it has a pipe");
            stdin.write_all(marker.as_bytes()).expect("it reads");
            drop(stdin);
            let output = python.wait_with_output().expect("it ends");
            let expected: BTreeMap<String, String> =
                serde_json::from_slice(&output.stdout).expect("it answers");
            assert_eq!(section(marker, "externally-managed"), expected, "{marker}");
        }
    }

    #[test]
    fn externally_managed_message_prefers_locale() {
        let marker = MARKERS[1];
        assert_eq!(message(marker, Some("de_DE")), "Nein\ndanke");
        assert_eq!(message(marker, Some("de_AT")), "Nee");
        assert_eq!(message(marker, Some("fr")), "No");
        assert_eq!(message(marker, None), "No");
    }

    #[test]
    fn externally_managed_message_has_default() {
        for marker in ["", "[externally-managed]\n", MARKERS[2], "no section"] {
            assert_eq!(message(marker, None), DEFAULT);
        }
    }
}

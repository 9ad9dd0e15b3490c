//! The checked name of an archive entry: the only kind of path that is ever written.
//!
//! Accesses no file system. A name that is not clearly a relative path below a directory, on every
//! platform, is rejected and never repaired: a root may be moved, and different installers repair a
//! name in different ways.

mod names;

pub(crate) use names::{Kind, Names, fold};

use std::fmt;
use unicode_normalization::UnicodeNormalization as _;

/// The maximum length of a path and of each of its components, in bytes. File systems accept no
/// longer names.
const PATH_LIMIT: usize = 1024;
const COMPONENT_LIMIT: usize = 255;

/// The prefix of our own files in a target: stages, locks.
const OUR_OWN: &str = ".ensurepip-host";

/// Characters that are invisible, change the order of visible ones, or are for private use, by
/// first and last of each range: those that Unicode allows to be ignored
/// (`Default_Ignorable_Code_Point`), the two separators, and the private use area, to which some
/// systems map names that they cannot express.
const UNSEEN: [(char, char); 18] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{e000}', '\u{f8ff}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{10ffff}'),
];

/// A relative, normalized path of at least one component, separated by `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EntryPath(String);

impl EntryPath {
    /// Checks the name of a file. The error is a clause that states its flaw.
    pub(crate) fn new(name: &str) -> Result<EntryPath, &'static str> {
        if name.len() > PATH_LIMIT {
            return Err("the path is too long");
        }
        check(name)?;
        if !name.is_ascii() {
            if name.chars().any(is_unseen) {
                return Err("the name has an invisible character");
            }
            // Some file systems decompose names, and people take names that look alike for the
            // same.
            let plain: String = name.nfkd().collect();
            if plain.matches('/').count() != name.matches('/').count() {
                return Err("the name has a character that stands for a slash");
            }
            check(&plain)?;
        }
        Ok(EntryPath(name.to_owned()))
    }

    /// This path below another one.
    pub(crate) fn below(&self, parent: &str) -> String {
        format!("{parent}/{}", self.0)
    }

    /// The path as text, with `/`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The first component, and the rest if there is one.
    pub(crate) fn split_first(&self) -> (&str, Option<EntryPath>) {
        match self.0.split_once('/') {
            Some((first, rest)) => (first, Some(EntryPath(rest.to_owned()))),
            None => (&self.0, None),
        }
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

fn check(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("the name is empty");
    }
    if name.starts_with('/') {
        return Err("the path is absolute");
    }
    if name.contains('\\') {
        return Err("the path has a backslash");
    }
    if name.chars().any(char::is_control) {
        return Err("the name has a control character");
    }
    // A colon is a drive or a stream on Windows, and no wheel needs one.
    if name.contains(':') {
        return Err("the path has a colon");
    }
    if name.contains(['<', '>', '"', '|', '?', '*']) {
        return Err("the name has a character that Windows does not allow");
    }
    name.split('/').try_for_each(check_component)
}

/// Whether a character is in one of the ranges above.
fn is_unseen(character: char) -> bool {
    UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&character))
}

fn check_component(component: &str) -> Result<(), &'static str> {
    match component {
        "" => Err("the path has an empty component"),
        "." | ".." => Err("the path has a `.` or `..` component"),
        _ if component.len() > COMPONENT_LIMIT => Err("a component is too long"),
        _ if component.ends_with(['.', ' ']) => {
            // Windows drops them, so that two names become one.
            Err("a component ends in a dot or a space")
        }
        _ if is_reserved(component) => Err("a component is a device name on Windows"),
        _ if fold(component).starts_with(OUR_OWN) => Err("the name is reserved for the installer"),
        _ => Ok(()),
    }
}

/// Whether Windows takes the name for a device, with any extension.
fn is_reserved(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul" | "clock$" | "conin$" | "conout$") {
        return true;
    }
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    // The superscript digits count as digits there.
    matches!(
        numbered,
        Some("1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "\u{b9}" | "\u{b2}" | "\u{b3}")
    )
}

#[cfg(test)]
mod tests {
    use super::EntryPath;

    #[test]
    fn entry_path_accepts_ordinary_names() {
        for name in [
            "pip/__init__.py",
            "a",
            "a.b/c d/é.py",
            ".hidden",
            "com10.py",
            "console.py",
            "script (dev).tmpl",
            "日本語/ファイル.txt",
            "a+b~1,c=d@e%f#g!h$i&j'k[l]{m}^n`o;p",
        ] {
            assert_eq!(EntryPath::new(name).map(|path| path.0), Ok(name.to_owned()));
        }
    }

    #[test]
    fn entry_path_names_traversal_as_reason() {
        for name in ["a/../b", "./a"] {
            let reason = EntryPath::new(name).map(|path| path.0);
            assert_eq!(reason, Err("the path has a `.` or `..` component"), "{name}");
        }
    }

    #[test]
    fn entry_path_rejects_traversal_and_reserved_names() {
        for name in [
            "",
            "/",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a/..",
            "./a",
            "a//b",
            "a/",
            "a\\b",
            "C:/x",
            "a:b",
            "a\0b",
            "a\nb",
            "a\x7f",
            "a\u{85}b",
            "aux.py",
            "lib/CON",
            "com1",
            "COM\u{b9}",
            "LPT\u{b9}.txt",
            "nul .py",
            "trailing.",
            "trailing ",
            "a<b",
            "what?",
            ".ensurepip-host-stage/old/x",
            ".Ensurepip-Host-lock",
        ] {
            assert!(EntryPath::new(name).is_err(), "{name:?} passed");
        }
        assert!(EntryPath::new(&"a".repeat(255)).is_ok());
        assert!(EntryPath::new(&"a".repeat(256)).is_err());
        assert!(EntryPath::new(&"a/".repeat(600)).is_err());
    }

    #[test]
    fn entry_path_rejects_confusable_unicode() {
        for name in [
            "a\u{202e}yp.b",
            "a\u{200b}.py",
            "a\u{200d}.py",
            "\u{feff}a.py",
            "a\u{ad}b",
            "a\u{2028}b",
            "a\u{fe0f}",
            "a\u{f03a}b",
            "a\u{e0041}",
            // Fullwidth slash, backslash and colon; leaders of one and two dots; a fullwidth device.
            "a\u{ff0f}b",
            "a\u{ff3c}b",
            "a\u{ff1a}b",
            "\u{2025}/a",
            "\u{2024}\u{2024}/a",
            "\u{ff23}on",
            "a\u{2100}b",
            "trailing\u{a0}",
        ] {
            assert!(EntryPath::new(name).is_err(), "{name:?} passed");
        }
    }
}

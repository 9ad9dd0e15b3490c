//! The names that are taken, compared as by the least strict file system.
//!
//! Windows and macOS treat names as equal that differ only in case or in Unicode form. Names that
//! would be two files on one system and one file on another are rejected everywhere: a root may be
//! moved.

use super::EntryPath;
use crate::bindings::ensurepip::bootstrap::types::FaultCode;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;

/// The kind of a named entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
}

/// A tree of names, by the number of the parent and the folded name. The root has number 0.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<(usize, String), Node>);

#[derive(Debug)]
struct Node {
    number: usize,
    /// The name as it was written.
    name: String,
    kind: Kind,
}

/// Why a name is not available.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    /// The same file exists.
    Taken,
    /// Another component, spelled like this, is the same to some file systems.
    Alike(String),
    /// This component is both a file and a directory.
    TwoKinds(String),
}

impl Names {
    /// Takes the name of a file or directory, and those of its parent directories.
    pub(crate) fn add(&mut self, path: &EntryPath, kind: Kind) -> Result<(), Clash> {
        let mut parent = 0;
        let mut components = path.as_str().split('/').peekable();
        while let Some(name) = components.next() {
            let kind = if components.peek().is_some() { Kind::Directory } else { kind };
            let number = self.0.len() + 1;
            match self.0.entry((parent, fold(name))) {
                Entry::Vacant(vacant) => {
                    vacant.insert(Node { number, name: name.to_owned(), kind });
                    parent = number;
                }
                Entry::Occupied(occupied) => {
                    let node = occupied.get();
                    if node.name != name {
                        return Err(Clash::Alike(node.name.clone()));
                    }
                    match (node.kind, kind) {
                        (Kind::Directory, Kind::Directory) => parent = node.number,
                        (Kind::File, Kind::File) => return Err(Clash::Taken),
                        _ => return Err(Clash::TwoKinds(name.to_owned())),
                    }
                }
            }
        }
        Ok(())
    }
}

impl Clash {
    /// The code of the fault.
    pub(crate) fn code(&self) -> FaultCode {
        match self {
            Clash::Taken => FaultCode::Duplicate,
            Clash::Alike(_) | Clash::TwoKinds(_) => FaultCode::Collision,
        }
    }
}

impl fmt::Display for Clash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clash::Taken => write!(formatter, "another entry has this name"),
            Clash::Alike(name) => {
                write!(formatter, "to some file systems another entry's `{name}` is the same name")
            }
            Clash::TwoKinds(name) => {
                write!(formatter, "`{name}` is a file here and a directory for another entry")
            }
        }
    }
}

/// The folded form of a name: two are equal if and only if their names count as the same. Names
/// that are equal after NFKC and case folding do; so do a few more, which differ in dots over an
/// `i`.
pub(crate) fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    // The result of folding may decompose further, and the reverse. Decomposed forms are equal
    // whenever composed ones are, and need no tables for composing.
    let once: String = name.nfkd().flat_map(fold_case).collect();
    once.nfkd().flat_map(fold_case).nfkd().collect()
}

/// A character without its case. Folds by way of the upper case, because several characters may
/// have the same one: `ß` and `ss`, `ſ` and `s`, `ς` and `σ`.
fn fold_case(character: char) -> impl Iterator<Item = char> {
    character.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::{Clash, EntryPath, Kind, Names, fold};

    #[test]
    fn name_folding_follows_unicode() {
        for (one, other) in [
            ("Evil", "eVIL"),
            ("stra\u{df}e", "STRASSE"),
            ("\u{e9}", "E\u{301}"),
            ("\u{212b}", "\u{e5}"),
            ("\u{ff41}", "A"),
            ("\u{fb01}le", "FILE"),
            ("\u{17f}", "s"),
            ("\u{3c2}", "\u{3a3}"),
            ("\u{1e9e}", "SS"),
            ("\u{212a}", "k"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        for (one, other) in [("a", "b"), ("\u{e9}", "e"), ("\u{430}", "a"), ("ss", "s")] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn entry_names_reject_duplicates_and_case_clashes() {
        let mut names = Names::default();
        let mut add = |path: &str, kind| names.add(&EntryPath::new(path).expect("is a path"), kind);
        assert_eq!(add("a/b.py", Kind::File), Ok(()));
        assert_eq!(add("a", Kind::Directory), Ok(()));
        assert_eq!(add("a/c.py", Kind::File), Ok(()));
        assert_eq!(add("a/b.py", Kind::File), Err(Clash::Taken));
        assert_eq!(add("a/B.py", Kind::File), Err(Clash::Alike("b.py".to_owned())));
        assert_eq!(add("A/d.py", Kind::File), Err(Clash::Alike("a".to_owned())));
        assert_eq!(add("a", Kind::File), Err(Clash::TwoKinds("a".to_owned())));
        assert_eq!(add("a/b.py/c", Kind::File), Err(Clash::TwoKinds("b.py".to_owned())));
        assert_eq!(add("b/a/b.py", Kind::File), Ok(()));
        // The same name in another directory, and at the top, is another file.
        assert_eq!(add("b.py", Kind::File), Ok(()));
        assert_eq!(add("c.py", Kind::File), Ok(()));
    }

    #[test]
    fn entry_name_clash_message_quotes_the_other_name() {
        let alike = "to some file systems another entry's `b.py` is the same name";
        let two_kinds = "`a` is a file here and a directory for another entry";
        for (clash, message) in [
            (Clash::Taken, "another entry has this name"),
            (Clash::Alike("b.py".to_owned()), alike),
            (Clash::TwoKinds("a".to_owned()), two_kinds),
        ] {
            assert_eq!(clash.to_string(), message);
        }
    }
}

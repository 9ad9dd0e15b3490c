//! Version specifiers (PEP 440), as `packaging` reads them.
//!
//! `pep440_rs` reads and compares versions. It has no `===` for what is no version.

use super::cursor::Cursor;
use pep440_rs::{Operator, Version, VersionSpecifier};
use std::fmt::{self, Display};
use std::str::FromStr as _;

/// The operators, each before those that it starts with.
pub(super) const OPERATORS: &[&str] = &["===", "~=", "==", "!=", "<=", ">=", "<", ">"];

/// A condition for a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Specifier {
    /// `===`: the same text, whatever it is.
    Text(String),
    Version(VersionSpecifier),
}

impl Specifier {
    /// Parses one specifier. `None` if it is invalid.
    pub(super) fn parse(text: &str) -> Option<Specifier> {
        let text = text.trim();
        if let Some(version) = text.strip_prefix("===") {
            let version = version.trim_start();
            let is_one = !version.contains(|c: char| c.is_whitespace() || matches!(c, ';' | ')'));
            return is_one.then(|| Specifier::Text(version.to_owned()));
        }
        VersionSpecifier::from_str(text).ok().map(Specifier::Version)
    }

    /// Parses specifiers that are separated by commas, as far as there are some.
    pub(super) fn parse_many(cursor: &mut Cursor<'_>) -> Result<Vec<Specifier>, String> {
        let mut specifiers = Vec::new();
        while let Some(operator) = cursor.take_one_of(OPERATORS) {
            cursor.take_while(char::is_whitespace);
            // What `===` compares with can contain a comma.
            let is_end = |c: char| {
                c.is_whitespace() || matches!(c, ';' | ')') || c == ',' && operator != "==="
            };
            let version = cursor.take_while(|character| !is_end(character));
            let specifier = Specifier::parse(&format!("{operator}{version}"));
            let Some(specifier) = specifier else {
                return Err(format!("`{operator}{version}` is no version specifier"));
            };
            specifiers.push(specifier);
            cursor.skip_blanks();
            if !cursor.take(",") {
                break;
            }
            cursor.skip_blanks();
        }
        Ok(specifiers)
    }

    /// Whether a version meets it, pre-releases included. What is no version meets only `===`.
    pub(super) fn contains(&self, version: &str) -> bool {
        match self {
            Specifier::Text(text) => text.to_lowercase() == version.to_lowercase(),
            Specifier::Version(specifier) => {
                Version::from_str(version).is_ok_and(|version| specifier.contains(&version))
            }
        }
    }

    /// The version, if it is the only one that meets this, but for local ones.
    pub(super) fn pinned(&self) -> Option<Version> {
        match self {
            Specifier::Text(text) => Version::from_str(text).ok(),
            Specifier::Version(specifier) => {
                let is_pin = *specifier.operator() == Operator::Equal;
                is_pin.then(|| specifier.version().clone())
            }
        }
    }
}

impl Display for Specifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Specifier::Text(text) => write!(formatter, "==={text}"),
            Specifier::Version(specifier) => specifier.fmt(formatter),
        }
    }
}

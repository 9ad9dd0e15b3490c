//! Version specifiers (PEP 440), as `packaging` reads them.
//!
//! `pep440_rs` parses and orders versions. What a specifier contains is decided here: `pep440_rs` 0.7
//! takes `1` for one of `==1.4.*`, and finds neither `1.0a1` below `1.0rc1` nor `1.0.post1` above
//! `1.0rc1`.

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
            let is_end = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | ')');
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
                Version::from_str(version).is_ok_and(|version| contains(specifier, &version))
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

/// Whether a version meets a specifier.
fn contains(specifier: &VersionSpecifier, version: &Version) -> bool {
    let wanted = specifier.version();
    let is_equal = || {
        if wanted.is_local() {
            version == wanted
        } else {
            version.clone().without_local() == *wanted
        }
    };
    match specifier.operator() {
        Operator::Equal => is_equal(),
        Operator::NotEqual => !is_equal(),
        Operator::EqualStar => starts_with(version, wanted, wanted.release().len()),
        Operator::NotEqualStar => !starts_with(version, wanted, wanted.release().len()),
        Operator::TildeEqual => {
            version >= wanted && starts_with(version, wanted, wanted.release().len() - 1)
        }
        Operator::GreaterThanEqual => version >= wanted,
        Operator::LessThanEqual => version.clone().without_local() <= *wanted,
        // Pre-releases of a version that is none are not below it.
        Operator::LessThan if wanted.any_prerelease() => version < wanted,
        Operator::LessThan => *version < wanted.clone().with_dev(Some(0)),
        // Neither local versions nor, of what can have some, post-releases are above a version.
        Operator::GreaterThan => {
            let public = version.clone().without_local();
            let is_post_of = !wanted.is_post()
                && !wanted.is_dev()
                && starts_with(&public, wanted, public.release().len().max(wanted.release().len()))
                && public.pre() == wanted.pre();
            public > *wanted && !is_post_of
        }
        Operator::ExactEqual => version == wanted,
    }
}

/// Whether a version has the epoch of another, and so many numbers of its release.
fn starts_with(version: &Version, other: &Version, length: usize) -> bool {
    let number = |version: &Version, place| version.release().get(place).copied().unwrap_or(0);
    version.epoch() == other.epoch()
        && (0..length).all(|place| number(version, place) == number(other, place))
}

/// Parses a text that consists of specifiers.
pub(super) fn parse_all(text: &str) -> Result<Vec<Specifier>, String> {
    let mut cursor = Cursor::new(text.trim());
    let specifiers = Specifier::parse_many(&mut cursor)?;
    if cursor.is_at_end() { Ok(specifiers) } else { cursor.expected("a version specifier") }
}

impl Display for Specifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Specifier::Text(text) => write!(formatter, "==={text}"),
            Specifier::Version(specifier) => specifier.fmt(formatter),
        }
    }
}

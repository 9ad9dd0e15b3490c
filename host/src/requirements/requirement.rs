//! A requirement (PEP 508): `name[extra] >= 1.0, < 2 ; marker`, or `name @ URL ; marker`.

use super::cursor::Cursor;
use super::environment::Environment;
use super::markers::{self, Marker, Scope};
use super::name::{is_name, is_part};
use super::specifier::Specifier;
use crate::project::canonical;
use std::collections::BTreeSet;

/// A requirement, as in `Requires-Dist` and in a line of a requirements file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    /// The project's name, as written.
    pub(super) name: String,
    /// The extras that are wanted of it, in their canonical form.
    pub(super) extras: BTreeSet<String>,
    pub(super) specifiers: Vec<Specifier>,
    pub(super) url: Option<String>,
    pub(super) marker: Option<Marker>,
}

impl Requirement {
    /// Parses a text that consists of a requirement. The error is a clause.
    pub(super) fn parse(text: &str) -> Result<Requirement, String> {
        let mut cursor = Cursor::new(text);
        cursor.skip_blanks();
        let name = parse_name(&mut cursor, "a project's name")?;
        cursor.skip_blanks();
        let extras = parse_extras(&mut cursor)?;
        cursor.skip_blanks();
        let (mut specifiers, mut url) = (Vec::new(), None);
        if cursor.take("@") {
            cursor.skip_blanks();
            let text = cursor.take_while(|character| !matches!(character, ' ' | '\t'));
            if text.is_empty() {
                return cursor.expected("a URL");
            }
            url = Some(text.to_owned());
        } else {
            let is_enclosed = cursor.take("(");
            cursor.skip_blanks();
            specifiers = Specifier::parse_many(&mut cursor)?;
            if is_enclosed && !cursor.take(")") {
                return cursor.expected("`)`");
            }
        }
        cursor.skip_blanks();
        let has_marker = cursor.take(";");
        let marker = has_marker.then(|| markers::parse_any(&mut cursor, 0)).transpose()?;
        if !cursor.is_at_end() {
            return cursor.expected(if has_marker { "`and` or `or`" } else { "a comma or `;`" });
        }
        Ok(Requirement { name: name.to_owned(), extras, specifiers, url, marker })
    }

    /// Whether its marker applies to a target. Fails if the marker has no meaning.
    pub(super) fn applies(
        &self,
        environment: &Environment,
        scope: Scope<'_>,
    ) -> Result<bool, String> {
        self.marker.as_ref().map_or(Ok(true), |marker| marker.applies(environment, scope))
    }

    /// Whether a version of the project meets it. Of a URL, every version does, as for `pip check`.
    pub(super) fn is_met_by(&self, version: &str) -> bool {
        self.specifiers.iter().all(|specifier| specifier.contains(version))
    }
}

fn parse_extras(cursor: &mut Cursor<'_>) -> Result<BTreeSet<String>, String> {
    let mut extras = BTreeSet::new();
    if !cursor.take("[") {
        return Ok(extras);
    }
    cursor.skip_blanks();
    if cursor.take("]") {
        return Ok(extras);
    }
    loop {
        extras.insert(canonical(parse_name(cursor, "an extra's name")?));
        cursor.skip_blanks();
        if cursor.take("]") {
            return Ok(extras);
        }
        if !cursor.take(",") {
            return cursor.expected("`]`");
        }
        cursor.skip_blanks();
    }
}

fn parse_name<'text>(cursor: &mut Cursor<'text>, what: &str) -> Result<&'text str, String> {
    let mut ahead = Cursor::new(cursor.rest());
    let name = ahead.take_while(is_part);
    if !is_name(name) {
        return cursor.expected(what);
    }
    *cursor = ahead;
    Ok(name)
}

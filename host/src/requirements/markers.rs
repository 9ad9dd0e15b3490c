//! Environment markers (PEP 508): `python_version < "3.11" and sys_platform == "linux"`.
//!
//! Variables are compared as versions where `packaging` does so, and as texts elsewhere. Unlike
//! there, a marker compares a variable with a text and nothing else, and texts have no escapes.

use super::cursor::{Cursor, printable};
use super::environment::Environment;
use super::specifier::{OPERATORS, Specifier};
use crate::project::canonical;
use std::collections::BTreeSet;

/// How deep parentheses may be nested, so that no stack overflows.
const DEEPEST: usize = 64;

/// The variables. Those with a `.` are names from before PEP 508.
const VARIABLES: &[(&str, &str)] = &[
    ("dependency_groups", "dependency_groups"),
    ("extra", "extra"),
    ("extras", "extras"),
    ("implementation_name", "implementation_name"),
    ("implementation_version", "implementation_version"),
    ("os.name", "os_name"),
    ("os_name", "os_name"),
    ("platform.machine", "platform_machine"),
    ("platform.python_implementation", "platform_python_implementation"),
    ("platform.version", "platform_version"),
    ("platform_machine", "platform_machine"),
    ("platform_python_implementation", "platform_python_implementation"),
    ("platform_release", "platform_release"),
    ("platform_system", "platform_system"),
    ("platform_version", "platform_version"),
    ("python_full_version", "python_full_version"),
    ("python_implementation", "platform_python_implementation"),
    ("python_version", "python_version"),
    ("sys.platform", "sys_platform"),
    ("sys_platform", "sys_platform"),
];

/// The variables that are compared as versions, if they are compared with a version.
const VERSIONS: &[&str] =
    &["implementation_version", "platform_release", "python_full_version", "python_version"];

/// An environment marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Any(Vec<Marker>),
    All(Vec<Marker>),
    Comparison(Comparison),
}

/// A comparison of a variable with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    variable: &'static str,
    operator: &'static str,
    text: String,
    /// Whether the text is on the left.
    is_reversed: bool,
}

/// Where a marker occurs, which determines how it can ask for extras.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope<'a> {
    /// In metadata or a requirements file: the value of `extra`, in its canonical form; empty for
    /// none.
    Requirement(&'a str),
    /// In a lock file: the values of `extras` and `dependency_groups`, in their canonical form.
    Lock { extras: &'a BTreeSet<String>, groups: &'a BTreeSet<String> },
}

impl Marker {
    /// Parses a text that consists of a marker.
    pub(super) fn parse(text: &str) -> Result<Marker, String> {
        let mut cursor = Cursor::new(text);
        let marker = parse_any(&mut cursor, 0)?;
        if cursor.is_at_end() { Ok(marker) } else { cursor.expected("`and` or `or`") }
    }

    /// Whether it applies to a target. Fails if it contains a comparison that has no meaning.
    pub(super) fn applies(
        &self,
        environment: &Environment,
        scope: Scope<'_>,
    ) -> Result<bool, String> {
        // Every part is evaluated, so that an error does not depend on the target.
        let evaluate = |markers: &[Marker]| -> Result<Vec<bool>, String> {
            markers.iter().map(|marker| marker.applies(environment, scope)).collect()
        };
        match self {
            Marker::Any(markers) => Ok(evaluate(markers)?.contains(&true)),
            Marker::All(markers) => Ok(!evaluate(markers)?.contains(&false)),
            Marker::Comparison(comparison) => comparison.applies(environment, scope),
        }
    }
}

impl Comparison {
    fn applies(&self, environment: &Environment, scope: Scope<'_>) -> Result<bool, String> {
        let Comparison { variable, operator, text, is_reversed } = self;
        let undefined = || Err(format!("`{variable}` has no value here"));
        let value = match (*variable, scope) {
            ("extra", Scope::Requirement(extra)) => extra,
            ("extras", Scope::Lock { extras: names, .. })
            | ("dependency_groups", Scope::Lock { groups: names, .. }) => {
                return Ok(names.contains(text) == (*operator == "in"));
            }
            ("extra" | "extras" | "dependency_groups", _) => return undefined(),
            _ => environment.value(variable),
        };
        let (left, right) = if *is_reversed { (text.as_str(), value) } else { (value, &**text) };
        if VERSIONS.contains(variable)
            && let Some(specifier) = Specifier::parse(&format!("{operator}{right}"))
        {
            return Ok(specifier.contains(left));
        }
        match *operator {
            "in" => Ok(right.contains(left)),
            "not in" => Ok(!right.contains(left)),
            "==" | "<=" | ">=" => Ok(left == right),
            "!=" => Ok(left != right),
            "<" | ">" => Ok(false),
            _ => Err(format!("`{operator}` cannot compare `{variable}` with `{text}`")),
        }
    }
}

/// Parses comparisons up to what can be in none: the end, or a closing parenthesis.
pub(super) fn parse_any(cursor: &mut Cursor<'_>, depth: usize) -> Result<Marker, String> {
    let mut any = Vec::new();
    loop {
        let mut all = vec![parse_one(cursor, depth)?];
        while cursor.take_word("and") {
            all.push(parse_one(cursor, depth)?);
        }
        any.push(Marker::All(all));
        if !cursor.take_word("or") {
            return Ok(Marker::Any(any));
        }
    }
}

/// Parses a comparison, or a marker in parentheses, and the blanks around it.
fn parse_one(cursor: &mut Cursor<'_>, depth: usize) -> Result<Marker, String> {
    cursor.skip_blanks();
    let marker = if cursor.take("(") {
        if depth == DEEPEST {
            return Err("parentheses are nested too deeply".to_owned());
        }
        let marker = parse_any(cursor, depth + 1)?;
        if !cursor.take(")") {
            return cursor.expected("`)`");
        }
        marker
    } else {
        Marker::Comparison(parse_comparison(cursor)?)
    };
    cursor.skip_blanks();
    Ok(marker)
}

fn parse_comparison(cursor: &mut Cursor<'_>) -> Result<Comparison, String> {
    let left = parse_operand(cursor)?;
    cursor.skip_blanks();
    let operator = parse_operator(cursor)?;
    cursor.skip_blanks();
    let right = parse_operand(cursor)?;
    let (variable, text, is_reversed) = match (left, right) {
        (Operand::Variable(variable), Operand::Text(text)) => (variable, text, false),
        (Operand::Text(text), Operand::Variable(variable)) => (variable, text, true),
        _ => return Err("a marker compares a variable with a text".to_owned()),
    };
    let is_set = matches!(variable, "extras" | "dependency_groups");
    if is_set && !(is_reversed && matches!(operator, "in" | "not in")) {
        return Err(format!("`{variable}` must follow `in` or `not in`"));
    }
    let text = if is_set || variable == "extra" { canonical(text) } else { text.to_owned() };
    Ok(Comparison { variable, operator, text, is_reversed })
}

enum Operand<'text> {
    Variable(&'static str),
    Text(&'text str),
}

fn parse_operand<'text>(cursor: &mut Cursor<'text>) -> Result<Operand<'text>, String> {
    for quote in ['"', '\''] {
        if cursor.take(quote.encode_utf8(&mut [0; 4])) {
            let text = cursor.take_while(|character| character != quote);
            if !cursor.take(quote.encode_utf8(&mut [0; 4])) {
                return cursor.expected("the closing quote");
            }
            if text.contains(['\\', '\n', '\r']) {
                return Err(format!("`{}` has an escape or line break", printable(text)));
            }
            return Ok(Operand::Text(text));
        }
    }
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '.');
    let mut ahead = Cursor::new(cursor.rest());
    let word = ahead.take_while(is_part);
    let Some((_, variable)) = VARIABLES.iter().find(|(name, _)| *name == word) else {
        return cursor.expected("a variable or a text in quotes");
    };
    *cursor = ahead;
    Ok(Operand::Variable(variable))
}

fn parse_operator(cursor: &mut Cursor<'_>) -> Result<&'static str, String> {
    if cursor.take_word("in") {
        return Ok("in");
    }
    if cursor.take_word("not") {
        cursor.skip_blanks();
        return if cursor.take_word("in") { Ok("not in") } else { cursor.expected("`in`") };
    }
    cursor.take_one_of(OPERATORS).map_or_else(|| cursor.expected("an operator"), Ok)
}

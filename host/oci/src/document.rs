//! JSON documents whose unknown members survive as they are.
//!
//! A document is kept as the text of its members, in their order. Only a member that is set changes;
//! numbers, escapes and members that nobody here knows keep their bytes.

pub(crate) mod config;
pub(crate) mod descriptor;
pub(crate) mod index;
pub(crate) mod manifest;
pub(crate) mod media_type;
mod platform;
mod time;

use crate::Error;
use indexmap::IndexMap;
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use std::fmt;

/// The size in bytes of the largest document that is read: the limit that registries have.
pub(crate) const LARGEST: u64 = 4 << 20;
/// How deep arrays and objects may be nested. `serde_json` limits this only where it builds values;
/// what it passes on as text can be of any depth.
const DEEPEST: usize = 100;
/// How many members an object that is interpreted may have.
const MOST_MEMBERS: usize = 1_000;
/// How many elements an array that is interpreted may have.
const MOST_ELEMENTS: usize = 10_000;

/// An object of a document.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// What errors call it.
    name: String,
    members: IndexMap<String, Member>,
}

/// A member as it is written: its name with quotes and escapes, and its value.
#[derive(Clone, Debug)]
struct Member {
    name: Box<RawValue>,
    value: Box<RawValue>,
}

impl Object {
    /// Parses a whole document. `known` are the names of the members that are interpreted.
    ///
    /// A name that differs from a known one only in case is refused, and so is a name that occurs
    /// twice: Go's reader ignores case and takes the last, other readers do not.
    pub(crate) fn parse(name: String, text: &[u8], known: &[&str]) -> Result<Object, Error> {
        check_form(&name, text)?;
        let members = serde_json::from_slice(text).map_err(|error| wrong(&name, error))?;
        Object::of(name, members, known)
    }

    /// Parses an object inside a document, whose size and depth were checked with the document.
    pub(crate) fn nested(name: String, text: &RawValue, known: &[&str]) -> Result<Object, Error> {
        let members = serde_json::from_str(text.get()).map_err(|error| wrong(&name, error))?;
        Object::of(name, members, known)
    }

    fn of(name: String, Members(members): Members, known: &[&str]) -> Result<Object, Error> {
        for member in members.keys() {
            let folded = fold(member);
            let twin = known.iter().find(|known| **known != *member && fold(known) == folded);
            if let Some(twin) = twin {
                let member = member.escape_debug();
                return Err(wrong(
                    &name,
                    format!("member `{member}` differs from `{twin}` only in case"),
                ));
            }
        }
        Ok(Object { name, members })
    }

    /// An object without members.
    pub(crate) fn empty(name: String) -> Object {
        Object { name, members: IndexMap::new() }
    }

    /// What errors call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Reports a fault of this object.
    pub(crate) fn wrong(&self, reason: impl fmt::Display) -> Error {
        wrong(&self.name, reason)
    }

    /// The text of a member. `null` counts as missing, as Go's reader takes it.
    pub(crate) fn text(&self, member: &str) -> Option<&RawValue> {
        let value = &*self.members.get(member)?.value;
        (value.get() != "null").then_some(value)
    }

    /// The value of a member, if there is one.
    pub(crate) fn get<T: DeserializeOwned>(&self, member: &str) -> Result<Option<T>, Error> {
        let Some(text) = self.text(member) else { return Ok(None) };
        serde_json::from_str(text.get())
            .map(Some)
            .map_err(|error| self.wrong(format!("member `{member}`: {error}")))
    }

    /// The value of a member that has to be there.
    pub(crate) fn require<T: DeserializeOwned>(&self, member: &str) -> Result<T, Error> {
        self.get(member)?.ok_or_else(|| self.wrong(format!("no member `{member}`")))
    }

    /// A member that is an object, if there is one.
    pub(crate) fn object(&self, member: &str, known: &[&str]) -> Result<Option<Object>, Error> {
        let named = |text| Object::nested(format!("{}: {member}", self.name), text, known);
        self.text(member).map(named).transpose()
    }

    /// The elements of a member that is an array, at most `most`; none if it is missing.
    pub(crate) fn elements(&self, member: &str, most: usize) -> Result<Vec<Box<RawValue>>, Error> {
        let Elements(elements) = self.get(member)?.unwrap_or_default();
        if elements.len() > most {
            return Err(self.wrong(format!("member `{member}` has more than {most} elements")));
        }
        Ok(elements)
    }

    /// Sets a member, in its place if it is there, else at the end.
    pub(crate) fn set<T: Serialize + ?Sized>(&mut self, member: &str, value: &T) {
        let value = to_raw_value(value).expect("strings, numbers and JSON text can be written");
        self.set_text(member, value);
    }

    /// Sets a member to another object.
    pub(crate) fn set_object(&mut self, member: &str, value: &Object) {
        self.set_text(member, value.to_raw());
    }

    fn set_text(&mut self, member: &str, value: Box<RawValue>) {
        if let Some(found) = self.members.get_mut(member) {
            found.value = value;
        } else {
            let name = to_raw_value(member).expect("a string can be written");
            self.members.insert(member.to_owned(), Member { name, value });
        }
    }

    /// Removes a member, if it is there.
    pub(crate) fn remove(&mut self, member: &str) {
        self.members.shift_remove(member);
    }

    /// Whether there are no members.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The object as JSON, without space between its members.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::from("{");
        for (position, member) in self.members.values().enumerate() {
            if position > 0 {
                text.push(',');
            }
            text.push_str(member.name.get());
            text.push(':');
            text.push_str(member.value.get());
        }
        text.push('}');
        text
    }

    /// The object as a value for another one.
    pub(crate) fn to_raw(&self) -> Box<RawValue> {
        RawValue::from_string(self.to_text()).expect("its parts are JSON")
    }
}

/// The elements of a document that is an array.
pub(crate) fn array(name: &str, text: &[u8]) -> Result<Vec<Box<RawValue>>, Error> {
    check_form(name, text)?;
    let Elements(elements) = serde_json::from_slice(text).map_err(|error| wrong(name, error))?;
    Ok(elements)
}

/// Checks the size and the depth of a document.
fn check_form(name: &str, text: &[u8]) -> Result<(), Error> {
    if text.len() as u64 > LARGEST {
        return Err(wrong(name, format!("larger than {LARGEST} bytes")));
    }
    if depth(text) > DEEPEST {
        return Err(wrong(name, format!("nested more than {DEEPEST} levels deep")));
    }
    Ok(())
}

/// Reports a fault of a document.
pub(crate) fn wrong(document: &str, reason: impl fmt::Display) -> Error {
    Error::Document { document: document.to_owned(), reason: bounded(reason) }
}

/// A reason for a report, which a document may have made as long as itself.
pub(crate) fn bounded(reason: impl fmt::Display) -> String {
    const LONGEST: usize = 500;
    let reason = reason.to_string();
    match reason.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason,
    }
}

/// The name as readers that ignore case see it: `ſ` counts as `s`, and the Kelvin sign as `k`.
fn fold(name: &str) -> String {
    name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// How deep the arrays and objects of a JSON text are nested, or of what looks like one.
fn depth(text: &[u8]) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' if !in_string => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Members in their order, each name once.
struct Members(IndexMap<String, Member>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct Visiting;
        impl<'de> Visitor<'de> for Visiting {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let mut members = IndexMap::new();
                while let Some((name, value)) = access.next_entry::<Box<RawValue>, _>()? {
                    let plain: String =
                        serde_json::from_str(name.get()).map_err(de::Error::custom)?;
                    if members.len() == MOST_MEMBERS {
                        return Err(de::Error::custom(format!("more than {MOST_MEMBERS} members")));
                    }
                    if members.contains_key(&plain) {
                        let plain = plain.escape_debug();
                        return Err(de::Error::custom(format!("member `{plain}` occurs twice")));
                    }
                    members.insert(plain, Member { name, value });
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visiting)
    }
}

/// The elements of an array.
#[derive(Default)]
struct Elements(Vec<Box<RawValue>>);

impl<'de> Deserialize<'de> for Elements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Elements, D::Error> {
        struct Visiting;
        impl<'de> Visitor<'de> for Visiting {
            type Value = Elements;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Elements, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = access.next_element()? {
                    if elements.len() == MOST_ELEMENTS {
                        return Err(de::Error::custom(format!(
                            "more than {MOST_ELEMENTS} elements"
                        )));
                    }
                    elements.push(element);
                }
                Ok(Elements(elements))
            }
        }
        deserializer.deserialize_seq(Visiting)
    }
}

//! `METADATA` and `WHEEL`. Python's mail parser, which `importlib.metadata` uses, finds the same
//! values in an accepted header block.

#![no_main]

mod support;

use ensurepip_guest::fuzzing;
use ensurepip_guest::reference::Format;
use libfuzzer_sys::fuzz_target;

/// The same fields as in the reference.
const FIELDS: [&str; 6] =
    ["Metadata-Version", "Name", "Version", "Requires-Python", "Wheel-Version", "Root-Is-Purelib"];

fuzz_target!(|bytes: &[u8]| {
    let Some(values) = fuzzing::headers(bytes, &FIELDS) else { return };
    let told: Vec<String> = values
        .into_iter()
        .map(|value| value.map_or_else(|| "-".to_owned(), |value| format!("+{}", in_a_row(&value))))
        .collect();
    support::check_reference(Format::Headers, bytes, &told);
});

/// A value with each run of blanks replaced by one space.
fn in_a_row(value: &str) -> String {
    let words = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

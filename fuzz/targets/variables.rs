//! `_sysconfigdata_*.py`. A dictionary that is accepted is one to Python, with the same values, also
//! behind text with other line ends.

#![no_main]

mod support;

use ensurepip_guest::reference::Format;
use libfuzzer_sys::fuzz_target;

/// What stands before it, as CPython writes it.
const BEFORE: &str = "# system configuration generated and used by the sysconfig module\n";

fuzz_target!(|text: &str| {
    let _ = host_readers::variables(text);
    let windows = format!("{}build_time_vars = {{{text}", BEFORE.replace('\n', "\r\n"));
    // What follows the dictionary is not read: it ends with the first brace that makes it whole.
    let text = format!("{BEFORE}build_time_vars = {{{text}");
    assert_eq!(host_readers::variables(&text), host_readers::variables(&windows));
    let ends = text.match_indices('}').map(|(place, _)| &text[..=place]);
    let Some((text, variables)) =
        ends.take(20).find_map(|text| Some((text, host_readers::variables(text)?)))
    else {
        return;
    };
    let told: Vec<String> = variables.into_iter().flat_map(<[String; 2]>::from).collect();
    support::check_reference(Format::Variables, text.as_bytes(), &told);
});

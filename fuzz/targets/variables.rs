//! `_sysconfigdata_*.py`. An accepted dictionary is one to Python as well, with the same values,
//! also behind text with other line ends.

#![no_main]

mod support;

use ensurepip_guest::reference::Format;
use libfuzzer_sys::fuzz_target;

/// The text before it, as CPython writes it.
const BEFORE: &str = "# system configuration generated and used by the sysconfig module\n";

fuzz_target!(|text: &str| {
    let _ = host_readers::variables(text);
    let windows = format!("{}build_time_vars = {{{text}", BEFORE.replace('\n', "\r\n"));
    // The text after the dictionary is not read: it ends with the first brace that completes it.
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

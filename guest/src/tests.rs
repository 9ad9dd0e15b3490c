//! Properties of reading and writing, for arbitrary input of a kind, compared with Python where it
//! reads the same. Tests of single cases are beside the code.

#[path = "../../tests/support/announce.rs"]
pub(crate) mod announce;

/// Which names of entries are accepted, and what they become.
mod entry_paths;
/// Written `RECORD` files.
mod records;
/// Versions and specifiers.
mod versions;

use crate::reference::{Format, Reference};
use proptest::prelude::{Strategy, TestCaseError};
use proptest::test_runner::{Config, TestRunner};

/// A Python to ask.
struct Python(Reference);

impl Python {
    /// None if there is no Python, which is reported.
    fn start() -> Option<Python> {
        match Reference::start() {
            Ok(reference) => Some(Python(reference)),
            Err(error) => {
                announce::report_skipped("comparison with Python", &format!("python3 ({error})"));
                None
            }
        }
    }

    fn read(&mut self, format: Format, contents: &str) -> Result<Vec<String>, String> {
        self.0.read(format, contents.as_bytes()).expect("Python answers")
    }
}

/// Fails with the simplest input found that violates a property. `PROPTEST_CASES` is the number of
/// inputs to try, 256 by default.
fn check<S: Strategy>(inputs: &S, mut property: impl FnMut(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { failure_persistence: None, ..Config::default() };
    // The runner needs a shared closure.
    let property = std::cell::RefCell::new(&mut property);
    let checked = TestRunner::new(config).run(inputs, |input| (property.borrow_mut())(input));
    checked.unwrap_or_else(|failure| panic!("{failure}"));
}

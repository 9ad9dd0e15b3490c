//! Properties of what is read and written, of any input of a kind, held against Python where it has
//! an opinion. What a single case shows is tested beside the code.

#[path = "../../tests/support/announce.rs"]
pub(crate) mod announce;

/// Which names may be those of entries, and what they become.
mod entry_paths;
/// `RECORD` as it is written.
mod records;
/// Versions and specifiers.
mod versions;

use crate::reference::{Format, Reference};
use proptest::prelude::{Strategy, TestCaseError};
use proptest::test_runner::{Config, TestRunner};

/// Python, which is asked.
struct Python(Reference);

impl Python {
    /// None if there is none, which is said.
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

/// Fails with the simplest input that it finds for which a property does not hold. `PROPTEST_CASES`
/// says how many it tries, 256 if it does not.
fn check<S: Strategy>(inputs: &S, mut property: impl FnMut(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { failure_persistence: None, ..Config::default() };
    // The runner wants to share what it calls.
    let property = std::cell::RefCell::new(&mut property);
    let checked = TestRunner::new(config).run(inputs, |input| (property.borrow_mut())(input));
    checked.unwrap_or_else(|failure| panic!("{failure}"));
}

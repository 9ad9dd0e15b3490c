//! Two trees of bytecode, compared by the interpreter that can read them.

use std::path::Path;

use super::interpreters::Interpreter;
use super::process::Program;

/// The script that compares. It must run under the interpreter that made the bytecode.
const COMPARE_SCRIPT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/compare_pyc.py");

/// The required relation between the first bytes of two files.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Headers {
    /// They are equal: both refer to their source by its hash.
    Identical,
    /// Each refers to its own source by time and size, both of which are right.
    OfOwnSource,
}

/// The trees to compare.
pub(crate) struct Comparison<'a> {
    /// What `ensurepip` left.
    pub(crate) reference: &'a Path,
    /// What the tool under test left.
    pub(crate) ours: &'a Path,
    /// The path at which `ours` will be when it is used.
    pub(crate) destination: &'a Path,
    /// How to compare headers.
    pub(crate) headers: Headers,
}

/// The result.
#[derive(serde::Deserialize)]
pub(crate) struct Outcome {
    /// The number of files that both trees have.
    pub(crate) compared: usize,
    /// The number of those that `ensurepip` compiled for another path.
    pub(crate) elsewhere: usize,
    /// One line for each fault.
    pub(crate) faults: Vec<String>,
}

impl Comparison<'_> {
    /// Compares every bytecode file that both trees have.
    pub(crate) fn run(&self, interpreter: &Interpreter, home: &Path) -> Outcome {
        let headers = match self.headers {
            Headers::Identical => "identical",
            Headers::OfOwnSource => "own-source",
        };
        let finished = Program::new(&interpreter.executable, home)
            .arguments(["-I", "-B", COMPARE_SCRIPT])
            .arguments([self.reference, self.ours, self.destination])
            .argument(headers)
            .run()
            .expect_success();
        serde_json::from_str(&finished.stdout()).expect("the comparison answers in JSON")
    }
}

//! The documents.

use std::fs;
use std::path::Path;

/// The text of a page, by its path in this repository.
pub(crate) fn page(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

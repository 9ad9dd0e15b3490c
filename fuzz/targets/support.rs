//! Comparisons for several targets: what must hold of accepted input.

#![allow(dead_code, reason = "each target uses a part of it")]

use ensurepip_guest::fuzzing::{self, File};
use ensurepip_guest::reference::{Format, Reference};
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    static PYTHON: RefCell<Reference> = RefCell::new(Reference::start().expect("Python starts"));
}

/// Python's reading of some contents.
pub fn read(format: Format, contents: &[u8]) -> Result<Vec<String>, String> {
    PYTHON.with_borrow_mut(|python| python.read(format, contents)).expect("Python answers")
}

/// Fails if Python reads something else, or nothing.
pub fn check_reference(format: Format, contents: &[u8], told: &[String]) {
    match read(format, contents) {
        Ok(read) => assert_eq!(told, read, "we read the left, and Python the right"),
        Err(reason) => panic!("we read {told:?}, and Python nothing: {reason}"),
    }
}

/// Fails if Python reads something else. Python may reject it: an error is not a different reading.
pub fn check_other_readings(format: Format, contents: &[u8], told: &[String]) {
    if let Ok(read) = read(format, contents) {
        assert_eq!(told, read, "we read the left, and Python the right");
    }
}

/// Files in the form of the reference.
pub fn told(files: &[File]) -> Vec<String> {
    let fields = files.iter().flat_map(|file| {
        [
            file.path.clone(),
            fuzzing::hexadecimal_sha256(&file.contents),
            file.contents.len().to_string(),
            file.executable.to_string(),
            file.modified.to_string(),
        ]
    });
    fields.collect()
}

/// Fails if a path is not clearly below a directory, or if two of them are in the same place.
pub fn check_names<'path>(paths: impl Iterator<Item = &'path str>) {
    let mut spellings: HashMap<String, String> = HashMap::new();
    let mut files: HashMap<String, &str> = HashMap::new();
    for path in paths {
        assert!(fuzzing::is_entry_path(path), "{path:?}");
        assert!(!path.contains(['\\', ':', '\0']), "{path:?}");
        assert!(!path.split('/').any(|name| matches!(name, "" | "." | "..")), "{path:?}");
        let folded = fuzzing::fold(path);
        if let Some(other) = files.insert(folded, path) {
            panic!("{path:?} and {other:?} are one file");
        }
        let directories = path.match_indices('/').map(|(end, _)| &path[..end]);
        for directory in directories {
            let spelling = spellings.entry(fuzzing::fold(directory));
            let spelling = spelling.or_insert_with(|| directory.to_owned());
            assert_eq!(spelling, directory, "two spellings of one directory");
        }
    }
    if let Some(both) = files.keys().find(|file| spellings.contains_key(*file)) {
        panic!("{both:?} is a file and a directory");
    }
}

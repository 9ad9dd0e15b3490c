//! The ZIP gate. Python reads an accepted archive in the same way; no two of its names are the same
//! on any file system, and each leads below the directory.

#![no_main]

mod support;

use ensurepip_guest::fuzzing;
use ensurepip_guest::reference::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(files) = fuzzing::archive(bytes) else { return };
    support::check_names(files.iter().map(|file| file.path.as_str()));
    support::check_reference(Format::Archive, bytes, &support::told(&files));
});

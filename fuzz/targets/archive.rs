//! The ZIP gate. Of an archive that is accepted, Python reads the same; and no two of its names are
//! one to any file system, nor do they lead anywhere but down.

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

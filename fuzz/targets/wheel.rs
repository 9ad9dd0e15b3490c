//! The complete check of a wheel, for wheels that are sound except for what the input changes. Python
//! reads an accepted one in the same way, each file as `RECORD` states it; no two names of its
//! installed files are the same on any file system, and each leads below its directory. The same holds
//! for its archive alone, if only the wheel in it is rejected.

#![no_main]

mod support;

use ensurepip_guest::fuzzing;
use ensurepip_guest::reference::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|plan: &[u8]| {
    let wheel = fuzzing::forged(plan);
    let files = fuzzing::archive(&wheel);
    let Some(installed) = fuzzing::wheel(&wheel) else {
        if let Some(files) = files {
            support::check_names(files.iter().map(|file| file.path.as_str()));
            support::check_reference(Format::Archive, &wheel, &support::told(&files));
        }
        return;
    };
    let files = files.expect("the archive of a wheel that is accepted is accepted as well");
    support::check_reference(Format::Wheel, &wheel, &support::told(&files));
    support::check_names(installed.iter().map(|file| file.path.as_str()));
    for file in &installed {
        let is_packed = files.iter().any(|packed| packed.contents == file.contents);
        assert!(is_packed, "{} holds what is nowhere in the archive", file.path);
    }
});

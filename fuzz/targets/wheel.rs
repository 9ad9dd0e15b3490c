//! The whole check of a wheel, of wheels that are sound but for what the input spoils. One that is
//! accepted is the same to Python, each file as `RECORD` states it; and where its files go, no two
//! names are one, nor do they lead anywhere but down. The same holds of its archive alone, should only
//! the wheel in it be refused.

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

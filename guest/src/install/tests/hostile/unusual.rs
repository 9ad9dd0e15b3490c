//! Archives that are unusual and sound.

use super::zip::{SIGNATURE, x};
use super::{CONTENTS, How, How::Archive, How::Wheel, sound};
use crate::install::tests::zip_builder::{Entry, UTF8, extra};

/// What has to be accepted.
pub(super) fn cases() -> Vec<How> {
    vec![
        Archive(|f| {
            let entry = x(f).clone().stored(CONTENTS.as_bytes());
            *x(f) = entry;
        }),
        Archive(|f| x(f).both(|h| h.flags = UTF8)),
        Archive(|f| x(f).both(|h| h.flags = 2)),
        Archive(|f| x(f).both(|h| h.version = 10)),
        // Info-ZIP's times and owner are longer in front.
        Archive(|f| {
            x(f).local.extra = [extra(0x5455, &[3; 9]), extra(0x7875, &[1; 11])].concat();
            x(f).central.extra = [extra(0x5455, &[3; 5]), extra(0x7875, &[])].concat();
        }),
        Archive(|f| {
            let times = [&[0; 4][..], &[1, 0], &[24, 0], &[7; 24]].concat();
            x(f).both(|h| h.extra = extra(0x000a, &times));
        }),
        // A wheel in a wheel, with an end record of its own.
        Archive(|f| f.entries.push(Entry::new(SIGNATURE, b"").stored(&sound().build()))),
        Archive(|f| f.is_reversed = true),
        // A newer minor version of the format.
        Wheel(|wheel| wheel.metadata("WHEEL", "Wheel-Version: 1.9\nRoot-Is-Purelib: True\n")),
        Wheel(|wheel| wheel.file("pip/zeros", "\0".repeat(1 << 20))),
        Wheel(|wheel| wheel.file("pip/\u{e9}.py", "").file("pip/empty.py", "")),
    ]
}

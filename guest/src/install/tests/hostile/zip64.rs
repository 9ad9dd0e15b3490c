//! ZIP64 fields of small entries: accepted if they repeat their header, and otherwise refused.
//!
//! Section 4.5.3 of the ZIP specification defines the field: the size, the packed size, the offset and
//! the disk, of those that have only ones in the header.

use super::zip::x;
use super::{Case, FaultCode as Code, How::Archive, WHEEL, apply_bytes, sound};
use crate::bindings::ensurepip::bootstrap::types::{Error, Role};
use crate::install::tests::target::Target;
use crate::install::tests::zip_builder::{Entry, Header, ZipBuilder, extra};
use crate::wheel;

const X: &str = "pip/x.py";

/// The first entry, whose offset is 0.
const FIRST: &str = "pip/__init__.py";

/// A ZIP64 field of these numbers.
fn field(numbers: &[u32]) -> Vec<u8> {
    let bytes = numbers.iter().flat_map(|number| u64::from(*number).to_le_bytes());
    extra(1, &bytes.collect::<Vec<_>>())
}

/// The field that repeats the sizes of a header.
fn sizes(header: &Header) -> Vec<u8> {
    field(&[header.size, header.packed])
}

/// A case of an entry with this field, in one header or in both.
macro_rules! zip64 {
    ($what:literal, $header:ident, $field:expr) => {
        ($what, Code::ZipFeature, X, Archive(|f| set_extra(&mut x(f).$header, $field)))
    };
}

fn set_extra(header: &mut Header, make: fn(&Header) -> Vec<u8>) {
    header.extra = make(header);
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        zip64!("a ZIP64 field of another size", local, |h| field(&[h.size + 1, h.packed])),
        zip64!("a ZIP64 field of another packed size", local, |h| field(&[h.size, h.packed - 1])),
        zip64!("a ZIP64 field of another size in the directory", central, |h| {
            field(&[h.size + 1, h.packed])
        }),
        zip64!("a ZIP64 field in the opposite order", central, |h| field(&[h.packed, h.size])),
        zip64!("a ZIP64 field of a size above 4 GiB", local, |h| {
            let numbers = [u64::from(h.size) + (1 << 32), u64::from(h.packed)];
            extra(1, &numbers.map(u64::to_le_bytes).concat())
        }),
        zip64!("a ZIP64 field without numbers", local, |_| field(&[])),
        zip64!("a ZIP64 field of one number", local, |h| field(&[h.size])),
        zip64!("a ZIP64 field of one number in the directory", central, |h| field(&[h.size])),
        zip64!("a ZIP64 field of one number and a half", local, |h| {
            extra(1, &sizes(h)[4..][..12])
        }),
        zip64!("a ZIP64 field with an offset in front", local, |h| field(&[h.size, h.packed, 0])),
        zip64!("a ZIP64 field with another offset", central, |h| field(&[h.size, h.packed, 1])),
        zip64!("a ZIP64 field with a disk", central, |h| {
            extra(1, &[&sizes(h)[4..], &[0; 12]].concat())
        }),
        zip64!("a ZIP64 field twice", local, |h| sizes(h).repeat(2)),
        zip64!("a ZIP64 field twice in the directory", central, |h| sizes(h).repeat(2)),
        zip64!("two ZIP64 fields of which one differs", local, |h| {
            [sizes(h), field(&[h.size, h.packed + 1])].concat()
        }),
        zip64!("a ZIP64 field that is cut off", local, |h| {
            let field = sizes(h);
            field[..field.len() - 1].to_vec()
        }),
        (
            "a ZIP64 field with the offset of another entry",
            Code::ZipFeature,
            FIRST,
            Archive(|f| {
                let Header { size, packed, .. } = f.entry(FIRST).central;
                f.entry(FIRST).central.extra = field(&[size, packed, 1]);
            }),
        ),
        (
            "a size that only a ZIP64 field in front would have",
            Code::HeaderMismatch,
            X,
            Archive(|f| x(f).local.size = u32::MAX),
        ),
    ]
}

/// The archive of the sound wheel, changed.
fn changed(change: fn(&mut ZipBuilder)) -> Vec<u8> {
    let mut zip = sound().zip();
    change(&mut zip);
    zip.build()
}

#[test]
fn zip64_field_that_agrees_is_accepted() {
    let changes: [fn(&mut ZipBuilder); 5] = [
        // As Bazel's tools write every entry.
        |f| f.entries.iter_mut().for_each(|entry| entry.local.extra = sizes(&entry.local)),
        |f| x(f).both(|header| header.extra = sizes(header)),
        |f| x(f).both(|header| (header.version, header.extra) = (45, sizes(header))),
        |f| x(f).both(|header| header.extra = [extra(0x5455, &[3; 5]), sizes(header)].concat()),
        |f| {
            let Header { size, packed, .. } = f.entry(FIRST).central;
            f.entry(FIRST).central.extra = field(&[size, packed, 0]);
        },
    ];
    for change in changes {
        apply_bytes(changed(change), &Target::posix(&[Role::Purelib]));
    }
}

/// A number of which all bits are set is in the ZIP64 field: no entry of a wheel is that large.
#[test]
fn zip64_placeholder_is_rejected_with_and_without_field() {
    type Change = fn(&mut Entry);
    let changes: [(Code, Change); 9] = [
        (Code::HeaderMismatch, |entry| {
            entry.local.extra = sizes(&entry.local);
            (entry.local.size, entry.local.packed) = (u32::MAX, u32::MAX);
        }),
        (Code::HeaderMismatch, |entry| {
            entry.local.extra = sizes(&entry.local);
            entry.local.packed = u32::MAX;
        }),
        (Code::HeaderMismatch, |entry| entry.local.packed = u32::MAX),
        (Code::ZipFeature, |entry| {
            entry.both(|header| {
                header.extra = sizes(header);
                (header.size, header.packed) = (u32::MAX, u32::MAX);
            });
        }),
        (Code::ZipFeature, |entry| {
            entry.both(|header| {
                header.extra = field(&[header.size]);
                header.size = u32::MAX;
            });
        }),
        (Code::ZipFeature, |entry| {
            entry.both(|header| {
                header.size = u32::MAX;
                header.extra = sizes(header);
            });
        }),
        (Code::ZipFeature, |entry| entry.both(|header| header.size = u32::MAX)),
        (Code::ZipFeature, |entry| {
            entry.central.extra = field(&[0]);
            entry.offset = Some(u32::MAX);
        }),
        (Code::ZipFeature, |entry| entry.offset = Some(u32::MAX)),
    ];
    for (number, (code, change)) in changes.into_iter().enumerate() {
        let mut zip = sound().zip();
        change(zip.entry(FIRST));
        let refused = wheel::check_alone(WHEEL, &zip.build(), false);
        let Err(Error::UnsoundWheel(faults)) = refused else { panic!("{number}: {refused:?}") };
        let is_reported = faults.iter().any(|fault| fault.code == code && fault.entry == FIRST);
        assert!(is_reported, "{number}: {faults:?}");
    }
}

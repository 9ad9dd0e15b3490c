//! Archives that hold too much, by ratio or by size.

use super::zip::x;
use super::{Case, FaultCode as Code, How::Archive, WHEEL};
use crate::install::tests::zip_builder::{Entry, ZipBuilder};

const X: &str = "pip/x.py";

/// A bare entry of zeros.
fn zeros(size: u32) -> Entry {
    Entry::new("pip/zeros", &vec![0; size as usize])
}

/// An entry that states this size, and holds zeros of a fortieth of it.
fn padded(name: &str, size: u32) -> Entry {
    let mut entry = Entry::new(name, b"");
    entry.pack(vec![0; size as usize / 40]);
    entry.both(|header| header.size = size);
    entry
}

/// The largest size that the entry may state: 200 times its packed size, a mebibyte, and the size of
/// the archive.
fn most(zip: &mut ZipBuilder) -> u32 {
    let length = u32::try_from(zip.build().len()).expect("it is short");
    x(zip).central.packed * 200 + (1 << 20) + length
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        ("a bomb", Code::Bomb, "pip/zeros", Archive(|f| f.entries.push(zeros(2 << 20)))),
        (
            "a bomb of many",
            Code::Bomb,
            WHEEL,
            Archive(|f| {
                for number in 0..20 {
                    let mut entry = zeros(1 << 20);
                    entry.both(|h| h.name = format!("pip/zeros{number}").into_bytes());
                    f.entries.push(entry);
                }
            }),
        ),
        (
            "a bomb of many, just above what all may hold",
            Code::Bomb,
            WHEEL,
            Archive(|f| {
                for number in 0..17 {
                    let mut entry = Entry::new(&format!("pip/zeros{number}"), b"");
                    entry.both(|h| h.size = 1 << 20);
                    f.entries.push(entry);
                }
            }),
        ),
        (
            "a bomb just above what an entry may hold",
            Code::Bomb,
            X,
            Archive(|f| {
                let most = most(f);
                x(f).both(|h| h.size = most + 1);
            }),
        ),
        (
            "as much as an entry may hold, and nothing of it there",
            Code::Damaged,
            X,
            Archive(|f| {
                let most = most(f);
                x(f).both(|h| h.size = most);
            }),
        ),
        (
            "a bomb that states what it does not hold",
            Code::Bomb,
            X,
            Archive(|f| x(f).both(|h| h.size = 1 << 31)),
        ),
        (
            "a script larger than memory for it",
            Code::TooLarge,
            WHEEL,
            Archive(|f| f.entries.push(padded("pip-30.3.data/scripts/x", 129 << 20))),
        ),
        (
            "metadata larger than memory for it",
            Code::TooLarge,
            WHEEL,
            Archive(|f| f.entries.push(padded("pip-30.3.dist-info/licenses/x", 129 << 20))),
        ),
        (
            "more contents than there may be",
            Code::TooLarge,
            WHEEL,
            Archive(|f| {
                let numbers = 0..206;
                f.entries.extend(numbers.map(|n| padded(&format!("pip/{n}"), 10 << 20)));
            }),
        ),
    ]
}

//! Archives that are hostile by their bytes: what hides, overlaps or disagrees.

use super::sound;
use super::{CONTENTS, Case, FaultCode as Code, How::Archive, How::Bytes, WHEEL};
use crate::install::tests::zip_builder::{Entry, ZipBuilder, deflate, extra};

/// The entry that is spoiled.
const X: &str = "pip/x.py";

pub(super) fn x(zip: &mut ZipBuilder) -> &mut Entry {
    zip.entry(X)
}

/// A file that `RECORD` does not have to list.
pub(super) const SIGNATURE: &str = "pip-30.3.dist-info/RECORD.jws";

/// An entry that is in the directory alone.
fn phantom(zip: &ZipBuilder, name: &str, at: usize) -> Entry {
    let mut entry = zip.entries[0].clone();
    entry.is_phantom = true;
    entry.offset = u32::try_from(at).ok();
    entry.both(|header| header.name = name.into());
    entry
}

/// The bytes of an entry without an archive around it.
fn lone(name: &str) -> Vec<u8> {
    ZipBuilder { entries: vec![Entry::new(name, b"")], ..ZipBuilder::default() }.build_entries()
}

pub(super) fn cases() -> Vec<Case> {
    [wholes(), layouts(), disagreements(), features(), contents()].into_iter().flatten().collect()
}

/// The end record and the directory.
fn wholes() -> Vec<Case> {
    vec![
        ("nothing at all", Code::Archive, WHEEL, Bytes(|_| Vec::new())),
        ("something else", Code::Archive, WHEEL, Bytes(|_| b"#!/bin/sh\nexit 0\n".repeat(9))),
        ("the first half", Code::Archive, WHEEL, Bytes(|b| b[..b.len() / 2].to_vec())),
        ("all but the last byte", Code::Archive, WHEEL, Bytes(|b| b[..b.len() - 1].to_vec())),
        ("trailing bytes", Code::StrayBytes, WHEEL, Archive(|f| f.after = b"evil".to_vec())),
        (
            "an archive comment",
            Code::StrayBytes,
            WHEEL,
            Archive(|f| (f.after, f.comment_length) = (b"evil".to_vec(), 4)),
        ),
        ("a comment not there", Code::Archive, WHEEL, Archive(|f| f.comment_length = 4)),
        (
            "another archive appended",
            Code::StrayBytes,
            WHEEL,
            Bytes(|bytes| [bytes, sound().file("evil.py", "").build()].concat()),
        ),
        (
            "an end record appended",
            Code::StrayBytes,
            WHEEL,
            Bytes(|bytes| [bytes.clone(), bytes[bytes.len() - 22..].to_vec()].concat()),
        ),
        ("a program before it", Code::StrayBytes, WHEEL, Archive(|f| f.before = b"MZ".to_vec())),
        (
            "bytes after the directory",
            Code::StrayBytes,
            WHEEL,
            Archive(|f| f.before_end = b"evil".to_vec()),
        ),
        (
            "a directory longer than its entries",
            Code::StrayBytes,
            WHEEL,
            Archive(|f| (f.before_end, f.size) = (b"evil".to_vec(), 4)),
        ),
        ("fewer entries than stated", Code::Archive, WHEEL, Archive(|f| f.count = 1)),
        (
            "more entries than stated",
            Code::StrayBytes,
            WHEEL,
            Archive(|f| f.count = 1_u16.wrapping_neg()),
        ),
        ("a directory that is longer", Code::Archive, WHEEL, Archive(|f| f.size = 1)),
        (
            "a directory that is shorter",
            Code::StrayBytes,
            WHEEL,
            Archive(|f| f.size = 1_u32.wrapping_neg()),
        ),
        ("a directory elsewhere", Code::Archive, WHEEL, Archive(|f| f.offset = 1 << 30)),
        ("several disks", Code::ZipFeature, WHEEL, Archive(|f| f.disk = 1)),
        (
            "as many entries as ZIP64 begins at",
            Code::ZipFeature,
            WHEEL,
            Archive(|f| f.count = u16::MAX - u16::try_from(f.entries.len()).unwrap_or_default()),
        ),
        (
            "a ZIP64 end record",
            Code::ZipFeature,
            WHEEL,
            Archive(|f| {
                f.before_end = [&b"PK\x06\x06"[..], &[0; 52], b"PK\x06\x07", &[0; 16]].concat();
            }),
        ),
        (
            "a ZIP64 pointer in the directory",
            Code::ZipFeature,
            WHEEL,
            Archive(|f| {
                let last = f.entries.last_mut().expect("it is there");
                last.central.extra = extra(0x5455, &[&b"PK\x06\x07"[..], &[0; 16]].concat());
            }),
        ),
        (
            "too many entries",
            Code::TooLarge,
            WHEEL,
            Archive(|f| f.count = 50_001 - u16::try_from(f.entries.len()).unwrap_or_default()),
        ),
    ]
}

/// Which byte belongs to what.
fn layouts() -> Vec<Case> {
    vec![
        (
            "bytes before the first entry",
            Code::StrayBytes,
            "pip/__init__.py",
            Archive(|f| f.entries[0].before = b"evil".to_vec()),
        ),
        ("bytes between entries", Code::StrayBytes, X, Archive(|f| x(f).before = vec![0])),
        (
            "bytes before the directory",
            Code::StrayBytes,
            WHEEL,
            Archive(|f| f.before_directory = b"evil".to_vec()),
        ),
        (
            "an entry that the directory does not have",
            Code::StrayBytes,
            X,
            Archive(|f| {
                x(f).before = lone("evil.py");
            }),
        ),
        (
            "two names for one entry",
            Code::Overlap,
            "pip/quoted.py",
            Archive(|f| {
                let entry = phantom(f, "pip/quoted.py", 0);
                f.entries.push(entry);
            }),
        ),
        (
            "an entry inside another",
            Code::Overlap,
            "pip/inner.py",
            Archive(|f| {
                let at = f.build_entries().len() + 30 + SIGNATURE.len();
                f.entries.push(Entry::new(SIGNATURE, b"").stored(&lone("pip/inner.py")));
                let entry = phantom(f, "pip/inner.py", at);
                f.entries.push(entry);
            }),
        ),
        (
            "an entry that runs into the directory",
            Code::Overlap,
            "pip-30.3.dist-info/RECORD",
            Archive(|f| f.entries.last_mut().expect("it is there").both(|h| h.packed += 9)),
        ),
        (
            "a header that is none",
            Code::Archive,
            "pip/__init__.py",
            Bytes(|mut bytes| {
                bytes[2] = b'!';
                bytes
            }),
        ),
    ]
}

/// What the two headers of an entry say.
fn disagreements() -> Vec<Case> {
    vec![
        (
            "another name in front",
            Code::HeaderMismatch,
            X,
            Archive(|f| x(f).local.name = b"pip/y.py".to_vec()),
        ),
        (
            "a longer name in front",
            Code::HeaderMismatch,
            X,
            Archive(|f| x(f).local.name = b"../../evil.py".to_vec()),
        ),
        ("another method in front", Code::HeaderMismatch, X, Archive(|f| x(f).local.method = 0)),
        ("other flags in front", Code::HeaderMismatch, X, Archive(|f| x(f).local.flags = 2)),
        (
            "another checksum in front",
            Code::HeaderMismatch,
            X,
            Archive(|f| x(f).local.checksum ^= 1),
        ),
        ("another size in front", Code::HeaderMismatch, X, Archive(|f| x(f).local.size += 1)),
        (
            "another packed size in front",
            Code::HeaderMismatch,
            X,
            Archive(|f| x(f).local.packed -= 1),
        ),
        ("another time in front", Code::HeaderMismatch, X, Archive(|f| x(f).local.time ^= 1)),
    ]
}

/// What no wheel has need of.
fn features() -> Vec<Case> {
    vec![
        ("encryption", Code::ZipFeature, X, Archive(|f| x(f).both(|h| h.flags = 1))),
        ("strong encryption", Code::ZipFeature, X, Archive(|f| x(f).both(|h| h.flags = 0x41))),
        ("a data descriptor", Code::ZipFeature, X, Archive(|f| x(f).both(|h| h.flags = 8))),
        ("patched data", Code::ZipFeature, X, Archive(|f| x(f).both(|h| h.flags = 0x20))),
        ("masked headers", Code::ZipFeature, X, Archive(|f| x(f).both(|h| h.flags = 0x2000))),
        ("bzip2", Code::ZipFeature, X, Archive(|f| x(f).both(|h| h.method = 12))),
        ("LZMA", Code::ZipFeature, X, Archive(|f| x(f).both(|h| h.method = 14))),
        ("Zstandard", Code::ZipFeature, X, Archive(|f| x(f).both(|h| h.method = 93))),
        ("deflate64", Code::ZipFeature, X, Archive(|f| x(f).both(|h| h.method = 9))),
        ("another disk", Code::ZipFeature, X, Archive(|f| x(f).disk = 1)),
        ("an entry's comment", Code::ZipFeature, X, Archive(|f| x(f).comment = b"evil".to_vec())),
        ("a version to come", Code::ZipFeature, X, Archive(|f| x(f).both(|h| h.version = 63))),
        (
            "a ZIP64 field",
            Code::ZipFeature,
            X,
            Archive(|f| x(f).central.extra = extra(1, &[0; 16])),
        ),
        (
            "an odd ZIP64 field in front",
            Code::ZipFeature,
            X,
            Archive(|f| x(f).local.extra = extra(1, &[0; 7])),
        ),
        (
            "another name in Unicode",
            Code::ZipFeature,
            X,
            Archive(|f| x(f).central.extra = extra(0x7075, b"\x01\0\0\0\0../evil.py")),
        ),
        (
            "another comment in Unicode",
            Code::ZipFeature,
            X,
            Archive(|f| x(f).central.extra = extra(0x6375, b"\x01\0\0\0\0evil")),
        ),
        (
            "an unknown extra field",
            Code::ZipFeature,
            X,
            Archive(|f| x(f).local.extra = extra(0xcafe, b"")),
        ),
        (
            "an extra field twice",
            Code::ZipFeature,
            X,
            Archive(|f| x(f).both(|h| h.extra = extra(0x5455, b"\0").repeat(2))),
        ),
        (
            "an extra field without an end",
            Code::ZipFeature,
            X,
            Archive(|f| x(f).both(|h| h.extra = b"UT\x05\0\x01".to_vec())),
        ),
        (
            "an extra field without a beginning",
            Code::ZipFeature,
            X,
            Archive(|f| x(f).both(|h| h.extra = b"UT".to_vec())),
        ),
        (
            "times of length 0, which one reader skips and another one rejects",
            Code::ReaderMismatch,
            WHEEL,
            Archive(|f| x(f).both(|h| h.extra = extra(0x5455, b""))),
        ),
    ]
}

/// What is in the data.
fn contents() -> Vec<Case> {
    vec![
        ("another checksum", Code::Damaged, X, Archive(|f| x(f).both(|h| h.checksum ^= 1))),
        ("more than it states", Code::Damaged, X, Archive(|f| x(f).both(|h| h.size -= 1))),
        ("less than it states", Code::Damaged, X, Archive(|f| x(f).both(|h| h.size += 1))),
        ("all, and nothing stated", Code::Damaged, X, Archive(|f| x(f).both(|h| h.size = 0))),
        (
            "data that is not packed",
            Code::Damaged,
            X,
            Archive(|f| x(f).pack(b"\xff\xff\xff\xff".to_vec())),
        ),
        (
            "data without an end",
            Code::Damaged,
            X,
            Archive(|f| {
                let data = x(f).data.clone();
                x(f).pack(data[..data.len() - 1].to_vec());
            }),
        ),
        (
            "bytes after the packed data",
            Code::StrayBytes,
            X,
            Archive(|f| {
                let data = [&x(f).data[..], b"evil"].concat();
                x(f).pack(data);
            }),
        ),
        (
            "two sets of packed data",
            Code::StrayBytes,
            X,
            Archive(|f| {
                let data = [&x(f).data[..], &deflate(b"evil")].concat();
                x(f).pack(data);
            }),
        ),
        (
            "stored with two sizes",
            Code::Damaged,
            X,
            Archive(|f| {
                let entry = x(f).clone().stored(CONTENTS.as_bytes());
                *x(f) = entry;
                x(f).both(|h| h.size += 1);
            }),
        ),
    ]
}

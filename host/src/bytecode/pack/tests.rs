//! The form of a pack: what is written is read again, and nothing else.

use super::format::{BytecodeEntry, Header, SourceEntry, Unpacked, WheelFile, decode, encode};
use crate::digest::sha256;
use std::fs;

/// Two sources with bytecode, and one without.
fn header(forms: [&[u8]; 2]) -> Header {
    let entry = |name: &str, form: Option<&[u8]>| SourceEntry {
        sha256: sha256(name.as_bytes()),
        size: name.len() as u64,
        bytecode: form.map(|form| BytecodeEntry { sha256: sha256(form), size: form.len() as u64 }),
    };
    Header {
        implementation: "cpython".to_owned(),
        version: [3, 13],
        cache_tag: "cpython-313".to_owned(),
        magic: "f30d0d0a".to_owned(),
        wheel: WheelFile { name: "pip-1-py3-none-any.whl".to_owned(), sha256: sha256(b"wheel") },
        entries: vec![entry("a", Some(forms[0])), entry("b", None), entry("c", Some(forms[1]))],
    }
}

const FORMS: [&[u8]; 2] = [b"\xf3\x0d\x0d\x0afirst first first", b"\xf3\x0d\x0d\x0a"];

fn pack() -> Vec<u8> {
    encode(&header(FORMS), &FORMS).expect("there is memory")
}

/// The reason for which a pack is refused.
fn reason(pack: &[u8]) -> String {
    decode(pack).map(drop).expect_err("it is refused")
}

#[test]
fn bytecode_pack_round_trips() {
    let Unpacked { header: read, forms } = decode(&pack()).expect("it is sound");
    assert_eq!(read, header(FORMS));
    assert_eq!(forms, [Some(FORMS[0].to_vec()), None, Some(FORMS[1].to_vec())]);
}

/// Fuzzing begins with packs that are accepted, or it would not come far.
#[test]
fn bytecode_pack_seeds_of_fuzzing_are_accepted() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds/pack");
    let seeds = fs::read_dir(seeds).expect("there are some").flatten();
    let accepted = seeds.map(|seed| {
        let Unpacked { forms, .. } = decode(&fs::read(seed.path()).expect("it can be read"))
            .unwrap_or_else(|reason| panic!("{}: {reason}", seed.path().display()));
        forms.iter().flatten().count()
    });
    assert!(accepted.max() > Some(0), "one has bytecode");
}

/// A change that decoding accepts shows in the header, which is compared with what is wanted, or
/// makes no difference.
#[test]
fn bytecode_pack_damage_is_refused_or_visible() {
    let pack = pack();
    for end in 0..pack.len() {
        reason(&pack[..end]);
    }
    assert_eq!(reason(&[&pack[..], b"\0"].concat()), "there is something after its end");
    let whole = decode(&pack).expect("it is sound");
    for position in 0..pack.len() {
        for bit in 0..8 {
            let mut changed = pack.clone();
            changed[position] ^= 1 << bit;
            if let Ok(read) = decode(&changed) {
                assert_eq!(read.forms, whole.forms, "{position}, {bit}");
                let is_header = position < pack.iter().rposition(|byte| *byte == b'}').unwrap_or(0);
                assert_eq!(read.header != whole.header, is_header, "{position}, {bit}");
            }
        }
    }
}

#[test]
fn bytecode_pack_beyond_limits_is_refused() {
    let encoded = |change: &dyn Fn(&mut Header)| {
        let mut header = header(FORMS);
        change(&mut header);
        encode(&header, &FORMS).expect("there is memory")
    };
    let size = |size: u64| {
        encoded(&|header: &mut Header| {
            let stated = header.entries[0].bytecode.as_mut().expect("it has bytecode");
            stated.size = size;
        })
    };
    assert_eq!(reason(&size(257 << 20)), "its bytecode has more than 256 MiB");
    assert_eq!(reason(&size(u64::MAX)), "its bytecode has more than 256 MiB");
    assert_eq!(reason(&size(200 << 20)), "it is incomplete", "no stream is packed like this");
    assert_eq!(reason(&size(1000)), "it is incomplete");
    assert_eq!(reason(&size(0)), "it has more bytecode than it states");
    let many = encoded(&|header: &mut Header| {
        for number in 0..60_000 {
            let sha256 = format!("{number}");
            header.entries.push(SourceEntry { sha256, size: 0, bytecode: None });
        }
    });
    assert_eq!(reason(&many), "it has more than 60000 entries");
    let twice = encoded(&|header: &mut Header| {
        header.entries[1].sha256 = header.entries[0].sha256.clone();
    });
    assert!(reason(&twice).starts_with("it has two entries for the source"));
    let magic = encoded(&|header: &mut Header| header.magic = "f20d0d0a".to_owned());
    assert!(reason(&magic).ends_with("has another magic number than stated"));
}

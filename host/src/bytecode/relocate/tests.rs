//! Bytecode that CPython has compiled, and modules that are made by hand.

use super::{Layout, MINORS};

/// The path in the bytecode that the tests begin with.
pub(in crate::bytecode) const PATH: &str = "/seed.py";

/// The time in it.
const MODIFIED: u64 = 1_600_000_000;

/// Bytecode that each CPython has compiled, by its minor release.
const SEEDS: &[(u32, &[u8])] = &[
    (6, include_bytes!("../../../../fuzz/seeds/bytecode/3.6")),
    (7, include_bytes!("../../../../fuzz/seeds/bytecode/3.7")),
    (8, include_bytes!("../../../../fuzz/seeds/bytecode/3.8")),
    (9, include_bytes!("../../../../fuzz/seeds/bytecode/3.9")),
    (10, include_bytes!("../../../../fuzz/seeds/bytecode/3.10")),
    (11, include_bytes!("../../../../fuzz/seeds/bytecode/3.11")),
    (12, include_bytes!("../../../../fuzz/seeds/bytecode/3.12")),
    (13, include_bytes!("../../../../fuzz/seeds/bytecode/3.13")),
    (14, include_bytes!("../../../../fuzz/seeds/bytecode/3.14")),
    (15, include_bytes!("../../../../fuzz/seeds/bytecode/3.15")),
];

/// The oldest and the newest layout, and bytecode in them.
pub(in crate::bytecode) fn samples() -> [(Layout, &'static [u8]); 2] {
    [SEEDS[0], SEEDS[SEEDS.len() - 1]].map(|(minor, bytecode)| (layout(minor), bytecode))
}

fn layout(minor: u32) -> Layout {
    Layout::of("cpython", [3, minor, 0]).expect("it is known")
}

/// Constants and the path of a module that is not converted, and the reason.
type Refused<'module> = (&'module [&'module [u8]], &'module [u8], &'module str);

/// A code object of CPython 3.6 that has these constants, and this object as its path.
fn code(constants: &[&[u8]], path: &[u8]) -> Vec<u8> {
    let count = u8::try_from(constants.len()).expect("they are few");
    let code = [&[b'c'][..], &[0; 20], b"s\0\0\0\0)", &[count], &constants.concat()];
    [&code.concat()[..], &b")\0".repeat(4), path, b"z\x01m\0\0\0\0s\0\0\0\0"].concat()
}

/// A file of CPython 3.6 with such a module.
fn module(constants: &[&[u8]], path: &[u8]) -> Vec<u8> {
    [&b"3.6!time"[..], b"size", &code(constants, path)].concat()
}

/// Whether such a module is converted.
fn is_taken(constants: &[&[u8]], path: &[u8]) -> bool {
    let bytecode = module(constants, path);
    let canonical = layout(6).canonical(&bytecode, "/p");
    let time = u64::from(u32::from_le_bytes(*b"time"));
    if let Some(canonical) = &canonical {
        assert_eq!(layout(6).relocated(canonical, "/p", time).as_ref(), Some(&bytecode));
    }
    canonical.is_some()
}

#[test]
fn bytecode_layout_is_known_for_stated_versions_of_cpython() {
    let known = |implementation, version| Layout::of(implementation, version).is_some();
    assert!(SEEDS.iter().map(|(minor, _)| *minor).eq(MINORS), "each of them has a seed");
    for minor in MINORS {
        assert!(known("cpython", [3, minor, 1]), "3.{minor}");
        assert!(!known("pypy", [3, minor, 1]), "3.{minor}");
    }
    for version in [[2, 7, 18], [3, 5, 0], [3, 16, 0], [4, 6, 0]] {
        assert!(!known("cpython", version), "{version:?}");
    }
}

#[test]
fn bytecode_of_every_python_comes_back_from_canonical_form() {
    for (minor, bytecode) in SEEDS {
        let layout = layout(*minor);
        let canonical = layout.canonical(bytecode, PATH).expect("it is understood");
        assert_eq!(canonical.len(), bytecode.len() - PATH.len(), "3.{minor}");
        assert!(!canonical.windows(PATH.len()).any(|window| window == PATH.as_bytes()));
        let relocated = layout.relocated(&canonical, PATH, MODIFIED);
        assert_eq!(relocated.as_deref(), Some(*bytecode), "3.{minor}");
        assert_eq!(layout.canonical(bytecode, "/other.py"), None, "3.{minor}");
    }
}

#[test]
fn bytecode_takes_paths_of_any_length_and_alphabet() {
    let long = format!("/{}", "l".repeat(255));
    // Paths, and how they begin in CPython 3.6 and in 3.15.
    let cases: [(&str, [&[u8]; 2]); 6] = [
        ("/p", [b"\xfa\x02/p", b"\xda\x02/p"]),
        ("/with a space", [b"\xfa\x0d/with", b"\xda\x0d/with"]),
        (&long[..255], [b"\xfa\xff/ll", b"\xda\xff/ll"]),
        (&long, [b"\xe1\0\x01\0\0/ll", b"\xc1\0\x01\0\0/ll"]),
        ("/é", [b"\xf5\x03\0\0\0/\xc3\xa9", b"\xf4\x03\0\0\0/\xc3\xa9"]),
        ("/𝄞", [b"\xf5\x05\0\0\0/\xf0\x9d", b"\xf4\x05\0\0\0/\xf0\x9d"]),
    ];
    for (path, starts) in cases {
        for ((layout, bytecode), start) in samples().into_iter().zip(starts) {
            let canonical = layout.canonical(bytecode, PATH).expect("it is understood");
            let relocated = layout.relocated(&canonical, path, 1).expect("it can be there");
            let found = relocated.windows(start.len()).any(|window| window == start);
            assert!(found, "{path}: {relocated:?}");
            assert_eq!(layout.canonical(&relocated, path), Some(canonical), "{path}");
        }
    }
}

#[test]
fn bytecode_header_gets_time_but_no_time_beside_a_hash() {
    for (layout, bytecode) in samples() {
        let canonical = layout.canonical(bytecode, PATH).expect("it is understood");
        let start = layout.header_size() - 8;
        let time =
            |form: &[u8]| u32::from_le_bytes(*form[start..].first_chunk().expect("it is long"));
        assert_eq!(time(&canonical), 0);
        for (modified, expected) in [(7, 7), (u64::from(u32::MAX), u32::MAX), ((1 << 32) + 9, 9)] {
            let relocated = layout.relocated(&canonical, PATH, modified).expect("it can be there");
            assert_eq!(time(&relocated), expected);
        }
    }
    let (layout, mut bytecode) = (layout(8), SEEDS[2].1.to_vec());
    bytecode[4..8].copy_from_slice(&[3, 0, 0, 0]);
    let canonical = layout.canonical(&bytecode, PATH).expect("it is understood");
    assert_eq!(canonical[..16], bytecode[..16], "the hash stays");
    assert_eq!(layout.relocated(&canonical, PATH, 7), Some(bytecode.clone()));
    for flags in [[1, 0, 0, 0], [2, 0, 0, 0], [4, 0, 0, 0], [0, 0, 0, 1]] {
        bytecode[4..8].copy_from_slice(&flags);
        assert_eq!(layout.canonical(&bytecode, PATH), None, "{flags:?}");
    }
}

/// Bytecode with a time is that with a hash but for the header.
#[test]
fn bytecode_with_hash_gets_time_and_size_instead() {
    for (minor, bytecode) in SEEDS {
        let layout = layout(*minor);
        let canonical = layout.canonical(bytecode, PATH).expect("it is understood");
        let (header, code) = canonical.split_at(layout.header_size());
        let form = |rest: &[u8]| [&header[..4], rest, code].concat();
        let hashed = form(b"\x03\0\0\0the hash");
        let timed = form(b"\0\0\0\0\0\0\0\0\x01\x02\0\0");
        let expected = (*minor >= 7).then(|| timed.clone());
        for size in [0x201, (7 << 32) + 0x201] {
            assert_eq!(layout.timed(&hashed, size), expected, "3.{minor}");
        }
        for other in [&timed, &form(b"\x01\0\0\0the hash"), &hashed[..15]] {
            assert_eq!(layout.timed(other, 0x201), None, "3.{minor}");
        }
    }
}

/// Constants and paths of hand-made modules. A string that can be named has 128 added to its type.
#[test]
fn bytecode_is_converted_if_its_path_is_understood() {
    let path = b"\xfa\x02/p";
    let inner = |path: &[u8]| code(&[], path);
    let nested = inner(path);
    assert!(is_taken(&[], path));
    assert!(is_taken(&[b"N", b"z\x01x", b"\xfa\x01x", b"r\0\0\0\0"], path));
    assert!(is_taken(&[&nested], b"r\0\0\0\0"), "it is written where it occurs first");
    assert!(is_taken(&[b"\xe9\0\0\0\0", &nested], b"r\x01\0\0\0"), "another has number 0");
    assert!(is_taken(&[b"\xa9\x01\xe9\0\0\0\0", &nested], b"r\x02\0\0\0"), "a tuple counts first");
    assert!(is_taken(&[b"\xba\xe9\0\0\0\0NN", &nested], b"r\x02\0\0\0"), "and so does a slice");
    assert!(is_taken(&[&nested, &inner(b"r\0\0\0\0")], b"r\0\0\0\0"));
    assert!(is_taken(&[b"l\xfe\xff\xff\xff1234", b"g12345678", b"y1234567812345678"], path));
    assert!(is_taken(&[b">\x02\0\0\0z\x01ai\0\0\0\0", b"(\0\0\0\0", b"F", b"T", b"."], path));

    let refused: &[Refused] = &[
        (&[], b"z\x02/p", "nothing can refer to it"),
        (&[], b"\xfa\x02/o", "it is another"),
        (&[], b"\xf3\x02\0\0\0/p", "it is bytes"),
        (&[], b"\xe1\x02\0\0\0/p", "it has a longer form"),
        (&[], b"N", "there is none"),
        (&[b"\xfa\x02/p"], b"r\0\0\0\0", "it is a constant first"),
        (&[b"z\x02/p"], path, "a constant equals it"),
        (&[b"u\x02\0\0\0/p"], path, "a constant of another form equals it"),
        (&[&nested, b"r\0\0\0\0"], b"r\0\0\0\0", "a constant refers to it"),
        (&[&nested, b")\x01r\0\0\0\0"], b"r\0\0\0\0", "one in a tuple does"),
        (&[&nested], path, "there are two"),
        (&[b"\xe9\0\0\0\0", &nested], b"r\0\0\0\0", "it refers to a number"),
        (&[&nested], b"r\x01\0\0\0", "it refers to nothing"),
        (&[&nested], b"i\0\0\0\0", "it is a number"),
        (&[b"r\0\0\0\0"], path, "a constant refers to what comes later"),
        (&[b"\xce"], path, "a constant that is never named"),
        (&[b"\xf2\0\0\0\0"], path, "a reference that is named"),
        (&[b"[\0\0\0\0"], path, "a list"),
        (&[b"{0"], path, "a dictionary"),
        (&[b"<\0\0\0\0"], path, "a set that can be changed"),
        (&[b"0"], path, "nothing at all"),
        (&[b"(\xff\xff\xff\xff"], path, "a size below zero"),
        (&[b"s\xff\xff\xff\x7f"], path, "a size beyond the end"),
        (&[b"l\0\0\0\x80"], path, "digits beyond the end"),
    ];
    for (constants, path, reason) in refused {
        assert!(!is_taken(constants, path), "{reason}");
    }
    let bytecode = module(&[], path);
    assert_eq!(layout(6).canonical(&[&bytecode[..], b"N"].concat(), "/p"), None, "more follows");
    let tuple = [b"3.6!timesize)\x01", &code(&[], path)[..]].concat();
    assert_eq!(layout(6).canonical(&tuple, "/p"), None, "it is no code object");
    assert_eq!(layout(8).canonical(&bytecode, "/p"), None, "it is of another version");
}

/// A source may hold the path that it gets as a constant, and builds without a GIL merge the two.
#[test]
fn bytecode_is_not_put_at_a_path_that_it_contains() {
    for (layout, bytecode) in samples() {
        let canonical = layout.canonical(bytecode, PATH).expect("it is understood");
        for (path, is_there) in [("a text", true), ("Name", true), ("é", true), ("a tex", false)] {
            assert_eq!(layout.relocated(&canonical, path, 1).is_none(), is_there, "{path}");
        }
    }
}

#[test]
fn bytecode_nested_without_end_is_refused() {
    let path = b"\xfa\x02/p";
    for (depth, expected) in [(900, true), (1100, false), (1_000_000, false)] {
        let nested = [b")\x01".repeat(depth), b"N".to_vec()].concat();
        assert_eq!(is_taken(&[&nested], path), expected, "{depth}");
    }
}

/// Whatever is accepted comes back as it was: nothing in it was overlooked.
#[test]
fn bytecode_that_is_changed_is_refused_or_comes_back_the_same() {
    for (minor, bytecode) in SEEDS {
        let layout = layout(*minor);
        for end in 0..bytecode.len() {
            assert_eq!(layout.canonical(&bytecode[..end], PATH), None, "3.{minor}, cut at {end}");
        }
        let mut refused = 0;
        for position in 0..bytecode.len() {
            for bit in 0..8 {
                let mut changed = bytecode.to_vec();
                changed[position] ^= 1 << bit;
                let Some(canonical) = layout.canonical(&changed, PATH) else {
                    refused += 1;
                    continue;
                };
                let start = layout.header_size() - 8;
                let time: [u8; 4] = *changed[start..].first_chunk().expect("it is long enough");
                let time = u64::from(u32::from_le_bytes(time));
                let relocated = layout.relocated(&canonical, PATH, time);
                assert_eq!(relocated.as_ref(), Some(&changed), "3.{minor}, {position}, {bit}");
            }
        }
        assert!(refused > bytecode.len(), "3.{minor}: only {refused} were refused");
    }
}

//! Bytecode that may be cached. What is accepted comes back as it was, with the same path and time.
//! At another path it has the same canonical form; it is refused there only if it contains that path.

#![no_main]

use libfuzzer_sys::fuzz_target;

/// A minor release of CPython 3 for each form of bytecode.
const MINORS: [u32; 4] = [6, 7, 8, 11];

/// The path in the seeds.
const PATH: &str = "/seed.py";

/// A time that has more bits than are written, and its lowest 32 bits.
const MODIFIED: u64 = (5 << 32) + 7;

fuzz_target!(|bytes: &[u8]| {
    let long = format!("/{}/seed.py", "l".repeat(300));
    for minor in MINORS {
        let _ = host_readers::relocated(minor, bytes, PATH, MODIFIED);
        let Some(canonical) = host_readers::canonical(minor, bytes, PATH) else { continue };
        assert_eq!(time(minor, &canonical), time(minor, bytes).map(|_| 0));
        let modified = time(minor, bytes).unwrap_or(MODIFIED);
        let same = host_readers::relocated(minor, &canonical, PATH, modified);
        assert_eq!(same.as_deref(), Some(bytes), "3.{minor}");
        for path in ["/s.py", "/a place/seed.py", "/ä/seed.py", &long] {
            match host_readers::relocated(minor, &canonical, path, MODIFIED) {
                Some(moved) => {
                    assert_eq!(
                        host_readers::canonical(minor, &moved, path).as_ref(),
                        Some(&canonical)
                    );
                    assert_eq!(time(minor, &moved), time(minor, bytes).map(|_| 7));
                }
                None => assert!(contains(&canonical, path.as_bytes()), "3.{minor}: {path}"),
            }
        }
    }
});

/// The time in a header; none if it has the hash of the source.
fn time(minor: u32, bytecode: &[u8]) -> Option<u64> {
    let start = if minor == 6 { 4 } else { 8 };
    let has_hash = minor != 6 && bytecode[4] != 0;
    let time = *bytecode[start..].first_chunk().expect("it has a header");
    (!has_hash).then_some(u64::from(u32::from_le_bytes(time)))
}

fn contains(bytecode: &[u8], path: &[u8]) -> bool {
    bytecode.windows(path.len()).any(|window| window == path)
}

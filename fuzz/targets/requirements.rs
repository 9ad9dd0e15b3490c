//! By the first byte: a requirements file, a lock file, or lines of `Requires-Dist`. Names of projects are in
//! the form for comparisons, digests are those of SHA-256, no project is listed twice, and what is missing is
//! one line each.

#![no_main]

use host_readers::{Listed, locked, missing, pinned};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    match kind % 3 {
        0 => check(pinned(text), false),
        1 => check(locked(text), true),
        _ => {
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let missing = missing(&lines);
            assert!(missing.len() <= lines.len());
            assert!(missing.iter().all(|line| line.starts_with("demo 1.0 requires `")));
            assert!(missing.iter().all(|line| !line.contains('\n')), "{missing:?}");
        }
    }
});

/// Checks what was listed. Lock files have hashes for all.
fn check(listed: Option<Vec<Listed>>, has_hashes: bool) {
    let Some(listed) = listed else { return };
    let mut names = BTreeSet::new();
    for Listed { name, hashes } in &listed {
        let is_canonical = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(
            !name.is_empty() && name.chars().all(is_canonical) && !name.contains("--"),
            "{name:?}"
        );
        assert!(names.insert(name), "{name:?} is listed twice");
        assert!(!has_hashes || !hashes.is_empty(), "{name:?} has no hash");
        let is_digest = |hash: &String| {
            hash.len() == 64
                && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        assert!(hashes.iter().all(is_digest), "{hashes:?}");
    }
}

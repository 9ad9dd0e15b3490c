//! A written `RECORD` is read again, by our reader and by Python's csv module.

use super::{Python, check};
use crate::faults::Faults;
use crate::record::{Claims, Row, listed, sha256, write};
use crate::reference::Format;
use proptest::prelude::prop;
use proptest::{prop_assert, prop_assert_eq};

/// Characters that are special in a RECORD, and all others.
const PATH: &str = "([a-z,\"\\r\\n'/. \u{e9}]|\\PC){0,12}";

#[test]
fn record_rows_round_trip() {
    let Some(mut python) = Python::start() else { return };
    let rows = prop::collection::btree_map(PATH, prop::option::of(0..1000_u64), 0..6);
    check(&rows, |rows| {
        let made = rows.iter().map(|(path, size)| match size {
            Some(size) => Row::hashed(path.clone(), &sha256(path.as_bytes()), *size),
            None => Row::bare(path.clone()),
        });
        let written = write(&mut made.rev().collect::<Vec<_>>());
        let text = String::from_utf8(written.clone()).expect("paths are text");

        let paths: Vec<&String> = rows.keys().collect();
        let read = listed(&written);
        prop_assert!(read.iter().eq(paths.iter().copied()), "{:?}", read);
        let mut faults = Faults::default();
        let claims: Vec<_> = Claims::parse("RECORD", &written, &mut faults).into_rows().collect();
        prop_assert!(faults.codes().is_empty());
        let of_python = python.read(Format::Record, &text);
        prop_assert_eq!(of_python, Ok(claims.concat()));
        prop_assert!(claims.iter().map(|[path, ..]| path).eq(paths));
        Ok(())
    });
}

//! `RECORD`. An accepted one has the rows that Python's csv module reads; both we and Python read
//! back the paths that are written.

#![no_main]

mod support;

use ensurepip_guest::fuzzing;
use ensurepip_guest::reference::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let listed = fuzzing::listed(bytes);
    if let Some(rows) = fuzzing::claims(bytes) {
        let mut paths: Vec<&String> = listed.iter().collect();
        paths.sort();
        assert!(paths.into_iter().eq(rows.iter().map(|row| &row[0])), "{rows:?} and {listed:?}");
        let mut read = support::read(Format::Record, bytes).expect("Python reads it as well");
        let rows_of_python = read.as_chunks_mut::<3>().0;
        rows_of_python.sort();
        assert_eq!(rows_of_python, rows);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut paths: Vec<String> = text.split('\0').map(str::to_owned).collect();
    let written = fuzzing::written(&paths);
    paths.sort();
    assert_eq!(fuzzing::listed(&written), paths);
    let read = support::read(Format::Record, &written).expect("Python reads what is written");
    assert!(read.iter().step_by(3).eq(&paths), "{read:?} and {paths:?}");
});

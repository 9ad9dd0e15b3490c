//! ELF, Mach-O and PE. For every file there is an answer or an error, within the memory and the
//! time that the fuzzer is run with; and the answer is possible for a Python.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::os::unix::fs::FileExt as _;

fuzz_target!(|bytes: &[u8]| {
    let file = File::from(memfd_create("binary", MemfdFlags::CLOEXEC).expect("there is memory"));
    file.write_all_at(bytes, 0).expect("memory takes it");
    let Ok(code) = host_readers::binary(file) else { return };
    assert!((1..=8).contains(&code.machines.len()), "{code:?}");
    assert!(code.releases.iter().all(|release| *release < 100), "{code:?}");
    assert!(code.version.is_none_or(|version| version.iter().all(|part| *part < 256)), "{code:?}");
});

//! Bytecode packs. What is accepted and written again is accepted with the same contents.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(written) = host_readers::pack(bytes) {
        assert_eq!(host_readers::pack(&written), Some(written));
    }
});

#!/usr/bin/env bash
# ruzstd's streaming decoder stops after the first frame, and rejects a leading skippable frame.
#
# Expected: a decoder that implements `Read` returns what `zstd -dc` prints.
# Instead: `StreamingDecoder` ends after the first frame without an error, even if more frames follow, and
#   a leading skippable frame is an error. `FrameDecoder::decode_all` in the same crate reads all frames.
# Versions: ruzstd 0.9.1 from crates.io, zstd of the system or of Debian.
# Matters: several frames and skippable frames are normal in layers written by parallel or seekable
#   compressors. Such a layer is silently truncated.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

rust_program ruzstd@=0.9.1 <<'END'
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::io::Read;

fn main() {
    let bytes = std::fs::read(std::env::args().nth(1).unwrap()).unwrap();
    let mut text = String::new();
    match StreamingDecoder::new(&bytes[..]) {
        Ok(mut decoder) => drop(decoder.read_to_string(&mut text).unwrap()),
        Err(_) => text.push_str("error"),
    }
    let mut all = vec![0; 100];
    let length = FrameDecoder::new().decode_all(&bytes, &mut all).unwrap();
    println!("{text} {}", String::from_utf8_lossy(&all[..length]));
}
END
command -v zstd >/dev/null || debian_packages zstd
printf 'one' | zstd -q >one.zst
printf 'two' | zstd -q >two.zst
printf '\x50\x2a\x4d\x18\x04\x00\x00\x00skip' >skippable.zst
cat one.zst two.zst >both.zst
cat skippable.zst one.zst >front.zst

expect "two frames: zstd" "onetwo" "$(zstd -dc both.zst)"
expect "two frames: StreamingDecoder, decode_all" "one onetwo" "$(./program both.zst)"
expect "skippable frame in front: zstd" "one" "$(zstd -dc front.zst)"
expect "skippable frame in front: StreamingDecoder, decode_all" "error one" "$(./program front.zst)"

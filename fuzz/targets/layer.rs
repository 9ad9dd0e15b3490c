//! The blob of a layer, of any compression. An uncompressed one that is accepted has the entries that
//! Python's tarfile reads; written for a cache, it is read back; applied twice, it makes a tree of
//! which each path is clean and can be looked up.
//!
//! A block with `########` in place of the checksum gets the right one, so that headers of the seeds
//! can change.

#![no_main]

mod support;

use ensurepip_guest::reference::Format;
use ensurepip_oci::{Compression, Digest, Entry, EntryKind, Layer, Tree, read_layer};
use libfuzzer_sys::fuzz_target;
use std::fmt::Write as _;
use std::io::Read as _;

fuzz_target!(|bytes: &[u8]| {
    let blob = with_checksums(bytes);
    let digest = Digest::of(&blob);
    let is_wanted = |path: &[u8], size: u64| size < 4096 && path.len() % 2 == 0;
    let Ok(layer) =
        read_layer(&blob[..], &digest, blob.len() as u64, &digest, &is_wanted, &|| false)
    else {
        return;
    };
    assert_eq!(
        layer.compression(),
        Compression::None,
        "a digest of compressed contents is another"
    );
    let mut encoded = Vec::new();
    layer.encode(&mut encoded).expect("memory takes it");
    let again = Layer::decode(&encoded[..], &digest).expect("it was just written");
    assert!(layer.entries().eq(again.entries()));
    if let Ok(python) = support::read(Format::Layer, &blob) {
        assert_eq!(listed(&layer), python, "the left is ours, the right is Python's");
    }
    let mut tree = Tree::new();
    if tree.apply(layer).is_err() {
        return;
    }
    let count = tree.nodes().count();
    for (path, node) in tree.nodes() {
        let names = path.split(|&byte| byte == b'/');
        assert!(path.is_empty() || names.clone().all(|name| !matches!(name, b"" | b"." | b"..")));
        assert_eq!(tree.get(&path).as_ref(), Some(&node));
        if let Some(contents) = tree.contents(&node) {
            assert!(contents.bytes().all(|byte| byte.is_ok()));
        }
    }
    if tree.apply(again).is_ok() {
        assert!(tree.nodes().count() <= count, "the same names");
    }
});

fn with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for block in bytes.as_chunks_mut::<512>().0 {
        if block[148..156] == *b"########" {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
    bytes
}

/// Entries in the form of the reference.
fn listed(layer: &Layer) -> Vec<String> {
    layer.entries().flat_map(|entry| fields(&entry)).collect()
}

fn fields(entry: &Entry<'_>) -> [String; 8] {
    let path = |path: &[u8]| {
        path.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes every byte");
            text
        })
    };
    let whiteout = |name: Vec<u8>| {
        let [a, b, c, d, e, f] = [const { String::new() }; 6];
        [path(&name), "whiteout".to_owned(), a, b, c, d, e, f]
    };
    let start = entry.path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    let (kind, size, target) = match entry.kind {
        EntryKind::Directory { .. } => ("directory", 0, &b""[..]),
        EntryKind::File { size, .. } => ("file", size, &b""[..]),
        EntryKind::Link { target } => ("link", 0, target),
        EntryKind::HardLink { target } => ("hard link", 0, target),
        EntryKind::Other => ("other", 0, &b""[..]),
        EntryKind::Whiteout => {
            return whiteout([&entry.path[..start], b".wh.", &entry.path[start..]].concat());
        }
        EntryKind::OpaqueWhiteout => {
            let slash: &[u8] = if entry.path.is_empty() { b"" } else { b"/" };
            return whiteout([&entry.path[..], slash, b".wh..wh..opq"].concat());
        }
    };
    [
        path(&entry.path),
        kind.to_owned(),
        entry.mode.to_string(),
        entry.uid.to_string(),
        entry.gid.to_string(),
        entry.modified.to_string(),
        size.to_string(),
        path(target),
    ]
}

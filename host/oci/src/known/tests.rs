//! Layers as bytes and back. What is damaged is not read.

use crate::compression::Compression;
use crate::contents::Contents;
use crate::digest::Digest;
use crate::layer::{Entry, EntryKind, Layer, Records};
use std::io::{self, Read as _};

fn entries() -> Vec<Entry<'static>> {
    let entry = |path: &str, kind, modified| Entry {
        path: path.as_bytes().to_vec(),
        kind,
        mode: 0o644,
        uid: 0,
        gid: u32::MAX,
        modified,
    };
    let whiteout = |path: &str, kind| Entry { mode: 0, uid: 0, gid: 0, ..entry(path, kind, 0) };
    vec![
        entry("", EntryKind::Directory { xattrs: Vec::new() }, 0),
        entry("a", EntryKind::Directory { xattrs: vec![(b"user.a", b"1"), (b"user.b", b"")] }, -1),
        entry("a/file", EntryKind::File { size: 5, contents: Some(0) }, i64::MAX),
        entry("a/fifo", EntryKind::Other, i64::MIN),
        entry("a/large", EntryKind::File { size: u64::MAX, contents: None }, 1_600_000_000),
        entry("a/link", EntryKind::Link { target: b"../\xff" }, 1),
        entry("b", EntryKind::HardLink { target: b"a/file" }, 1),
        whiteout("a/gone", EntryKind::Whiteout),
        whiteout("", EntryKind::OpaqueWhiteout),
    ]
}

fn layer() -> io::Result<Layer> {
    let mut records = Records::default();
    for entry in entries() {
        records.push(&entry);
    }
    let mut contents = Contents::default();
    contents.append(b"hello")?;
    Ok(Layer { digest: Digest::of(b"blob"), compression: Compression::Zstd, records, contents })
}

#[test]
fn layer_is_read_back() -> io::Result<()> {
    let layer = layer()?;
    let mut bytes = Vec::new();
    layer.encode(&mut bytes)?;
    let read = Layer::decode(&bytes[..], layer.digest()).ok_or(io::ErrorKind::InvalidData)?;
    assert_eq!(read.compression(), Compression::Zstd);
    assert_eq!(read.entries().collect::<Vec<_>>(), entries());
    let mut contents = String::new();
    read.contents.part(0, 99).read_to_string(&mut contents)?;
    assert_eq!(contents, "hello");
    let mut again = Vec::new();
    read.encode(&mut again)?;
    assert_eq!(again, bytes);
    Ok(())
}

#[test]
fn damaged_or_other_layer_is_not_read() -> io::Result<()> {
    let layer = layer()?;
    let mut bytes = Vec::new();
    layer.encode(&mut bytes)?;
    for position in 0..bytes.len() {
        assert!(Layer::decode(&bytes[..position], layer.digest()).is_none(), "{position} bytes");
        for change in [1, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[position] ^= change;
            assert!(Layer::decode(&changed[..], layer.digest()).is_none(), "{position}: {change}");
        }
    }
    assert!(Layer::decode(&bytes[..], &Digest::of(b"another blob")).is_none());
    bytes.push(0);
    assert!(Layer::decode(&bytes[..], layer.digest()).is_none(), "more follows");
    Ok(())
}

#[test]
fn large_contents_are_kept_in_a_file() -> io::Result<()> {
    let mut contents = Contents::default();
    for number in 0..100_u8 {
        contents.append(&vec![number; 10_000])?;
    }
    assert_eq!(contents.length(), 1_000_000);
    std::thread::scope(|scope| {
        for number in 0..100_u8 {
            let contents = &contents;
            scope.spawn(move || {
                let mut read = Vec::new();
                let mut part = contents.part(u64::from(number) * 10_000, 10_000);
                part.read_to_end(&mut read).expect("a temporary file is read");
                assert_eq!(read, vec![number; 10_000]);
            });
        }
    });
    Ok(())
}

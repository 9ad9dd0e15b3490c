//! Trees of a few entries. `tests/layers` compares trees with those of real tools.

use super::{Kind, Tree};
use crate::compression::Compression;
use crate::contents::Contents;
use crate::digest::Digest;
use crate::error::Error;
use crate::layer::{Entry, EntryKind, Layer, Records};
use std::io::Read as _;

fn entry<'layer>(path: &str, kind: EntryKind<'layer>) -> Entry<'layer> {
    Entry { path: path.as_bytes().to_vec(), kind, mode: 0o700, uid: 1, gid: 2, modified: 3 }
}

fn directory(path: &str) -> Entry<'static> {
    entry(path, EntryKind::Directory { xattrs: Vec::new() })
}

fn file(path: &str) -> Entry<'static> {
    entry(path, EntryKind::File { size: 0, contents: None })
}

fn layer(entries: &[Entry<'_>], contents: &[u8]) -> Result<Layer, Error> {
    let mut records = Records::default();
    for entry in entries {
        records.push(entry);
    }
    let mut kept = Contents::default();
    kept.append(contents).map_err(|_| Error::Stopped)?;
    Ok(Layer { digest: Digest::of(b""), compression: Compression::None, records, contents: kept })
}

fn tree(layers: &[&[Entry<'_>]]) -> Result<Tree, Error> {
    let mut tree = Tree::new();
    for entries in layers {
        tree.apply(layer(entries, b"")?)?;
    }
    Ok(tree)
}

fn paths(tree: &Tree) -> Vec<String> {
    tree.nodes().map(|(path, _)| String::from_utf8_lossy(&path).into_owned()).collect()
}

#[test]
fn paths_are_sorted_by_names_from_the_root_on() -> Result<(), Error> {
    let tree =
        tree(&[&[file("b"), file("a-"), file("a/z"), file("a/b/c"), file("a/b-"), file("A")]])?;
    assert_eq!(paths(&tree), ["", "A", "a", "a/b", "a/b/c", "a/b-", "a/z", "a-", "b"]);
    Ok(())
}

#[test]
fn undescribed_directory_is_roots() -> Result<(), Error> {
    let tree = tree(&[&[file("a/f")]])?;
    for path in ["", "a"] {
        let node = tree.get(path.as_bytes()).ok_or(Error::Stopped)?;
        assert_eq!((node.mode, node.uid, node.gid, node.modified), (0o755, 0, 0, 0));
        assert_eq!(node.kind, Kind::Directory { xattrs: &[] });
    }
    Ok(())
}

#[test]
fn hard_link_has_attributes_and_contents_of_its_target() -> Result<(), Error> {
    let mut tree = Tree::new();
    let kept = entry("f", EntryKind::File { size: 3, contents: Some(2) });
    tree.apply(layer(&[kept], b"..abc.")?)?;
    let link = Entry { mode: 0o777, uid: 9, ..entry("h", EntryKind::HardLink { target: b"f" }) };
    let replaced = entry("f", EntryKind::File { size: 2, contents: Some(0) });
    tree.apply(layer(&[link, replaced], b"xyz")?)?;
    for (path, expected) in [("h", "abc"), ("f", "xy")] {
        let node = tree.get(path.as_bytes()).ok_or(Error::Stopped)?;
        assert_eq!((node.mode, node.uid, node.is_kept()), (0o700, 1, true));
        let mut contents = String::new();
        let mut reader = tree.contents(&node).ok_or(Error::Stopped)?;
        reader.read_to_string(&mut contents).map_err(|_| Error::Stopped)?;
        assert_eq!(contents, expected);
    }
    Ok(())
}

#[test]
fn directory_keeps_its_children_and_takes_new_attributes() -> Result<(), Error> {
    let with_xattrs = EntryKind::Directory { xattrs: vec![(b"user.a", b"1")] };
    let lower = [Entry { mode: 0o2775, ..entry("d", with_xattrs) }, file("d/f")];
    let lower_tree = tree(&[&lower])?;
    let node = lower_tree.get(b"d").ok_or(Error::Stopped)?;
    let xattrs = [(Box::from(&b"user.a"[..]), Box::from(&b"1"[..]))];
    assert_eq!(node.kind, Kind::Directory { xattrs: &xattrs });
    let tree = tree(&[&lower, &[directory("d")]])?;
    let node = tree.get(b"d").ok_or(Error::Stopped)?;
    assert_eq!((node.mode, node.kind), (0o700, Kind::Directory { xattrs: &[] }));
    assert_eq!(paths(&tree), ["", "d", "d/f"]);
    Ok(())
}

#[test]
fn directory_that_comes_back_is_empty() -> Result<(), Error> {
    let lower = [directory("d"), file("d/f"), directory("d/e"), file("d/e/f")];
    let tree = tree(&[&lower, &[file("d")], &[directory("d"), directory("d/e")]])?;
    assert_eq!(paths(&tree), ["", "d", "d/e"]);
    assert!(tree.get(b"d/f").is_none());
    Ok(())
}

#[test]
fn paths_are_not_resolved_when_they_are_looked_up() -> Result<(), Error> {
    let tree =
        tree(&[&[directory("d"), file("d/f"), entry("l", EntryKind::Link { target: b"d" })]])?;
    assert_eq!(tree.get(b"l").map(|node| node.kind), Some(Kind::Link { target: b"d" }));
    assert!(tree.get(b"l/f").is_none());
    assert!(tree.get(b"d/f/g").is_none());
    Ok(())
}

#[test]
fn names_and_targets_have_a_limit() {
    // 64 MiB for all of them.
    let target = [b'x'; 4096];
    let link = |number: u32| entry(&number.to_string(), EntryKind::Link { target: &target });
    let links: Vec<_> = (0..16_500).map(link).collect();
    let error = tree(&[&links]).err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.ends_with(": too many entries")));
}

#[test]
fn slot_is_small() {
    // An image has one for each of its paths, and there are images of a million.
    assert_eq!(size_of::<super::slots::Slot>(), 64);
}

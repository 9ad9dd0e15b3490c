//! New layers, read by real tools.

use crate::support::{Outcome, are_installed, read, run, script};
use ensurepip_oci::{Compression, Digest, NewEntry, NewKind, Tree, write_layer};
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

const TIME: i64 = 1_600_000_000;

fn entry(path: &str, kind: NewKind, mode: u32) -> NewEntry {
    NewEntry { path: path.as_bytes().to_vec(), kind, mode, uid: 0, gid: 0, modified: TIME }
}

fn directory(path: &str) -> NewEntry {
    entry(path, NewKind::Directory { xattrs: Vec::new() }, 0o755)
}

fn file(path: &str, contents: &[u8]) -> NewEntry {
    entry(path, NewKind::File(contents.to_vec()), 0o644)
}

fn link(path: &str, target: &str) -> NewEntry {
    entry(path, NewKind::Link(target.as_bytes().to_vec()), 0o777)
}

/// Entries that need everything that a layer can have, not in order.
fn entries() -> Vec<NewEntry> {
    let mut long = "directory/".repeat(12);
    long.push_str("name");
    let longer = "directory-with-a-long-name/".repeat(12) + "name";
    let noise: Vec<u8> =
        (0..200_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let xattrs =
        vec![(b"user.b".to_vec(), b"2\n=\0".to_vec()), (b"user.a".to_vec(), b"1".to_vec())];
    vec![
        file("z", b"last"),
        NewEntry { uid: 3_000_000, gid: u32::MAX, modified: -1, ..file("far", b"") },
        NewEntry {
            uid: 1000,
            gid: 100,
            mode: 0o2775,
            ..entry("d", NewKind::Directory { xattrs }, 0)
        },
        file("d/noise", &noise),
        file("d/block", &[b'x'; 512]),
        file("d/-first", b"1"),
        entry("d", NewKind::OpaqueWhiteout, 0),
        entry("d/gone", NewKind::Whiteout, 0o644),
        entry("gone", NewKind::Whiteout, 0),
        file(&long, b"in the prefix"),
        file(&longer, b"in a record"),
        file("ä", b"e"),
        link("link", "d/noise"),
        link("far-link", &longer),
        link("é", "ö"),
        entry("script", NewKind::File(b"#!/bin/sh\n".to_vec()), 0o755),
        directory(""),
    ]
}

/// What tarfile and we call the members: the order, whiteouts first.
const NAMES: [&str; 15] = [
    "./",
    ".wh.gone",
    "d/",
    "d/.wh..wh..opq",
    "d/.wh.gone",
    "d/-first",
    "d/block",
    "d/noise",
    "directory/",
    "directory-with",
    "far",
    "far-link",
    "link",
    "script",
    "z",
];

#[test]
fn tarfile_and_gnu_tar_read_a_new_layer() -> Outcome {
    if !are_installed(&["python3", "tar", "gzip", "zstd"]) {
        return Ok(());
    }
    let scratch = tempfile::tempdir()?;
    let mut archives = Vec::new();
    for (compression, program) in
        [(Compression::None, "cat"), (Compression::Gzip, "gzip"), (Compression::Zstd, "zstd")]
    {
        let layer = write_layer(entries(), compression)?;
        assert_eq!(Compression::of(&layer.bytes), compression);
        assert_eq!(layer.digest, Digest::of(&layer.bytes));
        let path = scratch.path().join("layer");
        fs::write(&path, &layer.bytes)?;
        let mut command = Command::new(program);
        if compression != Compression::None {
            command.arg("-dc");
        }
        let plain = run(command.stdin(fs::File::open(&path)?))?;
        assert_eq!(layer.diff_id, Digest::of(&plain));
        archives.push(plain);
    }
    assert!(archives.windows(2).all(|two| two[0] == two[1]));
    let path = scratch.path().join("layer.tar");
    fs::write(&path, &archives[0])?;
    let read = run(Command::new("python3").arg(script("members.py")).arg(&path))?;
    let read = String::from_utf8(read)?;
    let names: Vec<&str> =
        read.lines().map(|line| line.split('\t').next().unwrap_or_default()).collect();
    assert_eq!(names.len(), entries().len());
    let expected = NAMES.iter().copied().chain(["ä", "é"]);
    assert!(names.iter().zip(expected).all(|(name, start)| name.starts_with(start)), "{names:#?}");
    let line = |name: &str| {
        read.lines().find(|line| line.starts_with(&format!("{name}\t"))).unwrap_or_default()
    };
    assert_eq!(
        line("d/"),
        "d/\t5\t2775\t1000\t100\t1600000000\t0\t\t{'SCHILY.xattr.user.a': '1', 'SCHILY.xattr.user.b': '2\\n=\\x00'}"
    );
    assert_eq!(
        line("far"),
        format!(
            "far\t0\t644\t3000000\t{}\t-1\t0\t\t{{'gid': '{0}', 'mtime': '-1', 'uid': '3000000'}}",
            u32::MAX
        )
    );
    assert_eq!(line("d/gone"), "");
    assert_eq!(line("d/.wh.gone"), "d/.wh.gone\t0\t0\t0\t0\t1600000000\t0\t\t{}");
    assert_eq!(line("d/noise"), "d/noise\t0\t644\t0\t0\t1600000000\t200000\t\t{}");
    assert_eq!(line("link"), "link\t2\t777\t0\t0\t1600000000\t0\td/noise\t{}");
    assert_eq!(line("é"), "é\t2\t777\t0\t0\t1600000000\t0\tö\t{'linkpath': 'ö', 'path': 'é'}");
    let listed =
        Command::new("tar").args(["--quoting-style=literal", "-tf"]).arg(&path).output()?;
    assert_eq!(String::from_utf8(listed.stdout)?.lines().collect::<Vec<_>>(), names);
    assert_eq!(String::from_utf8(listed.stderr)?, "");
    Ok(())
}

#[test]
fn umoci_applies_a_new_layer() -> Outcome {
    if !are_installed(&["umoci", "python3"]) {
        return Ok(());
    }
    let lower = vec![
        directory("d"),
        directory("d/old"),
        file("d/old/f", b"old"),
        directory("e"),
        file("e/gone", b""),
        file("e/stays", b""),
        link("l", "e"),
        file("gone", b""),
    ];
    let upper = vec![
        NewEntry { mode: 0o2775, ..directory("d") },
        entry("d", NewKind::OpaqueWhiteout, 0),
        file("d/new", b"new"),
        entry("e/gone", NewKind::Whiteout, 0),
        entry("gone", NewKind::Whiteout, 0),
        entry("l", NewKind::Whiteout, 0),
    ];
    let scratch = tempfile::tempdir()?;
    let mut tree = Tree::new();
    let mut layers = Vec::new();
    for (number, entries) in [lower, upper].into_iter().enumerate() {
        let layer = write_layer(entries, Compression::Gzip)?;
        let mut plain = Vec::new();
        GzDecoder::new(&layer.bytes[..]).read_to_end(&mut plain)?;
        assert_eq!(Digest::of(&plain), layer.diff_id);
        tree.apply(read(&layer.bytes, &plain)?)?;
        let path = scratch.path().join(format!("layer{number}"));
        fs::write(&path, &layer.bytes)?;
        layers.push(path);
    }
    run(Command::new("python3").arg(script("images.py")).arg(scratch.path()).args(layers))?;
    assert!(crate::support::unpack(scratch.path())?);
    let root = scratch.path().join("bundle/rootfs");
    let mut found = BTreeMap::new();
    for path in ["", "d", "d/new", "e", "e/stays"] {
        found.insert(
            path.as_bytes().to_vec(),
            fs::symlink_metadata(root.join(path))?.mode() & 0o7777,
        );
    }
    let ours: BTreeMap<_, _> = tree.nodes().map(|(path, node)| (path, node.mode)).collect();
    assert_eq!(ours, found);
    for path in ["d/old", "e/gone", "gone", "l"] {
        assert!(fs::symlink_metadata(root.join(path)).is_err(), "{path}");
    }
    Ok(())
}

#[test]
fn order_of_entries_does_not_change_the_layer() -> Outcome {
    let mut reversed = entries();
    reversed.reverse();
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        assert_eq!(
            write_layer(entries(), compression)?,
            write_layer(reversed.clone(), compression)?
        );
    }
    Ok(())
}

#[test]
fn gzip_layer_has_no_name_time_or_system() -> Outcome {
    let layer = write_layer(entries(), Compression::Gzip)?;
    // RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown system.
    assert_eq!(layer.bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    Ok(())
}

#[test]
fn entries_that_cannot_be_in_a_layer_are_rejected() {
    for (entries, message) in [
        (vec![file("a/../b", b"")], "new layer: `a/../b`: `..` in a name"),
        (vec![file("/a", b"")], "new layer: `/a`: path that is not in its shortest form"),
        (vec![file("", b"")], "new layer: ``: the root is a directory"),
        (vec![file("a/.wh.b", b"")], "new layer: `a/.wh.b`: name of a whiteout"),
        (vec![file(".wh.b/a", b"")], "new layer: `.wh.b/a`: name of a whiteout"),
        (vec![file("a", b""), directory("a")], "new layer: `a`: two entries of one path"),
        (vec![file("a\0", b"")], "new layer: `a\\0`: NUL character in a name"),
    ] {
        let error = write_layer(entries, Compression::None).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some(message));
    }
}

//! Layers that are refused, or bounded, whatever they contain.

use crate::support::{Outcome, is_small, read};
use ensurepip_oci::{Digest, Error, Tree, read_layer};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use tar::{Builder, EntryType, Header};

/// An archive of empty files with these names, which are not checked.
fn archive<'name>(names: impl IntoIterator<Item = &'name [u8]>) -> Outcome<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    for name in names {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        header.set_size(0);
        header.set_cksum();
        archive.append(&header, &[][..])?;
    }
    Ok(archive.into_inner()?)
}

#[test]
fn name_that_climbs_or_is_empty_is_refused() -> Outcome {
    for (name, reason) in [
        (&b"../f"[..], "`../f`: `..` in a name"),
        (b"a/../f", "`a/../f`: `..` in a name"),
        (b"/..", "`/..`: `..` in a name"),
        (b"", "``: empty name"),
        (b"a/.wh...", "`a/.wh...`: whiteout of no name"),
        (b".wh.", "`.wh.`: whiteout of no name"),
        (b".", "`.`: the root is not a directory"),
    ] {
        let blob = archive([name])?;
        let error = read(&blob, &blob).err().ok_or("it is refused")?.to_string();
        assert_eq!(error, format!("layer {}: {reason}", Digest::of(&blob)));
    }
    Ok(())
}

#[test]
fn hard_link_that_climbs_is_refused() -> Outcome {
    let mut archive = Builder::new(Vec::new());
    let mut header = Header::new_gnu();
    header.set_path("h")?;
    header.set_link_name_literal("../etc/passwd")?;
    header.set_entry_type(EntryType::Link);
    header.set_size(0);
    header.set_cksum();
    archive.append(&header, &[][..])?;
    let blob = archive.into_inner()?;
    let error = read(&blob, &blob).err().ok_or("it is refused")?.to_string();
    assert!(error.ends_with("`h`: hard link: `..` in a name"), "{error}");
    Ok(())
}

#[test]
fn wrong_digest_or_size_or_diff_id_is_refused() -> Outcome {
    let plain = archive([&b"f"[..]])?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&plain)?;
    let blob = encoder.finish()?;
    let (digest, diff_id) = (Digest::of(&blob), Digest::of(&plain));
    let size = blob.len() as u64;
    let error = |blob: &[u8], digest: &Digest, size: u64, diff_id: &Digest| {
        let outcome = read_layer(blob, digest, size, diff_id, &is_small, &|| false);
        outcome.err().map_or_else(|| "read".to_owned(), |error| error.to_string())
    };
    assert_eq!(error(&blob, &digest, size, &diff_id), "read");
    let shorter = &blob[..blob.len() - 9];
    let damaged = [&blob[..20], b"damage", &blob[26..]].concat();
    let other = Digest::of(b"other");
    let of_blob = |reason: String| format!("blob {digest}: {reason}");
    assert_eq!(
        error(shorter, &digest, size, &diff_id),
        of_blob(format!("less than the stated {size} bytes"))
    );
    assert_eq!(
        error(&blob, &digest, 9, &diff_id),
        of_blob("more than the stated 9 bytes".to_owned())
    );
    let found = of_blob(format!("digest mismatch: it has {}", Digest::of(&damaged)));
    assert_eq!(
        error(&damaged, &digest, size, &diff_id),
        found,
        "rather than that it is no gzip stream"
    );
    let mismatch = format!("diff ID mismatch: it has {diff_id}, and the config {other}");
    assert_eq!(error(&blob, &digest, size, &other), format!("layer {digest}: {mismatch}"));
    let mismatch = format!("diff ID mismatch: it has {diff_id}, and the config {other}");
    let size = plain.len() as u64;
    assert_eq!(
        error(&plain, &diff_id, size, &other),
        format!("layer {diff_id}: {mismatch}"),
        "uncompressed"
    );
    Ok(())
}

#[test]
fn reading_stops_within_a_bomb() -> Outcome {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let mut header = Header::new_gnu();
    header.set_path("f")?;
    header.set_size(1 << 40);
    header.set_cksum();
    encoder.write_all(header.as_bytes())?;
    std::io::copy(&mut std::io::repeat(0).take(64 << 20), &mut encoder)?;
    let blob = encoder.finish()?;
    assert!(blob.len() < 1 << 17, "the whole blob is read at once");
    let asked = AtomicUsize::new(0);
    let stop = || asked.fetch_add(1, Ordering::Relaxed) > 20;
    let digest = Digest::of(&blob);
    let outcome = read_layer(&blob[..], &digest, blob.len() as u64, &digest, &is_small, &stop);
    assert!(matches!(outcome, Err(Error::Stopped)));
    Ok(())
}

#[test]
fn contents_that_are_kept_have_a_limit() -> Outcome {
    let mut header = Header::new_gnu();
    header.set_path("f")?;
    header.set_size((512 << 20) + 1);
    header.set_cksum();
    let blob = header.as_bytes();
    let digest = Digest::of(blob);
    let outcome = read_layer(&blob[..], &digest, 512, &digest, &|_, _| true, &|| false);
    let error = outcome.err().ok_or("it is refused")?.to_string();
    assert!(error.ends_with("`f`: too many contents to keep"), "{error}");
    Ok(())
}

#[test]
fn path_through_links_has_a_limit() -> Outcome {
    // Each link leads to a directory in the one before, so paths below the last would be longer than
    // any name of an entry.
    let deep = "d/".repeat(40) + "d";
    let mut archive = Builder::new(Vec::new());
    for level in 0..60 {
        let directory = if level == 0 { deep.clone() } else { format!("l{}/{deep}", level - 1) };
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Directory);
        header.set_path(&directory)?;
        header.set_size(0);
        header.set_cksum();
        archive.append(&header, &[][..])?;
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Symlink);
        header.set_path(format!("l{level}"))?;
        header.set_link_name(&directory)?;
        header.set_size(0);
        header.set_cksum();
        archive.append(&header, &[][..])?;
    }
    let blob = archive.into_inner()?;
    let error = Tree::new().apply(read(&blob, &blob)?).err().ok_or("it is refused")?.to_string();
    let is_limit = error.ends_with("path longer than 4096 bytes")
        || error.ends_with("too many levels of symbolic links");
    assert!(is_limit, "{error}");
    Ok(())
}

#[test]
fn opaque_whiteouts_in_a_large_directory_take_no_time() -> Outcome {
    let names: Vec<String> = (0..20_000).map(|number| format!("a/{number}")).collect();
    let lower = archive(names.iter().map(String::as_bytes))?;
    let upper = archive((0..20_000).map(|_| &b"a/.wh..wh..opq"[..]))?;
    let mut tree = Tree::new();
    tree.apply(read(&lower, &lower)?)?;
    tree.apply(read(&upper, &upper)?)?;
    assert_eq!(tree.nodes().count(), 2);
    Ok(())
}

#[test]
fn replacing_a_large_directory_takes_no_time() -> Outcome {
    let names: Vec<String> = (0..20_000).map(|number| format!("a/{number}")).collect();
    let lower = archive(names.iter().map(String::as_bytes))?;
    let names = (0..20_000).map(|number| if number % 2 == 0 { &b"a"[..] } else { b".wh.a" });
    let upper = archive(names)?;
    let mut tree = Tree::new();
    tree.apply(read(&lower, &lower)?)?;
    tree.apply(read(&upper, &upper)?)?;
    assert_eq!(tree.nodes().count(), 2);
    Ok(())
}

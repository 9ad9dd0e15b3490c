//! Archives: what is read, and what is refused.

use super::changes::update;
use super::made::{Made, archived, tree};
use crate::Layout;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tar::{Builder, EntryType, Header};

/// An archive of a layout with one image, after whose files others can be written.
fn archive(made: &Made, prefix: &str) -> Builder<Vec<u8>> {
    let mut builder = Builder::new(Vec::new());
    builder.append_dir_all(prefix, made.path()).expect("there is room");
    builder
}

fn write(made: &Made, contents: &[u8]) -> PathBuf {
    let path = made.scratch().join("made.tar");
    fs::write(&path, contents).expect("there is room");
    path
}

fn header(kind: EntryType, size: usize) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size as u64);
    header
}

/// Sets a name that the `tar` crate would not write.
fn raw_name(header: &mut Header, name: &str) {
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
}

/// Checks that an archive is refused for this reason, and is not touched.
fn refused(made: &Made, contents: &[u8], expected: &str) {
    let path = write(made, contents);
    let before = tree(made.scratch());
    let error = update(&path, None, &[], None).expect_err("it has to be refused").to_string();
    assert!(error.contains(expected), "`{error}` does not contain `{expected}`");
    assert!(tree(made.scratch()) == before, "{expected}: files have changed");
}

#[test]
fn names_may_begin_with_a_dot_and_a_slash() {
    for prefix in ["", "./"] {
        let made = Made::with_image();
        let contents = archive(&made, prefix).into_inner().expect("there is room");
        let path = write(&made, &contents);
        update(&path, Some("x"), &[], None).expect("it can be changed");
    }
}

/// Go's `archive/tar` writes PAX records for times with fractions.
#[test]
fn pax_records_and_long_names_are_read() {
    let made = Made::with_image();
    let mut builder = Builder::new(Vec::new());
    let index = fs::read(made.path().join("index.json")).expect("it is there");
    let records = [("mtime", &b"1700000000.123456789"[..]), ("path", b"index.json")];
    builder.append_pax_extensions(records).expect("there is room");
    let mut other = header(EntryType::Regular, index.len());
    builder.append_data(&mut other, "other", &index[..]).expect("there is room");
    let mut size = header(EntryType::Regular, 0);
    let marker = br#"{"imageLayoutVersion":"1.0.0"}"#;
    let length = marker.len().to_string();
    builder.append_pax_extensions([("size", length.as_bytes())]).expect("there is room");
    raw_name(&mut size, "oci-layout");
    let mut padded = marker.to_vec();
    padded.resize(512, 0);
    builder.get_mut().extend_from_slice(size.as_bytes());
    builder.get_mut().extend_from_slice(&padded);
    builder.append_dir_all("blobs", made.path().join("blobs")).expect("there is room");
    let long = format!("{}a", "a/".repeat(150));
    let mut gnu = Header::new_gnu();
    gnu.set_size(1);
    gnu.set_mode(0o644);
    builder.append_data(&mut gnu, &long, &b"x"[..]).expect("there is room");
    let path = write(&made, &builder.into_inner().expect("there is room"));
    update(&path, None, &[], None).expect("it can be changed");
    assert_eq!(archived(&path, &long).as_deref(), Some(&b"x"[..]));
    assert_eq!(archived(&path, "other"), None);
}

#[test]
fn entries_that_are_no_files_of_a_layout_are_refused() {
    let made = Made::with_image();
    for (name, kind, reason) in [
        ("../x", EntryType::Regular, "entry `../x` has a name that leads elsewhere"),
        ("/x", EntryType::Regular, "entry `/x` has a name that leads elsewhere"),
        ("a/./x", EntryType::Regular, "entry `a/./x` has a name that leads elsewhere"),
        ("a/../x", EntryType::Directory, "entry `a/../x` has a name that leads elsewhere"),
        ("a//x", EntryType::Regular, "entry `a//x` has a name that leads elsewhere"),
        ("x", EntryType::Symlink, "entry `x` is not a regular file"),
        ("x", EntryType::Link, "entry `x` is not a regular file"),
        ("x", EntryType::Char, "entry `x` is not a regular file"),
        ("x", EntryType::Fifo, "entry `x` is not a regular file"),
        ("x", EntryType::GNUSparse, "entry `x` is not a regular file"),
        ("index.json", EntryType::Regular, "entry `index.json` occurs twice"),
        ("./index.json", EntryType::Regular, "entry `./index.json` occurs twice"),
        ("x\u{1b}/../", EntryType::Directory, "entry `x\\u{1b}/../` has a name"),
    ] {
        let mut builder = archive(&made, "");
        let mut header = header(kind, 0);
        raw_name(&mut header, name);
        builder.append(&header, &b""[..]).expect("there is room");
        refused(&made, &builder.into_inner().expect("there is room"), reason);
    }
}

#[test]
fn damaged_archives_are_refused() {
    let made = Made::with_image();
    let whole = archive(&made, "").into_inner().expect("there is room");
    refused(&made, b"", "no `oci-layout`");
    refused(&made, &[b'x'; 2_000], "not a tar archive");
    refused(&made, &[b'x'; 100], "not a tar archive");
    refused(&made, &whole[..whole.len() - 1_736], "unexpected end of file");
    let mut damaged = whole.clone();
    let end = damaged.len() - 1_024;
    damaged[end..end + 3].copy_from_slice(b"abc");
    refused(&made, &damaged, &format!("header checksum mismatch at byte {end}"));

    let with_records = |records: &[u8]| {
        let mut builder = archive(&made, "");
        let mut pax = header(EntryType::XHeader, records.len());
        raw_name(&mut pax, "pax");
        builder.append(&pax, records).expect("there is room");
        builder.into_inner().expect("there is room")
    };
    refused(&made, &with_records(b"99 path=x\n"), "damaged PAX records");
    refused(&made, &with_records(b"10 size=x\n"), "damaged PAX records");
    refused(&made, &with_records(b"22 GNU.sparse.major=1\n"), "PAX record `GNU.sparse.major`");
    refused(&made, &with_records(&vec![b'x'; 70_000]), "too long");

    let mut many = archive(&made, "");
    for _ in 0..6 {
        let mut name = header(EntryType::GNULongName, 1);
        raw_name(&mut name, "name");
        many.append(&name, &b"x"[..]).expect("there is room");
    }
    refused(&made, &many.into_inner().expect("there is room"), "too many headers");

    let mut large = archive(&made, "");
    let mut header = header(EntryType::Regular, 0);
    header.set_size(u64::MAX);
    raw_name(&mut header, "large");
    large.append(&header, &b""[..]).expect("there is room");
    refused(&made, &large.into_inner().expect("there is room"), "unexpected end of file");
}

#[test]
fn compressed_archive_is_refused_with_the_command_that_unpacks_it() {
    let made = Made::with_image();
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder
        .write_all(&archive(&made, "").into_inner().expect("there is room"))
        .expect("there is room");
    let compressed = encoder.finish().expect("there is room");
    let path = write(&made, &compressed);
    let reason =
        format!("compressed with gzip; `gzip -dc {} > LAYOUT.tar` unpacks it", path.display());
    refused(&made, &compressed, &reason);
    refused(&made, b"\x28\xb5\x2f\xfd....", "compressed with Zstandard; `zstd -dc");
}

/// As skopeo writes a `docker-archive`: no layout, and links.
#[test]
fn archive_of_docker_without_a_layout_is_refused_with_the_command_that_converts_it() {
    let made = Made::with_image();
    let mut builder = Builder::new(Vec::new());
    let mut link = header(EntryType::Symlink, 0);
    builder.append_link(&mut link, "id/layer.tar", "../layer.tar").expect("there is room");
    let mut list = header(EntryType::Regular, 2);
    builder.append_data(&mut list, "manifest.json", &b"[]"[..]).expect("there is room");
    let contents = builder.into_inner().expect("there is room");
    let path = write(&made, &contents);
    let command = format!("`skopeo copy docker-archive:{} oci:DIRECTORY:TAG`", path.display());
    refused(&made, &contents, &command);
}

#[test]
fn blobs_of_an_archive_can_be_read_by_several_threads() {
    fn shared<T: Sync + Send>(value: &T) -> &T {
        value
    }
    let made = Made::with_image();
    let path = write(&made, &archive(&made, "").into_inner().expect("there is room"));
    for path in [path, made.path()] {
        let layout = Layout::open(Path::new(&path)).expect("it is a layout");
        let layout = shared(&layout);
        let selection = layout.select(None, &[]).expect("it can be read");
        let layer = &selection.images[0].layers[0];
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(move || {
                    let mut reader = layout.blob(&layer.digest, layer.size).expect("it is there");
                    let mut contents = Vec::new();
                    std::io::Read::read_to_end(&mut reader, &mut contents).expect("it can be read");
                    assert_eq!(crate::Digest::of(&contents), layer.digest);
                });
            }
        });
        layout.blob(&layer.digest, layer.size + 1).expect_err("it has another size");
    }
}

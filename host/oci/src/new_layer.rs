//! Writes a layer, the same bytes for the same entries on every system.

mod archive;

use crate::compression::Compression;
use crate::digest::{Digest, Verifying};
use crate::error::Error;
use crate::layer::clean;
use archive::Archive;
use flate2::GzBuilder;
use ruzstd::encoding::{CompressionLevel, FrameCompressor};
use std::io::{BufReader, Read};

/// An entry of a new layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The path, without slashes in front or at the end; empty for the root directory. For a whiteout,
    /// this is the path to hide; for an opaque whiteout, that of the directory.
    pub path: Vec<u8>,
    /// What is there.
    pub kind: NewKind,
    /// The permissions, at most `0o7777`; ignored for whiteouts, which have none.
    pub mode: u32,
    /// The user ID of the owner.
    pub uid: u32,
    /// The group ID.
    pub gid: u32,
    /// The modification time in seconds since 1970.
    pub modified: i64,
}

/// The kind of a new entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewKind {
    /// A directory.
    Directory {
        /// Names and values of its extended attributes.
        xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    },
    /// A regular file with these contents.
    File(Vec<u8>),
    /// A symbolic link to this target.
    Link(Vec<u8>),
    /// Hides the path in the lower layers.
    Whiteout,
    /// Hides everything that the lower layers have in the directory.
    OpaqueWhiteout,
}

/// A layer that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLayer {
    /// The blob.
    pub bytes: Vec<u8>,
    /// Its digest.
    pub digest: Digest,
    /// The digest of what it contains uncompressed.
    pub diff_id: Digest,
}

/// Writes a layer of these entries, in any order.
///
/// The archive has a directory before what is in it, the whiteouts of a directory before its other
/// entries, and otherwise names sorted by their bytes. It has no names of users, and PAX headers only
/// where the header of an entry cannot express something.
///
/// # Errors
///
/// [`Error::NewLayer`] for a path that cannot be in a layer, and for two entries of one path.
#[expect(clippy::missing_panics_doc, reason = "memory is read and written, which cannot fail")]
pub fn write_layer(entries: Vec<NewEntry>, compression: Compression) -> Result<NewLayer, Error> {
    let mut archive = Verifying::sha256(Archive::new(sorted(entries)?));
    let mut bytes = Vec::new();
    match compression {
        Compression::None => read_all(&mut archive, &mut bytes),
        Compression::Gzip => {
            // No name, no time, and no system. zlib-rs finds the same matches with and without the
            // instructions that some CPUs have, so the bytes are the same.
            let header = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM);
            let plain = BufReader::with_capacity(BUFFER, &mut archive);
            read_all(header.buf_read(plain, flate2::Compression::new(GZIP_LEVEL)), &mut bytes);
        }
        Compression::Zstd => {
            let mut compressor = FrameCompressor::new(CompressionLevel::Fastest);
            compressor.set_source(&mut archive);
            compressor.set_drain(&mut bytes);
            compressor.compress();
        }
    }
    let (diff_id, _) = archive.finish().expect("memory is read");
    Ok(NewLayer { digest: Digest::of(&bytes), diff_id, bytes })
}

fn read_all(mut reader: impl Read, bytes: &mut Vec<u8>) {
    reader.read_to_end(bytes).expect("memory is read");
}

/// The entries with their names in the archive, in order.
fn sorted(entries: Vec<NewEntry>) -> Result<Vec<(Vec<u8>, NewEntry)>, Error> {
    let mut named = Vec::with_capacity(entries.len());
    for entry in entries {
        let fault = |reason: &str| Error::NewLayer {
            entry: String::from_utf8_lossy(&entry.path).into_owned(),
            reason: reason.to_owned(),
        };
        let is_root = entry.path.is_empty();
        if !is_root && clean(&entry.path).map_err(fault)? != entry.path {
            return Err(fault("path that is not in its shortest form"));
        }
        if entry.path.split(|&byte| byte == b'/').any(|name| name.starts_with(b".wh.")) {
            return Err(fault("name of a whiteout"));
        }
        if is_root && !matches!(entry.kind, NewKind::Directory { .. } | NewKind::OpaqueWhiteout) {
            return Err(fault("the root is a directory"));
        }
        named.push((name(&entry), entry));
    }
    named.sort_by(|(a, _), (b, _)| order(a).cmp(order(b)));
    if let Some([(_, entry), _]) =
        named.array_windows().find(|[(a, _), (b, _)]| order(a).eq(order(b)))
    {
        let entry = String::from_utf8_lossy(&entry.path).into_owned();
        return Err(Error::NewLayer { entry, reason: "two entries of one path".to_owned() });
    }
    Ok(named)
}

/// The name of an entry in the archive.
fn name(entry: &NewEntry) -> Vec<u8> {
    let path = &entry.path[..];
    match entry.kind {
        NewKind::Directory { .. } if path.is_empty() => b"./".to_vec(),
        NewKind::Directory { .. } => [path, b"/"].concat(),
        NewKind::File(_) | NewKind::Link(_) => path.to_vec(),
        NewKind::Whiteout => {
            let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
            [&path[..start], b".wh.", &path[start..]].concat()
        }
        NewKind::OpaqueWhiteout if path.is_empty() => b".wh..wh..opq".to_vec(),
        NewKind::OpaqueWhiteout => [path, b"/.wh..wh..opq"].concat(),
    }
}

/// What names are sorted by: name by name, whiteouts first.
fn order(name: &[u8]) -> impl Iterator<Item = (bool, &[u8])> {
    let names = name.split(|&byte| byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
    names.map(|name| (!name.starts_with(b".wh."), name))
}

/// The level that `gzip` and `zlib` have by default.
const GZIP_LEVEL: u32 = 6;

/// The number in a gzip header for an unknown operating system.
const UNKNOWN_SYSTEM: u8 = 255;

const BUFFER: usize = 128 * 1024;

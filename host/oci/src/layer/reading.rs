//! Reads a blob as a layer, in one pass: hashed, uncompressed, hashed again, and taken apart.

use super::entry::{Entry, EntryKind, Xattrs};
use super::expanding;
use super::name::{self, Named};
use super::record::Records;
use super::tar::{Archive, Fault, Member, MemberKind};
use super::{Layer, MOST_CONTENTS, MOST_ENTRIES, MOST_NAME_BYTES, MOST_XATTR_BYTES};
use crate::compression::{Compression, Decompressor};
use crate::contents::Contents;
use crate::digest::{Digest, Verifying};
use crate::error::Error;
use crate::hashing::Hashing;
use std::cell::Cell;
use std::io::{self, BufReader, Read};

/// Reads the blob of a layer.
///
/// `digest` and `size` are those of the blob, and `diff_id` is the digest of what it contains
/// uncompressed. Contents of a regular file are kept if `wanted` accepts its path, as the layer has
/// it, and its size in bytes. `stop` is asked often whether to stop.
///
/// This takes little memory, whatever the blob contains: some tens of bytes for each entry.
///
/// # Errors
///
/// [`Error::Blob`] if the blob has another digest or size, and [`Error::Layer`] if it is no layer, if
/// its diff ID is another one, or if a limit is exceeded: 2^20 entries, 64 MiB for their names, 64 GiB
/// uncompressed, and 512 MiB of kept contents. [`Error::Stopped`] if `stop` has returned true.
pub fn read_layer(
    blob: impl Read,
    digest: &Digest,
    size: u64,
    diff_id: &Digest,
    wanted: &(dyn Fn(&[u8], u64) -> bool + Sync),
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Layer, Error> {
    let stopped = Cell::new(false);
    let stop = || {
        stopped.set(stopped.get() || stop());
        stopped.get()
    };
    // One byte more shows that there are more.
    let blob = Limited { inner: blob.take(size.saturating_add(1)), left: u64::MAX, stop: &stop };
    let mut blob = Verifying::new(blob, digest);
    let outcome = read_blob(&mut blob, digest, diff_id, wanted, &stop);
    // A damaged blob explains any other fault.
    let of_blob = |reason| Error::Blob { digest: digest.clone(), reason };
    let whole = blob.finish();
    if stopped.get() {
        return Err(Error::Stopped);
    }
    let (actual, length) = whole.map_err(|error| of_blob(error.to_string()))?;
    if length != size {
        let compared = if length > size { "more" } else { "less" };
        return Err(of_blob(format!("{compared} than the stated {size} bytes")));
    }
    if actual != *digest {
        return Err(of_blob(format!("digest mismatch: it has {actual}")));
    }
    let (compression, reader) = outcome.map_err(|Fault { entry, reason }| Error::Layer {
        digest: digest.clone(),
        entry,
        reason,
    })?;
    let Reader { records, contents, .. } = reader;
    Ok(Layer { digest: digest.clone(), compression, records, contents })
}

fn read_blob(
    blob: impl Read,
    digest: &Digest,
    diff_id: &Digest,
    wanted: &dyn Fn(&[u8], u64) -> bool,
    stop: &dyn Fn() -> bool,
) -> Result<(Compression, Reader), Fault> {
    let decompressor = Decompressor::new(blob)?;
    let compression = decompressor.compression();
    let limited = Limited { inner: decompressor, left: MOST_UNCOMPRESSED, stop };
    let mut reader = Reader::default();
    // What follows the end of the archive belongs to the layer, though nobody reads it.
    let actual = if compression == Compression::None && digest.algorithm() == diff_id.algorithm() {
        // The blob is hashed anyway.
        let mut archive = BufReader::with_capacity(BUFFER, limited);
        reader.read(Archive::new(&mut archive), wanted)?;
        digest.clone()
    } else {
        let mut archive = Hashing::new(limited, diff_id);
        reader.read(Archive::new(&mut archive), wanted)?;
        archive.finish()?
    };
    if actual != *diff_id {
        return Err(format!("diff ID mismatch: it has {actual}, and the config {diff_id}")
            .as_str()
            .into());
    }
    Ok((compression, reader))
}

/// What was read so far.
#[derive(Default)]
struct Reader {
    records: Records,
    contents: Contents,
    xattr_bytes: usize,
}

impl Reader {
    fn read(
        &mut self,
        mut archive: Archive<impl io::BufRead>,
        wanted: &dyn Fn(&[u8], u64) -> bool,
    ) -> Result<(), Fault> {
        while let Some(mut member) = archive.next_member()? {
            let fault = |reason: &str| Fault::of(&member.name, reason);
            let named = name::read(&member.name).map_err(fault)?;
            let (path, whiteout) = match named {
                Named::Path(path) => (path, None),
                Named::Whiteout(path) => (path, Some(EntryKind::Whiteout)),
                Named::OpaqueWhiteout(path) => (path, Some(EntryKind::OpaqueWhiteout)),
                Named::Ignored => continue,
            };
            if let Some(kind) = whiteout {
                self.records.push(&Entry { path, kind, mode: 0, uid: 0, gid: 0, modified: 0 });
            } else {
                self.read_member(&mut archive, path, &mut member, wanted)?;
            }
            if self.records.count() > MOST_ENTRIES || self.records.bytes().len() > MOST_NAME_BYTES {
                return Err("too many entries".into());
            }
        }
        Ok(())
    }

    fn read_member(
        &mut self,
        archive: &mut Archive<impl io::BufRead>,
        path: Vec<u8>,
        member: &mut Member,
        wanted: &dyn Fn(&[u8], u64) -> bool,
    ) -> Result<(), Fault> {
        let fault = |reason: &str| Fault::of(&member.name, reason);
        if path.is_empty() && member.kind != MemberKind::Directory {
            return Err(fault("the root is not a directory"));
        }
        let target;
        let kind = match member.kind {
            MemberKind::Directory => EntryKind::Directory { xattrs: self.xattrs(member)? },
            MemberKind::File => {
                let is_wanted = wanted(&path, member.size);
                let contents = if is_wanted { Some(self.keep(archive, member)?) } else { None };
                EntryKind::File { size: member.size, contents }
            }
            MemberKind::Link => {
                if member.link.is_empty() || member.link.len() > name::LONGEST_PATH {
                    return Err(fault("link that is empty or longer than 4096 bytes"));
                }
                EntryKind::Link { target: &member.link }
            }
            MemberKind::HardLink => {
                target = name::clean(&member.link)
                    .map_err(|reason| fault(&format!("hard link: {reason}")))?;
                EntryKind::HardLink { target: &target }
            }
            MemberKind::Other => EntryKind::Other,
        };
        let Member { mode, uid, gid, modified, .. } = *member;
        self.records.push(&Entry { path, kind, mode, uid, gid, modified });
        Ok(())
    }

    fn xattrs<'member>(&mut self, member: &'member Member) -> Result<Xattrs<'member>, Fault> {
        let present = member.xattrs.iter().filter(|(_, value)| !value.is_empty());
        let xattrs: Xattrs<'_> = present.map(|(name, value)| (&name[..], &value[..])).collect();
        self.xattr_bytes +=
            xattrs.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        if self.xattr_bytes > MOST_XATTR_BYTES {
            return Err(Fault::of(&member.name, "too many extended attributes"));
        }
        Ok(xattrs)
    }

    /// Keeps the contents of a file, and returns where they begin.
    fn keep(
        &mut self,
        archive: &mut Archive<impl io::BufRead>,
        member: &mut Member,
    ) -> Result<u64, Fault> {
        let start = self.contents.length();
        if member.size > MOST_CONTENTS - start {
            return Err(Fault::of(&member.name, "too many contents to keep"));
        }
        let kept = match member.sparse.take() {
            Some(sparse) => expanding::keep(sparse, archive, member.size, &mut self.contents),
            None => archive
                .contents(member.size, |piece| self.contents.append(piece))
                .map_err(Fault::from),
        };
        kept.map_err(|Fault { reason, .. }| Fault::of(&member.name, reason))?;
        Ok(start)
    }
}

/// Reads up to a limit, and fails as soon as `stop` returns true.
struct Limited<'run, R> {
    inner: R,
    left: u64,
    stop: &'run dyn Fn() -> bool,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if (self.stop)() {
            return Err(io::Error::other("stopped"));
        }
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("more than 64 GiB uncompressed"))?;
        Ok(read)
    }
}

/// How much is uncompressed at a time.
const BUFFER: usize = 128 * 1024;

/// The most bytes of a layer, uncompressed.
const MOST_UNCOMPRESSED: u64 = 64 << 30;

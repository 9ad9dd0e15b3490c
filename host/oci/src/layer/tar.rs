//! Reads tar archives as a stream: the formats of V7, POSIX.1-1988 (ustar), POSIX.1-2001 (pax), star
//! and GNU tar.
//!
//! Where readers disagree, this follows Go's `archive/tar`, which the tools for images share. The
//! iterator of the `tar` crate cannot be used: it ignores the times of PAX records, rejects blank
//! numbers, and reads extension headers of any size into memory.

use super::name::LONGEST_PATH;
use super::number::{signed, unsigned};
use super::pax::Pax;
use super::sparse::Sparse;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};
use tar::{GnuExtSparseHeader, GnuSparseHeader, Header};

/// A fault in an archive.
#[derive(Debug)]
pub(super) struct Fault {
    /// The entry, if the fault is in one.
    pub(super) entry: Option<String>,
    pub(super) reason: String,
}

impl Fault {
    pub(super) fn of(entry: &[u8], reason: impl Into<String>) -> Fault {
        Fault { entry: Some(String::from_utf8_lossy(entry).into_owned()), reason: reason.into() }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        let reason = match error.kind() {
            io::ErrorKind::UnexpectedEof => "unexpected end of file".to_owned(),
            _ => error.to_string(),
        };
        Fault { entry: None, reason }
    }
}

impl From<&str> for Fault {
    fn from(reason: &str) -> Fault {
        Fault { entry: None, reason: reason.to_owned() }
    }
}

/// A member of an archive, as its headers describe it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: Vec<u8>,
    pub(super) kind: MemberKind,
    pub(super) link: Vec<u8>,
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) modified: i64,
    /// The size of a regular file.
    pub(super) size: u64,
    /// How its contents are stored, unless as they are.
    pub(super) sparse: Option<Sparse>,
    pub(super) xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemberKind {
    Directory,
    File,
    Link,
    HardLink,
    Other,
}

/// An archive, and how far it was read.
pub(super) struct Archive<R> {
    source: R,
    /// How many bytes of contents of the member are left.
    contents: u64,
    /// How many bytes follow them up to the next header.
    padding: u64,
}

/// The headers in front of that of a member, which describe it.
#[derive(Default)]
struct Extensions {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: Option<Pax>,
}

impl<R: BufRead> Archive<R> {
    pub(super) fn new(source: R) -> Archive<R> {
        Archive { source, contents: 0, padding: 0 }
    }

    /// Skips what is left of the member, and reads the headers of the next one.
    pub(super) fn next_member(&mut self) -> Result<Option<Member>, Fault> {
        self.skip(self.contents)?;
        // `umoci insert` ends its archives with the last byte of the last file.
        if let Err(error) = self.skip(self.padding)
            && error.kind() != io::ErrorKind::UnexpectedEof
        {
            return Err(error.into());
        }
        (self.contents, self.padding) = (0, 0);
        let mut extensions = Extensions::default();
        let mut is_first = true;
        while let Some(header) = self.next_header()? {
            let size = unsigned(&header.as_old().size)?;
            let is_second = match header.as_old().linkflag[0] {
                b'x' => extensions
                    .pax
                    .replace(Pax::read(&self.extension(size, LONGEST_PAX)?)?)
                    .is_some(),
                b'L' => extensions.name.replace(self.long_name(size)?).is_some(),
                b'K' => extensions.link.replace(self.long_name(size)?).is_some(),
                b'g' => {
                    if Pax::read(&self.extension(size, LONGEST_PAX)?)?.changes_entries() {
                        return Err("global PAX header that sets names or sizes".into());
                    }
                    continue;
                }
                _ => return self.member(&header, size, extensions).map(Some),
            };
            if is_second {
                return Err("two extension headers of one kind".into());
            }
            is_first = false;
        }
        if is_first { Ok(None) } else { Err("extension header without an entry".into()) }
    }

    /// Passes contents of the member on, piece by piece.
    pub(super) fn contents(
        &mut self,
        mut length: u64,
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        self.contents = self.contents.checked_sub(length).ok_or(io::ErrorKind::UnexpectedEof)?;
        while length > 0 {
            let piece = self.source.fill_buf()?;
            if piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let taken = piece.len().min(usize::try_from(length).unwrap_or(usize::MAX));
            take(&piece[..taken])?;
            self.source.consume(taken);
            length -= taken as u64;
        }
        Ok(())
    }

    fn skip(&mut self, mut length: u64) -> io::Result<()> {
        while length > 0 {
            let available = self.source.fill_buf()?.len();
            if available == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let skipped = available.min(usize::try_from(length).unwrap_or(usize::MAX));
            self.source.consume(skipped);
            length -= skipped as u64;
        }
        Ok(())
    }

    /// The next header, unless the archive ends, which takes two blocks of zeros or nothing at all.
    fn next_header(&mut self) -> Result<Option<Header>, Fault> {
        let mut header = Header::new_old();
        if !self.block(&mut header)? {
            return Ok(None);
        }
        if is_zero(&header) {
            if self.block(&mut header)? && !is_zero(&header) {
                return Err("single block of zeros".into());
            }
            return Ok(None);
        }
        let checksum = signed(&header.as_old().cksum).ok();
        let bytes = || {
            let bytes = header.as_bytes().iter().enumerate();
            bytes.map(|(at, &byte)| if (148..156).contains(&at) { b' ' } else { byte })
        };
        let sum: i64 = bytes().map(i64::from).sum();
        // Some old programs have added up signed bytes.
        let signed_sum: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
        if checksum != Some(sum) && checksum != Some(signed_sum) {
            return Err("checksum mismatch in a tar header, or not a tar archive".into());
        }
        Ok(Some(header))
    }

    /// Reads a block, unless nothing is left.
    fn block(&mut self, block: &mut Header) -> io::Result<bool> {
        if self.source.fill_buf()?.is_empty() {
            return Ok(false);
        }
        self.source.read_exact(block.as_mut_bytes())?;
        Ok(true)
    }

    /// Reads the contents of an extension header.
    fn extension(&mut self, size: u64, longest: usize) -> Result<Vec<u8>, Fault> {
        if size > longest as u64 {
            return Err("too large an extension header".into());
        }
        let mut contents = Vec::new();
        self.source.by_ref().take(size).read_to_end(&mut contents)?;
        if (contents.len() as u64) < size {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        self.skip(padding(size))?;
        Ok(contents)
    }

    fn long_name(&mut self, size: u64) -> Result<Vec<u8>, Fault> {
        Ok(text(&self.extension(size, LONGEST_PATH + 1)?).to_vec())
    }

    fn member(
        &mut self,
        header: &Header,
        size: u64,
        extensions: Extensions,
    ) -> Result<Member, Fault> {
        let Extensions { name: long_name, link: long_link, pax } = extensions;
        let pax = pax.unwrap_or_default();
        if (long_name.is_some() && pax.path.is_some())
            || (long_link.is_some() && pax.link.is_some())
        {
            return Err("two extension headers of one kind".into());
        }
        let name = pax.sparse_path.or(pax.path).or(long_name).unwrap_or_else(|| short_name(header));
        let fault = |reason: &str| Fault::of(&name, reason);
        let flag = header.as_old().linkflag[0];
        let kind = match flag {
            // Before there was a flag for directories, they were files with a slash behind the name.
            0 if name.ends_with(b"/") => MemberKind::Directory,
            0 | b'0' | b'7' | b'S' => MemberKind::File,
            b'1' => MemberKind::HardLink,
            b'2' => MemberKind::Link,
            b'3' | b'4' | b'6' => MemberKind::Other,
            b'5' => MemberKind::Directory,
            _ => {
                return Err(fault(&format!(
                    "unknown type flag `{}`",
                    char::from(flag).escape_default()
                )));
            }
        };
        let fields = header.as_old();
        let number = |field: &[u8]| unsigned(field).map_err(fault);
        let uid = pax.uid.map_or_else(|| number(&fields.uid), Ok)?;
        let gid = pax.gid.map_or_else(|| number(&fields.gid), Ok)?;
        let modified = pax.modified.map_or_else(|| signed(&fields.mtime).map_err(fault), Ok)?;
        let mode = signed(&fields.mode).map_err(fault)? & 0o7777;
        let id = |id: u64| u32::try_from(id).map_err(|_| fault("owner above 4294967295"));
        let (uid, gid) = (id(uid)?, id(gid)?);
        let mut length = 0;
        if kind == MemberKind::File {
            self.contents = pax.size.unwrap_or(size);
            self.padding = padding(self.contents);
            length = pax.sparse_size.unwrap_or(self.contents);
        }
        let mut sparse = pax.sparse;
        if flag == b'S' {
            let header = self.sparse_header(header);
            let (size, map) = header.map_err(|Fault { reason, .. }| fault(&reason))?;
            (length, sparse) = (size, Some(map));
        }
        let link = pax.link.or(long_link).unwrap_or_else(|| text(&fields.linkname).to_vec());
        Ok(Member {
            kind,
            link,
            mode: u32::try_from(mode).unwrap_or(0),
            uid,
            gid,
            modified,
            size: length,
            sparse,
            xattrs: pax.xattrs,
            name,
        })
    }

    /// Reads the rest of the header of a sparse file in GNU's own form, and returns its size.
    fn sparse_header(&mut self, header: &Header) -> Result<(u64, Sparse), Fault> {
        let gnu = header.as_gnu().ok_or("sparse file without a GNU header")?;
        let mut sparse = Sparse::default();
        let mut add = |pieces: &[GnuSparseHeader]| {
            for piece in pieces.iter().take_while(|piece| !piece.is_empty()) {
                sparse.add(unsigned(&piece.offset)?, unsigned(&piece.numbytes)?)?;
            }
            Ok::<_, &str>(())
        };
        add(&gnu.sparse)?;
        let mut is_extended = gnu.is_extended();
        while is_extended {
            let mut block = GnuExtSparseHeader::new();
            self.source.read_exact(block.as_mut_bytes())?;
            add(block.sparse())?;
            is_extended = block.is_extended();
        }
        Ok((unsigned(&gnu.realsize)?, sparse))
    }
}

fn is_zero(header: &Header) -> bool {
    header.as_bytes().iter().all(|&byte| byte == 0)
}

/// How many bytes follow contents of this size, up to a multiple of 512.
pub(super) fn padding(size: u64) -> u64 {
    size.wrapping_neg() % 512
}

/// A field up to its first NUL character.
fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// The name in the header itself, with its prefix if the format has one.
fn short_name(header: &Header) -> Vec<u8> {
    let bytes = header.as_bytes();
    let name = text(&header.as_old().name);
    let prefix = match (&bytes[257..263], &bytes[508..]) {
        (b"ustar\0", b"tar\0") => &bytes[345..476],
        (b"ustar\0", _) => &bytes[345..500],
        _ => &[],
    };
    match text(prefix) {
        b"" => name.to_vec(),
        prefix => [prefix, b"/", name].concat(),
    }
}

/// The most bytes of a PAX header.
const LONGEST_PAX: usize = 1 << 20;

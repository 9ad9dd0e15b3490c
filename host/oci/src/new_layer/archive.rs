//! The tar archive of a new layer, as a stream.

use super::{NewEntry, NewKind};
use std::io::{self, Read};
use std::vec::IntoIter;
use tar::{EntryType, Header};

/// Reads as the archive of some entries, with their names there.
pub(super) struct Archive {
    entries: IntoIter<(Vec<u8>, NewEntry)>,
    /// What is read next, in order: headers, contents, and zeros.
    headers: Vec<u8>,
    contents: Vec<u8>,
    zeros: usize,
    /// How much of it was read.
    position: usize,
    is_ended: bool,
}

impl Archive {
    pub(super) fn new(entries: Vec<(Vec<u8>, NewEntry)>) -> Archive {
        Archive {
            entries: entries.into_iter(),
            headers: Vec::new(),
            contents: Vec::new(),
            zeros: 0,
            position: 0,
            is_ended: false,
        }
    }

    /// Goes on to the next entry, or to the two blocks that end the archive.
    fn advance(&mut self) {
        self.position = 0;
        let Some((name, entry)) = self.entries.next() else {
            (self.headers, self.contents, self.zeros) = (Vec::new(), Vec::new(), 2 * BLOCK);
            self.is_ended = true;
            return;
        };
        self.headers = headers(&name, &entry);
        self.contents = match entry.kind {
            NewKind::File(contents) => contents,
            _ => Vec::new(),
        };
        self.zeros = padding(self.contents.len());
    }
}

impl Read for Archive {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut start = self.position;
            for part in [&self.headers[..], &self.contents[..], &ZEROS[..self.zeros]] {
                if let Some(left) = part.get(start..).filter(|left| !left.is_empty()) {
                    let read = left.len().min(buffer.len());
                    buffer[..read].copy_from_slice(&left[..read]);
                    self.position += read;
                    return Ok(read);
                }
                start = start.saturating_sub(part.len());
            }
            if self.is_ended {
                return Ok(0);
            }
            self.advance();
        }
    }
}

/// The header of an entry, and a PAX header in front if it needs one.
fn headers(name: &[u8], entry: &NewEntry) -> Vec<u8> {
    let mut header = Header::new_ustar();
    let mut records = Vec::new();
    if let Some((prefix, name)) = split(name) {
        put(&mut header, NAME, name);
        put(&mut header, PREFIX, prefix);
    } else {
        put(&mut header, NAME, &stand_in(name));
        record(&mut records, b"path", name);
    }
    let (flag, size) = match &entry.kind {
        NewKind::Directory { xattrs } => {
            let mut xattrs: Vec<_> = xattrs.iter().collect();
            xattrs.sort();
            for (name, value) in xattrs {
                record(&mut records, &[b"SCHILY.xattr.", &name[..]].concat(), value);
            }
            (EntryType::Directory, 0)
        }
        NewKind::File(contents) => (EntryType::Regular, contents.len() as u64),
        NewKind::Link(target) => {
            if target.len() <= LINK.len() && target.is_ascii() {
                put(&mut header, LINK, target);
            } else {
                put(&mut header, LINK, &stand_in(target));
                record(&mut records, b"linkpath", target);
            }
            (EntryType::Symlink, 0)
        }
        NewKind::Whiteout | NewKind::OpaqueWhiteout => (EntryType::Regular, 0),
    };
    header.set_entry_type(flag);
    header.set_size(size);
    let is_whiteout = matches!(entry.kind, NewKind::Whiteout | NewKind::OpaqueWhiteout);
    header.set_mode(if is_whiteout { 0 } else { entry.mode & 0o7777 });
    let mut number = |key: &[u8], number: i64, most: u64| match u64::try_from(number) {
        Ok(number) if number <= most => number,
        _ => {
            record(&mut records, key, number.to_string().as_bytes());
            0
        }
    };
    header.set_uid(number(b"uid", i64::from(entry.uid), MOST_ID));
    header.set_gid(number(b"gid", i64::from(entry.gid), MOST_ID));
    header.set_mtime(number(b"mtime", entry.modified, MOST_TIME));
    header.set_cksum();
    let mut headers = Vec::new();
    if !records.is_empty() {
        let mut extension = Header::new_ustar();
        put(&mut extension, NAME, b"././@PaxHeader");
        extension.set_entry_type(EntryType::XHeader);
        extension.set_size(records.len() as u64);
        for set in [Header::set_uid, Header::set_gid, Header::set_mtime] {
            set(&mut extension, 0);
        }
        extension.set_mode(0);
        extension.set_cksum();
        headers.extend_from_slice(extension.as_bytes());
        let padding = padding(records.len());
        headers.append(&mut records);
        headers.extend_from_slice(&ZEROS[..padding]);
    }
    headers.extend_from_slice(header.as_bytes());
    headers
}

/// Prefix and name, if the fields of a header can hold them.
fn split(name: &[u8]) -> Option<(&[u8], &[u8])> {
    if !name.is_ascii() {
        return None;
    }
    if name.len() <= NAME.len() {
        return Some((b"", name));
    }
    // The slash between them is in neither.
    let slashes = (0..name.len()).filter(|&at| name[at] == b'/');
    let mut splits = slashes.map(|slash| (&name[..slash], &name[slash + 1..]));
    splits.find(|(prefix, name)| {
        !prefix.is_empty()
            && prefix.len() <= PREFIX.len()
            && !name.is_empty()
            && name.len() <= NAME.len()
    })
}

/// What a field has in place of a text that it cannot hold.
fn stand_in(text: &[u8]) -> Vec<u8> {
    let ascii = |&byte: &u8| if byte.is_ascii() { byte } else { b'_' };
    text.iter().take(NAME.len()).map(ascii).collect()
}

/// Adds a record: its length, which counts its own digits, and a name and a value.
fn record(records: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    let rest = name.len() + value.len() + b" =\n".len();
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(length.to_string().as_bytes());
    for part in [b" ", name, b"=", value, b"\n"] {
        records.extend_from_slice(part);
    }
}

/// Fills the beginning of a field.
fn put(header: &mut Header, field: std::ops::Range<usize>, text: &[u8]) {
    header.as_mut_bytes()[field][..text.len()].copy_from_slice(text);
}

/// How many bytes follow contents of this size, up to a multiple of a block.
fn padding(size: usize) -> usize {
    size.wrapping_neg() % BLOCK
}

const BLOCK: usize = 512;

static ZEROS: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// The fields of texts in a header, as `pax` of POSIX states them.
const NAME: std::ops::Range<usize> = 0..100;
const LINK: std::ops::Range<usize> = 157..257;
const PREFIX: std::ops::Range<usize> = 345..500;

/// The most that seven octal digits express.
const MOST_ID: u64 = 0o777_7777;

/// The most that eleven octal digits express.
const MOST_TIME: u64 = 0o777_7777_7777;

//! Entries as bytes: the form in which a layer keeps them in memory and in a cache.
//!
//! A path is written as the number of bytes that it shares with the one before, and the rest.

use super::entry::{Entry, EntryKind};

/// The entries of a layer, in the order of the archive.
pub struct Entries<'layer> {
    cursor: Cursor<'layer>,
}

impl<'layer> Iterator for Entries<'layer> {
    type Item = Entry<'layer>;

    fn next(&mut self) -> Option<Entry<'layer>> {
        self.cursor.next_entry()
    }
}

/// The entries of a layer, one behind the other.
#[derive(Default)]
pub(crate) struct Records {
    bytes: Vec<u8>,
    count: usize,
    last_path: Vec<u8>,
}

impl Records {
    /// Takes bytes that were written before, unless they are something else.
    ///
    /// `contents` is how many bytes of contents there are.
    pub(crate) fn read(bytes: Vec<u8>, contents: u64) -> Option<Records> {
        let mut cursor = Cursor::new(&bytes);
        let mut count = 0;
        while !cursor.left.is_empty() {
            let entry = cursor.next_entry()?;
            if !super::name::is_clean(&entry.path) || entry.mode > 0o7777 {
                return None;
            }
            match entry.kind {
                EntryKind::File { size, contents: Some(start) }
                    if start.checked_add(size)? > contents =>
                {
                    return None;
                }
                EntryKind::HardLink { target } if !super::name::is_clean(target) => return None,
                _ => count += 1,
            }
        }
        Some(Records { bytes, count, last_path: Vec::new() })
    }

    pub(crate) fn entries(&self) -> Entries<'_> {
        Entries { cursor: Cursor::new(&self.bytes) }
    }

    /// How many entries there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds an entry at the end.
    pub(crate) fn push(&mut self, entry: &Entry<'_>) {
        let tag = match entry.kind {
            EntryKind::Directory { .. } => DIRECTORY,
            EntryKind::File { contents: None, .. } => FILE,
            EntryKind::File { contents: Some(_), .. } => KEPT_FILE,
            EntryKind::Link { .. } => LINK,
            EntryKind::HardLink { .. } => HARD_LINK,
            EntryKind::Other => OTHER,
            EntryKind::Whiteout => WHITEOUT,
            EntryKind::OpaqueWhiteout => OPAQUE_WHITEOUT,
        };
        let bytes = &mut self.bytes;
        bytes.push(tag);
        let shared = self.last_path.iter().zip(&entry.path).take_while(|(a, b)| a == b).count();
        write_number(bytes, shared as u64);
        write_bytes(bytes, &entry.path[shared..]);
        self.last_path.truncate(shared);
        self.last_path.extend_from_slice(&entry.path[shared..]);
        self.count += 1;
        if matches!(tag, WHITEOUT | OPAQUE_WHITEOUT) {
            return;
        }
        for number in [entry.mode, entry.uid, entry.gid] {
            write_number(bytes, u64::from(number));
        }
        write_number(bytes, zigzag(entry.modified));
        match &entry.kind {
            EntryKind::Directory { xattrs } => {
                write_number(bytes, xattrs.len() as u64);
                for (name, value) in xattrs {
                    write_bytes(bytes, name);
                    write_bytes(bytes, value);
                }
            }
            EntryKind::File { size, contents } => {
                write_number(bytes, *size);
                if let Some(start) = contents {
                    write_number(bytes, *start);
                }
            }
            EntryKind::Link { target } | EntryKind::HardLink { target } => {
                write_bytes(bytes, target);
            }
            EntryKind::Other | EntryKind::Whiteout | EntryKind::OpaqueWhiteout => {}
        }
    }
}

/// Reads records.
pub(super) struct Cursor<'bytes> {
    left: &'bytes [u8],
    last_path: Vec<u8>,
}

impl<'bytes> Cursor<'bytes> {
    fn new(bytes: &'bytes [u8]) -> Cursor<'bytes> {
        Cursor { left: bytes, last_path: Vec::new() }
    }

    /// `None` at the end, and for bytes that are no record.
    pub(super) fn next_entry(&mut self) -> Option<Entry<'bytes>> {
        let (tag, left) = self.left.split_first()?;
        self.left = left;
        let shared = usize::try_from(self.number()?).ok()?;
        let rest = self.bytes()?;
        if shared > self.last_path.len() {
            return None;
        }
        self.last_path.truncate(shared);
        self.last_path.extend_from_slice(rest);
        let path = self.last_path.clone();
        if matches!(*tag, WHITEOUT | OPAQUE_WHITEOUT) {
            let kind =
                if *tag == WHITEOUT { EntryKind::Whiteout } else { EntryKind::OpaqueWhiteout };
            return Some(Entry { path, kind, mode: 0, uid: 0, gid: 0, modified: 0 });
        }
        let mode = u32::try_from(self.number()?).ok()?;
        let uid = u32::try_from(self.number()?).ok()?;
        let gid = u32::try_from(self.number()?).ok()?;
        let modified = unzigzag(self.number()?);
        let kind = match *tag {
            DIRECTORY => {
                let count = self.number()?;
                let xattrs = (0..count).map(|_| Some((self.bytes()?, self.bytes()?)));
                EntryKind::Directory { xattrs: xattrs.collect::<Option<_>>()? }
            }
            FILE => EntryKind::File { size: self.number()?, contents: None },
            KEPT_FILE => EntryKind::File { size: self.number()?, contents: Some(self.number()?) },
            LINK => EntryKind::Link { target: self.bytes()? },
            HARD_LINK => EntryKind::HardLink { target: self.bytes()? },
            OTHER => EntryKind::Other,
            _ => return None,
        };
        Some(Entry { path, kind, mode, uid, gid, modified })
    }

    fn number(&mut self) -> Option<u64> {
        read_number(&mut self.left)
    }

    fn bytes(&mut self) -> Option<&'bytes [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, left) = self.left.split_at_checked(length)?;
        self.left = left;
        Some(bytes)
    }
}

/// Writes seven bits in each byte, the lowest first; all bytes but the last have the highest bit set.
pub(crate) fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let bits = number.to_le_bytes()[0] & 0x7f;
        number >>= 7;
        if number == 0 {
            bytes.push(bits);
            return;
        }
        bytes.push(0x80 | bits);
    }
}

/// Reads what [`write_number`] has written, and removes it in front.
pub(crate) fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, left) = bytes.split_first()?;
        *bytes = left;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn write_bytes(bytes: &mut Vec<u8>, more: &[u8]) {
    write_number(bytes, more.len() as u64);
    bytes.extend_from_slice(more);
}

/// Numbers near 0 become small ones, whatever their sign.
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

const DIRECTORY: u8 = 0;
const FILE: u8 = 1;
const KEPT_FILE: u8 = 2;
const LINK: u8 = 3;
const HARD_LINK: u8 = 4;
const OTHER: u8 = 5;
const WHITEOUT: u8 = 6;
const OPAQUE_WHITEOUT: u8 = 7;

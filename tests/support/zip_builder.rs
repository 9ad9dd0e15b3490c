//! Writes ZIP archives byte by byte: sound by default, and each number can be falsified.
//!
//! The component's unit tests and fuzz targets include this file as well.

use flate2::{Compress, Compression, FlushCompress};

/// The modification time of all files, as MS-DOS date and time, and in seconds since 1970:
/// 2026-11-02 19:29:20.
const DATE: u16 = (46 << 9) + (11 << 5) + 2;
const TIME: u16 = (19 << 11) + (29 << 5) + 10;
pub(crate) const MODIFIED: u64 = 1_793_647_760;

/// The bit of the flags for names in UTF-8.
pub(crate) const UTF8: u16 = 1 << 11;

/// An archive.
#[derive(Default)]
pub(crate) struct ZipBuilder {
    pub(crate) entries: Vec<Entry>,
    /// Whether the directory has the entries in the opposite order.
    pub(crate) is_reversed: bool,
    /// Bytes before the first entry, not counted in any offset.
    pub(crate) before: Vec<u8>,
    /// Bytes between the last entry and the directory, and between that and the end record.
    pub(crate) before_directory: Vec<u8>,
    pub(crate) before_end: Vec<u8>,
    /// Bytes after the end record, and how many of them it states as its comment.
    pub(crate) after: Vec<u8>,
    pub(crate) comment_length: u16,
    pub(crate) disk: u16,
    /// Numbers to add to those of the end record: its count of entries, and the size and offset of
    /// the directory.
    pub(crate) count: u16,
    pub(crate) size: u32,
    pub(crate) offset: u32,
}

/// An entry.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) local: Header,
    pub(crate) central: Header,
    pub(crate) data: Vec<u8>,
    /// Bytes before the local header.
    pub(crate) before: Vec<u8>,
    pub(crate) attributes: u32,
    pub(crate) comment: Vec<u8>,
    pub(crate) disk: u16,
    /// The offset in the directory, if it is not the real one.
    pub(crate) offset: Option<u32>,
    /// Whether only the directory has it.
    pub(crate) is_phantom: bool,
}

/// The fields of both headers of an entry.
#[derive(Clone)]
pub(crate) struct Header {
    pub(crate) version: u16,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) time: u16,
    pub(crate) checksum: u32,
    pub(crate) packed: u32,
    pub(crate) size: u32,
    pub(crate) name: Vec<u8>,
    pub(crate) extra: Vec<u8>,
}

impl Entry {
    /// A deflated file.
    pub(crate) fn new(name: &str, contents: &[u8]) -> Entry {
        let data = deflate(contents);
        let header = Header {
            version: 20,
            flags: if name.is_ascii() { 0 } else { UTF8 },
            method: 8,
            time: TIME,
            checksum: crc32fast::hash(contents),
            packed: length(&data),
            size: length(contents),
            name: name.as_bytes().to_vec(),
            extra: Vec::new(),
        };
        Entry {
            local: header.clone(),
            central: header,
            data,
            before: Vec::new(),
            attributes: 0o100_644 << 16,
            comment: Vec::new(),
            disk: 0,
            offset: None,
            is_phantom: false,
        }
    }

    /// The same entry with these contents, stored.
    pub(crate) fn stored(mut self, contents: &[u8]) -> Entry {
        self.data = contents.to_vec();
        self.both(|header| {
            header.method = 0;
            header.checksum = crc32fast::hash(contents);
            (header.packed, header.size) = (length(contents), length(contents));
        });
        self
    }

    /// Changes both headers.
    pub(crate) fn both(&mut self, change: impl Fn(&mut Header)) {
        change(&mut self.local);
        change(&mut self.central);
    }

    /// Replaces the packed contents by other bytes, and updates their size.
    pub(crate) fn pack(&mut self, data: Vec<u8>) {
        let packed = length(&data);
        self.both(|header| header.packed = packed);
        self.data = data;
    }
}

impl Header {
    /// Writes the fields from the flags to the extra field, with room for those that only the
    /// directory has.
    fn write(&self, archive: &mut Vec<u8>, only_central: Option<&Entry>, offset: u32) {
        for number in [self.version, self.flags, self.method, self.time, DATE] {
            archive.extend(number.to_le_bytes());
        }
        for number in [self.checksum, self.packed, self.size] {
            archive.extend(number.to_le_bytes());
        }
        archive.extend(short(&self.name).to_le_bytes());
        archive.extend(short(&self.extra).to_le_bytes());
        if let Some(entry) = only_central {
            for number in [short(&entry.comment), entry.disk, 0] {
                archive.extend(number.to_le_bytes());
            }
            archive.extend(entry.attributes.to_le_bytes());
            archive.extend(offset.to_le_bytes());
        }
        archive.extend(&self.name);
        archive.extend(&self.extra);
    }
}

impl ZipBuilder {
    /// The entry of this name.
    pub(crate) fn entry(&mut self, name: &str) -> &mut Entry {
        let entry = self.entries.iter_mut().find(|entry| entry.central.name == name.as_bytes());
        entry.expect("the entry is there")
    }

    /// The entries alone, as before the directory.
    pub(crate) fn build_entries(&self) -> Vec<u8> {
        self.build_halves().0
    }

    fn build_halves(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut archive, mut headers) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            archive.extend(&entry.before);
            let offset = entry.offset.unwrap_or(length(&archive));
            if !entry.is_phantom {
                archive.extend(b"PK\x03\x04");
                entry.local.write(&mut archive, None, 0);
                archive.extend(&entry.data);
            }
            // Made by a Unix system.
            let mut header = [&b"PK\x01\x02"[..], &[20, 3]].concat();
            entry.central.write(&mut header, Some(entry), offset);
            header.extend(&entry.comment);
            headers.push(header);
        }
        if self.is_reversed {
            headers.reverse();
        }
        (archive, headers.concat())
    }

    /// The archive.
    pub(crate) fn build(&self) -> Vec<u8> {
        let (mut archive, directory) = self.build_halves();
        archive.extend(&self.before_directory);
        let (offset, size) = (length(&archive), length(&directory));
        archive.extend(directory);
        archive.extend(&self.before_end);
        archive.extend(b"PK\x05\x06");
        let count = u16::try_from(self.entries.len()).expect("there are few");
        let count = count.wrapping_add(self.count);
        for number in [self.disk, self.disk, count, count] {
            archive.extend(number.to_le_bytes());
        }
        for number in [size.wrapping_add(self.size), offset.wrapping_add(self.offset)] {
            archive.extend(number.to_le_bytes());
        }
        archive.extend(self.comment_length.to_le_bytes());
        archive.extend(&self.after);
        [self.before.clone(), archive].concat()
    }
}

/// An extra field.
pub(crate) fn extra(id: u16, contents: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &short(contents).to_le_bytes(), contents].concat()
}

/// Packs contents.
pub(crate) fn deflate(contents: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(contents.len() + 100);
    let mut deflater = Compress::new(Compression::best(), false);
    let packing = deflater.compress_vec(contents, &mut packed, FlushCompress::Finish);
    assert_eq!(packing.ok(), Some(flate2::Status::StreamEnd));
    packed
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("it is short")
}

fn short(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).expect("it is short")
}

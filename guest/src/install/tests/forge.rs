//! ZIP archives byte by byte: sound ones by default, in which every number can be falsified.

use flate2::{Compress, Compression, FlushCompress};

/// When the files of an archive were modified, in its own terms and in seconds since 1970:
/// 2026-11-02 19:29:20.
const DATE: u16 = (46 << 9) + (11 << 5) + 2;
const TIME: u16 = (19 << 11) + (29 << 5) + 10;
pub(super) const MODIFIED: u64 = 1_793_647_760;

/// The bit of the flags for names in UTF-8.
pub(super) const UTF8: u16 = 1 << 11;

/// An archive.
#[derive(Default)]
pub(super) struct Forge {
    pub(super) parts: Vec<Part>,
    /// Whether the directory has the entries in the opposite order.
    pub(super) is_reversed: bool,
    /// Bytes before the first entry, not counted in any offset.
    pub(super) before: Vec<u8>,
    /// Bytes between the last entry and the directory, and between that and the end record.
    pub(super) before_directory: Vec<u8>,
    pub(super) before_end: Vec<u8>,
    /// Bytes after the end record, and how many of them it states as its comment.
    pub(super) after: Vec<u8>,
    pub(super) comment_length: u16,
    pub(super) disk: u16,
    /// What is added to the numbers of the end record: entries, size, offset.
    pub(super) entries: u16,
    pub(super) size: u32,
    pub(super) offset: u32,
}

/// An entry.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) local: Header,
    pub(super) central: Header,
    pub(super) data: Vec<u8>,
    /// Bytes before the local header.
    pub(super) before: Vec<u8>,
    pub(super) attributes: u32,
    pub(super) comment: Vec<u8>,
    pub(super) disk: u16,
    /// Where the directory says that it is, if not where it is.
    pub(super) offset: Option<u32>,
    /// Whether it is in the directory alone.
    pub(super) is_phantom: bool,
}

/// What both headers of an entry have.
#[derive(Clone)]
pub(super) struct Header {
    pub(super) version: u16,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) time: u16,
    pub(super) checksum: u32,
    pub(super) packed: u32,
    pub(super) size: u32,
    pub(super) name: Vec<u8>,
    pub(super) extra: Vec<u8>,
}

impl Part {
    /// A deflated file.
    pub(super) fn new(name: &str, contents: &[u8]) -> Part {
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
        Part {
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

    /// The same with these contents, not packed.
    pub(super) fn stored(mut self, contents: &[u8]) -> Part {
        self.data = contents.to_vec();
        self.both(|header| {
            header.method = 0;
            header.checksum = crc32fast::hash(contents);
            (header.packed, header.size) = (length(contents), length(contents));
        });
        self
    }

    /// Changes both headers.
    pub(super) fn both(&mut self, change: impl Fn(&mut Header)) {
        change(&mut self.local);
        change(&mut self.central);
    }

    /// Puts other bytes in the place of the packed contents, and says so.
    pub(super) fn pack(&mut self, data: Vec<u8>) {
        let packed = length(&data);
        self.both(|header| header.packed = packed);
        self.data = data;
    }
}

impl Header {
    /// From the flags to the extra field, with room for what only the directory has.
    fn write(&self, archive: &mut Vec<u8>, only_central: Option<&Part>, offset: u32) {
        for number in [self.version, self.flags, self.method, self.time, DATE] {
            archive.extend(number.to_le_bytes());
        }
        for number in [self.checksum, self.packed, self.size] {
            archive.extend(number.to_le_bytes());
        }
        archive.extend(short(&self.name).to_le_bytes());
        archive.extend(short(&self.extra).to_le_bytes());
        if let Some(part) = only_central {
            for number in [short(&part.comment), part.disk, 0] {
                archive.extend(number.to_le_bytes());
            }
            archive.extend(part.attributes.to_le_bytes());
            archive.extend(offset.to_le_bytes());
        }
        archive.extend(&self.name);
        archive.extend(&self.extra);
    }
}

impl Forge {
    /// The entry of this name.
    pub(super) fn part(&mut self, name: &str) -> &mut Part {
        let part = self.parts.iter_mut().find(|part| part.central.name == name.as_bytes());
        part.expect("the entry is there")
    }

    /// The entries alone, as they stand before the directory.
    pub(super) fn build_entries(&self) -> Vec<u8> {
        self.build_halves().0
    }

    fn build_halves(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut archive, mut headers) = (Vec::new(), Vec::new());
        for part in &self.parts {
            archive.extend(&part.before);
            let offset = part.offset.unwrap_or(length(&archive));
            if !part.is_phantom {
                archive.extend(b"PK\x03\x04");
                part.local.write(&mut archive, None, 0);
                archive.extend(&part.data);
            }
            // Made by a Unix system.
            let mut header = [&b"PK\x01\x02"[..], &[20, 3]].concat();
            part.central.write(&mut header, Some(part), offset);
            header.extend(&part.comment);
            headers.push(header);
        }
        if self.is_reversed {
            headers.reverse();
        }
        (archive, headers.concat())
    }

    /// The archive.
    pub(super) fn build(&self) -> Vec<u8> {
        let (mut archive, directory) = self.build_halves();
        archive.extend(&self.before_directory);
        let (offset, size) = (length(&archive), length(&directory));
        archive.extend(directory);
        archive.extend(&self.before_end);
        archive.extend(b"PK\x05\x06");
        let count = u16::try_from(self.parts.len()).expect("there are few");
        let count = count.wrapping_add(self.entries);
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
pub(super) fn extra(id: u16, contents: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &short(contents).to_le_bytes(), contents].concat()
}

/// Packs contents.
pub(super) fn deflate(contents: &[u8]) -> Vec<u8> {
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

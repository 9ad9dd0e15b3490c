//! Finds the files of a tar archive: ustar, PAX, and GNU's long names.
//!
//! The reader of the `tar` crate is not used here. It would keep long names and PAX records of any size
//! in memory, and needs a position of the file for itself.

use super::Place;
use crate::layout::at::Part;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use tar::{EntryType, Header, PaxExtensions};

const BLOCK: u64 = 512;
/// How many entries an archive may have.
const MOST: usize = 100_000;
/// The size in bytes of the longest name or list of PAX records that is read.
const LONGEST: u64 = 64 << 10;

/// What an archive contains.
pub(super) struct Found {
    /// The regular files, by their names, without `./`.
    pub(super) members: BTreeMap<String, Place>,
    /// The first fault, if there is one. What follows it is not in `members`, unless only an entry is
    /// at fault and not the form of the archive.
    pub(super) fault: Option<String>,
}

/// Reads all headers.
pub(super) fn find(file: &File) -> io::Result<Found> {
    let mut found = Found { members: BTreeMap::new(), fault: None };
    let mut reading = Reading { file, end: file.metadata()?.len(), offset: 0 };
    for _ in 0..=MOST {
        let entry = match reading.entry()? {
            Ok(Some(entry)) => entry,
            Ok(None) => return Ok(found),
            Err(fault) => {
                found.fault.get_or_insert(fault);
                return Ok(found);
            }
        };
        if let Err(fault) = take(&mut found.members, &entry) {
            found.fault.get_or_insert(fault);
        }
    }
    found.fault.get_or_insert(format!("more than {MOST} entries"));
    Ok(found)
}

/// An entry, with its long name and its PAX records applied.
struct Entry {
    name: Vec<u8>,
    kind: EntryType,
    place: Place,
}

fn take(members: &mut BTreeMap<String, Place>, entry: &Entry) -> Result<(), String> {
    let text = String::from_utf8_lossy(&entry.name);
    let fault = |reason: &str| format!("entry `{}` {reason}", text.escape_debug());
    let name = str::from_utf8(&entry.name).map_err(|_| fault("has a name that is not UTF-8"))?;
    let mut short = name;
    while let Some(rest) = short.strip_prefix("./") {
        short = rest;
    }
    let is_directory =
        entry.kind == EntryType::Directory || entry.kind.is_file() && name.ends_with('/');
    let short = if is_directory { short.trim_end_matches('/') } else { short };
    if is_directory && matches!(short, "" | ".") {
        return Ok(());
    }
    if short.split('/').any(|part| matches!(part, "" | "." | "..")) || short.contains('\0') {
        return Err(fault("has a name that leads elsewhere"));
    }
    if is_directory {
        return Ok(());
    }
    if !matches!(entry.kind, EntryType::Regular | EntryType::Continuous) {
        return Err(fault("is not a regular file"));
    }
    match members.insert(short.to_owned(), entry.place) {
        None => Ok(()),
        Some(_) => Err(fault("occurs twice")),
    }
}

/// A place among the headers of an archive.
struct Reading<'file> {
    file: &'file File,
    /// The size of the archive in bytes.
    end: u64,
    offset: u64,
}

/// What long names and PAX records say about the entry that follows them.
#[derive(Default)]
struct Overrides {
    name: Option<Vec<u8>>,
    pax_name: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Reading<'_> {
    /// The next entry, or nothing at the end. The outer error is the system's, the inner one is a fault
    /// of the archive, after which nothing can be read.
    fn entry(&mut self) -> io::Result<Result<Option<Entry>, String>> {
        let mut overrides = Overrides::default();
        // As many headers as may describe one entry: two long names, and both kinds of PAX records.
        for _ in 0..5 {
            let Some(header) = self.header()? else { return Ok(Ok(None)) };
            let header = match header {
                Ok(header) => header,
                Err(fault) => return Ok(Err(fault)),
            };
            let kind = header.entry_type();
            let Ok(stated) = header.entry_size() else {
                return Ok(Err(self.fault("has no valid size")));
            };
            let describes = matches!(
                kind,
                EntryType::GNULongName
                    | EntryType::GNULongLink
                    | EntryType::XHeader
                    | EntryType::XGlobalHeader
            );
            let size = match kind {
                _ if describes => stated,
                // These have no contents, whatever size they state: Go's reader takes them so.
                EntryType::Link
                | EntryType::Symlink
                | EntryType::Char
                | EntryType::Block
                | EntryType::Directory
                | EntryType::Fifo => 0,
                _ => overrides.size.unwrap_or(stated),
            };
            let place = Place { offset: self.offset, size };
            let padded = size.checked_next_multiple_of(BLOCK);
            let next = padded.and_then(|padded| self.offset.checked_add(padded));
            let (Some(next), true) = (next, size <= self.end - self.offset) else {
                return Ok(Err("unexpected end of file".to_owned()));
            };
            self.offset = next.min(self.end);
            if !describes {
                let plain = header.path_bytes().into_owned();
                let name = overrides.pax_name.or(overrides.name).unwrap_or(plain);
                return Ok(Ok(Some(Entry { name, kind, place })));
            }
            if size > LONGEST {
                return Ok(Err(self.fault("has a name or PAX records that are too long")));
            }
            let mut text = Vec::new();
            Part::new(self.file, place.offset, size).read_to_end(&mut text)?;
            if let Err(fault) = overrides.add(kind, text) {
                return Ok(Err(self.fault(&fault)));
            }
        }
        Ok(Err(self.fault("has too many headers")))
    }

    /// The next header, or nothing at the end.
    fn header(&mut self) -> io::Result<Option<Result<Header, String>>> {
        let mut header = Header::new_old();
        let start = self.offset;
        if start == self.end {
            return Ok(None);
        }
        let read = Part::new(self.file, start, BLOCK).read_exact(header.as_mut_bytes());
        if let Err(error) = read {
            let truncated = error.kind() == ErrorKind::UnexpectedEof;
            return if truncated && start == 0 {
                Ok(Some(Err("not a tar archive".to_owned())))
            } else if truncated {
                Ok(Some(Err("unexpected end of file".to_owned())))
            } else {
                Err(error)
            };
        }
        self.offset += BLOCK;
        let bytes = header.as_bytes();
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let sum = |range: &[u8]| range.iter().map(|byte| u32::from(*byte)).sum::<u32>();
        let actual = sum(&bytes[..148]) + 8 * u32::from(b' ') + sum(&bytes[156..]);
        if header.cksum().is_ok_and(|stated| stated == actual) {
            Ok(Some(Ok(header)))
        } else if start == 0 {
            Ok(Some(Err("not a tar archive".to_owned())))
        } else {
            Ok(Some(Err(format!("header checksum mismatch at byte {start}"))))
        }
    }

    fn fault(&self, reason: &str) -> String {
        format!("entry before byte {} {reason}", self.offset)
    }
}

impl Overrides {
    fn add(&mut self, kind: EntryType, mut text: Vec<u8>) -> Result<(), String> {
        match kind {
            EntryType::GNULongName => {
                let length = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
                text.truncate(length);
                self.name = Some(text);
                return Ok(());
            }
            EntryType::GNULongLink => return Ok(()),
            _ => {}
        }
        let damaged = || "has damaged PAX records".to_owned();
        for record in PaxExtensions::new(&text) {
            let record = record.map_err(|_| damaged())?;
            let value = record.value_bytes();
            let key = record.key().map_err(|_| damaged())?;
            let counts = key == "path" || key == "size" || key.starts_with("GNU.sparse");
            if counts && (kind == EntryType::XGlobalHeader || key.starts_with("GNU.sparse")) {
                return Err(format!("has the PAX record `{}`", key.escape_debug()));
            }
            match key {
                "path" => self.pax_name = Some(value.to_owned()),
                "size" => {
                    let size = str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                    self.size = Some(size.ok_or_else(damaged)?);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

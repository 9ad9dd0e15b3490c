//! The ZIP archive that a wheel is, read strictly.
//!
//! Knows nothing of wheels: it answers which regular files there are and what they hold. Whatever
//! a wheel has no need of, and readers are known to disagree on, is a fault.

use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode};
use crate::entry_path::EntryPath;
use crate::faults::{Faults, fault};
use std::collections::HashSet;
use std::fmt::Display;
use std::io::{Cursor, Read as _};
use zip::{CompressionMethod, DateTime, ZipArchive};

/// How much all files of an archive may hold together, in bytes. They are kept in memory between
/// the check and the first write.
const CONTENTS_LIMIT: u64 = 256 << 20;

/// The type bits of a Unix mode, and their value for a regular file.
const TYPE_MASK: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;

/// An open archive.
pub(crate) struct Archive<'bytes> {
    zip: ZipArchive<Cursor<&'bytes [u8]>>,
    entries: Vec<Entry>,
    refused: Vec<String>,
}

/// A regular file in the archive.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    index: usize,
    /// Where it is in the archive.
    pub(crate) path: EntryPath,
    /// Its size in bytes, as the archive states it.
    pub(crate) size: u64,
    /// Whether it is marked executable.
    pub(crate) executable: bool,
    /// Its modification time in seconds since 1970, taking the archive's clock for UTC.
    pub(crate) modified: u64,
}

impl<'bytes> Archive<'bytes> {
    /// Opens an archive. Fails if it cannot be read at all; notes what is wrong with its entries.
    /// `file_name` is what faults of the whole are about.
    pub(crate) fn open(
        file_name: &str,
        bytes: &'bytes [u8],
        faults: &mut Faults,
    ) -> Result<Archive<'bytes>, Error> {
        let unreadable = |detail: &dyn Display| fault(FaultCode::Archive, file_name, detail);
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
        if zip.has_duplicate_names() {
            faults.add(FaultCode::Duplicate, file_name, "two entries have one name");
        }
        let (mut entries, mut refused) = (Vec::with_capacity(zip.len()), Vec::new());
        let mut seen = HashSet::with_capacity(zip.len());
        for index in 0..zip.len() {
            let file = zip.by_index_raw(index).map_err(|error| unreadable(&error))?;
            let name = String::from_utf8_lossy(file.name_raw()).into_owned();
            let mode = file.external_attributes() >> 16;
            if matches!(mode & TYPE_MASK, 0 | DIRECTORY) && name.ends_with('/') && file.size() == 0
            {
                // Directories are made for the files in them, and not for their own sake.
                continue;
            }
            if !matches!(mode & TYPE_MASK, 0 | REGULAR) {
                faults.add(FaultCode::EntryType, &name, "it is not a regular file");
            }
            if std::str::from_utf8(file.name_raw()).is_err() {
                faults.add(FaultCode::EntryName, &name, "the name is not UTF-8");
            }
            if file.encrypted() {
                faults.add(FaultCode::Archive, &name, "it is encrypted");
            }
            let method = file.compression();
            if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
                faults.add(FaultCode::Archive, &name, format!("compressed by {method}"));
            }
            let path = match EntryPath::new(&name) {
                Ok(path) => path,
                Err(detail) => {
                    faults.add(FaultCode::EntryName, &name, detail);
                    refused.push(name);
                    continue;
                }
            };
            if !seen.insert(name.to_lowercase()) {
                faults.add(FaultCode::Duplicate, &name, "another entry has this name");
            }
            entries.push(Entry {
                index,
                path,
                size: file.size(),
                // Without the type bits the mode bits mean nothing: some tools fill in noise.
                executable: mode & TYPE_MASK == REGULAR && mode & 0o111 != 0,
                modified: file.last_modified().map_or(0, seconds_since_1970),
            });
        }
        let total = entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.size));
        if total > CONTENTS_LIMIT {
            let detail = format!("it holds {total} bytes, more than {CONTENTS_LIMIT}");
            return Err(unreadable(&detail));
        }
        Ok(Archive { zip, entries, refused })
    }

    /// Its regular files, in the order of the archive.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The names of the files that are left out because no path may be called so.
    pub(crate) fn refused(&self) -> &[String] {
        &self.refused
    }

    /// The entry of this path.
    pub(crate) fn find(&self, path: &str) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.path.as_str() == path).cloned()
    }

    /// Notes if local headers say something else than the directory: readers differ in which of
    /// them they go by, and must not see different things.
    pub(crate) fn check_headers(&mut self, file_name: &str, faults: &mut Faults) {
        if let Err(error) = self.zip.validate_header_consistency() {
            faults.add(FaultCode::Archive, file_name, error);
        }
    }

    /// The contents of an entry. The error is a clause that says why they cannot be had.
    pub(crate) fn read(&mut self, entry: &Entry) -> Result<Vec<u8>, String> {
        let file = self.zip.by_index(entry.index).map_err(|error| error.to_string())?;
        let capacity = usize::try_from(entry.size).unwrap_or_default();
        let mut contents = Vec::with_capacity(capacity);
        // One byte more than stated is enough to know that the statement is false.
        let read = file.take(entry.size + 1).read_to_end(&mut contents);
        read.map_err(|error| error.to_string())?;
        if contents.len() as u64 != entry.size {
            return Err(format!("it does not hold the {} bytes that it states", entry.size));
        }
        Ok(contents)
    }
}

/// Converts a time of the archive, which has no time zone, as if it were UTC.
fn seconds_since_1970(time: DateTime) -> u64 {
    let (year, month, day) =
        (u64::from(time.year()), u64::from(time.month()), u64::from(time.day()));
    // Years begin in March here, so that the leap day is a year's last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_before_year = 365 * year + year / 4 - year / 100 + year / 400;
    let days_before_month = (153 * month + 2) / 5;
    let days_before_1970 = 719_468;
    let days = days_before_year + days_before_month + day - 1 - days_before_1970;
    days * 86_400
        + u64::from(time.hour()) * 3600
        + u64::from(time.minute()) * 60
        + u64::from(time.second())
}

#[cfg(test)]
mod tests {
    use super::seconds_since_1970;
    use zip::DateTime;

    #[test]
    fn times_agree_with_the_calendar() {
        for (fields, expected) in [
            ((1980, 1, 1, 0, 0, 0), 315_532_800),
            ((2000, 2, 29, 12, 0, 0), 951_825_600),
            ((2026, 11, 2, 19, 29, 20), 1_793_647_760),
            ((2107, 12, 31, 23, 59, 58), 4_354_819_198),
        ] {
            let (year, month, day, hour, minute, second) = fields;
            let time = DateTime::from_date_and_time(year, month, day, hour, minute, second);
            assert_eq!(seconds_since_1970(time.expect("is a time")), expected, "{fields:?}");
        }
    }
}

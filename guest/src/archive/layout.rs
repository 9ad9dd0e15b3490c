//! The owner of every byte of a ZIP, determined from end to end.
//!
//! Every byte has exactly one owner: the end record, which is the last 22 bytes; the directory
//! right before it; and before that the entries, one right after the other. So no reader finds
//! anything that another one does not, whichever end they begin at. PyPI requires the same of
//! uploads. This module does not read the data.

use super::header::{Central, DEFLATED, Fields, Input, Local, STORED};
use crate::bindings::ensurepip::bootstrap::types::FaultCode;
use crate::faults::Faults;
use std::ops::Range;

/// The length of an end record without a comment.
const END_LENGTH: usize = 22;
const END_SIGNATURE: &[u8; 4] = b"PK\x05\x06";

/// The length of the locator of a ZIP64 end record, right before the end record.
const ZIP64_LOCATOR_LENGTH: usize = 20;
const ZIP64_LOCATOR_SIGNATURE: &[u8] = b"PK\x06\x07";

/// How many entries an archive may have. The largest existing wheels have a fifth of that.
const ENTRIES_LIMIT: u16 = 50_000;

/// An entry, after reading both its headers.
pub(super) struct Member {
    /// Its name, with replacement characters where it is not UTF-8.
    pub(super) name: String,
    pub(super) attributes: u32,
    pub(super) fields: Fields,
    /// The range of its data. None if it must not be read: the entry is at fault, and its end is
    /// uncertain.
    pub(super) data: Option<Range<usize>>,
}

/// The end record, reduced to its facts.
struct End {
    entries: u16,
    /// Where the directory begins.
    directory: usize,
}

/// Walks an archive and records its faults. None if its entries cannot be determined. Faults of the
/// whole archive are reported for `file_name`.
pub(super) fn walk(file_name: &str, bytes: &[u8], faults: &mut Faults) -> Option<Vec<Member>> {
    let read = read_end(bytes).and_then(|end| Ok((end.directory, read_directory(bytes, &end)?)));
    let read = read.map_err(|(code, detail)| faults.add(code, file_name, detail));
    let (directory, headers) = read.ok()?;
    let entries = &bytes[..directory];
    let mut members: Vec<Member> = headers
        .iter()
        .map(|header| {
            let name = String::from_utf8_lossy(header.name).into_owned();
            header.check(&name, faults);
            Member { name, attributes: header.attributes, fields: header.fields, data: None }
        })
        .collect();
    let mut order: Vec<usize> = (0..headers.len()).collect();
    order.sort_by_key(|index| headers[*index].offset);
    // The end of the entries so far; none after one without a header, whose end is unknown.
    let mut reached = Some(0);
    for index in order {
        let member = &mut members[index];
        let start = usize::try_from(headers[index].offset).unwrap_or(usize::MAX);
        let end = reached.unwrap_or(start);
        if start > end {
            let detail = format!("the {} bytes before it belong to no entry", start - end);
            faults.add(FaultCode::StrayBytes, &member.name, detail);
        } else if start < end {
            faults.add(FaultCode::Overlap, &member.name, "it begins inside another entry");
        }
        let is_alone = start >= end;
        let mut input = Input(entries.get(start..).unwrap_or_default());
        let Some(local) = Local::read(&mut input) else {
            if is_alone {
                faults.add(FaultCode::Archive, &member.name, "its local header is missing");
                reached = None;
            }
            continue;
        };
        if is_alone {
            local.check(&member.name, &headers[index], faults);
        }
        let packed = usize::try_from(member.fields.packed).unwrap_or(usize::MAX);
        let data_start = entries.len() - input.0.len();
        let Some(data) = input.take(packed) else {
            faults.add(FaultCode::Overlap, &member.name, "it runs into the directory");
            reached = Some(entries.len());
            continue;
        };
        reached = Some(end.max(entries.len() - input.0.len()));
        let named = headers[index].check_name();
        let named = named.map_err(|detail| faults.add(FaultCode::EntryName, &member.name, detail));
        let is_readable = named.is_ok() && matches!(member.fields.method, STORED | DEFLATED);
        member.data = (is_alone && is_readable).then_some(data_start..data_start + data.len());
    }
    let end = reached.unwrap_or(entries.len());
    if end < entries.len() {
        let detail =
            format!("{} bytes before the directory belong to no entry", entries.len() - end);
        faults.add(FaultCode::StrayBytes, file_name, detail);
    }
    Some(members)
}

/// Reads the directory. The error is a code and a clause.
fn read_directory<'bytes>(
    bytes: &'bytes [u8],
    end: &End,
) -> Result<Vec<Central<'bytes>>, (FaultCode, String)> {
    if end.entries > ENTRIES_LIMIT {
        let detail = format!("it has {} entries, more than {ENTRIES_LIMIT}", end.entries);
        return Err((FaultCode::TooLarge, detail));
    }
    let mut input = Input(&bytes[end.directory..bytes.len() - END_LENGTH]);
    let mut headers = Vec::with_capacity(usize::from(end.entries));
    for number in 1..=end.entries {
        headers.push(Central::read(&mut input).ok_or_else(|| {
            let detail = format!("entry {number} of {} in the directory is broken", end.entries);
            (FaultCode::Archive, detail)
        })?);
    }
    if input.0.is_empty() {
        return Ok(headers);
    }
    let detail = format!("{} bytes follow the directory's last entry", input.0.len());
    Err((FaultCode::StrayBytes, detail))
}

/// Reads the end record. The error is a code and a clause.
fn read_end(bytes: &[u8]) -> Result<End, (FaultCode, String)> {
    let broken = |detail: &str| (FaultCode::Archive, detail.to_owned());
    let is_end = |at: usize| bytes[at..].starts_with(END_SIGNATURE);
    let Some(at) = bytes.len().checked_sub(END_LENGTH) else {
        return Err(broken("it is too short for an archive"));
    };
    if !is_end(at) {
        // The length of a comment is a number of 16 bits.
        let first = at.saturating_sub(usize::from(u16::MAX));
        return Err(match (first..at).rev().find(|at| is_end(*at)) {
            Some(found) => {
                let detail = format!("{} bytes follow the end record", at - found);
                (FaultCode::StrayBytes, detail)
            }
            None => broken("there is no end record"),
        });
    }
    let zip64 = at.checked_sub(ZIP64_LOCATOR_LENGTH).map(|at| &bytes[at..]);
    if zip64.is_some_and(|bytes| bytes.starts_with(ZIP64_LOCATOR_SIGNATURE)) {
        return Err((FaultCode::ZipFeature, "it has a ZIP64 end record".to_owned()));
    }
    let mut input = Input(&bytes[at + END_SIGNATURE.len()..]);
    let mut read = || {
        let [disk, first_disk] = [input.u16()?, input.u16()?];
        let [on_disk, entries] = [input.u16()?, input.u16()?];
        let [size, offset] = [input.u32()?, input.u32()?];
        Some((disk, first_disk, on_disk, entries, size, offset, input.u16()?))
    };
    let Some((disk, first_disk, on_disk, entries, size, offset, comment)) = read() else {
        return Err(broken("the end record is broken"));
    };
    if comment != 0 {
        return Err(broken("the end record states a comment, which is not there"));
    }
    if entries == u16::MAX || size == u32::MAX || offset == u32::MAX {
        return Err((FaultCode::ZipFeature, "it needs a ZIP64 end record".to_owned()));
    }
    if disk != 0 || first_disk != 0 || on_disk != entries {
        return Err((FaultCode::ZipFeature, "it is on several disks".to_owned()));
    }
    let [directory, size] = [offset, size].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    match directory.checked_add(size).and_then(|stated| at.checked_sub(stated)) {
        Some(0) => Ok(End { entries, directory }),
        Some(more) => {
            let detail = format!("there are {more} bytes that the end record does not count");
            Err((FaultCode::StrayBytes, detail))
        }
        None => Err(broken("the end record has the directory behind itself")),
    }
}

#[cfg(test)]
mod tests {
    use super::{END_SIGNATURE, ENTRIES_LIMIT, End, FaultCode, read_directory, read_end};

    /// Reads an end record with these numbers, in their order.
    fn code(disks: [u16; 2], entries: [u16; 2], directory: [u32; 2]) -> Result<(), FaultCode> {
        let mut bytes = END_SIGNATURE.to_vec();
        for number in [disks, entries].concat() {
            bytes.extend(number.to_le_bytes());
        }
        for number in directory {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend([0, 0]);
        read_end(&bytes).map(drop).map_err(|(code, _)| code)
    }

    #[test]
    fn zip_end_record_of_empty_archive_is_read() {
        assert_eq!(code([0, 0], [0, 0], [0, 0]), Ok(()));
    }

    /// Section 4.4.1.4: any number with all bits set is in a ZIP64 record instead.
    #[test]
    fn zip_end_record_with_any_number_in_zip64_is_rejected() {
        for (entries, directory) in
            [([u16::MAX; 2], [0, 0]), ([0, 0], [u32::MAX, 0]), ([0, 0], [0, u32::MAX])]
        {
            let expected = Err(FaultCode::ZipFeature);
            assert_eq!(code([0, 0], entries, directory), expected, "{entries:?} {directory:?}");
        }
    }

    #[test]
    fn zip_end_record_of_any_split_archive_is_rejected() {
        for (disks, entries) in
            [([1, 0], [0, 0]), ([0, 1], [0, 0]), ([0, 0], [0, 1]), ([0, 0], [1, 0])]
        {
            let expected = Err(FaultCode::ZipFeature);
            assert_eq!(code(disks, entries, [0, 0]), expected, "{disks:?} {entries:?}");
        }
    }

    #[test]
    fn zip_directory_is_limited_to_50000_entries() {
        let read = |entries| {
            let end = End { entries, directory: 0 };
            read_directory(&[0; 22], &end).map(drop)
        };
        // The directory is empty, an error that is reached only if that many entries are allowed.
        let broken = "entry 1 of 50000 in the directory is broken".to_owned();
        assert_eq!(read(ENTRIES_LIMIT), Err((FaultCode::Archive, broken)));
        let many = "it has 50001 entries, more than 50000".to_owned();
        assert_eq!(read(ENTRIES_LIMIT + 1), Err((FaultCode::TooLarge, many)));
    }
}

//! Whether the `zip` crate reads the same archive.
//!
//! The walk in `layout.rs` looks at every byte, which no library does. A second reader, written apart from it,
//! guards against its mistakes: where both know a fact of an entry and differ, the wheel is refused.

use super::header::{Fields, STORED};
use super::layout::Member;
use crate::bindings::ensurepip::bootstrap::types::FaultCode;
use crate::faults::Faults;
use std::fmt::Debug;
use std::io::{Cursor, Read};
use zip::read::ZipFile;
use zip::{CompressionMethod, ZipArchive};

/// Notes each fact on which the `zip` crate differs from the members that were read, in the order of the
/// directory. `file_name` is what faults of the whole are about.
pub(super) fn check(file_name: &str, bytes: &[u8], members: &[Member], faults: &mut Faults) {
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => {
            let detail = format!("another reader rejects it: {error}");
            return faults.add(FaultCode::ReaderMismatch, file_name, detail);
        }
    };
    if archive.len() != members.len() {
        let detail = differs("entries", members.len(), archive.len());
        return faults.add(FaultCode::ReaderMismatch, file_name, detail);
    }
    for (number, member) in members.iter().enumerate() {
        let difference = match archive.by_index_raw(number) {
            Ok(other) => difference(member, &other),
            Err(error) => Some(format!("another reader rejects it: {error}")),
        };
        if let Some(detail) = difference {
            faults.add(FaultCode::ReaderMismatch, &member.name, detail);
        }
    }
}

/// The first fact on which two readings of an entry differ, as a clause.
fn difference(member: &Member, other: &ZipFile<impl Read>) -> Option<String> {
    let Fields { method, time, date, checksum, packed, size, .. } = member.fields;
    // A member of any other method was refused before.
    let method =
        if method == STORED { CompressionMethod::STORE } else { CompressionMethod::DEFLATE };
    let start = member.data.as_ref().map(|data| data.start as u64);
    // What is no time in a calendar, the other reader leaves out.
    let moment = other.last_modified().map_or((date, time), Into::into);
    [
        compare("name", member.name.as_bytes(), other.name_raw()),
        compare("method", method, other.compression()),
        compare("size", u64::from(size), other.size()),
        compare("packed size", u64::from(packed), other.compressed_size()),
        compare("CRC-32", checksum, other.crc32()),
        compare("attributes", member.attributes, other.external_attributes()),
        compare("date and time", (date, time), moment),
        compare("offset of its data", start, other.data_start()),
    ]
    .into_iter()
    .flatten()
    .next()
}

fn compare<T: PartialEq + Debug>(what: &str, ours: T, other: T) -> Option<String> {
    (ours != other).then(|| differs(what, ours, other))
}

fn differs(what: &str, ours: impl Debug, other: impl Debug) -> String {
    format!("two readers differ: the {what} is {ours:?} for one, {other:?} for the other")
}

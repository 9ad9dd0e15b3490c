//! Checks that the `zip` crate reads the same archive.
//!
//! The walk in `layout.rs` accounts for every byte, which no library does. A second, independent reader
//! guards against its mistakes: if the two differ on a fact of an entry that both read, the wheel is
//! rejected.

use super::header::{Fields, STORED};
use super::layout::Member;
use crate::bindings::ensurepip::bootstrap::types::FaultCode;
use crate::faults::Faults;
use std::fmt::Debug;
use std::io::{Cursor, Read};
use zip::read::ZipFile;
use zip::{CompressionMethod, ZipArchive};

/// Records each fact on which the `zip` crate differs from the members that were read, in the order of
/// the directory. Faults of the whole archive are reported for `file_name`.
pub(super) fn check(file_name: &str, bytes: &[u8], members: &[Member], faults: &mut Faults) {
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => {
            let detail = format!("another reader rejects it: {error}");
            return faults.add(FaultCode::ReaderMismatch, file_name, detail);
        }
    };
    if archive.len() != members.len() {
        let detail = differs("number of entries", members.len(), archive.len());
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
    // Members with any other method were rejected before.
    let method =
        if method == STORED { CompressionMethod::STORE } else { CompressionMethod::DEFLATE };
    let start = member.data.as_ref().map(|data| data.start as u64);
    // The other reader omits a time that does not exist in the calendar.
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

#[cfg(test)]
mod tests {
    use super::{Cursor, Faults, Member, STORED, check};
    use crate::archive::header::DEFLATED;
    use crate::archive::layout::walk;
    use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode};
    use std::io::Write as _;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    /// A fact of an entry, and a function that changes it.
    type Change = (&'static str, fn(&mut Member));

    /// An archive of two files, written by the library of the other reader.
    fn archive() -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["pip/a.py", "pip/b.py"] {
            let options = SimpleFileOptions::default();
            writer.start_file(name, options).expect("an entry can be added");
            writer.write_all(b"pass\n").expect("there is room");
        }
        writer.finish().expect("it can be written").into_inner()
    }

    /// The faults of an archive for which our own reading is changed like this.
    fn noted(change: impl FnOnce(&mut Vec<Member>)) -> Vec<(String, String)> {
        let bytes = archive();
        let mut faults = Faults::default();
        let mut members = walk("pip.whl", &bytes, &mut faults).expect("it can be read");
        assert!(faults.is_empty(), "{faults:?}");
        change(&mut members);
        check("pip.whl", &bytes, &members, &mut faults);
        let Err(Error::UnsoundWheel(faults)) = faults.check("pip.whl") else { return Vec::new() };
        let faults = faults.into_iter().map(|fault| {
            assert_eq!(fault.code, FaultCode::ReaderMismatch);
            (fault.entry, fault.detail)
        });
        faults.collect()
    }

    #[test]
    fn archive_read_alike_by_zip_crate_is_accepted() {
        assert_eq!(noted(|_| ()), []);
    }

    #[test]
    fn each_difference_from_zip_crate_is_noted() {
        let changes: [Change; 8] = [
            ("name", |member| member.name = "pip/c.py".to_owned()),
            ("method", |member| {
                let is_stored = member.fields.method == STORED;
                member.fields.method = if is_stored { DEFLATED } else { STORED };
            }),
            ("size", |member| member.fields.size += 1),
            ("packed size", |member| member.fields.packed += 1),
            ("CRC-32", |member| member.fields.checksum ^= 1),
            ("attributes", |member| member.attributes ^= 0o111 << 16),
            ("date and time", |member| member.fields.date ^= 1),
            ("offset of its data", |member| {
                let data = member.data.as_mut().expect("it can be read");
                data.start += 1;
            }),
        ];
        for (what, change) in changes {
            let noted = noted(|members| change(&mut members[1]));
            let [(entry, detail)] = noted.as_slice() else { panic!("{what}: {noted:?}") };
            assert_eq!(entry, if what == "name" { "pip/c.py" } else { "pip/b.py" });
            let expected = format!("two readers differ: the {what} is ");
            assert!(detail.starts_with(&expected), "{what}: {detail}");
        }
    }

    #[test]
    fn entry_missing_from_one_reading_is_noted() {
        let noted = noted(|members| drop(members.pop()));
        let detail = "two readers differ: the number of entries is 1 for one, 2 for the other";
        assert_eq!(noted, [("pip.whl".to_owned(), detail.to_owned())]);
    }
}

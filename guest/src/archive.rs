//! The ZIP archive of a wheel, read strictly.
//!
//! Independent of wheels: it returns the regular files and their contents. A feature that no wheel
//! needs, and on which readers are known to disagree, is a fault. The contents are unpacked by our
//! own reading of the archive; the `zip` crate reads it as well, and must read the same.

mod agreement;
mod bytes;
mod header;
mod layout;
mod packed;

pub(crate) use bytes::{Bytes, ReadAt};
pub(crate) use packed::{Damage, Packed};

use crate::bindings::ensurepip::bootstrap::types::FaultCode;
use crate::entry_path::{EntryPath, Kind, Names};
use crate::faults::Faults;
use layout::Member;
use std::rc::Rc;
use time::PrimitiveDateTime;
use zip::DateTime;

/// The maximum size of an archive, in bytes. WebAssembly of 32 bits addresses 4 GiB, and hosts grant
/// the component 1 GiB of them. While a call begins, the archive is twice in that memory. A quarter of
/// it is left for the contents that are kept (`file_data.rs`), what is known of the entries, and a
/// portion that is being unpacked.
const ARCHIVE_LIMIT: usize = 384 << 20;

/// The maximum size of all files of an archive together, unpacked, in bytes. Memory does not depend on
/// it, because large files are unpacked portion by portion. It bounds the time of a check and the room
/// on a disk, at five times the largest archive. Compiled code takes three to five times its packed
/// size; the largest popular wheel that fits, tensorflow-cpu, has 1.2 GiB in 261 MiB.
const CONTENTS_LIMIT: u64 = 2 << 30;

/// How much an entry may hold: so many times its packed size, a mebibyte, and as much as the archive has
/// bytes. Deflate can reach 1032 times, few files of the wheels on PyPI reach 10. Libraries whose
/// segments are aligned to 2 MiB consist of padding and reach 500 (av), test data of zeros 1016 (onnx),
/// both in wheels several times as large.
const ENTRY_RATIO: u64 = 200;
const ENTRY_ALLOWANCE: u64 = 1 << 20;

/// How much all entries may hold together: so many times the size of the archive, and 16 MiB. Popular
/// wheels reach 15 times.
const TOTAL_RATIO: u64 = 50;
const TOTAL_ALLOWANCE: u64 = 16 << 20;

/// The type bits of a Unix mode, their values for a regular file and a directory, and the bits that
/// give a file more rights than its user has.
const TYPE_MASK: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;
const SPECIAL_MASK: u32 = 0o7_000;

/// The attributes of DOS that make an entry something other than a file: volume label, directory,
/// device. A directory may have the directory attribute.
const DOS_TYPE_MASK: u32 = 0x58;
const DOS_DIRECTORY: u32 = 0x10;

/// An open archive.
pub(crate) struct Archive {
    bytes: Bytes,
    entries: Vec<Entry>,
    refused: Vec<String>,
}

/// A regular file in the archive.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its path in the archive.
    pub(crate) path: EntryPath,
    /// Whether it is marked executable.
    pub(crate) executable: bool,
    /// Its modification time in seconds since 1970, taking the archive's clock for UTC.
    pub(crate) modified: u64,
    /// Its packed contents.
    pub(crate) packed: Packed,
}

impl Archive {
    /// Opens an archive and records its faults. None if one fault hides all others. Faults of the
    /// whole archive are reported for `file_name`.
    pub(crate) fn open(
        file_name: &str,
        bytes: &Rc<Vec<u8>>,
        faults: &mut Faults,
    ) -> Option<Archive> {
        if bytes.len() > ARCHIVE_LIMIT {
            let detail = format!("it has {} bytes, more than {ARCHIVE_LIMIT}", bytes.len());
            faults.add(FaultCode::TooLarge, file_name, detail);
            return None;
        }
        let members = layout::walk(file_name, bytes, faults)?;
        let held = Bytes::Memory(Rc::clone(bytes));
        let (mut entries, mut refused) = (Vec::with_capacity(members.len()), Vec::new());
        let mut names = Names::default();
        for member in &members {
            let kind = if member.name.ends_with('/') { Kind::Directory } else { Kind::File };
            check_mode(member, kind, faults);
            let name = member.name.strip_suffix('/').unwrap_or(&member.name);
            let path = match EntryPath::new(name) {
                Ok(path) => path,
                Err(detail) => {
                    faults.add(FaultCode::EntryName, &member.name, detail);
                    refused.push(member.name.clone());
                    continue;
                }
            };
            let entry = Entry::new(path, member);
            let is_new = match names.add(&entry.path, kind) {
                Ok(()) => true,
                Err(clash) => {
                    faults.add(clash.code(), &member.name, clash);
                    false
                }
            };
            let packed = u64::from(member.fields.packed);
            let allowance = ENTRY_ALLOWANCE + bytes.len() as u64;
            let is_bomb = is_beyond(entry.packed.size(), packed, ENTRY_RATIO, allowance);
            if is_bomb {
                let (size, packed) = (member.fields.size, member.fields.packed);
                let detail = format!("it holds {size} bytes in {packed}");
                faults.add(FaultCode::Bomb, &member.name, detail);
            }
            // Directories are created for the files in them; directory entries are not needed.
            if kind == Kind::Directory {
                check_empty((&entry, &held), member, faults);
            } else if is_new && !is_bomb && member.data.is_some() {
                entries.push(entry);
            } else {
                refused.push(member.name.clone());
            }
        }
        // The other reader need not agree on an archive that is rejected anyway.
        if faults.is_empty() {
            agreement::check(file_name, bytes, &members, faults);
        }
        let total: u64 = entries.iter().map(|entry| entry.packed.size()).sum();
        if let Err((code, detail)) = check_total(total, bytes.len()) {
            faults.add(code, file_name, detail);
            return None;
        }
        Some(Archive { bytes: held, entries, refused })
    }

    /// Its bytes, which its entries are unpacked from.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Its regular files, in the order of the archive.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The names of the files that are left out because of a recorded fault.
    pub(crate) fn refused(&self) -> &[String] {
        &self.refused
    }

    /// The entry of this path.
    pub(crate) fn find(&self, path: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.path.as_str() == path)
    }
}

impl Entry {
    fn new(path: EntryPath, member: &Member) -> Entry {
        let mode = member.attributes >> 16;
        Entry {
            path,
            // Without the type bits the mode bits have no meaning: some tools write random ones.
            executable: mode & TYPE_MASK == REGULAR && mode & 0o111 != 0,
            modified: seconds_since_1970(member.fields.date, member.fields.time),
            packed: Packed::new(member.data.clone().unwrap_or_default(), member.fields),
        }
    }
}

/// Records an entry that is neither a plain file nor a plain directory.
fn check_mode(member: &Member, kind: Kind, faults: &mut Faults) {
    let (mode, dos) = (member.attributes >> 16, member.attributes & DOS_TYPE_MASK);
    let (unix_type, allowed) = match kind {
        Kind::File => (REGULAR, 0),
        Kind::Directory => (DIRECTORY, DOS_DIRECTORY),
    };
    let is_other = mode & TYPE_MASK != 0 && mode & TYPE_MASK != unix_type;
    if is_other || dos & !allowed != 0 {
        let detail = match kind {
            Kind::File => "it is not a regular file",
            Kind::Directory => "named like a directory but is not one",
        };
        faults.add(FaultCode::EntryType, &member.name, detail);
    }
    if mode & SPECIAL_MASK != 0 {
        let detail = format!("its mode is {mode:o}, with set-user-ID, set-group-ID or sticky");
        faults.add(FaultCode::Mode, &member.name, detail);
    }
}

/// Records a directory that has contents.
fn check_empty((entry, archive): (&Entry, &Bytes), member: &Member, faults: &mut Faults) {
    if member.data.is_none() {
        // The reason why it is not read is already recorded.
    } else if entry.packed.size() != 0 {
        faults.add(FaultCode::EntryType, &member.name, "it is a directory, and has contents");
    } else if let Err((code, detail)) = entry.packed.whole(archive) {
        faults.add(code, &member.name, detail);
    }
}

/// Checks the total size of all files, in bytes, in an archive of this length. The error is a code and a
/// clause.
fn check_total(total: u64, length: usize) -> Result<(), Damage> {
    if is_beyond(total, length as u64, TOTAL_RATIO, TOTAL_ALLOWANCE) {
        return Err((FaultCode::Bomb, format!("it holds {total} bytes in {length}")));
    }
    if total > CONTENTS_LIMIT {
        let detail = format!("it holds {total} bytes, more than {CONTENTS_LIMIT}");
        return Err((FaultCode::TooLarge, detail));
    }
    Ok(())
}

/// Whether an unpacked size is larger than honest contents of this packed size would be. A ratio alone
/// would refuse short files of padding, and a size alone large archives.
const fn is_beyond(size: u64, packed: u64, ratio: u64, allowance: u64) -> bool {
    size > packed.saturating_mul(ratio).saturating_add(allowance)
}

/// Converts a DOS time, which has no time zone, as if it were UTC; an invalid one becomes 1970.
fn seconds_since_1970(date: u16, time: u16) -> u64 {
    let moment = DateTime::try_from_msdos(date, time).ok().map(PrimitiveDateTime::try_from);
    let seconds = moment.and_then(Result::ok).map(|moment| moment.assume_utc().unix_timestamp());
    seconds.and_then(|seconds| seconds.try_into().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{
        ARCHIVE_LIMIT, Archive, CONTENTS_LIMIT, TOTAL_ALLOWANCE, TOTAL_RATIO, check_total,
        is_beyond, seconds_since_1970,
    };
    use crate::bindings::ensurepip::bootstrap::types::FaultCode;
    use crate::faults::Faults;
    use std::rc::Rc;

    #[test]
    fn archive_over_size_limit_is_rejected() {
        let mut faults = Faults::default();
        let mut bytes = Rc::new(vec![0; ARCHIVE_LIMIT + 1]);
        assert!(Archive::open("x.whl", &bytes, &mut faults).is_none());
        assert_eq!(faults.codes(), [FaultCode::TooLarge]);
        let mut faults = Faults::default();
        Rc::get_mut(&mut bytes).expect("it is alone").pop();
        assert!(Archive::open("x.whl", &bytes, &mut faults).is_none());
        assert_eq!(faults.codes(), [FaultCode::Archive]);
    }

    #[test]
    fn archive_contents_over_limit_are_rejected() {
        let length = ARCHIVE_LIMIT;
        assert_eq!(check_total(CONTENTS_LIMIT, length), Ok(()));
        let code = |total, length| check_total(total, length).map_err(|(code, _)| code);
        assert_eq!(code(CONTENTS_LIMIT + 1, length), Err(FaultCode::TooLarge));
        assert_eq!(code(CONTENTS_LIMIT, 1 << 20), Err(FaultCode::Bomb));
    }

    #[test]
    fn zip_dos_time_is_converted_to_unix_time() {
        for ((year, month, day), (hour, minute, second), expected) in [
            ((1980, 1, 1), (0, 0, 0), 315_532_800),
            ((2000, 2, 29), (12, 0, 0), 951_825_600),
            ((2026, 11, 2), (19, 29, 20), 1_793_647_760),
            ((2107, 12, 31), (23, 59, 58), 4_354_819_198),
        ] {
            let date = ((year - 1980) << 9) + (month << 5) + day;
            let time = (hour << 11) + (minute << 5) + second / 2;
            assert_eq!(seconds_since_1970(date, time), expected, "{year}-{month}-{day}");
        }
        for (date, time) in [(0, 0), (0x21, 0xffff), (0xffff, 0)] {
            assert_eq!(seconds_since_1970(date, time), 0);
        }
    }

    #[test]
    fn zip_bomb_is_recognized_by_ratio_and_size() {
        for (packed, most) in [(0, 1000), (1, 1200), (10, 3000)] {
            assert!(!is_beyond(most, packed, 200, 1000), "{packed}");
            assert!(is_beyond(most + 1, packed, 200, 1000), "{packed}");
        }
        assert!(!is_beyond(u64::MAX, u64::MAX, 200, 1000));
    }

    #[test]
    fn zip_bomb_of_many_begins_above_allowance_and_ratio() {
        let length = 1000;
        let most = TOTAL_ALLOWANCE + TOTAL_RATIO * 1000;
        assert_eq!(check_total(most, length), Ok(()));
        let refused = check_total(most + 1, length).map_err(|(code, _)| code);
        assert_eq!(refused, Err(FaultCode::Bomb));
        // The sizes of tensorflow-cpu 2.21.0 for Linux on x86-64.
        assert_eq!(check_total(1_272_958_287, 274_000_871), Ok(()));
    }
}

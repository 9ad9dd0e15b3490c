//! The headers of a ZIP entry, one in front of its data and one in the directory at the end.
//!
//! Reads single headers and reports features that no wheel needs; does not compare the two, nor
//! check where they are. Follows "APPNOTE.TXT - .ZIP File Format Specification", sections 4.3.7 and
//! 4.3.12.

use crate::bindings::ensurepip::bootstrap::types::FaultCode;
use crate::faults::Faults;

/// Bits of the general purpose flags that have a message of their own.
const FLAG_ENCRYPTED: u16 = 0x0001;
const FLAG_DATA_DESCRIPTOR: u16 = 0x0008;

/// The bit for names in UTF-8.
const FLAG_UTF8: u16 = 0x0800;

/// The accepted flags: these bits, and the two for the level of deflate, which does not affect the
/// contents.
const KNOWN_FLAGS: u16 = 0x080f;

/// The methods of compression.
pub(super) const STORED: u16 = 0;
pub(super) const DEFLATED: u16 = 8;

/// The placeholder for a number that is in a ZIP64 field instead.
const ELSEWHERE: u32 = u32::MAX;

/// The highest version of the format that stored and deflated entries have been marked with, 4.5.
const HIGHEST_VERSION: u8 = 45;

/// Extra fields that hold times and owners, and nothing that could rename, resize or replace an
/// entry: NTFS times, Info-ZIP's times and owners in their three generations.
const HARMLESS_EXTRAS: [u16; 4] = [0x000a, 0x5455, 0x5855, 0x7875];

/// The extra field for sizes of 64 bits.
const ZIP64: u16 = 0x0001;

/// The fields that both headers of an entry have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) time: u16,
    pub(super) date: u16,
    pub(super) checksum: u32,
    pub(super) packed: u32,
    pub(super) size: u32,
}

/// The header of an entry in the directory.
pub(super) struct Central<'bytes> {
    pub(super) fields: Fields,
    pub(super) name: &'bytes [u8],
    pub(super) attributes: u32,
    pub(super) offset: u32,
    version: u16,
    extra: &'bytes [u8],
    comment: &'bytes [u8],
    disk: u16,
}

/// The header of an entry in front of its data.
pub(super) struct Local<'bytes> {
    pub(super) fields: Fields,
    pub(super) name: &'bytes [u8],
    extra: &'bytes [u8],
}

impl<'bytes> Central<'bytes> {
    /// Reads a header of the directory; none if it is incomplete.
    pub(super) fn read(input: &mut Input<'bytes>) -> Option<Central<'bytes>> {
        input.expect(*b"PK\x01\x02")?;
        let _made_by = input.u16()?;
        let version = input.u16()?;
        let fields = Fields::read(input)?;
        let [name, extra, comment] = [input.u16()?, input.u16()?, input.u16()?];
        let disk = input.u16()?;
        let _internal_attributes = input.u16()?;
        let attributes = input.u32()?;
        let offset = input.u32()?;
        Some(Central {
            fields,
            name: input.take(usize::from(name))?,
            attributes,
            offset,
            version,
            extra: input.take(usize::from(extra))?,
            comment: input.take(usize::from(comment))?,
            disk,
        })
    }

    /// Records its features that no wheel needs.
    pub(super) fn check(&self, name: &str, faults: &mut Faults) {
        let Fields { flags, method, packed, size, .. } = self.fields;
        let mut feature = |detail: &str| faults.add(FaultCode::ZipFeature, name, detail);
        if flags & FLAG_ENCRYPTED != 0 {
            feature("it is encrypted");
        }
        if flags & FLAG_DATA_DESCRIPTOR != 0 {
            feature("its sizes follow its data, so that readers must guess its end");
        }
        if flags & !KNOWN_FLAGS != 0 {
            feature(&format!("it has the flags {flags:#06x}"));
        }
        if !matches!(method, STORED | DEFLATED) {
            feature(&format!("it is compressed by method {method}"));
        }
        if [packed, size, self.offset].contains(&ELSEWHERE) {
            feature("its sizes are in a ZIP64 field");
        }
        if self.version.to_le_bytes()[0] > HIGHEST_VERSION {
            feature("it is of a newer version of the format");
        }
        if self.disk != 0 {
            feature("it is on another disk");
        }
        if !self.comment.is_empty() {
            feature("it has a comment");
        }
        check_extra(self.extra, &[size, packed, self.offset], &mut feature);
        if method == STORED && packed != size {
            let detail = format!("it is stored, and {size} bytes in {packed}");
            faults.add(FaultCode::Damaged, name, detail);
        }
    }

    /// Checks that all readers take the name for the same text. The error is a clause.
    pub(super) fn check_name(&self) -> Result<(), &'static str> {
        if std::str::from_utf8(self.name).is_err() {
            return Err("the name is not UTF-8");
        }
        if !self.name.is_ascii() && self.fields.flags & FLAG_UTF8 == 0 {
            // Each reader assumes a code page of its own choice.
            return Err("the name is not marked as UTF-8");
        }
        Ok(())
    }
}

impl<'bytes> Local<'bytes> {
    /// Reads the header in front of the data; none if it is incomplete.
    pub(super) fn read(input: &mut Input<'bytes>) -> Option<Local<'bytes>> {
        input.expect(*b"PK\x03\x04")?;
        let _version = input.u16()?;
        let fields = Fields::read(input)?;
        let [name, extra] = [input.u16()?, input.u16()?];
        Some(Local {
            fields,
            name: input.take(usize::from(name))?,
            extra: input.take(usize::from(extra))?,
        })
    }

    /// Records its features that no wheel needs, and its differences from the directory.
    pub(super) fn check(&self, name: &str, central: &Central, faults: &mut Faults) {
        let mut differs = |detail: &str| faults.add(FaultCode::HeaderMismatch, name, detail);
        if self.name != central.name {
            let other = String::from_utf8_lossy(self.name);
            differs(&format!("its local header calls it `{other}`"));
        }
        let (local, central) = (self.fields, central.fields);
        for (what, local, central) in [
            ("flags", u32::from(local.flags), u32::from(central.flags)),
            ("method", u32::from(local.method), u32::from(central.method)),
            ("time", u32::from(local.time), u32::from(central.time)),
            ("date", u32::from(local.date), u32::from(central.date)),
            ("checksum", local.checksum, central.checksum),
            ("packed size", local.packed, central.packed),
            ("size", local.size, central.size),
        ] {
            if local != central {
                differs(&format!("its local header has the {what} {local}, the other {central}"));
            }
        }
        // The offset of a header is in the directory only.
        check_extra(self.extra, &[local.size, local.packed], &mut |detail| {
            faults.add(FaultCode::ZipFeature, name, detail);
        });
    }
}

impl Fields {
    fn read(input: &mut Input) -> Option<Fields> {
        Some(Fields {
            flags: input.u16()?,
            method: input.u16()?,
            time: input.u16()?,
            date: input.u16()?,
            checksum: input.u32()?,
            packed: input.u32()?,
            size: input.u32()?,
        })
    }
}

/// Checks the extra fields of one header. `numbers` are the size, the packed size and, if it has one,
/// the offset in that header.
fn check_extra(extra: &[u8], numbers: &[u32], feature: &mut dyn FnMut(&str)) {
    let mut input = Input(extra);
    let mut seen = Vec::new();
    while !input.0.is_empty() {
        let field = input.u16().zip(input.u16());
        let field = field.and_then(|(id, length)| Some((id, input.take(usize::from(length))?)));
        let Some((id, contents)) = field else {
            feature("its extra fields do not add up");
            return;
        };
        match id {
            ZIP64 if !is_repetition(contents, numbers) => {
                feature("it has a ZIP64 field that does not repeat its header");
            }
            0x7075 => feature("it has a field with another name"),
            _ if id != ZIP64 && !HARMLESS_EXTRAS.contains(&id) => {
                feature(&format!("it has an extra field {id:#06x}"));
            }
            _ if seen.contains(&id) => feature(&format!("it has the extra field {id:#06x} twice")),
            _ => seen.push(id),
        }
    }
}

/// Whether a ZIP64 field has the two sizes of its header, or all its numbers, and nothing else.
///
/// Section 4.5.3 allows in the field only numbers that the header lacks, and some tools write the sizes
/// of every entry. Readers either skip them or read the same numbers again. If the header lacked one
/// of them, readers could differ on which number of the field takes its place.
fn is_repetition(field: &[u8], numbers: &[u32]) -> bool {
    let repeats = |numbers: &[u32]| {
        let bytes = numbers.iter().flat_map(|number| u64::from(*number).to_le_bytes());
        field.iter().copied().eq(bytes)
    };
    repeats(&numbers[..2]) || repeats(numbers)
}

/// The unread rest of the input. Numbers are little-endian.
pub(super) struct Input<'bytes>(pub(super) &'bytes [u8]);

impl<'bytes> Input<'bytes> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'bytes [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn expect(&mut self, signature: [u8; 4]) -> Option<()> {
        (self.take(4)? == &signature[..]).then_some(())
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::{Central, DEFLATED, Fields, HIGHEST_VERSION, check_extra};
    use crate::bindings::ensurepip::bootstrap::types::Error;
    use crate::faults::Faults;

    /// A header without unusual features.
    fn plain() -> Central<'static> {
        let fields = Fields {
            flags: 0,
            method: DEFLATED,
            time: 0,
            date: 0x21,
            checksum: 0,
            packed: 2,
            size: 0,
        };
        let version = u16::from(HIGHEST_VERSION);
        let [name, extra, comment] = [&b"pip/x.py"[..], b"", b""];
        Central { fields, name, attributes: 0, offset: 0, version, extra, comment, disk: 0 }
    }

    /// The faults of a header with these flags.
    fn details_of_flags(flags: u16) -> Vec<String> {
        let mut header = plain();
        header.fields.flags = flags;
        let mut faults = Faults::default();
        header.check("pip/x.py", &mut faults);
        let Err(Error::UnsoundWheel(faults)) = faults.check("pip.whl") else { return Vec::new() };
        faults.into_iter().map(|fault| fault.detail).collect()
    }

    /// Section 4.4.4: bits 1 and 2 are the level of deflate, bit 11 is for names in UTF-8.
    #[test]
    fn zip_flags_of_level_and_utf8_are_accepted() {
        for flags in [0, 1 << 1, 1 << 2, 1 << 11, 1 << 1 | 1 << 2 | 1 << 11] {
            assert_eq!(details_of_flags(flags), [""; 0], "{flags:#06x}");
        }
    }

    #[test]
    fn zip_flags_of_other_features_are_noted_once() {
        let encrypted = "it is encrypted";
        let descriptor = "its sizes follow its data, so that readers must guess its end";
        assert_eq!(details_of_flags(1), [encrypted]);
        assert_eq!(details_of_flags(1 << 3), [descriptor]);
        assert_eq!(details_of_flags(1 << 3 | 1), [encrypted, descriptor]);
        for bit in (0..16).filter(|bit| ![0, 1, 2, 3, 11].contains(bit)) {
            let expected = format!("it has the flags {:#06x}", 1 << bit);
            assert_eq!(details_of_flags(1 << bit), [expected]);
        }
    }

    /// Section 4.4.3.2: 4.5 is the version with ZIP64, and the next one, 4.6, is for bzip2.
    #[test]
    fn zip_version_above_4_5_is_noted() {
        for (version, expected) in [(10, 0), (20, 0), (45, 0), (46, 1), (63, 1)] {
            let mut faults = Faults::default();
            Central { version, ..plain() }.check("pip/x.py", &mut faults);
            assert_eq!(faults.codes().len(), expected, "{version}");
        }
    }

    #[test]
    fn zip_extra_fields_that_rename_or_resize_are_noted_by_name() {
        for (id, expected) in [
            (0x0001_u16, "it has a ZIP64 field that does not repeat its header"),
            (0x7075, "it has a field with another name"),
            (0x6375, "it has an extra field 0x6375"),
        ] {
            let mut details = Vec::new();
            let extra = [id.to_le_bytes(), [0, 0]].concat();
            check_extra(&extra, &[0, 2, 0], &mut |detail| details.push(detail.to_owned()));
            assert_eq!(details, [expected]);
        }
    }

    /// Section 4.5.3: the size, the packed size and the offset, of 64 bits each.
    #[test]
    fn zip64_field_is_accepted_if_it_repeats_its_header() {
        let noted = |field: &[u64], numbers: &[u32]| {
            let field: Vec<u8> = field.iter().flat_map(|number| number.to_le_bytes()).collect();
            let length = u16::try_from(field.len()).expect("it is short");
            let extra = [&1_u16.to_le_bytes()[..], &length.to_le_bytes(), &field].concat();
            let mut is_noted = false;
            check_extra(&extra, numbers, &mut |_| is_noted = true);
            is_noted
        };
        let (local, central) = (&[346, 235][..], &[346, 235, 9000][..]);
        assert!(!noted(&[346, 235], local));
        assert!(!noted(&[346, 235], central));
        assert!(!noted(&[346, 235, 9000], central));
        let others: [&[u64]; 8] = [
            &[],
            &[346],
            &[235, 346],
            &[346, 236],
            &[346, 235, 9001],
            &[346, 235, 9000, 0],
            &[346 + (1 << 32), 235],
            &[9000, 346, 235],
        ];
        for field in others {
            assert!(noted(field, local) && noted(field, central), "{field:?}");
        }
        assert!(noted(&[346, 235, 9000], local));
    }
}

//! What an entry holds, as it is packed in the archive: unpacked whole, or portion by portion.
//!
//! Never makes more than the entry states: one byte more is enough to know that this is false.

use super::header::{DEFLATED, Fields};
use crate::bindings::ensurepip::bootstrap::types::FaultCode;
use flate2::{Decompress, FlushDecompress, Status};
use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

/// How much is unpacked at a time, in bytes.
const PORTION: usize = 1 << 20;

/// How much longer a buffer is than what it is for: as much as is unpacked in one go, at least.
const SLACK: usize = 320;

thread_local! {
    /// An inflater that is not in use: to make one takes as long as a short file.
    static IDLE: Cell<Option<Decompress>> = const { Cell::new(None) };
}

/// Why contents cannot be had: a code, and a clause.
pub(crate) type Damage = (FaultCode, String);

/// The packed contents of an entry.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    archive: Rc<Vec<u8>>,
    range: Range<usize>,
    fields: Fields,
}

impl Packed {
    pub(super) fn new(archive: &Rc<Vec<u8>>, range: Range<usize>, fields: Fields) -> Packed {
        Packed { archive: Rc::clone(archive), range, fields }
    }

    /// How much it is, unpacked, in bytes.
    pub(crate) fn size(&self) -> u64 {
        u64::from(self.fields.size)
    }

    /// All of it.
    pub(crate) fn whole(&self) -> Result<Vec<u8>, Damage> {
        let checksum = |contents: &[u8]| ((), crc32fast::hash(contents));
        self.whole_with(checksum).map(|(contents, ())| contents)
    }

    /// All of it, and what else is computed along with its CRC-32.
    pub(crate) fn whole_with<T>(
        &self,
        digests: impl Fn(&[u8]) -> (T, u32),
    ) -> Result<(Vec<u8>, T), Damage> {
        let mut unpacking = Unpacking::new(self);
        // Unpacking to the very end of a buffer goes byte by byte.
        let mut contents = vec![0; unpacking.size.saturating_add(SLACK)];
        let count = unpacking.fill(&mut contents)?;
        contents.truncate(count);
        let (digest, checksum) = digests(&contents);
        unpacking.finish(checksum)?;
        Ok((contents, digest))
    }

    /// All of it, portion by portion.
    pub(crate) fn portions(&self) -> Portions<'_> {
        let unpacking = Unpacking::new(self);
        let buffer = vec![0; unpacking.size.saturating_add(1).min(PORTION)];
        Portions { unpacking, buffer, checksum: crc32fast::Hasher::new() }
    }
}

/// Contents portion by portion. Before the end nobody knows whether they are sound.
pub(crate) struct Portions<'packed> {
    unpacking: Unpacking<'packed>,
    buffer: Vec<u8>,
    checksum: crc32fast::Hasher,
}

impl Portions<'_> {
    /// The next portion; none when all were there, and were what they are to be.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, Damage> {
        let count = self.unpacking.fill(&mut self.buffer)?;
        if count == 0 {
            self.unpacking.finish(self.checksum.clone().finalize())?;
            return Ok(None);
        }
        self.checksum.update(&self.buffer[..count]);
        Ok(Some(&self.buffer[..count]))
    }
}

/// Contents on their way out of the archive.
struct Unpacking<'packed> {
    /// What is left of the packed bytes.
    rest: &'packed [u8],
    /// None if they are stored as they are.
    inflater: Option<Decompress>,
    /// Whether the packed bytes have told their end.
    is_at_end: bool,
    unpacked: usize,
    /// What the entry states.
    size: usize,
    stated_checksum: u32,
}

impl<'packed> Unpacking<'packed> {
    fn new(packed: &'packed Packed) -> Self {
        let Packed { archive, range, fields } = packed;
        Unpacking {
            rest: &archive[range.clone()],
            inflater: (fields.method == DEFLATED).then(inflater),
            is_at_end: false,
            unpacked: 0,
            size: usize::try_from(fields.size).unwrap_or(usize::MAX),
            stated_checksum: fields.checksum,
        }
    }

    /// Fills a buffer as far as the contents go, and tells how far.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Damage> {
        let mut filled = 0;
        while filled < buffer.len() && !self.is_at_end {
            filled += self.step(&mut buffer[filled..])?;
        }
        self.unpacked += filled;
        if self.unpacked > self.size {
            return Err(damaged(format!(
                "it holds more than the {} bytes that it states",
                self.size
            )));
        }
        Ok(filled)
    }

    fn step(&mut self, buffer: &mut [u8]) -> Result<usize, Damage> {
        let Some(inflater) = &mut self.inflater else {
            let count = buffer.len().min(self.rest.len());
            let (taken, rest) = self.rest.split_at(count);
            buffer[..count].copy_from_slice(taken);
            self.rest = rest;
            self.is_at_end = rest.is_empty();
            return Ok(count);
        };
        let (read, written) = (inflater.total_in(), inflater.total_out());
        // Says that all input is there. It may be called again where there is no room for its output.
        let status = inflater
            .decompress(self.rest, buffer, FlushDecompress::Finish)
            .map_err(|error| damaged(format!("it cannot be unpacked: {error}")))?;
        let count = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
        let (read, written) =
            (count(inflater.total_in(), read), count(inflater.total_out(), written));
        self.rest = &self.rest[read..];
        self.is_at_end = status == Status::StreamEnd;
        if !self.is_at_end && read == 0 && written == 0 {
            return Err(damaged("its packed contents have no end".to_owned()));
        }
        Ok(written)
    }

    /// Checks that this was all, and what it was to be. Its CRC-32 is this.
    fn finish(&self, checksum: u32) -> Result<(), Damage> {
        if !self.rest.is_empty() {
            let detail = format!("{} bytes follow its contents", self.rest.len());
            return Err((FaultCode::StrayBytes, detail));
        }
        if self.unpacked != self.size {
            let detail = format!("it does not hold the {} bytes that it states", self.size);
            return Err(damaged(detail));
        }
        if checksum != self.stated_checksum {
            return Err(damaged("its checksum is another".to_owned()));
        }
        Ok(())
    }
}

/// What inflates an entry, from its beginning.
fn inflater() -> Decompress {
    let mut inflater = IDLE.take().unwrap_or_else(|| Decompress::new(false));
    inflater.reset(false);
    inflater
}

impl Drop for Unpacking<'_> {
    fn drop(&mut self) {
        if let Some(inflater) = self.inflater.take() {
            IDLE.set(Some(inflater));
        }
    }
}

fn damaged(detail: String) -> Damage {
    (FaultCode::Damaged, detail)
}

#[cfg(test)]
mod tests {
    use super::super::header::STORED;
    use super::{DEFLATED, Damage, FaultCode, Fields, PORTION, Packed, Status};
    use flate2::{Compress, Compression, FlushCompress};
    use std::rc::Rc;

    /// Bytes that hardly repeat themselves, so that deflate makes several blocks of them.
    fn contents(length: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..length).map(|_| next()).collect()
    }

    /// An entry that holds this, and states so much.
    fn packed(contents: &[u8], method: u16, stated: usize) -> Packed {
        let mut bytes = contents.to_vec();
        if method == DEFLATED {
            bytes = Vec::with_capacity(2 * contents.len() + 100);
            let mut deflater = Compress::new(Compression::fast(), false);
            let done = deflater.compress_vec(contents, &mut bytes, FlushCompress::Finish);
            assert_eq!(done.expect("anything can be deflated"), Status::StreamEnd);
        }
        let [size, packed] = [stated, bytes.len()].map(|n| u32::try_from(n).expect("it is short"));
        let checksum = crc32fast::hash(contents);
        let fields = Fields { flags: 0, method, time: 0, date: 0, checksum, packed, size };
        Packed::new(&Rc::new(bytes.clone()), 0..bytes.len(), fields)
    }

    /// All portions of an entry. The error is that of the first one that cannot be read.
    fn portions(packed: &Packed) -> Result<Vec<Vec<u8>>, Damage> {
        let (mut portions, mut found) = (packed.portions(), Vec::new());
        while let Some(portion) = portions.next()? {
            assert!(!portion.is_empty() && found.len() < 10, "they have no end");
            found.push(portion.to_vec());
        }
        Ok(found)
    }

    #[test]
    fn large_zip_entry_is_unpacked_in_portions_of_a_mebibyte() {
        assert_eq!(PORTION, 1024 * 1024);
        for method in [DEFLATED, STORED] {
            for length in [0, 1, PORTION - 1, PORTION, PORTION + 1, 2 * PORTION + PORTION / 2] {
                let contents = contents(length);
                let packed = packed(&contents, method, length);
                let portions = portions(&packed).expect("it is sound");
                let lengths: Vec<usize> = portions.iter().map(Vec::len).collect();
                let expected: Vec<usize> = contents.chunks(PORTION).map(<[u8]>::len).collect();
                assert_eq!(lengths, expected, "{length} bytes by method {method}");
                assert!(portions.concat() == contents, "{length} bytes by method {method}");
                assert!(packed.whole().expect("it is sound") == contents);
            }
        }
    }

    #[test]
    fn zip_entry_of_another_length_or_checksum_is_rejected_in_portions() {
        let contents = contents(PORTION + 10);
        for method in [DEFLATED, STORED] {
            for stated in [0, 10, PORTION, PORTION + 9, PORTION + 11] {
                let packed = packed(&contents, method, stated);
                let (code, _) = portions(&packed).expect_err("it states another length");
                assert_eq!(code, FaultCode::Damaged, "{stated} by method {method}");
            }
            let mut packed = packed(&contents, method, contents.len());
            packed.fields.checksum ^= 1;
            let (code, _) = portions(&packed).expect_err("it states another checksum");
            assert_eq!(code, FaultCode::Damaged, "method {method}");
        }
    }
}

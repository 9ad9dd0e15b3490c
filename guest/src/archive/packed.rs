//! The packed contents of an entry, unpacked whole or portion by portion.
//!
//! Never unpacks more than the entry states: one byte more is enough to show that the size is
//! false.

use super::bytes::Bytes;
use super::header::{DEFLATED, Fields};
use crate::bindings::ensurepip::bootstrap::types::FaultCode;
use flate2::{Decompress, FlushDecompress, Status};
use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

/// How much is unpacked at a time, in bytes.
const PORTION: usize = 1 << 20;

/// How much longer a buffer is than its contents: at least as much as is unpacked in one step.
const SLACK: usize = 320;

thread_local! {
    /// An unused inflater: making one takes as long as unpacking a short file.
    static IDLE: Cell<Option<Decompress>> = const { Cell::new(None) };
}

/// Why contents cannot be unpacked: a code, and a clause.
pub(crate) type Damage = (FaultCode, String);

/// The packed contents of an entry: where they are in the bytes of its archive.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    range: Range<usize>,
    fields: Fields,
}

impl Packed {
    pub(super) fn new(range: Range<usize>, fields: Fields) -> Packed {
        Packed { range, fields }
    }

    /// The unpacked size, in bytes.
    pub(crate) fn size(&self) -> u64 {
        u64::from(self.fields.size)
    }

    /// Unpacks all of it.
    pub(crate) fn whole(&self, archive: &Bytes) -> Result<Vec<u8>, Damage> {
        let checksum = |contents: &[u8]| ((), crc32fast::hash(contents));
        self.whole_with(archive, checksum).map(|(contents, ())| contents)
    }

    /// Unpacks all of it, and returns what else is computed along with its CRC-32.
    pub(crate) fn whole_with<T>(
        &self,
        archive: &Bytes,
        digests: impl Fn(&[u8]) -> (T, u32),
    ) -> Result<(Vec<u8>, T), Damage> {
        let mut unpacking = Unpacking::new(self, archive);
        // The last bytes before the end of a buffer would be unpacked one by one.
        let mut contents = vec![0; unpacking.size.saturating_add(SLACK)];
        let count = unpacking.fill(&mut contents)?;
        contents.truncate(count);
        let (digest, checksum) = digests(&contents);
        unpacking.finish(checksum)?;
        Ok((contents, digest))
    }

    /// Unpacks it portion by portion.
    pub(crate) fn portions<'archive>(&self, archive: &'archive Bytes) -> Portions<'archive> {
        let unpacking = Unpacking::new(self, archive);
        let buffer = vec![0; unpacking.size.saturating_add(1).min(PORTION)];
        Portions { unpacking, buffer, checksum: crc32fast::Hasher::new() }
    }
}

/// Contents portion by portion. Only the end shows whether they are sound.
pub(crate) struct Portions<'archive> {
    unpacking: Unpacking<'archive>,
    buffer: Vec<u8>,
    checksum: crc32fast::Hasher,
}

impl Portions<'_> {
    /// The next portion; none after the last, if the contents were correct.
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

/// Contents that are being unpacked.
struct Unpacking<'archive> {
    archive: &'archive Bytes,
    /// The packed bytes that are not read yet.
    unread: Range<usize>,
    /// Those that are read, and how many of them are unpacked.
    window: Cow<'archive, [u8]>,
    used: usize,
    /// None for a stored entry.
    inflater: Option<Decompress>,
    /// Whether the end of the packed data was reached.
    is_at_end: bool,
    unpacked: usize,
    /// The size that the entry states.
    size: usize,
    stated_checksum: u32,
}

impl<'archive> Unpacking<'archive> {
    fn new(packed: &Packed, archive: &'archive Bytes) -> Self {
        let Packed { range, fields } = packed;
        Unpacking {
            archive,
            unread: range.clone(),
            window: Cow::default(),
            used: 0,
            inflater: (fields.method == DEFLATED).then(inflater),
            is_at_end: false,
            unpacked: 0,
            size: usize::try_from(fields.size).unwrap_or(usize::MAX),
            stated_checksum: fields.checksum,
        }
    }

    /// Fills a buffer with contents, and returns how many bytes were written.
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
        if self.used == self.window.len() && !self.unread.is_empty() {
            self.window = self.archive.read(self.unread.clone()).map_err(damaged)?;
            self.unread.start += self.window.len();
            self.used = 0;
        }
        let rest = &self.window[self.used..];
        let Some(inflater) = &mut self.inflater else {
            let count = buffer.len().min(rest.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            self.used += count;
            self.is_at_end = self.remaining() == 0;
            return Ok(count);
        };
        let (read, written) = (inflater.total_in(), inflater.total_out());
        // `Finish` signals that all input is there. It may be called again while its output does not
        // fit.
        let is_last = self.unread.is_empty();
        let flush = if is_last { FlushDecompress::Finish } else { FlushDecompress::None };
        let status = inflater
            .decompress(rest, buffer, flush)
            .map_err(|error| damaged(format!("it cannot be unpacked: {error}")))?;
        let count = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
        let (read, written) =
            (count(inflater.total_in(), read), count(inflater.total_out(), written));
        self.used += read;
        self.is_at_end = status == Status::StreamEnd;
        if !self.is_at_end && read == 0 && written == 0 {
            return Err(damaged("its packed contents have no end".to_owned()));
        }
        Ok(written)
    }

    /// How many packed bytes are left.
    fn remaining(&self) -> usize {
        self.window.len() - self.used + self.unread.len()
    }

    /// Checks that the contents end here and match the entry. `checksum` is their CRC-32.
    fn finish(&self, checksum: u32) -> Result<(), Damage> {
        if self.remaining() > 0 {
            let detail = format!("{} bytes follow its contents", self.remaining());
            return Err((FaultCode::StrayBytes, detail));
        }
        if self.unpacked != self.size {
            let detail = format!("it does not hold the {} bytes that it states", self.size);
            return Err(damaged(detail));
        }
        if checksum != self.stated_checksum {
            return Err(damaged("CRC-32 mismatch".to_owned()));
        }
        Ok(())
    }
}

/// A fresh inflater.
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
    use super::{Bytes, DEFLATED, Damage, FaultCode, Fields, PORTION, Packed, Status};
    use flate2::{Compress, Compression, FlushCompress};
    use std::rc::Rc;

    /// Bytes with few repetitions, so that deflate makes several blocks of them.
    fn contents(length: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..length).map(|_| next()).collect()
    }

    /// An entry with these contents and this stated size.
    fn packed(contents: &[u8], method: u16, stated: usize) -> (Packed, Bytes) {
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
        (Packed::new(0..bytes.len(), fields), Bytes::Memory(Rc::new(bytes)))
    }

    /// All portions of an entry. The error is that of the first one that cannot be read.
    fn portions((packed, archive): &(Packed, Bytes)) -> Result<Vec<Vec<u8>>, Damage> {
        let (mut portions, mut found) = (packed.portions(archive), Vec::new());
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
                assert!(packed.0.whole(&packed.1).expect("it is sound") == contents);
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
            packed.0.fields.checksum ^= 1;
            let (code, _) = portions(&packed).expect_err("it states another checksum");
            assert_eq!(code, FaultCode::Damaged, "method {method}");
        }
    }
}

//! What a file to install holds: in memory, or packed in the archive still.

use crate::archive::{Bytes, Damage, Packed};
use crate::bindings::ensurepip::bootstrap::types::Error;
use crate::record::{Digest, Hashing};
use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

/// The largest file, in bytes, that is held in memory as a whole between the check and the writing, or
/// while it is written.
pub(crate) const LARGE: u64 = 8 << 20;

/// How much of a wheel's files is held in memory between the check and the writing, in bytes. The rest
/// is unpacked again, which costs less than the memory would.
pub(crate) const MEMORY_LIMIT: u64 = 64 << 20;

/// What a file of a wheel holds.
#[derive(Debug)]
pub(crate) enum FileData {
    /// In memory.
    Whole(Vec<u8>),
    /// In memory, beside those of other files.
    Part(Rc<Vec<u8>>, Range<usize>),
    /// In the archive, which was checked.
    Packed(Packed),
    /// Likewise, and in the memory of another instance.
    Elsewhere(Packed),
}

/// Unpacks contents of one wheel. Those that may have changed since the check are compared with the
/// digest that was checked.
pub(crate) struct Unpacker<'call> {
    /// The file name of the wheel.
    pub(crate) wheel: &'call str,
    pub(crate) archive: Bytes,
    /// Computes SHA-256 and CRC-32.
    pub(crate) digests: &'call dyn Fn(&[u8]) -> (Digest, u32),
}

/// Contents that cannot be unpacked again. The text names the wheel and the reason.
#[derive(Debug)]
pub(crate) struct Unreadable(pub(crate) String);

impl From<Unreadable> for Error {
    fn from(Unreadable(detail): Unreadable) -> Error {
        Error::UnreadableWheel(detail)
    }
}

impl<'call> Unpacker<'call> {
    /// Unpacks contents of a wheel that is in memory.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn of_memory(wheel: &'call str, bytes: &[u8]) -> Unpacker<'call> {
        let archive = Bytes::Memory(Rc::new(bytes.to_vec()));
        Unpacker { wheel, archive, digests: &crate::record::digests }
    }

    fn failed(&self, detail: &str) -> Unreadable {
        Unreadable(format!("`{}`: it has changed since it was checked: {detail}", self.wheel))
    }

    /// Compares contents that may have changed with the digest that was checked.
    fn compare(&self, checked: &Digest, found: &Digest) -> Result<(), Unreadable> {
        if checked == found { Ok(()) } else { Err(self.failed("SHA-256 mismatch")) }
    }
}

impl FileData {
    /// How much it is, in bytes.
    pub(crate) fn size(&self) -> u64 {
        match self {
            FileData::Whole(bytes) => bytes.len() as u64,
            FileData::Part(_, range) => range.len() as u64,
            FileData::Packed(packed) | FileData::Elsewhere(packed) => packed.size(),
        }
    }

    /// Whether another instance has it in memory.
    pub(crate) fn is_elsewhere(&self) -> bool {
        matches!(self, FileData::Elsewhere(_))
    }

    /// All of it; `None` if it is packed.
    pub(crate) fn held(&self) -> Option<&[u8]> {
        match self {
            FileData::Whole(bytes) => Some(bytes),
            FileData::Part(bytes, range) => Some(&bytes[range.clone()]),
            FileData::Packed(_) | FileData::Elsewhere(_) => None,
        }
    }

    /// All of it. Its digest is `sha256`.
    pub(crate) fn whole(
        &self,
        sha256: &Digest,
        unpacker: &Unpacker,
    ) -> Result<Cow<'_, [u8]>, Unreadable> {
        let packed = match self {
            FileData::Packed(packed) | FileData::Elsewhere(packed) => packed,
            FileData::Whole(_) | FileData::Part(..) => {
                return Ok(Cow::Borrowed(self.held().unwrap_or_default()));
            }
        };
        let Unpacker { archive, digests, .. } = unpacker;
        let failed = |(_, detail): Damage| unpacker.failed(&detail);
        if !archive.may_change() {
            return packed.whole(archive).map(Cow::Owned).map_err(failed);
        }
        let (contents, found) = packed.whole_with(archive, digests).map_err(failed)?;
        unpacker.compare(sha256, &found)?;
        Ok(Cow::Owned(contents))
    }

    /// What to write for it. Its digest is `sha256`.
    pub(crate) fn to_write<'data>(
        &'data self,
        sha256: &'data Digest,
        unpacker: &'data Unpacker<'data>,
    ) -> Result<Data<'data>, Unreadable> {
        match self {
            FileData::Packed(packed) | FileData::Elsewhere(packed) if packed.size() > LARGE => {
                Ok(Data::Packed { packed, unpacker, sha256 })
            }
            _ => self.whole(sha256, unpacker).map(Data::Whole),
        }
    }
}

/// What is written to a file.
pub(crate) enum Data<'data> {
    /// In memory.
    Whole(Cow<'data, [u8]>),
    /// Unpacked portion by portion, with this digest.
    Packed { packed: &'data Packed, unpacker: &'data Unpacker<'data>, sha256: &'data Digest },
}

impl Data<'_> {
    /// Passes it on portion by portion, until one cannot be taken.
    pub(crate) fn each<Failed: From<Unreadable>>(
        &self,
        mut sink: impl FnMut(&[u8]) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        let (packed, unpacker, sha256) = match self {
            Data::Whole(bytes) => return sink(bytes),
            Data::Packed { packed, unpacker, sha256 } => (packed, unpacker, sha256),
        };
        let mut hashing = unpacker.archive.may_change().then(|| Hashing::new(None));
        let mut portions = packed.portions(&unpacker.archive);
        while let Some(portion) = portions.next().map_err(|(_, detail)| unpacker.failed(&detail))? {
            if let Some(hashing) = &mut hashing {
                hashing.update(portion);
            }
            sink(portion)?;
        }
        match hashing.map(|hashing| hashing.finish().sha256) {
            Some(found) => Ok(unpacker.compare(sha256, &found)?),
            None => Ok(()),
        }
    }
}

impl<'data> From<&'data [u8]> for Data<'data> {
    fn from(bytes: &'data [u8]) -> Self {
        Data::Whole(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Data<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Data::Whole(Cow::Owned(bytes))
    }
}

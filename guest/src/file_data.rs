//! What a file to install holds: in memory, or packed in the archive still.

use crate::archive::Packed;
use std::borrow::Cow;

/// Why unpacking cannot fail here.
const CHECKED: &str = "it was unpacked before, when it was checked";

/// The contents of a file.
#[derive(Debug)]
pub(crate) enum FileData<'bytes> {
    /// In memory.
    Whole(Cow<'bytes, [u8]>),
    /// In the archive, which was checked.
    Packed(Packed),
}

impl FileData<'_> {
    /// How much it is, in bytes.
    pub(crate) fn size(&self) -> u64 {
        match self {
            FileData::Whole(bytes) => bytes.len() as u64,
            FileData::Packed(packed) => packed.size(),
        }
    }

    /// All of it.
    pub(crate) fn whole(&self) -> Cow<'_, [u8]> {
        match self {
            FileData::Whole(bytes) => Cow::Borrowed(bytes),
            FileData::Packed(packed) => Cow::Owned(packed.whole().expect(CHECKED)),
        }
    }

    /// Passes it on portion by portion, until one cannot be taken.
    pub(crate) fn each<Failed>(
        &self,
        mut sink: impl FnMut(&[u8]) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        match self {
            FileData::Whole(bytes) => sink(bytes),
            FileData::Packed(packed) => {
                let mut portions = packed.portions();
                while let Some(portion) = portions.next().expect(CHECKED) {
                    sink(portion)?;
                }
                Ok(())
            }
        }
    }
}

impl<'bytes> From<&'bytes [u8]> for FileData<'bytes> {
    fn from(bytes: &'bytes [u8]) -> Self {
        FileData::Whole(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for FileData<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        FileData::Whole(Cow::Owned(bytes))
    }
}

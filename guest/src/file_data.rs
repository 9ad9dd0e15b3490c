//! What a file to install holds: in memory, or packed in the archive still.

use crate::archive::Packed;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;
use std::rc::Rc;

/// Why unpacking cannot fail here.
const CHECKED: &str = "it was unpacked before, when it was checked";

/// The largest file, in bytes, that is held in memory as a whole between the check and the writing.
pub(crate) const LARGE: u64 = 8 << 20;

/// How much of a wheel's files is held in memory between the check and the writing, in bytes. The rest
/// is unpacked again, which costs less than the memory would.
pub(crate) const MEMORY_LIMIT: u64 = 64 << 20;

/// The contents of a file.
#[derive(Debug)]
pub(crate) enum FileData<'bytes> {
    /// In memory.
    Whole(Cow<'bytes, [u8]>),
    /// In memory, beside those of other files.
    Part(Rc<Vec<u8>>, Range<usize>),
    /// In the archive, which was checked.
    Packed(Packed),
    /// Likewise, and in the memory of another instance.
    Elsewhere(Elsewhere),
}

/// The contents of a file that another instance has in memory.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    packed: Packed,
    /// What it holds, once that was needed here as well.
    contents: OnceCell<Vec<u8>>,
}

impl Elsewhere {
    pub(crate) fn new(packed: &Packed) -> Elsewhere {
        Elsewhere { packed: packed.clone(), contents: OnceCell::new() }
    }

    fn contents(&self) -> &[u8] {
        self.contents.get_or_init(|| self.packed.whole().expect(CHECKED))
    }
}

impl FileData<'_> {
    /// How much it is, in bytes.
    pub(crate) fn size(&self) -> u64 {
        match self {
            FileData::Whole(bytes) => bytes.len() as u64,
            FileData::Part(_, range) => range.len() as u64,
            FileData::Packed(packed) => packed.size(),
            FileData::Elsewhere(elsewhere) => elsewhere.packed.size(),
        }
    }

    /// Whether another instance has it in memory.
    pub(crate) fn is_elsewhere(&self) -> bool {
        matches!(self, FileData::Elsewhere(_))
    }

    /// All of it.
    pub(crate) fn whole(&self) -> Cow<'_, [u8]> {
        match self {
            FileData::Whole(bytes) => Cow::Borrowed(bytes),
            FileData::Part(bytes, range) => Cow::Borrowed(&bytes[range.clone()]),
            FileData::Packed(packed) => Cow::Owned(packed.whole().expect(CHECKED)),
            FileData::Elsewhere(elsewhere) => Cow::Borrowed(elsewhere.contents()),
        }
    }

    /// Passes it on portion by portion, until one cannot be taken.
    pub(crate) fn each<Failed>(
        &self,
        mut sink: impl FnMut(&[u8]) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        match self {
            FileData::Whole(bytes) => sink(bytes),
            FileData::Part(bytes, range) => sink(&bytes[range.clone()]),
            FileData::Elsewhere(elsewhere) => sink(elsewhere.contents()),
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

//! The bytes of an archive: in memory, or in its file, from which they are read when they are needed.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

/// How many bytes of a file are read at a time.
const WINDOW: usize = 1 << 18;

/// The clause for an archive that ends too early.
const SHORTER: &str = "its file is shorter than it was";

/// The bytes of an archive.
pub(crate) enum Bytes {
    Memory(Rc<Vec<u8>>),
    /// They may have changed since the archive was checked.
    File(Box<dyn ReadAt>),
}

/// An open file.
pub(crate) trait ReadAt {
    /// Reads up to so many bytes from this offset; none at the end. The error is a clause.
    fn read_at(&self, offset: usize, length: usize) -> Result<Vec<u8>, String>;
}

impl Bytes {
    /// Whether they may have changed since the archive was checked.
    pub(crate) fn may_change(&self) -> bool {
        matches!(self, Bytes::File(_))
    }

    /// Reads the beginning of a range that is not empty, at least one byte. The error is a clause.
    pub(super) fn read(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>, String> {
        match self {
            Bytes::Memory(bytes) => {
                bytes.get(range).map(Cow::Borrowed).ok_or_else(|| SHORTER.to_owned())
            }
            Bytes::File(file) => {
                let length = range.len().min(WINDOW);
                let bytes = file.read_at(range.start, length)?;
                if bytes.is_empty() || bytes.len() > length {
                    return Err(SHORTER.to_owned());
                }
                Ok(Cow::Owned(bytes))
            }
        }
    }
}

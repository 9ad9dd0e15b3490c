//! A file of an image with random access and a limit on the bytes read.
//!
//! Readers of object files ask for thousands of names one by one, which are adjacent but in another
//! order. So the file is read in blocks, each of them once. The file is untrusted, and its headers
//! may claim anything: the bytes asked for and the bytes read have a limit.

use object::ReadRef;
use object::read::ReadCache;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// How many bytes of a file can be asked for, and how many are read.
const BUDGET: u64 = 1 << 26;

/// How many bytes are read at a time.
const BLOCK: u64 = 1 << 14;

/// How long a file may be, in bytes. PyPy's library has 60 million, CPython's with all debugging
/// information 250 million.
pub(super) const LONGEST: u64 = 1 << 29;

/// Prepares a binary for reading. Returns its length too. The error says what is wrong with it.
pub(super) fn open(file: File) -> Result<(ReadCache<Limited>, u64), String> {
    let length = file.metadata().map_err(|error| format!("cannot be read: {error}"))?.len();
    if length > LONGEST {
        return Err(format!("has {length} bytes, more than any interpreter"));
    }
    Ok((ReadCache::new(Limited::new(file, length)), length))
}

/// A part of a file. Unlike the cache itself, it never allocates more memory than the budget
/// allows, whatever size a header states.
#[derive(Clone, Copy)]
pub(super) struct Part<'cache> {
    cache: &'cache ReadCache<Limited>,
    offset: u64,
    size: u64,
}

impl<'cache> Part<'cache> {
    pub(super) fn new(cache: &'cache ReadCache<Limited>, offset: u64, size: u64) -> Part<'cache> {
        Part { cache, offset, size }
    }
}

impl<'cache> ReadRef<'cache> for Part<'cache> {
    fn len(self) -> Result<u64, ()> {
        Ok(self.size)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'cache [u8], ()> {
        let end = offset.checked_add(size).ok_or(())?;
        if end > self.size || size > BUDGET {
            return Err(());
        }
        self.cache.read_bytes_at(self.offset.checked_add(offset).ok_or(())?, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'cache [u8], ()> {
        let end = range.end.min(self.size);
        let place = |offset: u64| self.offset.checked_add(offset).ok_or(());
        self.cache.read_bytes_at_until(place(range.start)?..place(end)?, delimiter)
    }
}

/// A file with a limit on the bytes read.
pub(super) struct Limited {
    file: File,
    length: u64,
    position: u64,
    /// How many bytes can still be asked for, and how many read.
    left: u64,
    unread: u64,
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl Limited {
    fn new(file: File, length: u64) -> Limited {
        let (left, unread) = (BUDGET, BUDGET);
        Limited { file, length, position: 0, left, unread, blocks: BTreeMap::new() }
    }

    fn block(&mut self, number: u64) -> io::Result<&[u8]> {
        match self.blocks.entry(number) {
            Entry::Occupied(block) => Ok(block.into_mut()),
            Entry::Vacant(place) => {
                self.unread = self.unread.checked_sub(BLOCK).ok_or_else(too_much)?;
                let start = number.saturating_mul(BLOCK);
                let size = BLOCK.min(self.length.saturating_sub(start));
                let mut block = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
                self.file.seek(SeekFrom::Start(start))?;
                self.file.read_exact(&mut block)?;
                Ok(place.insert(block))
            }
        }
    }
}

fn too_much() -> io::Error {
    io::Error::other("too much is to be read")
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let asked = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(asked).ok_or_else(too_much)?;
        let start = usize::try_from(self.position % BLOCK).unwrap_or(usize::MAX);
        let block = self.block(self.position / BLOCK)?;
        let rest = block.get(start..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        let read = u64::try_from(count).unwrap_or(u64::MAX);
        // Bytes beyond the block's end will be asked for again, so they do not count now.
        self.left += asked - read;
        self.position += read;
        Ok(count)
    }
}

impl Seek for Limited {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let moved = match position {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
        };
        self.position = moved.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, BUDGET, Limited, Part};
    use object::ReadRef as _;
    use object::read::ReadCache;
    use std::io::{self, Read as _, Seek as _, SeekFrom};

    /// A sparse file, which takes no space on a disk.
    #[test]
    fn only_so_much_of_a_giant_is_read() {
        let file = tempfile::tempfile().expect("there is room");
        file.set_len(1 << 40).expect("it can be sparse");
        let mut limited = Limited::new(file, 1 << 40);
        let error = io::copy(&mut limited, &mut io::sink()).expect_err("it is too much");
        assert_eq!(error.to_string(), "too much is to be read");
        assert!((BUDGET / 2..=BUDGET).contains(&limited.position), "{}", limited.position);
    }

    /// Bytes that were read once are not read again, but still have to be copied.
    #[test]
    fn only_so_much_of_one_block_is_asked_for() {
        let file = tempfile::tempfile().expect("there is room");
        file.set_len(BLOCK).expect("it can be sparse");
        let mut limited = Limited::new(file, BLOCK);
        let mut ask = || {
            limited.rewind().expect("it can be done");
            limited.read(&mut [0; 1 << 14])
        };
        for _ in 0..BUDGET / BLOCK {
            assert_eq!(ask().expect("it is not too much"), 1 << 14);
        }
        assert_eq!(ask().expect_err("it is too much").to_string(), "too much is to be read");
    }

    #[test]
    fn part_of_file_ends_where_it_ends() {
        let file = tempfile::tempfile().expect("there is room");
        file.set_len(1000).expect("it can be sparse");
        let cache = ReadCache::new(Limited::new(file, 1000));
        let part = Part::new(&cache, 100, 200);
        assert_eq!(part.len(), Ok(200));
        assert_eq!(part.read_bytes_at(190, 10).map(<[u8]>::len), Ok(10));
        assert!(part.read_bytes_at(191, 10).is_err());
        // As much of a giant file as may be read.
        let file = tempfile::tempfile().expect("there is room");
        file.set_len(1 << 40).expect("it can be sparse");
        let cache = ReadCache::new(Limited::new(file, 1 << 40));
        let part = Part::new(&cache, 0, 1 << 40);
        assert!(part.read_bytes_at(0, (1 << 26) + 1).is_err());
        assert_eq!(part.read_bytes_at(0, 1 << 26).map(<[u8]>::len), Ok(1 << 26));
    }

    /// Each read ends with a block, and the bytes beyond it are not counted.
    #[test]
    fn what_a_read_did_not_give_is_not_counted() {
        let block = usize::try_from(BLOCK).expect("it is small");
        let file = tempfile::tempfile().expect("there is room");
        file.set_len(BLOCK).expect("it can be sparse");
        let mut limited = Limited::new(file, BLOCK);
        let mut buffer = vec![0; block];
        for _ in 0..1 << 12 {
            limited.seek(SeekFrom::Start(1 << 13)).expect("it can be done");
            assert_eq!(limited.read(&mut buffer).expect("it is not too much"), 1 << 13);
        }
    }
}

//! The unpacking and hashing of a wheel's files, shared among instances on several CPUs.
//!
//! That is what a check consists of, for the most part. Each instance reads a part of the files and
//! keeps it. One of them is told the digests of what the others have read, and judges all of it.

use crate::archive::Archive;
use crate::bindings::exports::ensurepip::bootstrap::installer::ReadFile;
use crate::file_data::{LARGE, MEMORY_LIMIT};
use crate::record::Digest;
use std::collections::BTreeMap;

/// What a file costs beside its bytes, in bytes that could be read in that time.
const FILE_COST: u64 = 2 << 10;

/// What an instance has read, and its digests, by the number of the entry.
pub(crate) type ReadHere = BTreeMap<usize, (Vec<u8>, Digest)>;

/// Reads one part of so many of a wheel's files, those that stay in memory. What cannot be read is
/// left out: it is for the check to say why.
pub(crate) fn read_part(
    archive: &Archive,
    (part, parts): (u32, u32),
    digests: impl Fn(&[u8]) -> (Digest, u32),
) -> ReadHere {
    let sizes = archive.entries().iter().map(|entry| entry.packed.size());
    let assigned = assign(sizes, parts);
    let mine = archive.entries().iter().zip(assigned).enumerate();
    let mine = mine.filter(|(_, (_, assigned))| *assigned == Some(part));
    let read = mine.filter_map(|(index, (entry, _))| {
        Some((index, entry.packed.whole_with(archive.bytes(), &digests).ok()?))
    });
    read.collect()
}

/// Which part each of some files is in, so that all take about as long; none for those that do not
/// stay in memory.
fn assign(sizes: impl Iterator<Item = u64> + Clone, parts: u32) -> Vec<Option<u32>> {
    let mut kept = 0;
    let stay: Vec<bool> = sizes
        .clone()
        .map(|size| {
            let stays = size <= LARGE && kept + size <= MEMORY_LIMIT;
            kept += if stays { size } else { 0 };
            stays
        })
        .collect();
    let costs = sizes.zip(stay).map(|(size, stays)| stays.then_some(size + FILE_COST));
    let costs: Vec<Option<u64>> = costs.collect();
    let total: u64 = costs.iter().flatten().sum();
    let mut before = 0;
    let assigned = costs.into_iter().map(|cost| {
        let part = before * u64::from(parts) / total.max(1);
        before += cost?;
        u32::try_from(part).ok()
    });
    assigned.collect()
}

/// What is known of a wheel's files before it is judged.
pub(super) struct Shared {
    here: ReadHere,
    elsewhere: BTreeMap<usize, Digest>,
}

/// A file that was read.
pub(super) enum Read {
    Here(Vec<u8>, Digest),
    /// By another instance.
    Elsewhere(Digest),
}

impl Shared {
    pub(super) fn new(here: ReadHere, elsewhere: Vec<ReadFile>) -> Shared {
        let elsewhere = elsewhere.into_iter().filter_map(|ReadFile { entry, sha256 }| {
            Some((usize::try_from(entry).ok()?, sha256.try_into().ok()?))
        });
        Shared { here, elsewhere: elsewhere.collect() }
    }

    /// What an entry holds, as far as that is known.
    pub(super) fn take(&mut self, entry: usize) -> Option<Read> {
        let here = self.here.remove(&entry).map(|(contents, sha256)| Read::Here(contents, sha256));
        here.or_else(|| Some(Read::Elsewhere(self.elsewhere.remove(&entry)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::{LARGE, MEMORY_LIMIT, assign};

    #[test]
    fn wheel_files_are_split_into_balanced_parts() {
        let sizes = [10_000, 20_000, 0, 30_000, LARGE + 1, 10_000];
        for parts in 1..5 {
            let assigned = assign(sizes.into_iter(), parts);
            assert_eq!(assigned[4], None, "it does not stay in memory");
            let parts_seen: Vec<u32> = assigned.into_iter().flatten().collect();
            assert!(parts_seen.is_sorted() && parts_seen.iter().all(|part| *part < parts));
            assert_eq!(parts_seen.len(), 5);
        }
        assert_eq!(assign([10_000; 4].into_iter(), 2), [Some(0), Some(0), Some(1), Some(1)],);
        assert_eq!(assign([0; 2].into_iter(), 2), [Some(0), Some(1)]);
        assert_eq!(assign([].into_iter(), 2), []);
        let many = usize::try_from(MEMORY_LIMIT / LARGE).expect("it is small") + 3;
        let staying = assign(vec![LARGE; many].into_iter(), 2).into_iter().flatten().count();
        assert_eq!(staying, many - 3);
    }
}

//! Takes the path and the time of a source out of its bytecode, and puts others in.
//!
//! CPython writes the path of a source once into a `.pyc`: the name of the first code object that is
//! finished. All other code objects refer to that string. So bytecode of one source for two paths
//! differs in that string alone, and in the time in its header. The canonical form has the empty
//! string as its path and no time. It is converted only if all of the file is understood
//! (`marshal.rs`); otherwise the source has to be compiled again.

mod marshal;
#[cfg(test)]
pub(super) mod tests;

use marshal::Field;
use std::ops::{Range, RangeInclusive};

/// The minor releases of CPython 3 whose bytecode is converted. PyPy writes the path once for each
/// code object, and so may versions that are unknown.
const MINORS: RangeInclusive<u32> = 6..=15;

/// The size of the magic number that a file begins with.
const MAGIC: usize = 4;

/// A time, a size, or flags in a header.
const NUMBER: usize = 4;

/// Flags of PEP 552: a time follows, or the hash of a source that is to be checked.
const HAS_TIME: [u8; NUMBER] = [0, 0, 0, 0];
const HAS_CHECKED_HASH: [u8; NUMBER] = [3, 0, 0, 0];

/// The longest ASCII string whose length is a single byte.
const SHORT: usize = 255;

/// How one version of CPython writes bytecode.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    /// Whether the header has flags (PEP 552).
    has_flags: bool,
    /// The parts of a code object.
    code: &'static [Field],
}

impl Layout {
    /// The layout of a Python, by `sys.implementation.name` and its version. Returns `None` if it is
    /// not known.
    pub(crate) fn of(implementation: &str, version: [u32; 3]) -> Option<Layout> {
        let [major, minor, _] = version;
        if implementation != "cpython" || major != 3 || !MINORS.contains(&minor) {
            return None;
        }
        let code = match minor {
            ..8 => marshal::CODE_3_6,
            8..11 => marshal::CODE_3_8,
            11.. => marshal::CODE_3_11,
        };
        Some(Layout { has_flags: minor >= 7, code })
    }

    /// Converts the contents of a `.pyc` to the canonical form. `path` is the path in it.
    pub(crate) fn canonical(self, bytecode: &[u8], path: &str) -> Option<Vec<u8>> {
        self.converted(bytecode, path, ["", path], 0)
    }

    /// Converts the canonical form to the contents of a `.pyc` for a source at a path, with its time
    /// in seconds since 1970.
    pub(crate) fn relocated(self, canonical: &[u8], path: &str, modified: u64) -> Option<Vec<u8>> {
        self.converted(canonical, "", [path, path], modified)
    }

    /// Whether bytecode can have the hash of its source (PEP 552).
    pub(super) fn has_hashes(self) -> bool {
        self.has_flags
    }

    /// Converts the canonical form of bytecode that has the hash of its source to that of bytecode
    /// with the time and the size of its source.
    pub(super) fn timed(self, canonical: &[u8], source_size: u64) -> Option<Vec<u8>> {
        let (magic, rest) = canonical.split_at_checked(MAGIC)?;
        let rest = rest.strip_prefix(&HAS_CHECKED_HASH).filter(|_| self.has_flags)?;
        let (_hash, code) = rest.split_at_checked(2 * NUMBER)?;
        // As in `importlib`: the lowest bits of it.
        let size = &source_size.to_le_bytes()[..NUMBER];
        Some([magic, &HAS_TIME, &[0; NUMBER], size, code].concat())
    }

    /// Replaces the path `old` by another one, and the time. No other string may equal `absent`: builds
    /// without a GIL merge equal strings, and then write them once.
    fn converted(
        self,
        bytecode: &[u8],
        old: &str,
        [new, absent]: [&str; 2],
        modified: u64,
    ) -> Option<Vec<u8>> {
        let time = self.time(bytecode)?;
        let (header, code) = bytecode.split_at_checked(self.header_size())?;
        let place = marshal::path(code, self.code, absent.as_bytes())?;
        let [before, found, after] =
            [&code[..place.start], &code[place.clone()], &code[place.end..]];
        let is_interned = marshal::is_interned(*found.first()?);
        if found != encoded(old, is_interned)? {
            return None;
        }
        let mut converted = [header, before, &encoded(new, is_interned)?, after].concat();
        // As in `importlib`: the lowest bits of it.
        let modified = &modified.to_le_bytes()[..time.len()];
        converted.get_mut(time)?.copy_from_slice(modified);
        Some(converted)
    }

    /// The size of a header: the magic number, flags if there are any, and a time with a size or a
    /// hash.
    fn header_size(self) -> usize {
        MAGIC + if self.has_flags { NUMBER } else { 0 } + 2 * NUMBER
    }

    /// The place of the time in a file, which is empty if the header has a hash instead. Returns
    /// `None` for flags that are not known.
    fn time(self, bytecode: &[u8]) -> Option<Range<usize>> {
        let start = self.header_size() - 2 * NUMBER;
        if !self.has_flags {
            return Some(start..start + NUMBER);
        }
        match *bytecode.get(MAGIC..)?.first_chunk()? {
            HAS_TIME => Some(start..start + NUMBER),
            HAS_CHECKED_HASH => Some(start..start),
            _ => None,
        }
    }
}

/// A path as CPython writes it. Returns `None` if it is too long for that.
fn encoded(path: &str, is_interned: bool) -> Option<Vec<u8>> {
    let is_short = path.is_ascii() && path.len() <= SHORT;
    let kind = marshal::string_kind(path.is_ascii(), is_short, is_interned);
    let length = i32::try_from(path.len()).ok()?.to_le_bytes();
    let length = if is_short { &length[..1] } else { &length[..] };
    Some([&[kind], length, path.as_bytes()].concat())
}

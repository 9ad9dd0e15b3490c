//! Finds the path of a source in a code object that CPython's `marshal` has written.
//!
//! Every byte of the stream is assigned to an object by its type; nothing is searched for. Accepted
//! is only what the compiler writes: one code object, with others in its constants.

use std::ops::Range;

/// The bit in the type of an object that later references can name.
const CAN_BE_NAMED: u8 = 0x80;

/// The maximum number of containers around an object, of which a code object is two. CPython itself
/// reads 2000, or 1000 on Windows.
const DEPTH: usize = 1000;

/// The size of a number in a code object, of a length, and of a reference.
const NUMBER: usize = 4;

/// Consecutive parts of a code object.
pub(super) enum Field {
    /// So many numbers.
    Numbers(usize),
    /// So many objects.
    Objects(u32),
    /// The path of the source.
    Path,
}

/// A code object of CPython 3.6 and 3.7.
pub(super) const CODE_3_6: &[Field] = &code_with_lnotab(5);

/// A code object of CPython 3.8 to 3.10, which also counts the positional-only arguments.
pub(super) const CODE_3_8: &[Field] = &code_with_lnotab(6);

/// A code object from CPython 3.11 on. After the path: its names, its first line, and its tables of
/// lines and of exceptions.
pub(super) const CODE_3_11: &[Field] = &[
    Field::Numbers(5),
    Field::Objects(5),
    Field::Path,
    Field::Objects(2),
    Field::Numbers(1),
    Field::Objects(2),
];

/// A code object before CPython 3.11. After the path: its name, its first line, and its table of
/// lines.
const fn code_with_lnotab(numbers: usize) -> [Field; 6] {
    [
        Field::Numbers(numbers),
        Field::Objects(6),
        Field::Path,
        Field::Objects(1),
        Field::Numbers(1),
        Field::Objects(1),
    ]
}

/// The type of a string that can be named.
pub(super) fn string_kind(is_ascii: bool, is_short: bool, is_interned: bool) -> u8 {
    let kind = match (is_ascii, is_short, is_interned) {
        (true, true, false) => b'z',
        (true, true, true) => b'Z',
        (true, false, false) => b'a',
        (true, false, true) => b'A',
        (false, _, false) => b'u',
        (false, _, true) => b't',
    };
    kind | CAN_BE_NAMED
}

/// Whether a string of this type is interned.
pub(super) fn is_interned(kind: u8) -> bool {
    matches!(kind & !CAN_BE_NAMED, b'Z' | b'A' | b't')
}

/// Finds the one string that is the path of all code objects in a stream. Returns `None` if the
/// stream is not exactly one code object, if its code objects have several paths, if anything else
/// refers to the path, or if another string equals `absent`.
pub(super) fn path(stream: &[u8], code: &'static [Field], absent: &[u8]) -> Option<Range<usize>> {
    if stream.first()? & !CAN_BE_NAMED != b'c' {
        return None;
    }
    let open = vec![Open::Objects(1)];
    let mut walk = Walk { stream, position: 0, open, code, absent, named: 0, path: None };
    while let Some(innermost) = walk.open.last_mut() {
        match innermost {
            Open::Objects(0) | Open::Fields([]) => drop(walk.open.pop()),
            Open::Objects(count) => {
                *count -= 1;
                walk.object()?;
            }
            Open::Fields([field, rest @ ..]) => {
                *innermost = Open::Fields(rest);
                match field {
                    Field::Numbers(count) => walk.skip(count * NUMBER)?,
                    Field::Objects(count) => walk.begin(Open::Objects(*count))?,
                    Field::Path => walk.path()?,
                }
            }
        }
    }
    let is_complete = walk.position == stream.len();
    walk.path.filter(|_| is_complete).map(|(_, place)| place)
}

/// What is left of a container.
enum Open {
    /// So many objects.
    Objects(u32),
    /// These parts of a code object.
    Fields(&'static [Field]),
}

/// A stream that is read object by object.
struct Walk<'stream> {
    stream: &'stream [u8],
    position: usize,
    /// The containers around the next object, from the outermost to the innermost.
    open: Vec<Open>,
    /// The parts of a code object.
    code: &'static [Field],
    absent: &'stream [u8],
    /// How many objects references can name so far. They are numbered in the order in which they
    /// begin.
    named: u32,
    /// The number of the path, and its place.
    path: Option<(u32, Range<usize>)>,
}

impl<'stream> Walk<'stream> {
    /// Reads an object that is not a path; of a container, only its beginning. Returns `None` if it
    /// is not acceptable.
    fn object(&mut self) -> Option<()> {
        let kind = self.kind()?;
        match kind & !CAN_BE_NAMED {
            // CPython never names the constants `None`, `False`, `True` and `...`.
            b'N' | b'F' | b'T' | b'.' => (kind & CAN_BE_NAMED == 0).then_some(()),
            b'r' if kind & CAN_BE_NAMED == 0 => {
                let number = self.reference()?;
                let is_path = self.path.as_ref().is_some_and(|(path, _)| *path == number);
                (!is_path).then_some(())
            }
            // An integer of 32 bits, a float and a complex number.
            b'i' => self.skip(4),
            b'g' => self.skip(8),
            b'y' => self.skip(16),
            // A longer integer: the number of its digits with its sign, and 16 bits for each of them.
            b'l' => {
                let digits = self.number()?.cast_signed().unsigned_abs();
                self.skip(usize::try_from(digits).ok()?.checked_mul(2)?)
            }
            b's' => {
                let size = self.size()?;
                self.skip(size)
            }
            b'(' | b'>' => {
                let count = u32::try_from(self.size()?).ok()?;
                self.begin(Open::Objects(count))
            }
            b')' => {
                let count = u32::from(self.byte()?);
                self.begin(Open::Objects(count))
            }
            // A slice has a start, an end and a step.
            b':' => self.begin(Open::Objects(3)),
            b'c' => self.begin(Open::Fields(self.code)),
            kind => (self.string(kind)? != self.absent).then_some(()),
        }
    }

    /// Continues with what is in a container. Returns `None` if there are too many around it.
    fn begin(&mut self, container: Open) -> Option<()> {
        (self.open.len() < DEPTH).then(|| self.open.push(container))
    }

    /// Reads the path in a code object: the string itself in the first one that gets there, and
    /// references to it in the others.
    fn path(&mut self) -> Option<()> {
        let start = self.position;
        let (kind, number) = (self.kind()?, self.named);
        match &self.path {
            None if kind & CAN_BE_NAMED != 0 => {
                self.string(kind & !CAN_BE_NAMED)?;
                self.path = Some((number - 1, start..self.position));
                Some(())
            }
            Some((path, _)) if kind == b'r' => {
                let path = *path;
                (self.reference()? == path).then_some(())
            }
            _ => None,
        }
    }

    /// Reads the type of an object. One that references can name gets a number.
    fn kind(&mut self) -> Option<u8> {
        let kind = self.byte()?;
        if kind & CAN_BE_NAMED != 0 {
            self.named += 1;
        }
        Some(kind)
    }

    /// Reads a string of this type.
    fn string(&mut self, kind: u8) -> Option<&'stream [u8]> {
        let size = match kind {
            b'z' | b'Z' => usize::from(self.byte()?),
            b'a' | b'A' | b'u' | b't' => self.size()?,
            _ => return None,
        };
        self.take(size)
    }

    /// Reads which object a reference names: one that has begun.
    fn reference(&mut self) -> Option<u32> {
        self.number().filter(|number| *number < self.named)
    }

    /// Reads a size, which has a sign.
    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?.cast_signed()).ok()
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(*self.take(NUMBER)?.first_chunk()?))
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn skip(&mut self, size: usize) -> Option<()> {
        self.take(size).map(|_| ())
    }

    fn take(&mut self, size: usize) -> Option<&'stream [u8]> {
        let taken = self.stream.get(self.position..)?.get(..size)?;
        self.position += size;
        Some(taken)
    }
}

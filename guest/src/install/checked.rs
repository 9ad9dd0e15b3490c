//! A wheel is checked once for all calls in turn on one instance.

use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::Error;
use crate::bindings::exports::ensurepip::bootstrap::installer::ReadFile;
use crate::host::{Host, report_file};
use crate::wheel::{self, Contents, Kept, Opened};
use std::cell::RefCell;
use std::rc::Rc;

/// A wheel as it came: its file name and its bytes.
struct Wheel {
    name: String,
    bytes: Rc<Vec<u8>>,
}

/// What is known of a wheel.
struct Known {
    wheel: Wheel,
    /// The same, opened, if parts of it were read.
    opened: Option<Opened>,
    /// Files of it that were read already, for a check to come or to be staged for another instance.
    kept: Kept,
    /// What is in it, if it was checked, and whether it was trusted then.
    checked: Option<(bool, Rc<Contents>)>,
}

thread_local! {
    /// The last one.
    static LAST: RefCell<Option<Known>> = const { RefCell::new(None) };
}

/// The contents of a wheel, every byte of them checked. Without bytes, it is the last one.
pub(super) fn checked(
    wheel_name: &str,
    wheel: impl Into<Option<Vec<u8>>>,
    trusted: bool,
    host: &dyn Host,
) -> Result<Rc<Contents>, Error> {
    check(recall(wheel_name, wheel.into()), trusted, Vec::new(), host)
}

/// Reads one part of so many of a wheel's files, and keeps them.
pub(crate) fn read_part(
    wheel_name: &str,
    wheel: impl Into<Option<Vec<u8>>>,
    part: (u32, u32),
    host: &dyn Host,
) -> Vec<ReadFile> {
    let mut known = recall(wheel_name, wheel.into());
    let opened = known.opened.get_or_insert_with(|| wheel::open(wheel_name, &known.wheel.bytes));
    // If there is no archive, it is for the check to say why.
    let archive = opened.archive.as_ref();
    let digests = |contents: &[u8]| host.digests(contents);
    let read = archive.map(|archive| wheel::read_part(archive, part, digests));
    let mut read = read.unwrap_or_default();
    let told = read.iter().filter_map(|(entry, (_, sha256))| {
        Some(ReadFile { entry: u32::try_from(*entry).ok()?, sha256: sha256.to_vec() })
    });
    let told = told.collect();
    known.kept.append(&mut read);
    LAST.set(Some(known));
    told
}

/// The contents of a wheel of which other instances have read these files, as only the host can know.
pub(super) fn checked_with(
    wheel_name: &str,
    wheel: impl Into<Option<Vec<u8>>>,
    trusted: bool,
    read: Vec<ReadFile>,
    host: &dyn Host,
) -> Result<Rc<Contents>, Error> {
    check(recall(wheel_name, wheel.into()), trusted, read, host)
}

fn check(
    mut known: Known,
    trusted: bool,
    read: Vec<ReadFile>,
    host: &dyn Host,
) -> Result<Rc<Contents>, Error> {
    let known_by_now = known.checked.take().filter(|(was_trusted, _)| *was_trusted == trusted);
    let contents = if let Some((_, contents)) = known_by_now {
        contents
    } else {
        let read = (std::mem::take(&mut known.kept), read);
        let Wheel { name, bytes } = &known.wheel;
        let opened = known.opened.take().unwrap_or_else(|| wheel::open(name, bytes));
        let digests = |contents: &[u8]| host.digests(contents);
        let on_file = |files, done| report_file(host, Step::Check, files, done);
        Rc::new(wheel::check(name, opened, trusted, read, digests, on_file)?)
    };
    known.checked = Some((trusted, Rc::clone(&contents)));
    LAST.set(Some(known));
    Ok(contents)
}

/// Looks at what was kept of a wheel; nothing if it is not the last one, or was checked by now.
pub(super) fn with_kept<T>(wheel_name: &str, look: impl FnOnce(&Kept) -> T) -> T {
    LAST.with_borrow(|last| match last {
        Some(known) if known.wheel.name == wheel_name => look(&known.kept),
        _ => look(&Kept::new()),
    })
}

/// What is known of a wheel by now; it is forgotten by that, to be remembered with what comes of it.
/// To compare a wheel with the last one costs a hundredth of checking it again, and is as good.
fn recall(name: &str, bytes: Option<Vec<u8>>) -> Known {
    let is_it = |last: &Known| {
        last.wheel.name == name
            && bytes.as_ref().is_none_or(|bytes| are_same(&last.wheel.bytes, bytes))
    };
    // If it is another one, the last goes before this one comes: there may not be room for both.
    if let Some(known) = LAST.take().filter(is_it) {
        return known;
    }
    // One that was never brought is nothing at all, and no archive by that.
    let wheel = Wheel { name: name.to_owned(), bytes: Rc::new(bytes.unwrap_or_default()) };
    Known { wheel, opened: None, kept: Kept::new(), checked: None }
}

/// Whether these are the same bytes, compared 16 at a time: what WebAssembly has for slices goes byte
/// by byte.
fn are_same(one: &[u8], other: &[u8]) -> bool {
    let (chunks, rest) = one.as_chunks();
    let (other_chunks, other_rest) = other.as_chunks();
    let mut pairs = chunks.iter().zip(other_chunks);
    chunks.len() == other_chunks.len()
        && rest == other_rest
        && pairs.all(|(one, other)| u128::from_ne_bytes(*one) == u128::from_ne_bytes(*other))
}

/// Makes this thread a new instance.
#[cfg(test)]
pub(super) fn forget() {
    LAST.set(None);
}

/// Another instance than that of this thread.
#[cfg(test)]
#[derive(Default)]
pub(super) struct Instance(Option<Known>);

#[cfg(test)]
impl Instance {
    /// Does something in it.
    pub(super) fn within<T>(&mut self, act: impl FnOnce() -> T) -> T {
        let outside = LAST.replace(self.0.take());
        let done = act();
        self.0 = LAST.replace(outside);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::are_same;

    #[test]
    fn byte_comparison_detects_any_difference() {
        for length in 0..40 {
            let bytes: Vec<u8> = (0..length).collect();
            assert!(are_same(&bytes, &bytes.clone()));
            assert!(!are_same(&bytes, &[&bytes[..], b"x"].concat()));
            for position in 0..bytes.len() {
                let mut other = bytes.clone();
                other[position] ^= 1;
                assert!(!are_same(&bytes, &other), "{position} of {length}");
            }
        }
    }
}

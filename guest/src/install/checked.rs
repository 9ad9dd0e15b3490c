//! A wheel is checked once for all calls in turn on one instance.

use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::Error;
use crate::host::{Host, report_file};
use crate::wheel::{self, Contents};
use std::cell::RefCell;
use std::rc::Rc;

/// A wheel that was checked: its file name and bytes, whether it was trusted, and what is in it.
type Checked = (String, Rc<Vec<u8>>, bool, Rc<Contents>);

thread_local! {
    /// The last one.
    static LAST: RefCell<Option<Checked>> = const { RefCell::new(None) };
}

/// The contents of a wheel, every byte of them checked. Comparing a wheel with the last one costs
/// a hundredth of checking it again, and is as good.
pub(super) fn checked(
    wheel_name: &str,
    wheel: &[u8],
    trusted: bool,
    host: &dyn Host,
) -> Result<Rc<Contents>, Error> {
    let remembered = LAST.with_borrow(|last| {
        let (name, bytes, was_trusted, contents) = last.as_ref()?;
        let is_same = name == wheel_name && *was_trusted == trusted && **bytes == wheel;
        is_same.then(|| Rc::clone(contents))
    });
    if let Some(contents) = remembered {
        return Ok(contents);
    }
    let on_file = |files, done| report_file(host, Step::Check, files, done);
    // Another one goes before this one comes: there may not be room for both.
    LAST.set(None);
    let wheel = Rc::new(wheel.to_vec());
    let contents = Rc::new(wheel::check(wheel_name, &wheel, trusted, on_file)?);
    LAST.set(Some((wheel_name.to_owned(), wheel, trusted, Rc::clone(&contents))));
    Ok(contents)
}

/// Makes this thread a new instance.
#[cfg(test)]
pub(super) fn forget() {
    LAST.set(None);
}

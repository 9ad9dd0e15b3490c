//! The faults of a wheel, collected so that one run tells them all.

use crate::bindings::ensurepip::bootstrap::types::{Error, Fault, FaultCode};
use std::fmt::Display;

/// A list of faults under construction.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes one fault. `entry` names what is at fault, `detail` is a clause for people.
    pub(crate) fn add(&mut self, code: FaultCode, entry: &str, detail: impl Display) {
        self.0.push(Fault { code, entry: entry.to_owned(), detail: detail.to_string() });
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fails if there is a fault.
    pub(crate) fn check(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::UnsoundWheel(self.0)) }
    }

    /// The codes noted so far.
    #[cfg(test)]
    pub(crate) fn codes(&self) -> Vec<FaultCode> {
        self.0.iter().map(|fault| fault.code).collect()
    }
}

/// The error for a wheel in which one fault hides all others.
pub(crate) fn fault(code: FaultCode, entry: &str, detail: impl Display) -> Error {
    Error::UnsoundWheel(vec![Fault { code, entry: entry.to_owned(), detail: detail.to_string() }])
}

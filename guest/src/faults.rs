//! The faults of a wheel, collected so that one run reports them all.

use crate::bindings::ensurepip::bootstrap::types::{Error, Fault, FaultCode};
use std::fmt::Display;

/// How many faults are reported, and how long the name of an entry and the detail may be, in
/// characters. A hostile wheel could have any number.
const FAULTS_LIMIT: usize = 100;
const TEXT_LIMIT: usize = 300;

/// A list of faults under construction.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Vec<Fault>,
    /// How many faults there are beside those in the list.
    more: usize,
}

impl Faults {
    /// Records a fault. `entry` names the entry at fault, `detail` is a clause for people.
    pub(crate) fn add(&mut self, code: FaultCode, entry: &str, detail: impl Display) {
        if self.list.len() < FAULTS_LIMIT {
            self.list.push(new(code, entry, detail));
        } else {
            self.more += 1;
        }
    }

    /// Whether no fault is recorded.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Fails if there is a fault. `file_name` is the wheel's.
    pub(crate) fn check(self, file_name: &str) -> Result<(), Error> {
        if self.is_empty() { Ok(()) } else { Err(self.into_error(file_name)) }
    }

    /// The error with the recorded faults, at least one. `file_name` is the wheel's.
    pub(crate) fn into_error(mut self, file_name: &str) -> Error {
        if self.more > 0 {
            let detail = format!("{} more faults are not told", self.more);
            self.list.push(new(FaultCode::More, file_name, detail));
        }
        Error::UnsoundWheel(self.list)
    }

    /// The codes recorded so far.
    #[cfg(test)]
    pub(crate) fn codes(&self) -> Vec<FaultCode> {
        self.list.iter().map(|fault| fault.code).collect()
    }
}

/// The error for a wheel in which one fault hides all others.
pub(crate) fn fault(code: FaultCode, entry: &str, detail: impl Display) -> Error {
    Error::UnsoundWheel(vec![new(code, entry, detail)])
}

fn new(code: FaultCode, entry: &str, detail: impl Display) -> Fault {
    Fault { code, entry: shorten(entry), detail: shorten(&detail.to_string()) }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(TEXT_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FAULTS_LIMIT, Faults, TEXT_LIMIT};
    use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode};

    #[test]
    fn fault_list_is_truncated_with_count() {
        let mut faults = Faults::default();
        for _ in 0..FAULTS_LIMIT + 7 {
            faults.add(FaultCode::Phantom, &"é".repeat(TEXT_LIMIT + 1), "x");
        }
        let Err(Error::UnsoundWheel(told)) = faults.check("w.whl") else { panic!("it is sound") };
        assert_eq!(told.len(), FAULTS_LIMIT + 1);
        assert_eq!(told[0].entry.chars().count(), TEXT_LIMIT + 1);
        let last = &told[FAULTS_LIMIT];
        assert_eq!((last.code, last.entry.as_str()), (FaultCode::More, "w.whl"));
        assert_eq!(last.detail, "7 more faults are not told");
    }
}

//! Why a component was stopped.

use super::Sandbox;
use super::limits::exceeded;
use crate::error::Error;
use wasmtime::Trap;

/// How much of its last output line is reported, in characters.
const WORDS_LIMIT: usize = 400;

impl Sandbox {
    /// The error that explains why the component was stopped, with its last output line.
    pub(super) fn stopped(&self, error: &wasmtime::Error) -> Error {
        let said = self.stderr.contents();
        let said = String::from_utf8_lossy(&said);
        let last = said.lines().rfind(|line| !line.starts_with("note:") && !line.is_empty());
        let reason = match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => exceeded(self.time_limit + self.time_for_wheels),
            _ => error.root_cause().to_string(),
        };
        // It may be shown on a terminal.
        let last = last.map(|last| last.chars().take(WORDS_LIMIT).flat_map(char::escape_debug));
        let last = last.map(Iterator::collect::<String>);
        Error::Component(last.map_or(reason.clone(), |last| format!("{reason}: {last}")))
    }
}

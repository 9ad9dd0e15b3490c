//! Handles files of a concurrent run that vanish while this run reads them.
//!
//! A run that only reads takes no lock. So another run may remove its stage just after this one has
//! seen it. On Windows, a removed directory stays as long as any process has it open, and cannot be
//! opened again. A moment later it is gone.

use super::{Access, Answer, Instance, Sandbox, State, types};
use crate::error::Error;
use crate::grants::STAGE;
use crate::progress::{Decision, TICK};
use std::thread;
use types::Operation;
use wasmtime::Store;

/// How often to retry.
const RETRIES: u32 = 25;

impl Sandbox {
    /// Calls the component, and retries while a concurrent run is deleting its staging directory. A
    /// call that failed for that reason has changed nothing.
    pub(super) fn call_with_retries<T>(
        &mut self,
        access: &Access,
        mut function: impl FnMut(&Instance, &mut Store<State>) -> wasmtime::Result<Answer<T>>,
    ) -> Result<Answer<T>, Error> {
        for _ in 0..RETRIES {
            let answer = self.call(access.clone(), &mut function)?;
            let is_final = answer.as_ref().err().is_none_or(|error| !may_vanish(error));
            if is_final || self.reporter().ask() == Decision::Cancel {
                return Ok(answer);
            }
            thread::sleep(TICK);
        }
        self.call(access.clone(), function)
    }
}

/// Whether this is a failure to read something in a stage, to create a stage while another one is about to
/// vanish, or to list a directory while an entry was moved out of it.
fn may_vanish(error: &types::Error) -> bool {
    let types::Error::Io(failure) = error else { return false };
    if failure.operation == Operation::List && failure.reason == "no-entry" {
        return true;
    }
    let Some(below) = failure.path.strip_prefix(STAGE) else { return false };
    // What is about to go on Windows, what has gone, and what is being looked at.
    if !["access", "no-entry", "busy"].contains(&failure.reason.as_str()) {
        return false;
    }
    match failure.operation {
        Operation::List | Operation::LookUp | Operation::Read => true,
        // The stage itself, and a place in it: nothing is written before these.
        Operation::Create => below.matches('/').count() <= 1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Operation, may_vanish, types};

    #[test]
    fn stage_read_errors_are_retried_but_not_write_errors() {
        let failed = |path: &str, operation: Operation, reason: &str| {
            types::Error::Io(types::IoFailure {
                role: types::Role::Purelib,
                path: path.to_owned(),
                operation,
                reason: reason.to_owned(),
            })
        };
        let failure = |path: &str, operation: Operation| failed(path, operation, "access");
        assert!(may_vanish(&failure(".ensurepip-host-stage/0", Operation::List)));
        assert!(may_vanish(&failure(".ensurepip-host-stage", Operation::Create)));
        assert!(!may_vanish(&failure(".ensurepip-host-stage/0/new/pip", Operation::Create)));
        assert!(!may_vanish(&failure(".ensurepip-host-stage/0/new/pip/x.py", Operation::Write)));
        assert!(!may_vanish(&failure("pip", Operation::List)));
        assert!(may_vanish(&failed(".", Operation::List, "no-entry")));
        assert!(!may_vanish(&failed("pip/x.py", Operation::Read, "no-entry")));
        assert!(!may_vanish(&types::Error::Cancelled));
    }
}

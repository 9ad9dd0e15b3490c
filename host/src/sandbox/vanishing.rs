//! What another run takes away while this one looks.
//!
//! Nobody holds a lock who only looks. So a run that comes to its end may remove its stage just when
//! it was seen; and on Windows, where a directory stays as long as anybody looks at it, another run
//! may find what is about to go and cannot be opened any more. A moment later it is gone.

use super::{Answer, Authority, Instance, Sandbox, State, types};
use crate::bytecode::Compiler;
use crate::error::Error;
use crate::grants::STAGE;
use crate::progress::{Decision, TICK};
use std::thread;
use wasmtime::Store;

/// How many moments it may take.
const MOMENTS: u32 = 25;

impl Sandbox {
    /// Calls the component, and again as long as it sees what vanishes. It has changed nothing then.
    pub(super) fn call_until_seen<T>(
        &mut self,
        mut authority: Authority,
        mut function: impl FnMut(&Instance, &mut Store<State>) -> wasmtime::Result<Answer<T>>,
    ) -> Result<Answer<T>, Error> {
        for _ in 0..MOMENTS {
            let answer = self.call(authority, &mut function)?;
            let is_seen = answer.as_ref().err().is_none_or(|error| !may_vanish(error));
            if is_seen || self.listener().ask() == Decision::Cancel {
                return Ok(answer);
            }
            authority = self.take_authority();
            // What was brought by then has no answer to wait for.
            authority.compiler.iter_mut().for_each(Compiler::forget);
            thread::sleep(TICK);
        }
        self.call(authority, function)
    }
}

/// Whether it is a failure to see something in a stage, or to make one where another is about to go.
fn may_vanish(error: &types::Error) -> bool {
    let types::Error::Io(failure) = error else { return false };
    let Some(below) = failure.path.strip_prefix(STAGE) else { return false };
    // What is about to go on Windows, what has gone, and what is being looked at.
    if !["access", "no-entry", "busy"].contains(&failure.reason.as_str()) {
        return false;
    }
    match failure.operation.as_str() {
        "list" | "look up" | "read" => true,
        // The stage itself, and a place in it: nothing is written before these.
        "create" => below.matches('/').count() <= 1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{may_vanish, types};

    #[test]
    fn stage_read_errors_are_retried_but_not_write_errors() {
        let failure = |path: &str, operation: &str| {
            types::Error::Io(types::IoFailure {
                role: types::Role::Purelib,
                path: path.to_owned(),
                operation: operation.to_owned(),
                reason: "access".to_owned(),
            })
        };
        assert!(may_vanish(&failure(".ensurepip-host-stage/0", "list")));
        assert!(may_vanish(&failure(".ensurepip-host-stage", "create")));
        assert!(!may_vanish(&failure(".ensurepip-host-stage/0/new/pip", "create")));
        assert!(!may_vanish(&failure(".ensurepip-host-stage/0/new/pip/x.py", "write")));
        assert!(!may_vanish(&failure("pip", "list")));
        assert!(!may_vanish(&types::Error::Cancelled));
    }
}

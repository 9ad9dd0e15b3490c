//! What a caller is told before the work begins and while it goes on.

use std::path::PathBuf;

/// What is about to happen, as an audit hook of Python would be told (PEP 578).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// The event's name: `ensurepip.bootstrap`.
    pub name: &'static str,
    /// Its argument: the root, as it was given; none for this system itself.
    pub root: Option<PathBuf>,
}

/// A step that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The step.
    pub step: Step,
    /// How many files it is about.
    pub files: u32,
}

/// The steps of an installation, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Reading the wheel and checking every digest.
    Check,
    /// Writing its files beside their final names.
    Stage,
    /// Compiling bytecode.
    Compile,
    /// Giving everything its final name.
    Commit,
}

/// The caller's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Proceed,
    /// Undo what was done, and fail with [`Error::Cancelled`](crate::Error::Cancelled).
    Cancel,
}

/// A progress callback.
pub(crate) type OnProgress = Box<dyn FnMut(Progress) -> Decision + Send>;

/// An audit callback.
pub(crate) type OnAudit = Box<dyn FnMut(&AuditEvent) -> Decision + Send>;

//! What a caller is told while the work goes on.

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

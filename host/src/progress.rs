//! The caller's callbacks: the audit event before the work begins, progress while it goes on, and
//! the answers.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The interval of calls while there is no new progress.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// The event that an audit hook of Python would receive before the work (PEP 578).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// The event's name: `ensurepip.bootstrap`.
    pub name: &'static str,
    /// Its argument: the root, as it was given; none for this system itself.
    pub root: Option<PathBuf>,
}

/// The progress of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The step.
    pub step: Step,
    /// How many files the step is about; 0 until that is known.
    pub files: u32,
    /// How many of them are done.
    pub done: u32,
}

/// The steps of an installation, in order. Only images have `Layers`; a removal has no `Stage` and no
/// `Compile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Reading the layers of an image. Its `files` are MiB of compressed layers.
    Layers,
    /// Asking the Python, and reading the wheel and checking every digest.
    Check,
    /// Waiting for another run, which holds the target.
    Wait,
    /// Writing its files beside their final names.
    Stage,
    /// Compiling bytecode.
    Compile,
    /// Renaming everything to its final name. The caller can cancel for the last time when this
    /// begins.
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

/// Reports the progress to the caller, which may end the run; every part of the run that takes time
/// has one.
#[derive(Clone)]
pub(crate) struct Reporter(Arc<Mutex<Conversation>>);

struct Conversation {
    callback: Option<OnProgress>,
    /// The last report.
    told: Progress,
    /// The final answer: the first that cancels, or the one to the beginning of the commit.
    verdict: Option<Decision>,
}

impl Reporter {
    /// Reports to a callback; to nobody if there is none.
    pub(crate) fn new(callback: Option<OnProgress>) -> Reporter {
        let told = Progress { step: Step::Check, files: 0, done: 0 };
        Reporter(Arc::new(Mutex::new(Conversation { callback, told, verdict: None })))
    }

    /// Reports a new position, and returns the answer.
    pub(crate) fn report(&self, progress: Progress) -> Decision {
        self.converse(|told| *told = progress)
    }

    /// Reports that one more file is done.
    pub(crate) fn advance(&self) -> Decision {
        self.converse(|told| told.done = told.done.saturating_add(1))
    }

    /// Asks again without new progress.
    pub(crate) fn ask(&self) -> Decision {
        self.converse(|_| {})
    }

    /// Waits for a message of another thread, and asks meanwhile. None if the caller cancels, or if
    /// there is no sender any more.
    pub(crate) fn wait_for<T>(&self, receiver: &Receiver<T>) -> Option<T> {
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(sent) => return Some(sent),
                Err(RecvTimeoutError::Timeout) if self.ask() == Decision::Proceed => {}
                Err(_) => return None,
            }
        }
    }

    fn converse(&self, change: impl FnOnce(&mut Progress)) -> Decision {
        let mut conversation = self.lock();
        let Conversation { callback, told, verdict } = &mut *conversation;
        change(told);
        let (Some(callback), None | Some(Decision::Proceed)) = (callback, *verdict) else {
            return verdict.unwrap_or(Decision::Proceed);
        };
        let answer = callback(*told);
        if answer == Decision::Cancel || told.step == Step::Commit {
            verdict.get_or_insert(answer);
        }
        verdict.unwrap_or(Decision::Proceed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Conversation> {
        // A callback that panicked leaves this state consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, Progress, Reporter, Step};

    /// The answers of a caller that cancels at some of these steps.
    fn answers(steps: &[Step], refused: &'static [Step]) -> Vec<bool> {
        let reporter = Reporter::new(Some(Box::new(|Progress { step, .. }| {
            if refused.contains(&step) { Decision::Cancel } else { Decision::Proceed }
        })));
        let tell = |step: &Step| reporter.report(Progress { step: *step, files: 0, done: 0 });
        steps.iter().map(|step| tell(step) == Decision::Proceed).collect()
    }

    #[test]
    fn progress_cancelled_once_stays_cancelled() {
        let steps = [Step::Check, Step::Stage, Step::Compile, Step::Commit];
        assert_eq!(answers(&steps, &[Step::Stage]), [true, false, false, false]);
        assert_eq!(answers(&steps, &[Step::Commit]), [true, true, true, false]);
    }

    #[test]
    fn progress_cannot_be_cancelled_after_commit() {
        let steps = [Step::Commit, Step::Stage, Step::Commit];
        assert_eq!(answers(&steps, &[Step::Stage]), [true, true, true]);
    }
}

//! What a caller is told before the work begins and while it goes on, and what it may say to it.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often the caller is asked while there is nothing new to tell.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// What is about to happen, as an audit hook of Python would be told (PEP 578).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// The event's name: `ensurepip.bootstrap`.
    pub name: &'static str,
    /// Its argument: the root, as it was given; none for this system itself.
    pub root: Option<PathBuf>,
}

/// Where the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The step.
    pub step: Step,
    /// How many files it is about; 0 as long as that is not known.
    pub files: u32,
    /// How many of them are done.
    pub done: u32,
}

/// The steps of an installation, in order. A removal has no `Stage` and no `Compile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Asking the Python, and reading the wheel and checking every digest.
    Check,
    /// Waiting for another run, which holds the target.
    Wait,
    /// Writing its files beside their final names.
    Stage,
    /// Compiling bytecode.
    Compile,
    /// Giving everything its final name. When this begins is the last time that the caller may say
    /// no.
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

/// Whoever is told of the progress and may end the run, for all in it that takes time.
#[derive(Clone)]
pub(crate) struct Reporter(Arc<Mutex<Conversation>>);

struct Conversation {
    callback: Option<OnProgress>,
    /// What was told last.
    told: Progress,
    /// The answer that stands: the first that says no, or the one to the beginning of the commit.
    verdict: Option<Decision>,
}

impl Reporter {
    /// The caller, through its callback; nobody if there is none.
    pub(crate) fn new(callback: Option<OnProgress>) -> Reporter {
        let told = Progress { step: Step::Check, files: 0, done: 0 };
        Reporter(Arc::new(Mutex::new(Conversation { callback, told, verdict: None })))
    }

    /// Tells where the work is by now.
    pub(crate) fn report(&self, progress: Progress) -> Decision {
        self.converse(|told| *told = progress)
    }

    /// Tells that one file more is done.
    pub(crate) fn advance(&self) -> Decision {
        self.converse(|told| told.done = told.done.saturating_add(1))
    }

    /// Asks, where there is nothing new.
    pub(crate) fn ask(&self) -> Decision {
        self.converse(|_| {})
    }

    /// Waits for what another thread sends, and asks meanwhile. None if the answer is no, or if
    /// nobody is there to send any more.
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
        // A callback that panicked has left nothing half done here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, Progress, Reporter, Step};

    /// Told these steps by a caller that says no to some of them.
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

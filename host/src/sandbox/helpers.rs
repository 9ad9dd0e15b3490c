//! Other instances, which have read parts of the wheel, and stage what they have of it.
//!
//! They get the directories of the transaction, and nothing else.

use super::{Access, Answer, Failure, Interrupt, Sandbox};
use crate::bindings::exports::ensurepip::bootstrap::installer::{PlacedBytecode, PlacedFile};
use crate::error::Error;
use crate::wheels::Wheel;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

/// What is reported of a thread that has panicked, which none does.
const PANIC: &str = "a thread failed";

/// Instances that can help, and those that do. Whoever has them stage something calls `finish` or `stop`
/// before the transaction goes on or is undone.
#[derive(Default)]
pub(crate) struct Helpers {
    idle: Vec<Sandbox>,
    at_work: Vec<Helper>,
    /// How many files they are to write.
    files: usize,
}

/// How many files an instance has staged.
type Share = Result<Answer<u32>, Error>;

/// The work of an instance.
type Stage = Box<dyn FnOnce() -> Share + Send>;

/// An instance at work.
enum Helper {
    AtWork {
        thread: JoinHandle<Share>,
        interrupt: Interrupt,
    },
    /// It has come to its end: the system has refused a thread.
    Done(Share),
}

impl Helper {
    /// Waits for it.
    fn end(self) -> Share {
        match self {
            Helper::AtWork { thread, .. } => {
                thread.join().unwrap_or_else(|_| Err(Error::Component(PANIC.to_owned())))
            }
            Helper::Done(share) => share,
        }
    }
}

impl Helpers {
    /// Those of some instances that have read parts of this wheel.
    pub(crate) fn new(readers: Vec<Sandbox>, wheel: &Wheel) -> Helpers {
        let idle = readers.into_iter().filter(|reader| reader.holds(wheel)).collect();
        Helpers { idle, at_work: Vec::new(), files: 0 }
    }

    /// How many can be asked for help.
    pub(crate) fn count(&self) -> usize {
        self.idle.len()
    }

    /// What they have kept of these files, in order; none for what none of them has.
    pub(crate) fn read(&mut self, entries: &[u32]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let mut found = vec![None; entries.len()];
        for helper in &mut self.idle {
            for (found, kept) in found.iter_mut().zip(helper.read(entries)?) {
                *found = found.take().or(kept);
            }
        }
        Ok(found)
    }

    /// Has them begin to stage these files, and a share of bytecode each.
    pub(crate) fn stage(
        &mut self,
        files: Vec<PlacedFile>,
        mut bytecode: Vec<PlacedBytecode>,
        access: &Access,
    ) {
        self.files = files.len();
        let files = Arc::new(files);
        let mut left = self.idle.len();
        for mut helper in std::mem::take(&mut self.idle) {
            let share = bytecode.split_off(bytecode.len() - bytecode.len().div_ceil(left));
            left -= 1;
            let (interrupt, files, access) =
                (helper.interrupt(), Arc::clone(&files), access.clone());
            // Its memory goes here as well, while others are at work.
            let stage = move || helper.stage_share(access, &files, &share);
            // Handed over once there is a thread: without one, it is still here.
            let (hand_over, work) = mpsc::channel::<Stage>();
            let thread = thread::Builder::new().spawn(move || match work.recv() {
                Ok(stage) => stage(),
                Err(_) => Err(Error::Component(PANIC.to_owned())),
            });
            self.at_work.push(match thread {
                Ok(thread) => {
                    let _ = hand_over.send(Box::new(stage));
                    Helper::AtWork { thread, interrupt }
                }
                Err(_) => Helper::Done(stage()),
            });
        }
    }

    /// Waits until none has a thread.
    pub(crate) fn settle(&mut self) {
        let at_work = std::mem::take(&mut self.at_work);
        self.at_work = at_work.into_iter().map(|helper| Helper::Done(helper.end())).collect();
    }

    /// Waits for them. Fails if one of them has failed, or if they have not staged all that they were to.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        let shares: Vec<Share> = self.at_work.drain(..).map(Helper::end).collect();
        let mut count = 0;
        for share in shares {
            count += share?.map_err(Failure::Answer)? as usize;
        }
        let files = std::mem::take(&mut self.files);
        if count == files {
            return Ok(());
        }
        let words = format!("{count} of {files} files were staged by others");
        Err(Error::Component(words).into())
    }

    /// Ends them, whatever they are at: what they have staged is about to be removed.
    pub(crate) fn stop(&mut self) {
        for helper in &self.at_work {
            if let Helper::AtWork { interrupt, .. } = helper {
                interrupt.raise();
            }
        }
        for helper in self.at_work.drain(..) {
            let _ = helper.end();
        }
    }
}

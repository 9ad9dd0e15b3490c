//! Helper instances, which have read parts of the wheel and stage those parts.
//!
//! They get the directories of the transaction and nothing else.

use super::{Access, Answer, Failure, Interrupt, Sandbox};
use crate::bindings::exports::ensurepip::bootstrap::installer::{PlacedBytecode, PlacedFile};
use crate::error::Error;
use crate::wheels::Wheel;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

/// Reported for a thread that has panicked, which should never happen.
const PANIC: &str = "a thread failed";

/// Idle and working helper instances. After `stage`, the caller must call `finish` or `stop` before
/// the transaction goes on or is rolled back.
#[derive(Default)]
pub(crate) struct Helpers {
    idle: Vec<Sandbox>,
    at_work: Vec<Helper>,
    /// How many files they have to write.
    files: usize,
}

/// How many files an instance has staged.
type Share = Result<Answer<u32>, Error>;

/// The task of an instance.
type Stage = Box<dyn FnOnce() -> Share + Send>;

/// A working instance.
enum Helper {
    AtWork {
        thread: JoinHandle<Share>,
        interrupt: Interrupt,
    },
    /// It has finished in the calling thread, because the system refused a thread.
    Done(Share),
}

impl Helper {
    /// Waits for the result.
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
    /// Makes helpers of the instances that have read parts of this wheel.
    pub(crate) fn new(readers: Vec<Sandbox>, wheel: &Wheel) -> Helpers {
        let idle = readers.into_iter().filter(|reader| reader.holds(wheel)).collect();
        Helpers { idle, at_work: Vec::new(), files: 0 }
    }

    /// How many are idle.
    pub(crate) fn count(&self) -> usize {
        self.idle.len()
    }

    /// The contents of these files of the wheel, in order; `None` for files that no helper has kept.
    pub(crate) fn read(&mut self, entries: &[u32]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let mut found = vec![None; entries.len()];
        for helper in &mut self.idle {
            for (found, kept) in found.iter_mut().zip(helper.read(0, entries)?) {
                *found = found.take().or(kept);
            }
        }
        Ok(found)
    }

    /// Starts all helpers. Each stages those of these files that it has, and a share of the
    /// bytecode.
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

    /// Waits until no helper has a thread.
    pub(crate) fn settle(&mut self) {
        let at_work = std::mem::take(&mut self.at_work);
        self.at_work = at_work.into_iter().map(|helper| Helper::Done(helper.end())).collect();
    }

    /// Waits for all helpers. Fails if one of them has failed, or if they have not staged all their
    /// files.
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

    /// Stops all helpers at once: the caller is about to remove what they have staged.
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

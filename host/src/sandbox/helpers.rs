//! Other instances, which have read parts of the wheel, and stage what they have of it.
//!
//! They are given the directories that the instance has which asks for it, and nothing else.

use super::{Answer, Authority, Brake, Sandbox};
use crate::bindings::ensurepip::bootstrap::types::{KeptFile, Place};
use crate::bindings::exports::ensurepip::bootstrap::installer::ShareReport;
use crate::bytecode::Compiler;
use crate::error::Error;
use crate::grants::Grant;
use crate::wheels::Wheel;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

/// What is told of a thread that has panicked, which none does.
const PANIC: &str = "a thread failed";

/// Instances that can help, and those that do. They have come to an end when this is dropped.
#[derive(Default)]
pub(crate) struct Helpers {
    idle: Vec<Sandbox>,
    at_work: Vec<Helper>,
    /// How many files they are to write.
    files: usize,
}

/// What an instance has staged.
type Share = Result<Answer<ShareReport>, Error>;

/// The work of an instance.
type Stage = Box<dyn FnOnce() -> Share + Send>;

/// An instance at work.
enum Helper {
    AtWork {
        thread: JoinHandle<Share>,
        brake: Brake,
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
    pub(super) fn count(&self) -> usize {
        self.idle.len()
    }

    /// What they have kept of these files, in order. The error is a clause.
    pub(super) fn kept(&mut self, entries: &[u32]) -> Result<Vec<Vec<u8>>, String> {
        let mut found = vec![None; entries.len()];
        for helper in &mut self.idle {
            let kept = helper.kept(entries).map_err(|error| error.to_string())?;
            for (found, kept) in found.iter_mut().zip(kept) {
                *found = found.take().or(kept);
            }
        }
        found.into_iter().collect::<Option<_>>().ok_or_else(|| "nobody has kept it".to_owned())
    }

    /// Has them stage these files, and bytecode that the compiler has ready for these places.
    pub(super) fn stage(
        &mut self,
        files: Vec<KeptFile>,
        bytecode: &[Vec<Place>],
        grants: &[Grant],
        mut compiler: Option<&mut Compiler>,
    ) -> wasmtime::Result<()> {
        self.files = files.len();
        let files = Arc::new(files);
        let idle = std::mem::take(&mut self.idle);
        let mut shares = bytecode.chunks(bytecode.len().div_ceil(idle.len().max(1)).max(1));
        for mut helper in idle {
            let share = shares.next().unwrap_or_default().to_vec();
            let ready = compiler.as_mut().and_then(|compiler| compiler.hand_over(share.len()));
            if ready.is_none() && !share.is_empty() {
                return Err(wasmtime::Error::msg("it left bytecode to others that there is not"));
            }
            let grants = grants.iter().map(Grant::try_clone).collect::<std::io::Result<_>>()?;
            let authority =
                Authority { grants, writable: true, compiler: ready, ..Authority::default() };
            let (brake, files) = (helper.brake(), Arc::clone(&files));
            // Its memory goes here as well, while others are at work.
            let stage = move || helper.stage_share(authority, &files, &share);
            // Handed over once there is a thread: without one, it is still here.
            let (hand_over, work) = mpsc::channel::<Stage>();
            let thread = thread::Builder::new().spawn(move || match work.recv() {
                Ok(stage) => stage(),
                Err(_) => Err(Error::Component(PANIC.to_owned())),
            });
            self.at_work.push(match thread {
                Ok(thread) => {
                    let _ = hand_over.send(Box::new(stage));
                    Helper::AtWork { thread, brake }
                }
                Err(_) => Helper::Done(stage()),
            });
        }
        Ok(())
    }

    /// Waits until none has a thread.
    pub(super) fn settle(&mut self) {
        let at_work = std::mem::take(&mut self.at_work);
        self.at_work = at_work.into_iter().map(|helper| Helper::Done(helper.end())).collect();
    }

    /// Waits for them. Of each place for bytecode, whether there is a file now.
    pub(super) fn staged(&mut self) -> wasmtime::Result<Answer<Vec<Vec<bool>>>> {
        let (mut files, mut bytecode) = (0, Vec::new());
        let (mut failed, mut stopped) = (None, None);
        // All of them, whatever one has come to.
        for helper in self.at_work.drain(..) {
            match helper.end() {
                Ok(Ok(report)) => {
                    files += report.files as usize;
                    bytecode.extend(report.bytecode);
                }
                Ok(Err(error)) => failed = failed.or(Some(error)),
                Err(error) => stopped = stopped.or(Some(error)),
            }
        }
        // What has stopped one of them stops the one that waits.
        if let Some(error) = stopped {
            return Err(wasmtime::Error::msg(match error {
                Error::Component(words) => words,
                other => other.to_string(),
            }));
        }
        if let Some(error) = failed {
            return Ok(Err(error));
        }
        if files != self.files {
            let detail = format!("{files} of {} files were staged by others", self.files);
            return Err(wasmtime::Error::msg(detail));
        }
        Ok(Ok(bytecode))
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        for helper in &self.at_work {
            if let Helper::AtWork { brake, .. } = helper {
                brake.pull();
            }
        }
        for helper in self.at_work.drain(..) {
            // Nobody wants to know what it has come to.
            let _ = helper.end();
        }
    }
}

//! Loads the component, and checks the most likely wheel, while the target is still unknown.
//!
//! A bundled wheel was checked when the program was built, so that there is only the component to
//! load. For another wheel, several instances of the component, each on its own CPU, read one part
//! of the wheel at a time; one of them judges it. One CPU is left to the thread that inspects the
//! target, which joins in afterwards. If that thread fails, it has not waited for the check.

use crate::bindings::ensurepip::bootstrap::types;
use crate::bindings::exports::ensurepip::bootstrap::installer::{ReadFile, WheelInfo};
use crate::error::Error;
use crate::progress::Reporter;
use crate::sandbox::{Interrupt, Runtime, Sandbox};
use crate::scarcity;
use crate::wheels::Wheel;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, Scope, ScopedJoinHandle};

/// The maximum number of reading instances. What each one holds is briefly in memory twice, and
/// only one of them judges.
const READERS: usize = 4;

/// The number of parts that a wheel is read in: enough that nothing waits long for the last ones.
const PARTS: u32 = 16;

/// The size in bytes from which several instances pay off.
const WORTH_SHARING: u64 = 256 << 10;

/// An instance of the component, with its verdict on the wheel.
type Judged = (Sandbox, Result<WheelInfo, types::Error>);

/// A wheel that was checked.
pub(super) struct Checked {
    /// The instance that has checked the wheel.
    pub(super) sandbox: Sandbox,
    /// Its verdict.
    pub(super) info: Result<WheelInfo, types::Error>,
    /// The instances that have read, and kept, the rest of the files.
    pub(super) readers: Vec<Sandbox>,
}

/// A check that runs in its own threads. It must be finished or stopped before their scope ends.
pub(super) struct EarlyCheck<'scope> {
    check: Arc<Check>,
    /// The wheel that the target will most likely get; none if that is not known.
    wheel: Option<Arc<Wheel>>,
    judge: Judge<'scope>,
    readers: Vec<ScopedJoinHandle<'scope, Result<Option<Sandbox>, Error>>>,
}

/// Who judges the wheel.
enum Judge<'scope> {
    /// The thread that waits for the result: no thread was started, or the system refused one.
    Caller,
    AtWork(ScopedJoinHandle<'scope, Result<Judged, Error>>),
    Done(Box<Result<Judged, Error>>),
}

impl<'scope> EarlyCheck<'scope> {
    /// Starts to load the component, and to check the wheel, unless it is a bundled one or not known.
    pub(super) fn begin(
        scope: &'scope Scope<'scope, '_>,
        runtime: Option<&Runtime>,
        wheel: Option<Arc<Wheel>>,
        reporter: &Reporter,
    ) -> EarlyCheck<'scope> {
        let cpus = scarcity::parallelism();
        let unchecked = wheel.clone().filter(|wheel| !wheel.is_bundled());
        // Of what is not in memory, nothing is kept.
        let is_large = |wheel: &Wheel| wheel.held() >= WORTH_SHARING;
        let is_shared = cpus > 1 && unchecked.as_deref().is_some_and(is_large);
        let (read, from_readers) = mpsc::channel();
        let check = Arc::new(Check {
            runtime: runtime.map_or_else(OnceLock::new, |runtime| Ok(runtime.clone()).into()),
            reporter: reporter.clone(),
            interrupt: Interrupt::default(),
            parts: if is_shared { PARTS } else { 0 },
            taken: AtomicU32::new(0),
            read,
            from_readers: Mutex::new(from_readers),
        });
        let mut early = EarlyCheck { check, wheel, judge: Judge::Caller, readers: Vec::new() };
        if scarcity::is_narrow() {
            return early;
        }
        let Some(wheel) = unchecked else {
            if runtime.is_none() {
                let check = Arc::clone(&early.check);
                let load = move || check.runtime().map(|_| None);
                early.readers.extend(thread::Builder::new().spawn_scoped(scope, load));
            }
            return early;
        };
        let check = &early.check;
        let judge = {
            let (check, wheel) = (Arc::clone(check), Arc::clone(&wheel));
            thread::Builder::new().spawn_scoped(scope, move || {
                let judged = check.judge(&wheel);
                // If it has failed, there is nothing left to read.
                check.taken.store(check.parts, Ordering::Relaxed);
                judged
            })
        };
        let Ok(judge) = judge else { return early };
        // The judge is one of them, and the thread that waits for the end is another.
        let others = 2..if is_shared { READERS.min(cpus) } else { 0 };
        let others = others.map_while(|_| {
            let (check, wheel) = (Arc::clone(check), Arc::clone(&wheel));
            // Where the system refuses one, there are fewer.
            thread::Builder::new().spawn_scoped(scope, move || check.read_along(&wheel)).ok()
        });
        early.readers = others.collect();
        early.judge = Judge::AtWork(judge);
        early
    }

    /// Waits until the check's threads have ended, so that others can start.
    pub(super) fn settle(&mut self) {
        self.judge = self.judged().map_or(Judge::Caller, |judged| Judge::Done(Box::new(judged)));
        for reader in self.readers.drain(..) {
            // The judge reads again what it had read.
            let _ = reader.join();
        }
    }

    /// Waits for the judge. Returns `None` if the caller has to judge.
    fn judged(&mut self) -> Option<Result<Judged, Error>> {
        let judged = match std::mem::replace(&mut self.judge, Judge::Caller) {
            Judge::Caller => return None,
            Judge::AtWork(judge) => judge.join().unwrap_or_else(|_| Err(thread_failed())),
            Judge::Done(judged) => *judged,
        };
        // It takes two threads, and the caller one.
        Some(judged).filter(|judged| !matches!(judged, Err(Error::Thread { .. })))
    }

    /// Returns the component. Waits until it is loaded.
    pub(super) fn runtime(&self) -> Result<Runtime, Error> {
        self.check.runtime().cloned()
    }

    /// The wheel that the target will most likely get.
    pub(super) fn wheel(&self) -> Option<Arc<Wheel>> {
        self.wheel.clone()
    }

    /// What stops the instances of the check.
    pub(super) fn interrupt(&self) -> &Interrupt {
        &self.check.interrupt
    }

    /// Helps to complete the check of this wheel, and returns its result. If no other instance is at
    /// work, the caller's checks it, or a new one.
    pub(super) fn finish(
        &mut self,
        wheel: &Arc<Wheel>,
        instance: Option<Sandbox>,
    ) -> Result<Checked, Error> {
        let own = match self.judge {
            Judge::AtWork(_) => self.check.read_along(wheel),
            Judge::Caller | Judge::Done(_) => Ok(None),
        };
        let judged = self.judged();
        let others = self.readers.drain(..);
        let others = others.map(|reader| reader.join().map_err(|_| thread_failed())?);
        let readers: Result<Vec<_>, Error> = [own].into_iter().chain(others).collect();
        // Where one of them has failed, what it had read has to be read again, by who needs it.
        let readers = readers.unwrap_or_default().into_iter().flatten().collect();
        let (sandbox, info) = judged.unwrap_or_else(|| self.check.judge_alone(wheel, instance))?;
        Ok(Checked { sandbox, info, readers })
    }

    /// Stops the check unless it is finished. Nothing waits for it any more.
    pub(super) fn stop(&self) {
        if let Judge::AtWork(_) = self.judge {
            self.check.interrupt.raise();
        }
    }
}

/// The state that the threads of a check share.
struct Check {
    runtime: OnceLock<Result<Runtime, String>>,
    reporter: Reporter,
    interrupt: Interrupt,
    /// How many parts are read before the judgement, and how many were taken. That counter may run
    /// past the number of parts.
    parts: u32,
    taken: AtomicU32,
    /// Channel for the parts that were read: readers send them, the judge receives them.
    read: Sender<Vec<ReadFile>>,
    from_readers: Mutex<Receiver<Vec<ReadFile>>>,
}

impl Check {
    /// Checks a whole wheel without other instances.
    fn judge_alone(&self, wheel: &Arc<Wheel>, instance: Option<Sandbox>) -> Result<Judged, Error> {
        let _ticking = self.runtime()?.let_time_pass()?;
        let mut sandbox = instance.map_or_else(|| self.sandbox(), Ok)?;
        let info = sandbox.check(wheel, &[], &[])?;
        Ok((sandbox, info))
    }

    /// Reads parts until none is left, then checks the whole wheel.
    fn judge(&self, wheel: &Arc<Wheel>) -> Result<Judged, Error> {
        let runtime = self.runtime()?;
        if self.parts == 0 {
            return self.judge_alone(wheel, None);
        }
        let _ticking = runtime.let_time_pass()?;
        let mut sandbox = self.sandbox()?;
        let mut elsewhere = self.parts;
        while let Some(part) = self.next_part() {
            sandbox.read_part(wheel, (part, self.parts))?;
            elsewhere -= 1;
        }
        let mut files = Vec::new();
        for _ in 0..elsewhere {
            let read = self.from_readers.lock().map_err(|_| thread_failed())?.recv();
            files.extend(read.map_err(|_| thread_failed())?);
        }
        let info = sandbox.check(wheel, &files, &[])?;
        Ok((sandbox, info))
    }

    /// Reads the remaining parts with a new instance, if there are any.
    fn read_along(&self, wheel: &Arc<Wheel>) -> Result<Option<Sandbox>, Error> {
        if !self.runtime()?.has_room() {
            return Ok(None);
        }
        let mut reader = Ok(None);
        while let Some(part) = self.next_part() {
            let read = self.read_by(&mut reader, wheel, part);
            // What could not be read is for the judge to read, and to fail by the same.
            let _ = self.read.send(read.unwrap_or_default());
        }
        reader
    }

    /// Reads a part, with an instance that is created for the first part. Returns `None` once that
    /// instance has failed.
    fn read_by(
        &self,
        reader: &mut Result<Option<Sandbox>, Error>,
        wheel: &Arc<Wheel>,
        part: u32,
    ) -> Option<Vec<ReadFile>> {
        if let Ok(None) = reader {
            *reader = self.sandbox().map(Some);
        }
        let sandbox = reader.as_mut().ok()?.as_mut()?;
        match sandbox.read_part(wheel, (part, self.parts)) {
            Ok(read) => Some(read),
            Err(error) => {
                *reader = Err(error);
                None
            }
        }
    }

    /// Takes the next part.
    fn next_part(&self) -> Option<u32> {
        let part = self.taken.fetch_add(1, Ordering::Relaxed);
        (part < self.parts).then_some(part)
    }

    fn sandbox(&self) -> Result<Sandbox, Error> {
        self.runtime()?.sandbox(self.reporter.clone(), &self.interrupt)
    }

    /// Returns the component. The first caller loads it.
    fn runtime(&self) -> Result<&Runtime, Error> {
        let loaded = self.runtime.get_or_init(|| {
            Runtime::new().map_err(|error| match error {
                Error::Component(words) => words,
                other => other.to_string(),
            })
        });
        loaded.as_ref().map_err(|words| Error::Component(words.clone()))
    }
}

fn thread_failed() -> Error {
    Error::Component("a thread failed".to_owned())
}

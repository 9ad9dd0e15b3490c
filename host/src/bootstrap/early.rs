//! The wheel that the target will most likely get, checked while the target is not known yet.
//!
//! Several instances of the component read a part of it at a time, on as many CPUs, and one of them
//! judges it. One CPU is left to whoever finds the target out, who joins in afterwards: if it turns out
//! that there is nothing to do, nobody has waited for that.

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

/// How many instances read at the most. What each one holds is in memory twice for a moment, and the
/// one that judges does that by itself.
const READERS: usize = 4;

/// In how many parts a wheel is read: so many that the last ones keep nobody waiting for long.
const PARTS: u32 = 16;

/// From how many bytes on a wheel is worth more than one instance.
const WORTH_SHARING: usize = 256 << 10;

/// An instance of the component, with what it says of the wheel.
type Judged = (Sandbox, Result<WheelInfo, types::Error>);

/// A wheel that was checked.
pub(super) struct Checked {
    /// The instance that has checked it.
    pub(super) sandbox: Sandbox,
    /// What it says of it.
    pub(super) info: Result<WheelInfo, types::Error>,
    /// Those that have read, and kept, what that one has not.
    pub(super) readers: Vec<Sandbox>,
}

/// A check under way in threads of its own. Before the scope of these ends, it is finished or stopped.
pub(super) struct EarlyCheck<'scope> {
    check: Arc<Check>,
    judge: Judge<'scope>,
    readers: Vec<ScopedJoinHandle<'scope, Result<Option<Sandbox>, Error>>>,
}

/// Who judges the wheel.
enum Judge<'scope> {
    /// The thread that waits for the end: none was started, or the system refused to start one.
    Caller,
    AtWork(ScopedJoinHandle<'scope, Result<Judged, Error>>),
    Done(Box<Result<Judged, Error>>),
}

impl<'scope> EarlyCheck<'scope> {
    /// Begins it, unless an instance remembers the wheel: then there is next to nothing to do. Loads
    /// the component if it is not at hand.
    pub(super) fn begin(
        scope: &'scope Scope<'scope, '_>,
        runtime: Option<&Runtime>,
        wheel: &Arc<Wheel>,
        reporter: &Reporter,
    ) -> EarlyCheck<'scope> {
        let cpus = scarcity::parallelism();
        let is_shared = cpus > 1 && wheel.bytes.len() >= WORTH_SHARING;
        let (read, from_readers) = mpsc::channel();
        let check = Arc::new(Check {
            runtime: runtime.map_or_else(OnceLock::new, |runtime| Ok(runtime.clone()).into()),
            wheel: Arc::clone(wheel),
            reporter: reporter.clone(),
            interrupt: Interrupt::default(),
            parts: if is_shared { PARTS } else { 0 },
            taken: AtomicU32::new(0),
            read,
            from_readers: Mutex::new(from_readers),
        });
        if runtime.is_some_and(Runtime::has_idle) || scarcity::is_narrow() {
            return EarlyCheck { check, judge: Judge::Caller, readers: Vec::new() };
        }
        let judge = {
            let check = Arc::clone(&check);
            thread::Builder::new().spawn_scoped(scope, move || {
                let judged = check.judge();
                // If it has failed, there is nothing left to read.
                check.taken.store(check.parts, Ordering::Relaxed);
                judged
            })
        };
        let Ok(judge) = judge else {
            return EarlyCheck { check, judge: Judge::Caller, readers: Vec::new() };
        };
        // The judge is one of them, and the thread that waits for the end is another.
        let others = 2..if is_shared { READERS.min(cpus) } else { 0 };
        let others = others.map_while(|_| {
            let check = Arc::clone(&check);
            // Where the system refuses one, there are fewer.
            thread::Builder::new().spawn_scoped(scope, move || check.read_along()).ok()
        });
        let readers = others.collect();
        EarlyCheck { check, judge: Judge::AtWork(judge), readers }
    }

    /// Waits until its threads have ended, so that others can start.
    pub(super) fn settle(&mut self) {
        self.judge = self.judged().map_or(Judge::Caller, |judged| Judge::Done(Box::new(judged)));
        for reader in self.readers.drain(..) {
            // The judge reads again what it had read.
            let _ = reader.join();
        }
    }

    /// Waits for the judge. None if the caller has to judge.
    fn judged(&mut self) -> Option<Result<Judged, Error>> {
        let judged = match std::mem::replace(&mut self.judge, Judge::Caller) {
            Judge::Caller => return None,
            Judge::AtWork(judge) => judge.join().unwrap_or_else(|_| Err(thread_failed())),
            Judge::Done(judged) => *judged,
        };
        // It takes two threads, and the caller one.
        Some(judged).filter(|judged| !matches!(judged, Err(Error::Thread { .. })))
    }

    /// The component. Waits until it is loaded.
    pub(super) fn runtime(&self) -> Result<Runtime, Error> {
        self.check.runtime().cloned()
    }

    /// Helps it to its end.
    pub(super) fn finish(&mut self) -> Result<Checked, Error> {
        let own = match self.judge {
            Judge::AtWork(_) => self.check.read_along(),
            Judge::Caller | Judge::Done(_) => Ok(None),
        };
        let judged = self.judged();
        let others = self.readers.drain(..);
        let others = others.map(|reader| reader.join().map_err(|_| thread_failed())?);
        let readers: Result<Vec<_>, Error> = [own].into_iter().chain(others).collect();
        // Where one of them has failed, what it had read has to be read again, by who needs it.
        let readers = readers.unwrap_or_default().into_iter().flatten().collect();
        let (sandbox, info) = judged.unwrap_or_else(|| self.check.judge_alone())?;
        Ok(Checked { sandbox, info, readers })
    }

    /// Stops it, if it was not finished: nobody waits for it any more.
    pub(super) fn stop(&self) {
        if let Judge::AtWork(_) = self.judge {
            self.check.interrupt.raise();
        }
    }
}

/// What it takes to check a wheel.
struct Check {
    runtime: OnceLock<Result<Runtime, String>>,
    wheel: Arc<Wheel>,
    reporter: Reporter,
    interrupt: Interrupt,
    /// In how many parts it is read before it is judged, and how many of them were taken, or more.
    parts: u32,
    taken: AtomicU32,
    /// Where readers leave each part that they have read, and where the judge finds them.
    read: Sender<Vec<ReadFile>>,
    from_readers: Mutex<Receiver<Vec<ReadFile>>>,
}

impl Check {
    /// Checks all of it, without others.
    fn judge_alone(&self) -> Result<Judged, Error> {
        let runtime = self.runtime()?;
        let _ticking = runtime.let_time_pass()?;
        self.wheel.verify()?;
        let warm = runtime.take_back(self.reporter.clone(), &self.interrupt);
        let mut sandbox = warm.map_or_else(|| self.sandbox(), Ok)?;
        let info = sandbox.check(&self.wheel, &[])?;
        Ok((sandbox, info))
    }

    /// Reads what it gets to read, and checks all of it.
    fn judge(&self) -> Result<Judged, Error> {
        let runtime = self.runtime()?;
        if self.parts == 0 {
            return self.judge_alone();
        }
        let _ticking = runtime.let_time_pass()?;
        self.wheel.verify()?;
        let mut sandbox = self.sandbox()?;
        let mut elsewhere = self.parts;
        while let Some(part) = self.next_part() {
            sandbox.read_part(&self.wheel, (part, self.parts))?;
            elsewhere -= 1;
        }
        let mut files = Vec::new();
        for _ in 0..elsewhere {
            let read = self.from_readers.lock().map_err(|_| thread_failed())?.recv();
            files.extend(read.map_err(|_| thread_failed())?);
        }
        let info = sandbox.check(&self.wheel, &files)?;
        Ok((sandbox, info))
    }

    /// Reads what is left to be read, with an instance more, if anything is.
    fn read_along(&self) -> Result<Option<Sandbox>, Error> {
        if !self.runtime()?.has_room() {
            return Ok(None);
        }
        let mut reader = Ok(None);
        while let Some(part) = self.next_part() {
            let read = self.read_by(&mut reader, part);
            // What could not be read is for the judge to read, and to fail by the same.
            let _ = self.read.send(read.unwrap_or_default());
        }
        reader
    }

    /// Reads a part with an instance that is made for the first. None once that has failed.
    fn read_by(
        &self,
        reader: &mut Result<Option<Sandbox>, Error>,
        part: u32,
    ) -> Option<Vec<ReadFile>> {
        if let Ok(None) = reader {
            *reader = self.sandbox().map(Some);
        }
        let sandbox = reader.as_mut().ok()?.as_mut()?;
        match sandbox.read_part(&self.wheel, (part, self.parts)) {
            Ok(read) => Some(read),
            Err(error) => {
                *reader = Err(error);
                None
            }
        }
    }

    /// The next part that nobody has taken.
    fn next_part(&self) -> Option<u32> {
        let part = self.taken.fetch_add(1, Ordering::Relaxed);
        (part < self.parts).then_some(part)
    }

    fn sandbox(&self) -> Result<Sandbox, Error> {
        self.runtime()?.sandbox(self.reporter.clone(), &self.interrupt)
    }

    /// The component, loaded by whoever needs it first.
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

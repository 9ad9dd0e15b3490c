//! The wheel that the target will most likely get, checked while the target is not known yet.
//!
//! Several instances of the component read a part of it at a time, on as many CPUs, and one of them
//! judges it. One CPU is left to whoever finds the target out, who joins in afterwards: if it turns out
//! that there is nothing to do, nobody has waited for that.

use crate::bindings::ensurepip::bootstrap::types;
use crate::bindings::exports::ensurepip::bootstrap::installer::{ReadFile, WheelInfo};
use crate::error::Error;
use crate::progress::Listener;
use crate::sandbox::{Brake, Runtime, Sandbox};
use crate::wheels::Wheel;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, Scope, ScopedJoinHandle};

/// How many instances read at the most. What each one holds is in memory twice for a moment, and the
/// one that judges does that by itself.
const READERS: usize = 4;

/// In how many parts a wheel is read: so many that the last ones keep nobody waiting for long.
const PARTS: u32 = 16;

/// From how many bytes on a wheel is worth more than one instance.
const WORTH_SHARING: usize = 256 << 10;

/// An instance of the component, with what it says of the wheel.
pub(super) type Checked = (Sandbox, Result<WheelInfo, types::Error>);

/// A check under way in threads of its own. It ends soon after this is dropped.
pub(super) struct EarlyCheck<'scope> {
    check: Arc<Check>,
    judge: Option<ScopedJoinHandle<'scope, Result<Checked, Error>>>,
    /// Where readers leave what they have read; the judge has the other end.
    read: Sender<Vec<ReadFile>>,
}

impl<'scope> EarlyCheck<'scope> {
    /// Begins it, with an instance that remembers the wheel if there is one.
    pub(super) fn begin(
        scope: &'scope Scope<'scope, '_>,
        runtime: &Runtime,
        wheel: &Arc<Wheel>,
        trusted: bool,
        listener: &Listener,
    ) -> EarlyCheck<'scope> {
        let cpus = thread::available_parallelism().map_or(1, NonZero::get);
        let is_shared = cpus > 1 && wheel.bytes.len() >= WORTH_SHARING;
        let check = Arc::new(Check {
            runtime: runtime.clone(),
            wheel: Arc::clone(wheel),
            trusted,
            listener: listener.clone(),
            brake: runtime.brake(),
            parts: if is_shared { PARTS } else { 0 },
            taken: AtomicU32::new(0),
        });
        let (read, from_readers) = mpsc::channel();
        let judge = {
            let check = Arc::clone(&check);
            scope.spawn(move || {
                let judged = check.judge(&from_readers);
                // If it has failed, there is nothing left to read.
                check.taken.store(check.parts, Ordering::Relaxed);
                judged
            })
        };
        // The judge is one of them, and whoever waits for the end is another.
        for _ in 2..if is_shared { READERS.min(cpus) } else { 0 } {
            let (check, read) = (Arc::clone(&check), read.clone());
            scope.spawn(move || check.read_along(&read));
        }
        EarlyCheck { check, judge: Some(judge), read }
    }

    /// Helps it to its end.
    pub(super) fn finish(mut self) -> Result<Checked, Error> {
        self.check.read_along(&self.read);
        let judge = self.judge.take().ok_or_else(thread_failed)?;
        judge.join().map_err(|_| thread_failed())?
    }
}

impl Drop for EarlyCheck<'_> {
    fn drop(&mut self) {
        if self.judge.is_some() {
            self.check.brake.pull();
        }
    }
}

/// What it takes to check a wheel.
struct Check {
    runtime: Runtime,
    wheel: Arc<Wheel>,
    trusted: bool,
    listener: Listener,
    brake: Brake,
    /// In how many parts it is read before it is judged, and how many of them were taken, or more.
    parts: u32,
    taken: AtomicU32,
}

impl Check {
    /// Reads what it gets to read, and checks all of it.
    fn judge(&self, from_readers: &Receiver<Vec<ReadFile>>) -> Result<Checked, Error> {
        self.wheel.verify()?;
        if let Some(mut sandbox) = self.runtime.take_back(self.listener.clone(), &self.brake) {
            self.taken.store(self.parts, Ordering::Relaxed);
            let info = sandbox.check(&self.wheel, self.trusted)?;
            return Ok((sandbox, info));
        }
        let mut sandbox = self.sandbox()?;
        let mut elsewhere = self.parts;
        while let Some(part) = self.next_part() {
            sandbox.read_part(&self.wheel, (part, self.parts), true)?;
            elsewhere -= 1;
        }
        let mut files = Vec::new();
        for _ in 0..elsewhere {
            files.extend(from_readers.recv().map_err(|_| thread_failed())?);
        }
        let info = sandbox.check_with(&self.wheel, self.trusted, &files)?;
        Ok((sandbox, info))
    }

    /// Reads what is left to be read, with an instance more.
    fn read_along(&self, read: &Sender<Vec<ReadFile>>) {
        let mut sandbox = None;
        while let Some(part) = self.next_part() {
            if sandbox.is_none() {
                sandbox = self.sandbox().ok();
            }
            let files = sandbox
                .as_mut()
                .and_then(|sandbox| sandbox.read_part(&self.wheel, (part, self.parts), false).ok());
            // What could not be read is for the judge to read, and to fail by the same.
            let _ = read.send(files.unwrap_or_default());
        }
    }

    /// The next part that nobody has taken.
    fn next_part(&self) -> Option<u32> {
        let part = self.taken.fetch_add(1, Ordering::Relaxed);
        (part < self.parts).then_some(part)
    }

    fn sandbox(&self) -> Result<Sandbox, Error> {
        self.runtime.sandbox(self.listener.clone(), &self.brake)
    }
}

fn thread_failed() -> Error {
    Error::Component("a thread failed".to_owned())
}

//! The wheel that the target will most likely get, checked while the target is not known yet.
//!
//! Several instances of the component read a part of it each, on as many CPUs, and one of them judges
//! it.

use crate::bindings::ensurepip::bootstrap::types;
use crate::bindings::exports::ensurepip::bootstrap::installer::{ReadFile, WheelInfo};
use crate::error::Error;
use crate::progress::Listener;
use crate::sandbox::{Brake, Runtime, Sandbox};
use crate::wheels::Wheel;
use std::num::NonZero;
use std::sync::Arc;
use std::thread::{self, Scope, ScopedJoinHandle};

/// How many instances read at the most. What each one holds is in memory twice for a moment, and the
/// one that judges does that by itself.
const READERS: u32 = 4;

/// From how many bytes on a wheel is worth more than one instance.
const WORTH_SHARING: usize = 256 << 10;

/// An instance of the component, with what it says of the wheel.
pub(super) type Checked = (Sandbox, Result<WheelInfo, types::Error>);

/// A check under way in threads of its own. It ends soon after this is dropped.
pub(super) struct EarlyCheck<'scope> {
    thread: Option<ScopedJoinHandle<'scope, Result<Checked, Error>>>,
    brake: Arc<Brake>,
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
        let brake = Arc::new(runtime.brake());
        let check = Check {
            runtime: runtime.clone(),
            wheel: Arc::clone(wheel),
            listener: listener.clone(),
            brake: Arc::clone(&brake),
        };
        EarlyCheck { thread: Some(scope.spawn(move || check.run(trusted))), brake }
    }

    /// Waits for its end.
    pub(super) fn finish(mut self) -> Result<Checked, Error> {
        self.thread.take().ok_or_else(thread_failed)?.join().map_err(|_| thread_failed())?
    }
}

impl Drop for EarlyCheck<'_> {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.brake.pull();
        }
    }
}

/// What it takes to check a wheel.
struct Check {
    runtime: Runtime,
    wheel: Arc<Wheel>,
    listener: Listener,
    brake: Arc<Brake>,
}

impl Check {
    fn run(&self, trusted: bool) -> Result<Checked, Error> {
        self.wheel.verify()?;
        if let Some(mut sandbox) = self.runtime.take_back(self.listener.clone(), &self.brake) {
            let info = sandbox.check(&self.wheel, trusted)?;
            return Ok((sandbox, info));
        }
        let cpus = thread::available_parallelism().map_or(1, NonZero::get);
        let parts = READERS.min(u32::try_from(cpus).unwrap_or(READERS));
        let mut sandbox = self.sandbox()?;
        let info = if parts == 1 || self.wheel.bytes.len() < WORTH_SHARING {
            sandbox.check(&self.wheel, trusted)?
        } else {
            let files = self.read(&mut sandbox, parts)?;
            sandbox.check_with(&self.wheel, trusted, &files)?
        };
        Ok((sandbox, info))
    }

    /// Reads the wheel in so many parts, the first one with the instance that is to check it. What
    /// the others have read is returned.
    fn read(&self, first: &mut Sandbox, parts: u32) -> Result<Vec<ReadFile>, Error> {
        thread::scope(|scope| {
            let others: Vec<_> = (1..parts)
                .map(|part| {
                    scope
                        .spawn(move || self.sandbox()?.read_part(&self.wheel, (part, parts), false))
                })
                .collect();
            let mut files = first.read_part(&self.wheel, (0, parts), true)?;
            for other in others {
                files.extend(other.join().map_err(|_| thread_failed())??);
            }
            Ok(files)
        })
    }

    fn sandbox(&self) -> Result<Sandbox, Error> {
        self.runtime.sandbox(self.listener.clone(), &self.brake)
    }
}

fn thread_failed() -> Error {
    Error::Component("a thread failed".to_owned())
}

//! A process that a run has started: kept apart from the terminal, and ended with the run.

use crate::platform;
use crate::progress::{Decision, Reporter, TICK};
use crate::scarcity;
use std::fs::File;
use std::io;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::thread;

/// A process. It ends when this is dropped, with all that it has started itself.
///
/// The keys that interrupt or stop what is in the foreground of a terminal do not reach it: it is
/// for the run to say what becomes of it.
pub(crate) struct Process(Child);

impl Process {
    /// Starts a command.
    pub(crate) fn start(command: &mut Command) -> io::Result<Process> {
        platform::keep_apart(command);
        let started = match scarcity::insist(|| command.spawn()) {
            Err(error) if platform::is_forbidden(&error) => {
                platform::start_by_fork(command);
                scarcity::insist(|| command.spawn())
            }
            started => started,
        };
        started.map(Process)
    }

    /// Its standard input and output, once, if they are pipes.
    pub(crate) fn pipes(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        self.0.stdin.take().zip(self.0.stdout.take())
    }

    /// Runs a command that gets nothing to read to its end. None if the caller cancels meanwhile.
    pub(crate) fn output(command: &mut Command, reporter: &Reporter) -> io::Result<Option<Output>> {
        // A pipe without a writer is as empty as the null device, and needs none.
        let empty = File::open(platform::NULL_DEVICE).map_or_else(|_| Stdio::piped(), Stdio::from);
        command.stdin(empty).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::start(command)?;
        drop(process.0.stdin.take());
        let Some((stdout, stderr)) = process.0.stdout.take().zip(process.0.stderr.take()) else {
            return Err(io::Error::other("the process has no pipes"));
        };
        // Both at once, or it could wait for the one to be read while the other is.
        let go_on = || reporter.ask() == Decision::Proceed;
        let Some([stdout, stderr]) = platform::read_both(stdout, stderr, go_on)? else {
            return Ok(None);
        };
        let status = process.0.wait()?;
        if status.code().is_none() {
            // A signal to our process group reaches a process that has just started, too. Ours may
            // be answered a moment later.
            thread::sleep(TICK);
        }
        Ok(go_on().then_some(Output { status, stdout, stderr }))
    }
}

impl Process {
    /// Ends it, and does not wait until it has ended.
    pub(crate) fn end(&mut self) {
        // Once it was waited for, its number may be another's.
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = platform::end(&mut self.0);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
        let _ = self.0.wait();
    }
}

/// Where a process can write what nobody reads: the null device, or our own standard error where
/// there is none, as in a chroot without `/dev`.
pub(crate) fn discarded() -> Stdio {
    match File::options().write(true).open(platform::NULL_DEVICE) {
        Ok(device) => device.into(),
        Err(_) => Stdio::inherit(),
    }
}

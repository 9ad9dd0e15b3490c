//! A process that a run has started: separate from the terminal, and ended with the run.

use crate::platform;
use crate::progress::{Decision, Reporter, TICK};
use crate::scarcity;
use std::fs::File;
use std::io;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::thread;

/// A process. Dropping this ends it, with all processes that it has started.
///
/// The keys that interrupt or stop the foreground of a terminal do not reach it: the run decides
/// about it.
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

    /// Its standard input and output, if they are pipes that were not taken before.
    pub(crate) fn pipes(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        self.0.stdin.take().zip(self.0.stdout.take())
    }

    /// Runs a command with empty input to its end. None if the caller cancels meanwhile.
    pub(crate) fn output(command: &mut Command, reporter: &Reporter) -> io::Result<Option<Output>> {
        // A pipe without a writer is as empty as the null device, and works without that file.
        let empty = File::open(platform::NULL_DEVICE).map_or_else(|_| Stdio::piped(), Stdio::from);
        command.stdin(empty).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::start(command)?;
        drop(process.0.stdin.take());
        let Some((stdout, stderr)) = process.0.stdout.take().zip(process.0.stderr.take()) else {
            return Err(io::Error::other("the process has no pipes"));
        };
        // Both at once: otherwise the process could block writing to one while the other is read.
        let go_on = || reporter.ask() == Decision::Proceed;
        let Some([stdout, stderr]) = platform::read_both(stdout, stderr, go_on)? else {
            return Ok(None);
        };
        let status = process.0.wait()?;
        if status.code().is_none() {
            // A signal to our process group can also reach a process that has just started. Our own
            // handler may run a moment later.
            thread::sleep(TICK);
        }
        Ok(go_on().then_some(Output { status, stdout, stderr }))
    }
}

impl Process {
    /// Ends it, without waiting for its end.
    pub(crate) fn end(&mut self) {
        // Once it was waited for, its number may belong to another process.
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

/// Where a process can discard output: the null device, or our own standard error where that is
/// missing, as in a chroot without `/dev`.
pub(crate) fn discarded() -> Stdio {
    match File::options().write(true).open(platform::NULL_DEVICE) {
        Ok(device) => device.into(),
        Err(_) => Stdio::inherit(),
    }
}

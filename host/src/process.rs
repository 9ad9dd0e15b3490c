//! A process that a run has started: kept apart from the terminal, and ended with the run.

use crate::platform;
use crate::progress::Listener;
use std::io::{self, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
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
        Ok(Process(command.spawn()?))
    }

    /// Its standard input and output, once, if they are pipes.
    pub(crate) fn pipes(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        self.0.stdin.take().zip(self.0.stdout.take())
    }

    /// Runs a command that gets nothing to read to its end. None if the caller cancels meanwhile.
    pub(crate) fn output(command: &mut Command, listener: &Listener) -> io::Result<Option<Output>> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::start(command)?;
        // Both at once, or it could wait for the one to be read while we wait for the other.
        let stdout = gather(process.0.stdout.take());
        let stderr = gather(process.0.stderr.take());
        let (Some(stdout), Some(stderr)) = (listener.wait_for(&stdout), listener.wait_for(&stderr))
        else {
            return Ok(None);
        };
        Ok(Some(Output { status: process.0.wait()?, stdout: stdout?, stderr: stderr? }))
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

/// Reads a pipe to its end, in a thread that nobody has to wait for.
fn gather(pipe: Option<impl Read + Send + 'static>) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes));
        // Whoever has cancelled does not listen any more.
        let _ = sender.send(read.map(|_| bytes));
    });
    receiver
}

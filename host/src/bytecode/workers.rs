//! The interpreters that compile: a process for each CPU, and a thread that speaks with it.

use super::{Bytecode, Invalidation, Source};
use crate::interpreter;
use crate::process::Process;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What the interpreters run.
const COMPILE: &str = include_str!("compile.py");

/// More bytecode than any one source makes, in bytes: an answer that states more is no answer.
const BYTECODE_LIMIT: u64 = 256 << 20;

/// A source with its number.
type Numbered = (usize, Source);

/// The number of a source, and what it came to.
type Answer = (usize, io::Result<Bytecode>);

/// Interpreters at work. They end when this is dropped, whatever they are at: each has a thread, which
/// ends when its process does, so that nobody waits for it.
pub(super) struct Workers {
    invalidation: Invalidation,
    queue: Arc<Queue>,
    sender: Sender<Answer>,
    answers: Receiver<Answer>,
    processes: Vec<Process>,
}

impl Workers {
    /// None at work yet.
    pub(super) fn new(invalidation: Invalidation) -> Workers {
        let (sender, answers) = mpsc::channel();
        Workers { invalidation, queue: Arc::default(), sender, answers, processes: Vec::new() }
    }

    /// How the bytecode that they make knows its source.
    pub(super) fn invalidation(&self) -> Invalidation {
        self.invalidation
    }

    /// What they answer, in no order.
    pub(super) fn answers(&self) -> &Receiver<Answer> {
        &self.answers
    }

    /// Has them compile sources, after those that they have already. More of them are started if
    /// there is enough to do.
    pub(super) fn bring(&mut self, python: &Path, mut sources: Vec<Numbered>) -> io::Result<()> {
        // The largest first: a small one at the end keeps nobody waiting.
        sources.sort_by_key(|(_, source)| source.contents.len());
        let waiting = self.queue.add(sources);
        let cpus = thread::available_parallelism().map_or(1, NonZero::get);
        while self.processes.len() < cpus.min(waiting) {
            let (process, pipes) = start(python, self.invalidation)?;
            self.processes.push(process);
            let (queue, sender) = (Arc::clone(&self.queue), self.sender.clone());
            thread::spawn(move || work(&queue, pipes, &sender));
        }
        Ok(())
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// Sources that no interpreter has yet.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    has_changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// What was brought, the first first; of what was brought at once, the last one is the first.
    sources: VecDeque<Vec<Numbered>>,
    is_closed: bool,
}

impl Queue {
    /// Adds sources, and tells how many wait now.
    fn add(&self, sources: Vec<Numbered>) -> usize {
        let mut waiting = self.lock();
        waiting.sources.push_back(sources);
        self.has_changed.notify_all();
        waiting.sources.iter().map(Vec::len).sum()
    }

    /// Waits for the next one; none when there will be no more.
    fn next(&self) -> Option<Numbered> {
        let mut waiting = self.lock();
        while !waiting.is_closed {
            match waiting.sources.front_mut().map(Vec::pop) {
                Some(Some(source)) => return Some(source),
                Some(None) => {
                    waiting.sources.pop_front();
                }
                None => {
                    let woken = self.has_changed.wait(waiting);
                    waiting = woken.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
        None
    }

    fn close(&self) {
        self.lock().is_closed = true;
        self.has_changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has one interpreter compile what there is, until nobody listens.
fn work(queue: &Queue, mut pipes: Pipes, sender: &Sender<Answer>) {
    while let Some((number, source)) = queue.next() {
        if sender.send((number, pipes.compile(&source))).is_err() {
            break;
        }
    }
}

/// What goes to an interpreter and what comes from it.
struct Pipes {
    requests: ChildStdin,
    answers: ChildStdout,
}

/// Starts an interpreter. It has no file open but its pipes, and can go at any time.
fn start(python: &Path, invalidation: Invalidation) -> io::Result<(Process, Pipes)> {
    let mut command = interpreter::repeatable(python);
    command.args(["-S", "-c", COMPILE, invalidation.name()]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = Process::start(&mut command)?;
    let missing = || io::Error::other("the interpreter has no pipes");
    let (requests, answers) = process.pipes().ok_or_else(missing)?;
    Ok((process, Pipes { requests, answers }))
}

impl Pipes {
    fn compile(&mut self, source: &Source) -> io::Result<Bytecode> {
        let Pipes { requests, answers } = self;
        let sizes = [source.path.len() as u64, source.contents.len() as u64, source.modified];
        let header: Vec<u8> = sizes.iter().flat_map(|number| number.to_le_bytes()).collect();
        requests.write_all(&[&header, source.path.as_bytes(), &source.contents].concat())?;
        requests.flush()?;
        let mut size = [0; 8];
        answers.read_exact(&mut size)?;
        match u64::from_le_bytes(size) {
            u64::MAX => Ok(None),
            size if size > BYTECODE_LIMIT => Err(io::Error::other("its answer is malformed")),
            size => {
                let mut bytecode = Vec::new();
                answers.take(size).read_to_end(&mut bytecode)?;
                if bytecode.len() as u64 != size {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(Some(bytecode))
            }
        }
    }
}

//! The interpreters that compile: a process for each CPU, and a thread that communicates with it.

use super::{Bytecode, Invalidation, Source};
use crate::interpreter;
use crate::process::{self, Process};
use crate::scarcity;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// The script that the interpreters run.
pub(super) const COMPILE: &str = include_str!("compile.py");

/// An upper bound for the bytecode of one source, in bytes. An answer that states more is
/// malformed.
const BYTECODE_LIMIT: u64 = 256 << 20;

/// How many bytes are allocated for an answer before it arrives.
const BYTECODE_ROOM: u64 = 1 << 20;

/// A source with its number.
type Numbered = (usize, Source);

/// Numbers of sources, with their results.
type Results = Vec<(usize, io::Result<Bytecode>)>;

/// How many answers are passed on at once: waking the receiver takes time, too.
const AT_ONCE: usize = 8;

/// Running interpreters. They are stopped when this is dropped. Each has a thread, which ends when
/// its process does. If the system refuses processes or threads, there are fewer; if there are
/// none, the caller has to compile.
pub(super) struct Workers {
    python: PathBuf,
    invalidation: Invalidation,
    queue: Arc<Queue>,
    sender: Sender<Results>,
    answers: Receiver<Results>,
    processes: Vec<Process>,
    /// Whether no more are to be started: the system has refused one, or would.
    is_refused: bool,
}

impl Workers {
    /// Starts with none running.
    pub(super) fn new(python: PathBuf, invalidation: Invalidation) -> Workers {
        let (sender, answers) = mpsc::channel();
        Workers {
            python,
            invalidation,
            queue: Arc::default(),
            sender,
            answers,
            processes: Vec::new(),
            is_refused: scarcity::is_narrow(),
        }
    }

    /// The interpreter.
    pub(super) fn python(&self) -> &Path {
        &self.python
    }

    /// How their bytecode is validated against its source.
    pub(super) fn invalidation(&self) -> Invalidation {
        self.invalidation
    }

    /// The channel of their answers, in no particular order.
    pub(super) fn answers(&self) -> &Receiver<Results> {
        &self.answers
    }

    /// Whether any are running.
    pub(super) fn any(&self) -> bool {
        !self.processes.is_empty()
    }

    /// Queues sources for compilation. Starts more interpreters if there is enough work, as far as
    /// the system allows.
    pub(super) fn bring(&mut self, mut sources: Vec<Numbered>) -> io::Result<()> {
        // The largest first: a small one at the end keeps nobody waiting.
        sources.sort_by_key(|(_, source)| source.contents.len());
        let waiting = self.queue.add(sources);
        let cpus = scarcity::parallelism();
        while !self.is_refused && self.processes.len() < cpus.min(waiting) {
            match self.add() {
                Ok(()) => {}
                Err(error) if self.any() || scarcity::is_refusal(&error) => {
                    tracing::debug!(%error, workers = self.processes.len(), "there are no more");
                    self.is_refused = true;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Starts one more interpreter.
    fn add(&mut self) -> io::Result<()> {
        let (process, pipes) = start(&self.python, self.invalidation)?;
        let (queue, sender) = (Arc::clone(&self.queue), self.sender.clone());
        thread::Builder::new().spawn(move || work(&queue, pipes, &sender))?;
        self.processes.push(process);
        Ok(())
    }

    /// Compiles all queued sources in the calling thread, with an interpreter that ends afterwards.
    pub(super) fn compile_here(&self) -> io::Result<Results> {
        let (_process, mut pipes) = start(&self.python, self.invalidation)?;
        let sources = std::iter::from_fn(|| self.queue.next_if_any());
        Ok(sources.map(|(number, source)| (number, pipes.compile(&source))).collect())
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.queue.close();
        let mut processes = std::mem::take(&mut self.processes);
        processes.iter_mut().for_each(Process::end);
        // It takes milliseconds until the system has their memory back. Nobody has to wait for that, if
        // there can be a thread that does.
        let _ = thread::Builder::new().spawn(move || drop(processes));
    }
}

/// Sources that no interpreter has taken yet.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    has_changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// Groups of sources, in the order of their arrival. Each group is taken from its end.
    sources: VecDeque<Vec<Numbered>>,
    is_closed: bool,
}

impl Waiting {
    /// Takes the next source. Returns `None` if there is none for now, or if the queue is closed.
    fn next(&mut self) -> Option<Numbered> {
        while !self.is_closed {
            match self.sources.front_mut()?.pop() {
                Some(source) => return Some(source),
                None => drop(self.sources.pop_front()),
            }
        }
        None
    }
}

impl Queue {
    /// Adds sources. Returns how many are queued now.
    fn add(&self, sources: Vec<Numbered>) -> usize {
        let mut waiting = self.lock();
        waiting.sources.push_back(sources);
        self.has_changed.notify_all();
        waiting.sources.iter().map(Vec::len).sum()
    }

    /// Takes the next source. Returns `None` if there is none for now.
    fn next_if_any(&self) -> Option<Numbered> {
        self.lock().next()
    }

    /// Waits for the next source. Returns `None` when the queue is closed.
    fn next(&self) -> Option<Numbered> {
        let mut waiting = self.lock();
        loop {
            let next = waiting.next();
            if next.is_some() || waiting.is_closed {
                return next;
            }
            let woken = self.has_changed.wait(waiting);
            waiting = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        self.lock().is_closed = true;
        self.has_changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compiles sources with one interpreter until the receiver is gone.
fn work(queue: &Queue, mut pipes: Pipes, sender: &Sender<Results>) {
    let mut answers = Vec::new();
    loop {
        let source = if answers.len() < AT_ONCE { queue.next_if_any() } else { None };
        if let Some((number, source)) = source {
            answers.push((number, pipes.compile(&source)));
            continue;
        }
        // What there is by now is passed on before anything is waited for.
        if sender.send(std::mem::take(&mut answers)).is_err() {
            break;
        }
        let Some((number, source)) = queue.next() else { break };
        answers.push((number, pipes.compile(&source)));
    }
}

/// The pipes to and from an interpreter.
struct Pipes {
    requests: ChildStdin,
    answers: ChildStdout,
}

/// Starts an interpreter. It has no open files except its pipes, and can be killed at any time.
fn start(python: &Path, invalidation: Invalidation) -> io::Result<(Process, Pipes)> {
    let mut command = interpreter::repeatable(python);
    command.args(["-S", "-c", COMPILE, invalidation.name()]);
    if scarcity::has_little_stack() {
        command.arg("own-stack");
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(process::discarded());
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
                let room = size.min(BYTECODE_ROOM);
                let mut bytecode = Vec::with_capacity(usize::try_from(room).unwrap_or_default());
                answers.take(size).read_to_end(&mut bytecode)?;
                if bytecode.len() as u64 != size {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(Some(bytecode))
            }
        }
    }
}

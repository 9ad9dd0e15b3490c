//! Compiling bytecode, with the target's own interpreter, on all cores.
//!
//! The interpreters get sources and give bytecode through pipes. They open no file of the target,
//! so what is compiled is what was checked, and the recorded path is the final one wherever the
//! source lies now.

mod cache;

pub(crate) use cache::Cache;

use crate::interpreter;
use crate::process::Process;
use crate::progress::{Decision, Listener};
use std::io::{self, Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, mpsc};
use std::thread;

/// What the interpreters run.
const COMPILE: &str = include_str!("bytecode/compile.py");

/// More bytecode than any one source makes, in bytes: an answer that states more is no answer.
const BYTECODE_LIMIT: u64 = 256 << 20;

/// A source to compile.
pub(crate) struct Source {
    /// The path to record.
    pub(crate) path: String,
    /// Its modification time, in seconds since 1970.
    pub(crate) modified: u64,
    pub(crate) contents: Vec<u8>,
}

/// How bytecode knows its source (PEP 552).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Invalidation {
    Timestamp,
    CheckedHash,
}

impl Invalidation {
    /// Its name, as interpreters are told it.
    fn name(self) -> &'static str {
        match self {
            Invalidation::Timestamp => "timestamp",
            Invalidation::CheckedHash => "checked-hash",
        }
    }
}

/// A Python that compiles, in as many processes as there are CPUs. They start with the first sources
/// that are not known yet, and end with this.
pub(crate) struct Compiler {
    python: PathBuf,
    idle: Vec<Worker>,
    cache: Option<Cache>,
}

impl Compiler {
    /// One that uses this interpreter, and what it has compiled before.
    pub(crate) fn new(python: PathBuf, cache: Option<Cache>) -> Compiler {
        Compiler { python, idle: Vec::new(), cache }
    }

    /// What it has compiled before.
    pub(crate) fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    /// Compiles sources, in order; none stands for one that is not valid in this Python. The error
    /// is a clause for people.
    pub(crate) fn compile(
        &mut self,
        sources: &[Source],
        invalidation: Invalidation,
        listener: &Listener,
    ) -> Result<Vec<Option<Vec<u8>>>, String> {
        let key = self.cache.as_ref().map(|cache| cache.key(sources, invalidation));
        if let (Some(cache), Some(key)) = (&self.cache, &key)
            && let Some(known) = cache.get(key, sources.len())
        {
            tracing::debug!(sources = sources.len(), "the bytecode is known");
            return Ok(known);
        }
        let compiled = self.run(sources, invalidation, listener)?;
        if let (Some(cache), Some(key)) = (&self.cache, &key) {
            cache.put(key, &compiled);
        }
        Ok(compiled)
    }

    /// Has interpreters compile sources.
    fn run(
        &mut self,
        sources: &[Source],
        invalidation: Invalidation,
        listener: &Listener,
    ) -> Result<Vec<Option<Vec<u8>>>, String> {
        let count = thread::available_parallelism().map_or(1, NonZero::get).min(sources.len());
        // The largest first: a small one at the end keeps nobody waiting.
        let mut order: Vec<usize> = (0..sources.len()).collect();
        order.sort_by_key(|index| sources[*index].contents.len());
        let queue = Mutex::new(order);
        let mut idle = std::mem::take(&mut self.idle);
        idle.retain(|worker| worker.invalidation == invalidation);
        let failed = |error: io::Error| format!("`{}`: {error}", self.python.display());
        let mut compiled = vec![None; sources.len()];
        // Each worker has a thread, which ends when its process does. So whoever leaves this early,
        // and drops the processes by that, does not wait for what they are at.
        let worked = thread::scope(|scope| {
            let (sender, answers) = mpsc::channel();
            let mut working = Vec::with_capacity(count);
            for _ in 0..count {
                let started =
                    idle.pop().map_or_else(|| Worker::start(&self.python, invalidation), Ok);
                let Worker { process, mut pipes, .. } = started.map_err(failed)?;
                let (sender, queue) = (sender.clone(), &queue);
                let thread = scope.spawn(move || {
                    while let Some(index) = queue.lock().ok().and_then(|mut queue| queue.pop()) {
                        if sender.send((index, pipes.compile(&sources[index]))).is_err() {
                            break;
                        }
                    }
                    pipes
                });
                working.push((process, thread));
            }
            drop(sender);
            for _ in sources {
                let given_up = || "it was given up".to_owned();
                let (index, bytecode) = listener.wait_for(&answers).ok_or_else(given_up)?;
                compiled[index] = bytecode.map_err(failed)?;
                if listener.advance() == Decision::Cancel {
                    return Err(given_up());
                }
            }
            let worked = working.into_iter().map(|(process, thread)| {
                let pipes = thread.join().map_err(|_| "a thread failed".to_owned())?;
                Ok(Worker { process, pipes, invalidation })
            });
            worked.collect::<Result<Vec<_>, String>>()
        })?;
        self.idle.extend(idle.into_iter().chain(worked));
        Ok(compiled)
    }
}

/// An interpreter that compiles what it is sent.
struct Worker {
    /// All that it was asked for has been answered, and it has no file open: it can go at any time.
    process: Process,
    pipes: Pipes,
    invalidation: Invalidation,
}

/// What goes to an interpreter and what comes from it.
struct Pipes {
    requests: ChildStdin,
    answers: ChildStdout,
}

impl Worker {
    fn start(python: &Path, invalidation: Invalidation) -> io::Result<Worker> {
        let mut command = interpreter::repeatable(python);
        command.args(["-S", "-c", COMPILE, invalidation.name()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Process::start(&mut command)?;
        let missing = || io::Error::other("the interpreter has no pipes");
        let (requests, answers) = process.pipes().ok_or_else(missing)?;
        Ok(Worker { process, pipes: Pipes { requests, answers }, invalidation })
    }
}

impl Pipes {
    fn compile(&mut self, source: &Source) -> io::Result<Option<Vec<u8>>> {
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

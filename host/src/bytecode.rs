//! Compiling bytecode, with the target's own interpreter, on all cores.
//!
//! The interpreters get sources and give bytecode through pipes. They open no file of the target,
//! so what is compiled is what was checked, and the recorded path is the final one wherever the
//! source lies now.

use crate::interpreter;
use std::io::{self, Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Mutex;
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

/// A Python that compiles, in as many processes as there are CPUs. They start with the first sources
/// and end with this.
pub(crate) struct Compiler {
    python: PathBuf,
    idle: Vec<Worker>,
}

impl Compiler {
    /// One that uses this interpreter.
    pub(crate) fn new(python: PathBuf) -> Compiler {
        Compiler { python, idle: Vec::new() }
    }

    /// Compiles sources, in order; none stands for one that is not valid in this Python. The error
    /// is a clause for people.
    pub(crate) fn compile(
        &mut self,
        sources: &[Source],
        invalidation: Invalidation,
    ) -> Result<Vec<Option<Vec<u8>>>, String> {
        let workers = thread::available_parallelism().map_or(1, NonZero::get).min(sources.len());
        // The largest first: a small one at the end keeps nobody waiting.
        let mut order: Vec<usize> = (0..sources.len()).collect();
        order.sort_by_key(|index| sources[*index].contents.len());
        let queue = Mutex::new(order);
        let python = &self.python;
        self.idle.retain(|worker| worker.invalidation == invalidation);
        let idle = Mutex::new(std::mem::take(&mut self.idle));
        let failed = || io::Error::other("a worker failed");
        let work = || -> io::Result<(Worker, Vec<Answer>)> {
            let started = idle.lock().map_err(|_| failed())?.pop();
            let mut worker = match started {
                Some(worker) => worker,
                None => Worker::start(python, invalidation)?,
            };
            let mut done = Vec::new();
            loop {
                let next = queue.lock().map_err(|_| failed())?.pop();
                let Some(index) = next else { break };
                done.push((index, worker.compile(&sources[index])?));
            }
            Ok((worker, done))
        };
        let results = thread::scope(|scope| {
            let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
        });
        let mut compiled = vec![None; sources.len()];
        for result in results {
            let done = result.map_err(|_| "a worker failed".to_owned())?;
            let (worker, done) =
                done.map_err(|error| format!("`{}`: {error}", self.python.display()))?;
            self.idle.push(worker);
            for (index, bytecode) in done {
                compiled[index] = bytecode;
            }
        }
        Ok(compiled)
    }
}

/// The bytecode of the source of this index.
type Answer = (usize, Option<Vec<u8>>);

/// An interpreter that compiles what it is sent.
struct Worker {
    process: Child,
    invalidation: Invalidation,
}

impl Worker {
    fn start(python: &Path, invalidation: Invalidation) -> io::Result<Worker> {
        let argument = match invalidation {
            Invalidation::Timestamp => "timestamp",
            Invalidation::CheckedHash => "checked-hash",
        };
        let process = interpreter::repeatable(python)
            .args(["-S", "-c", COMPILE, argument])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Worker { process, invalidation })
    }

    fn compile(&mut self, source: &Source) -> io::Result<Option<Vec<u8>>> {
        let (Some(requests), Some(answers)) = (&mut self.process.stdin, &mut self.process.stdout)
        else {
            return Err(io::Error::other("the interpreter has no pipes"));
        };
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

impl Drop for Worker {
    /// Leaves no process behind, and no zombie. All that it was asked for has been answered, and it
    /// has no file open.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

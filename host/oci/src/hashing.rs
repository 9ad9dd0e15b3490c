//! A buffered reader that hashes what is read through it, on a thread of its own if the system has one
//! to spare.

use crate::digest::{Digest, Hasher};
use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Reads through a buffer, and computes a digest of everything.
pub(crate) struct Hashing<R> {
    inner: R,
    buffer: Vec<u8>,
    filled: usize,
    position: usize,
    hashed: Hashed,
}

/// Where the digest is computed.
enum Hashed {
    Here(Hasher),
    Elsewhere(Worker),
}

/// A thread, to which buffers go filled, and from which they return.
struct Worker {
    filled: SyncSender<(Vec<u8>, usize)>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Hasher>,
}

impl<R: Read> Hashing<R> {
    /// Computes a digest of the algorithm that this one has.
    pub(crate) fn new(inner: R, expected: &Digest) -> Hashing<R> {
        let hashed = match Worker::start(expected.hasher()) {
            Ok(worker) => Hashed::Elsewhere(worker),
            // The system allows no more threads.
            Err(_) => Hashed::Here(expected.hasher()),
        };
        Hashing { inner, buffer: vec![0; BUFFER], filled: 0, position: 0, hashed }
    }

    /// Reads what is left, and returns the digest of everything.
    pub(crate) fn finish(mut self) -> io::Result<Digest> {
        loop {
            let available = match self.fill_buf() {
                Ok(available) => available.len(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available == 0 {
                break;
            }
            self.consume(available);
        }
        let hasher = match self.hashed {
            Hashed::Here(hasher) => hasher,
            Hashed::Elsewhere(Worker { filled, thread, .. }) => {
                drop(filled);
                thread.join().map_err(|_| ended())?
            }
        };
        Ok(hasher.finish())
    }

    /// Passes the bytes that were read on to the hasher.
    fn hash(&mut self) -> io::Result<()> {
        let filled = std::mem::take(&mut self.filled);
        self.position = 0;
        match &mut self.hashed {
            _ if filled == 0 => {}
            Hashed::Here(hasher) => hasher.update(&self.buffer[..filled]),
            Hashed::Elsewhere(Worker { filled: sender, empty, .. }) => {
                let next = empty.try_recv().unwrap_or_else(|_| vec![0; BUFFER]);
                let full = std::mem::replace(&mut self.buffer, next);
                sender.send((full, filled)).map_err(|_| ended())?;
            }
        }
        Ok(())
    }
}

impl<R: Read> BufRead for Hashing<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position == self.filled {
            self.hash()?;
            self.filled = self.inner.read(&mut self.buffer)?;
        }
        Ok(&self.buffer[self.position..self.filled])
    }

    fn consume(&mut self, amount: usize) {
        self.position = (self.position + amount).min(self.filled);
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl Worker {
    fn start(mut hasher: Hasher) -> io::Result<Worker> {
        let (filled, received) = sync_channel::<(Vec<u8>, usize)>(WAITING);
        let (returned, empty) = sync_channel(WAITING);
        let thread = Builder::new().name("layer digest".to_owned()).spawn(move || {
            for (buffer, length) in received {
                hasher.update(&buffer[..length]);
                // The reader may be gone, or have enough of them.
                drop(returned.try_send(buffer));
            }
            hasher
        })?;
        Ok(Worker { filled, empty, thread })
    }
}

fn ended() -> io::Error {
    io::Error::other("the thread that computes a digest has ended")
}

/// How much is read at a time.
const BUFFER: usize = 128 * 1024;

/// How many buffers wait for the hasher, and for the reader.
const WAITING: usize = 4;

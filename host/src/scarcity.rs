//! Threads, processes, open files and memory that the system refuses.

use crate::error::Error;
use crate::platform;
use std::hint;
use std::io;
use std::num::NonZero;
use std::thread;
use std::time::Duration;

/// A thread or a process still counts for some moments after its end.
const PAUSE: Duration = Duration::from_millis(5);
const PAUSES: usize = 20;

/// The open files, and the bytes of address space, that are enough for several instances of the component
/// and several interpreters. A thread may take 64 MiB of address space for its allocations.
const MANY_FILES: u64 = 64;
const MANY_ADDRESSES: u64 = 1 << 30;

/// The bytes of stack that are enough for an interpreter to compile.
const MUCH_STACK: u64 = 1 << 20;

/// Whether the error means a temporary shortage.
pub(crate) fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory)
        || platform::has_too_many_files(error)
        || platform::is_forbidden(error)
}

/// Retries for some moments until the system grants a start. A forbidden start fails at once.
pub(crate) fn insist<T>(mut start: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..PAUSES {
        match start() {
            Err(error) if is_refusal(&error) && !platform::is_forbidden(&error) => {
                thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
    start()
}

/// How many threads may work at the same time: one for each CPU, or only the current one where the limits
/// of the process are narrow.
pub(crate) fn parallelism() -> usize {
    if is_narrow() { 1 } else { thread::available_parallelism().map_or(1, NonZero::get) }
}

/// Whether the limits of the process are so narrow that one thread has to do everything.
pub(crate) fn is_narrow() -> bool {
    let limits = platform::limits();
    limits.files < MANY_FILES || limits.addresses < MANY_ADDRESSES
}

/// Whether a main thread has less stack than compiling takes.
pub(crate) fn has_little_stack() -> bool {
    platform::limits().stack < MUCH_STACK
}

/// The memory that an installation takes after planning, and that each of its threads takes, in MiB.
const MEMORY: usize = 8;
const MEMORY_OF_THREAD: usize = 2;

/// Checks that the system grants the memory for an installation. The memory is not touched, so this
/// takes none of it.
///
/// # Errors
///
/// Fails with [`Error::Memory`].
pub(crate) fn check_memory() -> Result<(), Error> {
    let needed = MEMORY + MEMORY_OF_THREAD * parallelism();
    let mut room = Vec::<u8>::new();
    room.try_reserve_exact(needed << 20).map_err(|_| Error::Memory { needed })?;
    // Otherwise the compiler may remove the unused allocation.
    hint::black_box(room);
    Ok(())
}

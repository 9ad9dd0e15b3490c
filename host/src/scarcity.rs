//! Threads, processes, open files and memory that the system refuses.

use crate::error::Error;
use crate::platform;
use std::hint;
use std::io;
use std::num::NonZero;
use std::thread;
use std::time::Duration;

/// A thread or a process that has ended counts for some moments more.
const PAUSE: Duration = Duration::from_millis(5);
const PAUSES: usize = 20;

/// How many open files, and how many bytes of addresses, are enough for several instances of the component
/// and several interpreters. A thread may take 64 MiB of addresses for what it allocates.
const MANY_FILES: u64 = 64;
const MANY_ADDRESSES: u64 = 1 << 30;

/// How many bytes of stack are enough for an interpreter to compile.
const MUCH_STACK: u64 = 1 << 20;

/// Whether the system has refused what it would grant at another time.
pub(crate) fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory)
        || platform::has_too_many_files(error)
        || platform::is_forbidden(error)
}

/// Tries to start something until the system grants it, for some moments. What is forbidden stays so.
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

/// How many threads may work at the same time: one for each CPU, or only the one that there is, where the
/// limits of the process are narrow.
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

/// How much memory an installation takes once everything is planned, and each of its threads, in MiB.
const MEMORY: usize = 8;
const MEMORY_OF_THREAD: usize = 2;

/// Checks that the system grants the memory for an installation. It is not used, so that this takes none
/// of it.
///
/// # Errors
///
/// Fails with [`Error::Memory`].
pub(crate) fn check_memory() -> Result<(), Error> {
    let needed = MEMORY + MEMORY_OF_THREAD * parallelism();
    let mut room = Vec::<u8>::new();
    room.try_reserve_exact(needed << 20).map_err(|_| Error::Memory { needed })?;
    // Otherwise the compiler may leave out what nobody looks at.
    hint::black_box(room);
    Ok(())
}

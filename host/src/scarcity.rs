//! Threads, processes and open files that the system refuses, because a limit is reached or memory is
//! short.

use crate::platform;
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
    let (files, addresses) = platform::limits();
    files.is_some_and(|files| files < MANY_FILES)
        || addresses.is_some_and(|addresses| addresses < MANY_ADDRESSES)
}

//! Threads, processes and open files that the system refuses, because a limit is reached or memory is
//! short.

use crate::platform;
use std::io;
use std::thread;
use std::time::Duration;

/// A thread or a process that has ended counts for some moments more.
const PAUSE: Duration = Duration::from_millis(5);
const PAUSES: usize = 20;

/// How many open files are enough for several instances of the component.
const MANY_FILES: u64 = 64;

/// Whether the system has refused what it would grant at another time.
pub(crate) fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory)
        || platform::has_too_many_files(error)
}

/// Tries to start something until the system grants it, for some moments.
pub(crate) fn insist<T>(mut start: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..PAUSES {
        match start() {
            Err(error) if is_refusal(&error) => thread::sleep(PAUSE),
            done => return done,
        }
    }
    start()
}

/// Whether the process may have files enough for several instances of the component.
pub(crate) fn has_room_for_files() -> bool {
    platform::open_files_limit().is_none_or(|limit| limit >= MANY_FILES)
}

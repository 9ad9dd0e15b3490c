//! What the program is left by its parent, made fit for it: signals, open files and the stack.
//!
//! A library must not do this: all of it is about the whole process.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use rustix::fs::Mode;
use rustix::process::umask;
use signal_hook::consts::{SIGCHLD, SIGXFSZ};
use signal_hook::flag;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

/// How many open files are enough for all threads that there can be.
const OPEN_FILES: u64 = 256;

/// How much stack the program needs, in bytes, and how much it gets where it has less.
const STACK: u64 = 1 << 20;
const OWN_STACK: usize = 8 << 20;

/// Runs the program where it has what it needs, as far as the system grants it.
pub(crate) fn prepare(program: fn() -> ExitCode) -> ExitCode {
    // A write beyond the limit on file sizes is to fail, and not to end the program; and where SIGCHLD
    // is ignored, there is no way to wait for a process. Handlers, other than dispositions, are not
    // inherited.
    for signal in [SIGXFSZ, SIGCHLD] {
        let _ = flag::register(signal, Arc::new(AtomicBool::new(false)));
    }
    // Directories without any rights for their owner could not be filled.
    umask(umask(Mode::RWXU) - Mode::RWXU);
    // A container can forbid both questions.
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < OPEN_FILES
    {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard.min(OPEN_FILES), hard);
    }
    if getrlimit(Resource::RLIMIT_STACK).is_ok_and(|(soft, _hard)| soft < STACK)
        && let Ok(thread) = thread::Builder::new().stack_size(OWN_STACK).spawn(program)
    {
        return thread.join().unwrap_or(ExitCode::FAILURE);
    }
    program()
}

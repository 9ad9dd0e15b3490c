//! Corrects what the program inherits from its parent: signals, open files and the stack.
//!
//! A library must not do this: all of it concerns the whole process.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use rustix::fs::Mode;
use rustix::process::umask;
use signal_hook::consts::{SIGCHLD, SIGXFSZ};
use signal_hook::flag;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

/// How many open files are enough for the largest number of threads.
const OPEN_FILES: u64 = 256;

/// How much stack the program needs, in bytes, and how much it gets where there is less.
const STACK: u64 = 1 << 20;
const OWN_STACK: usize = 8 << 20;

/// Runs the program with the resources that it needs, as far as the system grants them.
pub(crate) fn prepare(program: fn() -> ExitCode) -> ExitCode {
    // A write beyond the limit on file sizes must fail, and not end the program; and where SIGCHLD is
    // ignored, waiting for a process is impossible. Unlike dispositions, handlers are not inherited.
    for signal in [SIGXFSZ, SIGCHLD] {
        let _ = flag::register(signal, Arc::new(AtomicBool::new(false)));
    }
    // Directories without rights for their owner could not be filled.
    umask(umask(Mode::RWXU) - Mode::RWXU);
    // A container can forbid both calls.
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

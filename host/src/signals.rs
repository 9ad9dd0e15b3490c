//! Signals that ask the program to end: the first is answered by undoing the work, the second at
//! once.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::{fs, io};

/// The signals that are caught. Others end the program as if it was killed, and so does closing the
/// console on Windows: the next run completes what was begun.
const CAUGHT: [i32; 2] = [SIGINT, SIGTERM];

/// The first signal that was caught, once there is one.
#[derive(Clone, Default)]
pub(crate) struct Signals {
    /// Its number; 0 as long as there is none.
    caught: Arc<AtomicUsize>,
}

impl Signals {
    /// Catches signals from now on, but those that whoever started the program has it ignore.
    pub(crate) fn catch(&self) -> io::Result<()> {
        let is_second = Arc::new(AtomicBool::new(false));
        let ignored = ignored();
        for signal in CAUGHT.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0) {
            // In this order, so that the first does not end it.
            flag::register_conditional_default(signal, Arc::clone(&is_second))?;
            flag::register(signal, Arc::clone(&is_second))?;
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&self.caught), number)?;
        }
        Ok(())
    }

    /// The signal that was caught.
    pub(crate) fn caught(&self) -> Option<u8> {
        u8::try_from(self.caught.load(Ordering::Relaxed)).ok().filter(|signal| *signal != 0)
    }
}

/// Ends the program as the signal would have: a shell that runs a script ends that too then, which
/// it would not for an exit status of the same number.
pub(crate) fn end_by(signal: u8) -> ExitCode {
    // The first process of a container is ended by no signal from within.
    if cfg!(unix) && process::id() != 1 {
        let _ = low_level::emulate_default_handler(signal.into());
    }
    ExitCode::from(128 + signal)
}

/// The signals that are ignored, a bit for each, as far as the system tells: `nohup` and shells have
/// what runs in the background ignore some.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

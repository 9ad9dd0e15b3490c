//! Signals that ask the program to end: the first is answered by undoing the work, the second at
//! once.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, io};

/// The signals that are caught. Others end the program as if killed, and so does closing the
/// console on Windows: the next run then completes the work.
const CAUGHT: [i32; 2] = [SIGINT, SIGTERM];

/// Which signals were caught.
#[derive(Clone, Default)]
pub(crate) struct Signals {
    /// One for each of [`CAUGHT`].
    caught: [Arc<AtomicBool>; CAUGHT.len()],
}

impl Signals {
    /// Catches signals from now on, except those that the program was started with as ignored.
    ///
    /// The first signal is recorded, and the second ends the program, whatever it is doing. This
    /// takes no thread, which the system might refuse.
    pub(crate) fn catch(&self) -> io::Result<()> {
        let ignored = ignored();
        let is_second = Arc::new(AtomicBool::new(false));
        for (signal, caught) in CAUGHT.into_iter().zip(&self.caught) {
            if ignored >> (signal - 1) & 1 == 0 {
                // Registered in this order, so that the first signal does not end the program.
                flag::register_conditional_default(signal, Arc::clone(&is_second))?;
                flag::register(signal, Arc::clone(&is_second))?;
                flag::register(signal, Arc::clone(caught))?;
            }
        }
        Ok(())
    }

    /// Whether the program must end. It ends at once if two different signals were caught: if two
    /// threads handle them at the same time, neither counts as the second.
    pub(crate) fn heed(&self) -> bool {
        let mut caught = self.all();
        let first = caught.next();
        if let Some(second) = caught.next() {
            let _ = low_level::emulate_default_handler(second);
        }
        first.is_some()
    }

    /// The signal that was caught.
    pub(crate) fn caught(&self) -> Option<u8> {
        self.all().next().and_then(|signal| u8::try_from(signal).ok())
    }

    fn all(&self) -> impl Iterator<Item = i32> {
        let caught = CAUGHT.into_iter().zip(&self.caught);
        caught.filter(|(_, caught)| caught.load(Ordering::Relaxed)).map(|(signal, _)| signal)
    }
}

/// Ends the program as the signal would have: a shell then also ends the script that it runs, which
/// it would not for an exit status of the same number.
pub(crate) fn end_by(signal: u8) -> ExitCode {
    // No signal from inside a container ends its first process.
    if cfg!(unix) && process::id() != 1 {
        let _ = low_level::emulate_default_handler(signal.into());
    }
    ExitCode::from(128 + signal)
}

/// The ignored signals, a bit for each, if the system reports them: `nohup` and shells make
/// background processes ignore some.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

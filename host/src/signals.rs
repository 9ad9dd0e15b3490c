//! Signals that ask the program to end: the first is answered by undoing the work, the second at
//! once.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level;
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(unix)]
use std::thread;
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
        let ignored = ignored();
        let signals = CAUGHT.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        catch(signals, &self.caught)
    }

    /// The signal that was caught.
    pub(crate) fn caught(&self) -> Option<u8> {
        u8::try_from(self.caught.load(Ordering::Relaxed)).ok().filter(|signal| *signal != 0)
    }
}

/// Notes the first of these signals, and ends the program by the second. One thread hears of all of
/// them: where each is handled on a thread of the system's choice, at the same time, none of two would be
/// the second.
#[cfg(unix)]
fn catch(signals: impl Iterator<Item = i32>, caught: &Arc<AtomicUsize>) -> io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new(signals)?;
    let caught = Arc::clone(caught);
    let hear = move || {
        for signal in signals.forever() {
            let number = usize::try_from(signal).unwrap_or_default();
            if caught.swap(number, Ordering::Relaxed) != 0 {
                let _ = low_level::emulate_default_handler(signal);
            }
        }
    };
    thread::Builder::new().spawn(hear).map(drop)
}

/// Likewise, with what there is on Windows.
#[cfg(windows)]
fn catch(signals: impl Iterator<Item = i32>, caught: &Arc<AtomicUsize>) -> io::Result<()> {
    use signal_hook::flag;
    let is_second = Arc::new(std::sync::atomic::AtomicBool::new(false));
    for signal in signals {
        // In this order, so that the first does not end it.
        flag::register_conditional_default(signal, Arc::clone(&is_second))?;
        flag::register(signal, Arc::clone(&is_second))?;
        let number = usize::try_from(signal).unwrap_or_default();
        flag::register_usize(signal, Arc::clone(caught), number)?;
    }
    Ok(())
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

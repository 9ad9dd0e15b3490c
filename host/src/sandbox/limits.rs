//! How much memory and time a component may use.

use super::State;
use crate::progress::{Decision, TICK};
use ensurepip_guest_artifact::Variant;
use std::sync::atomic::Ordering;
use std::time::Duration;
use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, Store, UpdateDeadline};

/// The memory limit of the component in bytes: the wheel's contents, its bytecode, and a copy of
/// each in transit.
const MEMORY_LIMIT: usize = 1 << 30;

/// How many elements each of its tables may have: several times the number of all its functions.
const TABLE_LIMIT: usize = 100_000;

/// How long the component may compute, and how much longer for each MiB of its wheel. Time spent in
/// a slow import does not count, and neither does the time for which the whole process is stopped.
pub(super) const TIME_LIMIT: Duration = Duration::from_mins(1);
const TIME_PER_MIB: Duration = Duration::from_secs(1);

/// How many handles the component may hold at once: several times what it needs, and no more than
/// the number of files that a process can open without delay.
const HANDLES_LIMIT: usize = 64;

/// The additional time for a wheel of this size in bytes.
pub(super) fn time_for(size: usize) -> Duration {
    let mebibytes = u32::try_from(size >> 20).unwrap_or(u32::MAX);
    TIME_PER_MIB.saturating_mul(mebibytes)
}

/// How much fuel the component gets for each second. An instruction takes about one unit.
const FUEL_PER_SECOND: u64 = 1_000_000_000;

/// From now on, checks at each tick whether the component may continue, until the time limit.
/// Without ticks, it gets fuel for about as long.
pub(super) fn watch(
    store: &mut Store<State>,
    variant: Variant,
    limit: Duration,
) -> wasmtime::Result<()> {
    if variant == Variant::Frugal {
        store.set_fuel(limit.as_secs().saturating_mul(FUEL_PER_SECOND))?;
    }
    let mut ticks = 0;
    // Comes at most once a tick, and only while the component computes.
    store.epoch_deadline_callback(move |context| {
        ticks += 1;
        if TICK * ticks > limit {
            return Err(wasmtime::Error::msg(exceeded(limit)));
        }
        let state = context.data();
        if state.is_given_up.load(Ordering::Relaxed) {
            return Err(wasmtime::Error::msg("it was given up"));
        }
        if state.reporter.ask() == Decision::Cancel {
            return Err(wasmtime::Error::msg("it was cancelled"));
        }
        Ok(UpdateDeadline::Continue(1))
    });
    store.set_epoch_deadline(1);
    Ok(())
}

/// The error message for a component that has exceeded its time.
pub(super) fn exceeded(limit: Duration) -> String {
    format!("it did not end within {limit:?}")
}

/// Limits the memory of a component. A component that gets no more memory is stopped with the
/// reason: its own allocator could only report that an allocation failed.
pub(super) struct MemoryLimiter;

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > MEMORY_LIMIT {
            let mebibytes = MEMORY_LIMIT >> 20;
            wasmtime::bail!("it needs more than {mebibytes} MiB of memory");
        }
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        wasmtime::bail!("the system has no more memory for it")
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > TABLE_LIMIT {
            wasmtime::bail!("it needs a table of more than {TABLE_LIMIT} elements");
        }
        Ok(true)
    }
}

/// An empty table of handles.
pub(super) fn handles() -> ResourceTable {
    let mut table = ResourceTable::new();
    table.set_max_capacity(HANDLES_LIMIT);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn component_tables_are_bounded() {
        let grown = |elements| MemoryLimiter.table_growing(0, elements, None);
        assert!(grown(TABLE_LIMIT).is_ok_and(|allowed| allowed));
        let error = grown(TABLE_LIMIT + 1).expect_err("it is too large");
        assert_eq!(error.to_string(), "it needs a table of more than 100000 elements");
    }

    #[test]
    fn refused_memory_stops_component_with_reason() {
        let refused = wasmtime::Error::msg("Cannot allocate memory");
        let error = MemoryLimiter.memory_grow_failed(refused).expect_err("it is stopped");
        assert_eq!(error.to_string(), "the system has no more memory for it");
    }
}

//! Runs WASI's futures on the thread that calls the component, and on no other.
//!
//! Without it, `wasmtime-wasi` starts a runtime of its own, with a thread for each CPU and several
//! open files, and panics if the system refuses one of them.

use std::io;
use tokio::runtime::{Builder, Runtime};

/// A runtime without threads, timers or I/O drivers, which file operations do not need.
pub(super) struct Executor(Option<Runtime>);

impl Executor {
    pub(super) fn new() -> io::Result<Executor> {
        Builder::new_current_thread().build().map(Some).map(Executor)
    }

    /// Calls a function whose futures run in this runtime.
    pub(super) fn enter<T>(&self, function: impl FnOnce() -> T) -> T {
        let _entered = self.0.as_ref().map(Runtime::enter);
        function()
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        // There is nothing to wait for, and to wait would panic in an asynchronous caller.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

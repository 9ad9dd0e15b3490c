//! # `ensurepip-host`: pip into a Python, from a sandbox
//!
//! Does what `python -m ensurepip` does, without running pip. The wheel is read and unpacked by a
//! WebAssembly component that sees only the directories it is granted; this library finds the
//! Python, resolves and opens those directories, writes scripts and compiles bytecode.
//!
//! ```no_run
//! use ensurepip_host::{Bootstrap, Outcome};
//!
//! let report = Bootstrap::new().root("/mnt/img").default_pip(true).run()?;
//! if let Outcome::Installed { scripts, .. } = report.outcome {
//!     println!("{scripts:?}");
//! }
//! # Ok::<(), ensurepip_host::Error>(())
//! ```
//!
//! It prints nothing, does not end the process and keeps no global state; any number of runs may
//! be under way at a time. It blocks the thread it is called on.

mod bootstrap;
mod error;
mod progress;
mod report;

mod bytecode;
mod externally_managed;
mod grants;
#[cfg_attr(not(all(test, unix)), expect(dead_code, reason = "nothing asks for it yet"))]
mod image;
mod interpreter;
mod root;
mod shims;
mod user_site;
mod wheels;

mod bindings;
mod convert;
mod sandbox;

mod platform;

pub use bootstrap::Bootstrap;
pub use error::Error;
pub use progress::{Decision, Progress, Step};
pub use report::{Granted, Outcome, Report};

use std::path::Path;

/// The version of pip that is bundled, as `ensurepip.version()` tells it.
#[must_use]
pub fn version() -> &'static str {
    wheels::newest().version
}

/// The version of the newest wheel of pip in a directory.
///
/// # Errors
///
/// Fails if the directory cannot be read, or has none.
pub fn version_in(directory: &Path) -> Result<String, Error> {
    wheels::in_directory(directory).map(|mut found| found.swap_remove(0).version)
}

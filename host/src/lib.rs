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
//! The options of `ensurepip.bootstrap` have the same names in the builder: `root`, `upgrade`,
//! `user`, `altinstall`, `default_pip`, `verbosity`. Events also go to [`tracing`], the audit event
//! `ensurepip.bootstrap` among them.
//!
//! It prints nothing, does not end the process and keeps no global state; any number of runs may be in
//! progress at a time, on any threads, and a [`Bootstrap`] may be made on another thread than the one
//! it runs on. It blocks that thread, and needs no asynchronous runtime. Asynchronous code calls it
//! like other blocking work, on a thread for such work: with tokio, in `spawn_blocking(move ||
//! bootstrap.run())`. To end a run early, answer [`Decision::Cancel`]; dropping a future does not end
//! it.
//!
//! # Progress, and the way back
//!
//! The callback receives each step as it begins and progresses, and may end the run, which then
//! undoes its writes. It is called often, so it should be quick; a request to cancel, such as a flag
//! that a signal sets, takes effect within a few hundredths of a second.
//!
//! ```no_run
//! use ensurepip_host::{Bootstrap, Decision, Error};
//! use std::time::{Duration, Instant};
//!
//! let end = Instant::now() + Duration::from_secs(10);
//! let done = Bootstrap::new()
//!     .on_progress(move |progress| {
//!         println!("{:?}: {} of {} files", progress.step, progress.done, progress.files);
//!         if Instant::now() < end { Decision::Proceed } else { Decision::Cancel }
//!     })
//!     .run();
//! match done {
//!     Err(Error::Cancelled) => println!("it took too long, and nothing has changed"),
//!     done => print!("{}", done?),
//! }
//! # Ok::<(), Error>(())
//! ```
//!
//! # A plan, and a veto
//!
//! A dry run reports what would be done, down to the files. The run after it decides anew: it does
//! not rely on the plan, and may find that the target has changed.
//!
//! ```no_run
//! use ensurepip_host::{Bootstrap, Outcome};
//!
//! let bootstrap = || Bootstrap::new().root("/mnt/img").upgrade(true);
//! let plan = bootstrap().dry_run(true).run()?;
//! let replaces_a_release = match plan.outcome {
//!     Outcome::Planned { replaces: Some(former), .. } => !former.contains("dev"),
//!     _ => false,
//! };
//! if !replaces_a_release {
//!     print!("{}", bootstrap().run()?);
//! }
//! # Ok::<(), ensurepip_host::Error>(())
//! ```
//!
//! # Images as files
//!
//! An [`Image`] is an OCI image in a layout, which is a directory or an archive. Each of its platforms
//! gets a run of its own, with settings that may depend on the platform, and pip becomes a layer.
//!
//! ```no_run
//! use ensurepip_host::{Bootstrap, Command, Image, ImageOutcome, Platform};
//!
//! let image = Image::new("app:latest").output("app-with-pip.tar:latest");
//! let settings = |_: &Platform| Bootstrap::new().break_system_packages(true).default_pip(true);
//! let report = image.run(Command::Install, settings)?;
//! if report.outcome == ImageOutcome::Changed {
//!     println!("{}", report.digest);
//! }
//! # Ok::<(), ensurepip_host::Error>(())
//! ```
//!
//! # Many targets
//!
//! A [`Runtime`] is the component, loaded once. Runs that share it, on any number of threads, check a
//! bundled wheel only once.
//!
//! ```no_run
#![doc = include_str!("../examples/many_roots.rs")]
//! ```
//!
//! # The component alone
//!
//! [`component`] is the sandboxed half by itself, and [`WIT`] its contract, for programs with a
//! runtime of their own; `docs/embedding.md` lists what a host has to supply.
//!
//! ```no_run
#![doc = include_str!("../examples/component.rs")]
//! ```
//!
//! # An engine and a store of one's own
//!
//! This host only shows a plan. A host that installs also grants directories as preopens. It needs `wasmtime`
//! and `wasmtime-wasi` of the release that is used here, and the crate `ensurepip-guest-artifact`, which
//! holds the component compiled.
//!
//! ```
#![doc = include_str!("../examples/own_engine.rs")]
//! ```

mod bootstrap;
mod error;
mod progress;
mod report;

mod digest;

mod binary;
mod bytecode;
mod externally_managed;
mod facts;
mod grants;
mod image;
mod interpreter;
mod libc;
mod manifest;
mod oci;
mod process;
mod project;
mod requirements;
mod root;
mod scarcity;
mod shims;
mod startable;
mod store;
mod times;
mod user_site;
mod walk;
mod wheels;

mod bindings;
mod convert;
mod sandbox;

mod platform;

/// Messages for the reader of the test log.
#[cfg(all(test, unix))]
#[path = "../../tests/support/announce.rs"]
mod announce;

pub use bootstrap::Bootstrap;
pub use ensurepip_oci::Platform;
pub use error::{Error, Holder, RootError, SetError};
pub use oci::{Image, ImageOutcome, ImageReport, NewLayer, PlatformReport, SkippedImage};
pub use progress::{AuditEvent, Decision, Progress, Step};
pub use report::{
    Change, Command, File, Found, Granted, Licenses, Manifest, MissingModule, Outcome, Python,
    Refusal, Report, Scheme, Scope, ToDo, Vendored, WheelReport, WheelSource, failure_as_json,
};
pub use sandbox::Runtime;

use std::path::Path;

/// The version of the bundled pip, as returned by `ensurepip.version()`.
#[must_use]
pub fn version() -> &'static str {
    wheels::newest().version
}

/// Checks that a text can be the interpreter that scripts name, whatever platform they are for: see
/// [`Bootstrap::executable`].
///
/// # Errors
///
/// Fails with a clause for people.
pub fn check_interpreter(text: &str) -> Result<(), String> {
    shims::check_interpreter(text)
}

/// Checks that a text can be a project to install as well: see [`Bootstrap::with`].
///
/// # Errors
///
/// Fails with a clause for people.
pub fn check_project(text: &str) -> Result<(), String> {
    text.parse::<requirements::Wanted>().map(drop)
}

/// The version of the newest wheel of pip in a directory.
///
/// # Errors
///
/// Fails if the directory cannot be read, or has no wheel of pip.
pub fn version_in(directory: &Path) -> Result<String, Error> {
    wheels::newest_in(directory)
}

/// The component by itself: a WebAssembly binary of the world `bootstrap` in [`WIT`], for any host
/// of WASI 0.2 that supplies the imports of this world. This library runs another form of it,
/// compiled ahead of time; a program that does not call this function does not contain the binary.
#[must_use]
pub fn component() -> &'static [u8] {
    ensurepip_guest_artifact::COMPONENT
}

/// The contract of the component: the names of its files, with their contents.
pub const WIT: [(&str, &str); 4] = [
    ("world.wit", include_str!("../wit/world.wit")),
    ("types.wit", include_str!("../wit/types.wit")),
    ("host.wit", include_str!("../wit/host.wit")),
    ("installer.wit", include_str!("../wit/installer.wit")),
];

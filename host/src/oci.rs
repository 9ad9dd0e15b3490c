//! Images as files: runs in the tree of an OCI image, and adds what they change as a layer.
//!
//! `run.rs` is the sequence: each layer is read once, the part of the tree that matters is laid out in
//! a private directory (`sparse.rs`, by the rule in `interest.rs`), an ordinary run with that root
//! does the work, and what it has changed becomes a layer (`changes.rs`).

mod aliases;
mod changes;
mod interest;
mod names;
mod reading;
mod report;
mod run;
mod sparse;
mod turns;

use crate::bootstrap::Bootstrap;
use crate::error::Error;
use crate::progress::{Decision, OnProgress, Progress};
use crate::report::Command;
use ensurepip_oci::{Location, Platform};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

pub use report::{ImageOutcome, ImageReport, NewLayer, PlatformReport, SkippedImage};

/// An image in an OCI layout, and what becomes of it.
///
/// The layout is a directory, or an archive of one. A run works on the images of all platforms, in
/// parallel, and changes all of them or none. It needs no privileges, no container engine and no
/// emulator, and starts nothing of the image.
///
/// ```no_run
/// use ensurepip_host::{Bootstrap, Command, Image};
///
/// let image = Image::new("app:latest");
/// let report = image.run(Command::Install, |_platform| Bootstrap::new())?;
/// for platform in &report.platforms {
///     if let Some(layer) = &platform.layer {
///         println!("{}: {}", platform.platform, layer.digest);
///     }
/// }
/// # Ok::<(), ensurepip_host::Error>(())
/// ```
pub struct Image {
    source: Location,
    output: Option<Location>,
    platforms: Vec<Platform>,
    on_progress: Option<OnProgress>,
}

impl Image {
    /// The image at `LAYOUT[:REF]`: a layout directory or archive, and the reference of an image in
    /// it, which may be left out if there is only one.
    pub fn new(location: impl AsRef<OsStr>) -> Image {
        Image {
            source: Location::parse(location.as_ref()),
            output: None,
            platforms: Vec::new(),
            on_progress: None,
        }
    }

    /// Writes the result to `LAYOUT[:REF]`, and leaves the image itself as it is. The layout is
    /// created if it does not exist: an archive if its name ends in `.tar`, otherwise a directory.
    #[must_use]
    pub fn output(mut self, location: impl AsRef<OsStr>) -> Image {
        self.output = Some(Location::parse(location.as_ref()));
        self
    }

    /// Works on the images of this platform, `OS/ARCHITECTURE[/VARIANT]`, and leaves the others as
    /// they are. May be called several times. By default, all platforms are worked on.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Image {
        self.platforms.push(platform);
        self
    }

    /// Calls back while layers are read and at each step of a run, from any thread, one call at a
    /// time. [`Decision::Cancel`] ends the work, and leaves the image as it was.
    #[must_use]
    pub fn on_progress(
        mut self,
        callback: impl FnMut(Progress) -> Decision + Send + 'static,
    ) -> Image {
        self.on_progress = Some(Box::new(callback));
        self
    }

    /// Carries out a command for the Python of each platform, with the settings that `settings`
    /// returns for the platform. Their root and their progress callback have no effect. Their
    /// [`bytecode_cache`](Bootstrap::bytecode_cache) also keeps what the layers of images came to, so
    /// that they are not read again, and their [`source_date_epoch`](Bootstrap::source_date_epoch) is
    /// the time of the changed configs as well, which otherwise keep theirs.
    ///
    /// # Errors
    ///
    /// Fails with any case of [`Error`], and then leaves the layout as it was.
    pub fn run(
        self,
        command: Command,
        settings: impl Fn(&Platform) -> Bootstrap + Sync,
    ) -> Result<ImageReport, Error> {
        run::run(self, command, &settings)
    }
}

/// A location as the user writes it.
fn named(location: &Location) -> PathBuf {
    let mut text = OsString::from(&location.path);
    if let Some(reference) = &location.reference {
        text.push(":");
        text.push(reference);
    }
    text.into()
}

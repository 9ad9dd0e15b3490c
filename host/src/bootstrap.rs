//! What is asked for, and the way to pip in its place.
//!
//! Here is the builder; `run` is the story, told with the rooms below it.

mod candidates;
mod choice;
mod directories;
mod early;
mod files;
mod foresight;
mod identify;
mod install;
mod listing;
mod pack;
mod remove;
mod run;
mod scheme;
mod set;
mod source;
mod start;
mod status;
mod target;
mod transact;
mod wanted;

use crate::error::Error;
use crate::progress::{AuditEvent, Decision, OnAudit, OnProgress, Progress};
use crate::report::{Command, Report};
use crate::root::Unseen;
use crate::sandbox::Runtime;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to do, as `ensurepip.bootstrap` has it; everything else than the default is said by a
/// method.
///
/// By default, pip goes to the active virtual environment, else to the first Python on PATH; in a
/// root, to the Python that the root has. It gets the scripts `pipX` and `pipX.Y`, and bytecode if
/// the Python runs here.
///
/// ```no_run
/// let report = ensurepip_host::Bootstrap::new().root("/mnt/img").run()?;
/// print!("{report}");
/// # Ok::<(), ensurepip_host::Error>(())
/// ```
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the keywords of `ensurepip.bootstrap`")]
pub struct Bootstrap {
    root: Option<PathBuf>,
    python: Option<PathBuf>,
    executable: Option<String>,
    wheel_directory: Option<PathBuf>,
    sha256: Option<String>,
    with: Vec<String>,
    requirements: Vec<PathBuf>,
    locks: Vec<PathBuf>,
    without_pip: bool,
    no_deps: bool,
    upgrade: bool,
    user: bool,
    altinstall: bool,
    default_pip: bool,
    compile: Option<bool>,
    prefix: Option<String>,
    break_system_packages: bool,
    dry_run: bool,
    source_date_epoch: Option<u64>,
    verbosity: u8,
    manifest: bool,
    confine: bool,
    bytecode_cache: Option<PathBuf>,
    bytecode_pack: Option<PathBuf>,
    runtime: Option<Runtime>,
    /// The image that the root was laid out from, as the user named it.
    image: Option<PathBuf>,
    /// What that image has and the root does not show.
    unseen: Arc<Unseen>,
    /// What confines the thread by now.
    confined_by: Cell<Option<&'static str>>,
    on_audit: Option<OnAudit>,
    on_progress: Option<OnProgress>,
}

impl Bootstrap {
    /// Everything by default.
    #[must_use]
    pub fn new() -> Bootstrap {
        Bootstrap::default()
    }

    /// Installs below an alternate root, for the Python there, which is described from its files and
    /// not run. Nothing is written or removed outside it.
    ///
    /// An empty directory, and one with nothing but a pip from an earlier run, is a staging directory:
    /// it gets pip for a Python of this machine, which is asked for its paths. So does a root that does
    /// not exist or has other files but no Python, if [`python`](Bootstrap::python) or
    /// [`prefix`](Bootstrap::prefix) shows that this is intended; it is an error otherwise.
    ///
    /// The root of the file system is no root, but this system itself. An empty path is an error
    /// ([`RootError::Empty`](crate::RootError::Empty)) when the work begins.
    #[must_use]
    pub fn root(mut self, root: impl Into<PathBuf>) -> Bootstrap {
        self.root =
            Some(root.into()).filter(|root| root.as_os_str().is_empty() || root.parent().is_some());
        self
    }

    /// Installs for the Python that is or will be at this prefix in the root. If there is none yet,
    /// its version is taken to be that of a Python of this machine, as in a cross build. If that one
    /// is its distributor's and has this prefix itself, pip goes where the distributor's own packages
    /// go, as in a package build.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Bootstrap {
        self.prefix = Some(prefix.into());
        self
    }

    /// Installs for this interpreter. With a root, an absolute path is looked for there first; what is
    /// found is not run. If the root is an image, with another Python or an `os-release`, and has none at
    /// that path, that is an error unless there is a [`prefix`](Bootstrap::prefix). A name or a relative path is a Python of this machine.
    #[must_use]
    pub fn python(mut self, python: impl Into<PathBuf>) -> Bootstrap {
        self.python = Some(python.into());
        self
    }

    /// Has scripts name this interpreter instead of the one that is installed for: an absolute path
    /// in the target, or `/usr/bin/env` and the name of a program on PATH.
    #[must_use]
    pub fn executable(mut self, executable: impl Into<String>) -> Bootstrap {
        self.executable = Some(executable.into());
        self
    }

    /// Installs the newest fitting wheel of pip in this directory, instead of a bundled one.
    #[must_use]
    pub fn wheel_directory(mut self, directory: impl Into<PathBuf>) -> Bootstrap {
        self.wheel_directory = Some(directory.into());
        self
    }

    /// Installs the wheel only if it has this SHA-256 digest, in hexadecimal.
    #[must_use]
    pub fn sha256(mut self, digest: impl Into<String>) -> Bootstrap {
        self.sha256 = Some(digest.into());
        self
    }

    /// Replaces an older pip. Without it, the target keeps what it has.
    #[must_use]
    pub fn upgrade(mut self, upgrade: bool) -> Bootstrap {
        self.upgrade = upgrade;
        self
    }

    /// Installs into the user site. Without it, that is done only where the library directories
    /// cannot be written.
    #[must_use]
    pub fn user(mut self, user: bool) -> Bootstrap {
        self.user = user;
        self
    }

    /// Installs the script `pipX.Y` alone.
    #[must_use]
    pub fn altinstall(mut self, altinstall: bool) -> Bootstrap {
        self.altinstall = altinstall;
        self
    }

    /// Installs the script `pip` as well.
    #[must_use]
    pub fn default_pip(mut self, default_pip: bool) -> Bootstrap {
        self.default_pip = default_pip;
        self
    }

    /// Whether to compile bytecode. By default, that is done with an interpreter that runs here;
    /// for one that does not, a Python on PATH that makes the same bytecode can do it.
    #[must_use]
    pub fn compile(mut self, compile: bool) -> Bootstrap {
        self.compile = Some(compile);
        self
    }

    /// Keeps bytecode in this directory, and takes it from there the next time that the same Python
    /// compiles the same sources, and, for PyPy, at the same paths; with it, what an interpreter says that
    /// compiles for images. The directory it is in has to be there.
    ///
    /// It counts only where no other user could have put anything into it: on a Unix, if both
    /// belong to this user and nobody else may write to them. Elsewhere, as on Windows, where this
    /// cannot be told, nothing is kept. It never grows beyond 256 MiB.
    #[must_use]
    pub fn bytecode_cache(mut self, directory: impl Into<PathBuf>) -> Bootstrap {
        self.bytecode_cache = Some(directory.into());
        self
    }

    /// Takes all bytecode from this pack, which [`write_bytecode_pack`](Bootstrap::write_bytecode_pack)
    /// has written for the same wheel and the same version of Python. Nothing is compiled, and no
    /// interpreter is looked for. With `compile(false)`, the pack is not read.
    #[must_use]
    pub fn bytecode_pack(mut self, pack: impl Into<PathBuf>) -> Bootstrap {
        self.bytecode_pack = Some(pack.into());
        self
    }

    /// Uses a component that is loaded already, which other runs may do as well.
    #[must_use]
    pub fn runtime(mut self, runtime: &Runtime) -> Bootstrap {
        self.runtime = Some(runtime.clone());
        self
    }

    /// Installs even where the Python's distributor does not want it (PEP 668).
    #[must_use]
    pub fn break_system_packages(mut self, break_them: bool) -> Bootstrap {
        self.break_system_packages = break_them;
        self
    }

    /// Only reports what would be done. Nothing is written, not even a directory. What a run would be
    /// refused for is an error here as well, as far as it is known without writing.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Bootstrap {
        self.dry_run = dry_run;
        self
    }

    /// Gives all that is written this modification time, in seconds since 1970, and has bytecode
    /// checked by hash: `SOURCE_DATE_EPOCH`, which the library does not look up by itself.
    #[must_use]
    pub fn source_date_epoch(mut self, seconds: Option<u64>) -> Bootstrap {
        self.source_date_epoch = seconds;
        self
    }

    /// How much the report's text says, from 0 to 3, as `ensurepip`'s `verbosity`. Nothing is
    /// printed here.
    #[must_use]
    pub fn verbosity(mut self, verbosity: u8) -> Bootstrap {
        self.verbosity = verbosity;
        self
    }

    /// Has the report of an installation list every file, with digest, size and mode. That takes
    /// reading them all again.
    #[must_use]
    pub fn manifest(mut self, manifest: bool) -> Bootstrap {
        self.manifest = manifest;
        self
    }

    /// Has the system see to it as well, where it can (Landlock on Linux), that nothing is changed
    /// outside the directories of the target. That binds the calling thread and whatever it starts
    /// later, **for good**: it is for programs that have nothing else to do.
    ///
    /// The umask of the process is 022 from then on, so that whatever it makes has its mode from the
    /// first moment.
    #[must_use]
    pub fn confine(mut self, confine: bool) -> Bootstrap {
        self.confine = confine;
        self
    }

    /// Calls back before an installation begins, as an audit hook of Python would be (PEP 578);
    /// [`Decision::Cancel`] is to it what an exception is to a hook.
    #[must_use]
    pub fn on_audit(
        mut self,
        callback: impl FnMut(&AuditEvent) -> Decision + Send + 'static,
    ) -> Bootstrap {
        self.on_audit = Some(Box::new(callback));
        self
    }

    /// Calls back at each step, again as it goes on, and every few hundredths of a second while
    /// there is nothing new: from whatever thread, but one call at a time.
    /// [`Decision::Cancel`] ends the run soon after, and is the last call. From the beginning of
    /// [`Step::Commit`](crate::Step::Commit) on, which is a matter of milliseconds, the answer
    /// does not count any more, and what was begun is completed.
    #[must_use]
    pub fn on_progress(
        mut self,
        callback: impl FnMut(Progress) -> Decision + Send + 'static,
    ) -> Bootstrap {
        self.on_progress = Some(Box::new(callback));
        self
    }

    /// Works in this root, which was laid out from an image and does not show all of it. Reports and
    /// errors have the paths of the image, and its name.
    pub(crate) fn in_image(mut self, root: &Path, unseen: Arc<Unseen>, image: &Path) -> Bootstrap {
        (self.root, self.image) = (Some(root.to_owned()), Some(image.to_owned()));
        self.unseen = unseen;
        self
    }

    /// Whether only a plan is requested.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The time that was set by [`source_date_epoch`](Bootstrap::source_date_epoch).
    pub(crate) fn epoch(&self) -> Option<u64> {
        self.source_date_epoch
    }

    /// The directory of the cache.
    pub(crate) fn cache_directory(&self) -> Option<PathBuf> {
        self.bytecode_cache.clone()
    }

    /// Puts pip there, unless the target has one that is to stay.
    ///
    /// # Errors
    ///
    /// Fails with any case of [`Error`], and then leaves the target as it was.
    pub fn run(self) -> Result<Report, Error> {
        self.carry_out(Command::Install)
    }

    /// Removes pip again, if it is of the version that [`run`](Bootstrap::run) would install.
    ///
    /// # Errors
    ///
    /// Fails with any case of [`Error`], and then leaves the target as it was.
    pub fn uninstall(self) -> Result<Report, Error> {
        self.carry_out(Command::Uninstall)
    }

    /// Writes a bytecode pack: the bytecode of the newest bundled wheel that supports a Python of this
    /// machine, for [`bytecode_pack`](Bootstrap::bytecode_pack). The same release of Python and the same
    /// wheel give the same bytes. Of the settings, only [`python`](Bootstrap::python) and
    /// [`on_progress`](Bootstrap::on_progress) count.
    ///
    /// # Errors
    ///
    /// Fails if the Python is not a CPython from 3.7 to 3.15, or if the file cannot be written, and then
    /// leaves the file as it was.
    pub fn write_bytecode_pack(self, output: impl AsRef<Path>) -> Result<(), Error> {
        self.make_pack(output.as_ref())
    }

    /// Reports what the target has and what [`run`](Bootstrap::run) would do, and changes nothing. What
    /// a run would be refused for is no error here, but [`Outcome::Status`](crate::Outcome::Status)
    /// names it: a Python that others manage (PEP 668), a directory that cannot be written, a lock.
    ///
    /// # Errors
    ///
    /// Fails with any case of [`Error`] that does not come from writing.
    pub fn status(self) -> Result<Report, Error> {
        self.carry_out(Command::Status)
    }
}

#[cfg(all(test, unix))]
mod tests;

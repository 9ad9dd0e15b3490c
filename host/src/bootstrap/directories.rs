//! Opens and locks the directories of a run.

use super::Bootstrap;
use super::files::RunTimes;
use super::scheme::Resolution;
use super::target::Target;
use super::transact::Done;
use crate::bindings::ensurepip::bootstrap::types::{self, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::PlannedFile;
use crate::convert;
use crate::error::Error;
use crate::grants::Grant;
use crate::platform;
use crate::progress::{Decision, Progress, Reporter, Step, TICK};
use crate::project::canonical;
use crate::root::{Missing, Root, Use};
use crate::shims::Scripts;
use cap_std::fs::Dir;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for another run to finish.
pub(super) const LOCK_PATIENCE: Duration = Duration::from_secs(30);

/// The role of a directory that is granted only to look up packages.
const PLACE_TO_LOOK: Role = Role::Purelib;

/// The directories that a run is about to change.
pub(super) struct Prepared {
    pub(super) grants: Arc<Vec<Grant>>,
    /// `None` if the directory does not exist and is not to be created.
    pub(super) scripts: Option<Scripts>,
    times: RunTimes,
    /// Exclude other runs until they are dropped.
    _locks: Vec<platform::Lock>,
}

impl Prepared {
    /// Sets the times of the directories after a transaction.
    pub(super) fn settle_times(&self, done: &Done) {
        self.times.settle(&self.grants, self.scripts.as_ref(), done);
    }

    /// Restores the times of the directories, as far as possible.
    pub(super) fn restore_times(&self) {
        self.times.restore(&self.grants, self.scripts.as_ref());
    }
}

impl Bootstrap {
    /// Opens and locks the directories for a run that will write these files, and records their
    /// times.
    pub(super) fn prepare(
        &self,
        target: &Target,
        root: &mut Root,
        resolution: &Resolution,
        files: &[PlannedFile],
        missing: Missing,
        reporter: &Reporter,
    ) -> Result<Prepared, Error> {
        let grants = Arc::new(open_grants(root, resolution, missing)?);
        let scripts = self.open_scripts(root, target, resolution, missing)?;
        let directories = all(&grants, scripts.as_ref());
        let locks = wait_for(LOCK_PATIENCE, reporter, || try_lock(&directories))?;
        refuse_append_only(&grants, scripts.as_ref())?;
        let times = RunTimes::note(&grants, scripts.as_ref(), files, !root.is_this_system());
        Ok(Prepared { grants, scripts, times, _locks: locks })
    }
}

/// Opens the directories that the component needs. `scheme.rs` has already checked which ones it
/// may request.
pub(super) fn open_grants(
    root: &mut Root,
    resolution: &Resolution,
    missing: Missing,
) -> Result<Vec<Grant>, Error> {
    let is_pip_alone = resolution.projects.iter().all(|project| canonical(project) == "pip");
    let purpose = if is_pip_alone { Use::LibraryOfPip } else { Use::Library };
    let mut grants = Vec::with_capacity(resolution.grants.len());
    for role in &resolution.grants {
        let path = convert::role_path(&resolution.scheme, *role);
        let shown = root.display(path);
        if let Some(directory) = root.directory(path, missing)? {
            root.check_seen(path, purpose)?;
            tracing::debug!(role = convert::role_name(*role), path = ?shown, "granted");
            grants.push(Grant { name: convert::role_name(*role), shown, directory });
        }
    }
    Ok(grants)
}

/// Opens a directory in which the Python finds packages, only to look them up. None if it does not
/// exist or is one of the library directories.
pub(super) fn open_packages(
    root: &mut Root,
    scheme: &types::Scheme,
    path: &str,
) -> Result<Option<Grant>, Error> {
    let Some(directory) = root.directory(path, Missing::Leave)? else { return Ok(None) };
    for library in [&scheme.purelib, &scheme.platlib] {
        if root.is_one_directory(path, library)? {
            return Ok(None);
        }
    }
    root.check_seen(path, Use::Packages)?;
    let shown = root.display(path);
    Ok(Some(Grant { name: convert::role_name(PLACE_TO_LOOK), shown, directory }))
}

/// A directory, and its path as named on this machine.
pub(super) type Directory<'run> = (&'run Dir, &'run Path);

/// Lists all directories that a run changes. Two Pythons can share their scripts directory, such as
/// `/usr/local/bin`, so that a run locks that as well.
pub(super) fn all<'run>(
    grants: &'run [Grant],
    scripts: Option<&'run Scripts>,
) -> Vec<Directory<'run>> {
    let granted = grants.iter().map(|grant| (&grant.directory, grant.shown.as_path()));
    granted.chain(scripts.map(|scripts| (scripts.directory(), scripts.shown()))).collect()
}

/// Rejects append-only directories: a run that fails there could not undo what it has done.
pub(super) fn refuse_append_only(grants: &[Grant], scripts: Option<&Scripts>) -> Result<(), Error> {
    match all(grants, scripts).iter().find(|(directory, _)| platform::is_append_only(directory)) {
        None => Ok(()),
        Some((_, path)) => Err(Error::Io {
            operation: "write to".to_owned(),
            path: (*path).to_owned(),
            reason: "it is append-only, so that nothing can be replaced there".to_owned(),
        }),
    }
}

/// Replaces the reason of a failure if the file system is read-only. WASI has an error code for
/// that, but wasmtime does not use it.
pub(super) fn name_read_only(error: Error, grants: &[Grant]) -> Error {
    match error {
        Error::Io { operation, path, .. }
            if grants.iter().any(|grant| {
                path.starts_with(&grant.shown) && platform::is_read_only(&grant.directory)
            }) =>
        {
            Error::Io { operation, path, reason: "the file system is read-only".to_owned() }
        }
        other => other,
    }
}

/// The locks of all directories, or the directory whose lock another run holds.
type Locks<'run> = Result<Vec<platform::Lock>, Directory<'run>>;

/// Waits until no other run has locked any of the directories. Takes no lock.
pub(super) fn wait_unlocked(
    directories: &[Directory<'_>],
    patience: Duration,
    reporter: &Reporter,
) -> Result<(), Error> {
    wait_for(patience, reporter, || {
        for (directory, shown) in directories {
            if platform::is_locked(directory).map_err(|error| unlockable(shown, &error))? {
                return Ok(Err((*directory, *shown)));
            }
        }
        Ok(Ok(()))
    })
}

/// Retries while another run has locked a directory.
fn wait_for<'run, T>(
    patience: Duration,
    reporter: &Reporter,
    mut attempt: impl FnMut() -> Result<Result<T, Directory<'run>>, Error>,
) -> Result<T, Error> {
    let start = Instant::now();
    loop {
        let (directory, shown) = match attempt()? {
            Ok(done) => return Ok(done),
            Err(held) => held,
        };
        if start.elapsed() >= patience {
            let holder = platform::holder(directory);
            return Err(Error::Locked { path: shown.to_owned(), holder });
        }
        if reporter.report(Progress { step: Step::Wait, files: 0, done: 0 }) == Decision::Cancel {
            return Err(Error::Cancelled);
        }
        thread::sleep(TICK);
    }
}

/// Locks all directories, or none.
pub(super) fn try_lock<'run>(directories: &[Directory<'run>]) -> Result<Locks<'run>, Error> {
    let mut locks = Vec::with_capacity(directories.len());
    for (directory, shown) in directories {
        match platform::lock(directory).map_err(|error| unlockable(shown, &error))? {
            Some(lock) => locks.push(lock),
            None => return Ok(Err((*directory, *shown))),
        }
    }
    Ok(Ok(locks))
}

/// The error for a directory that cannot be locked.
fn unlockable(shown: &Path, error: &io::Error) -> Error {
    Error::Directory { path: shown.to_owned(), detail: error.to_string() }
}

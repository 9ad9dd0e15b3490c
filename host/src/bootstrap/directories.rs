//! Opens and locks the directories of a run.

use super::Bootstrap;
use super::files::RunTimes;
use super::target::{Resolution, Target};
use crate::bindings::exports::ensurepip::bootstrap::installer::PlannedFile;
use crate::convert;
use crate::error::Error;
use crate::grants::Grant;
use crate::platform;
use crate::progress::{Decision, Progress, Reporter, Step, TICK};
use crate::root::{Missing, Root};
use crate::shims::Scripts;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for another run to finish.
pub(super) const LOCK_PATIENCE: Duration = Duration::from_secs(30);

/// The directories that a run is about to change.
pub(super) struct Prepared {
    pub(super) grants: Arc<Vec<Grant>>,
    /// `None` if the directory does not exist and is not to be created.
    pub(super) scripts: Option<Scripts>,
    pub(super) times: RunTimes,
    /// Exclude other runs until they are dropped.
    _locks: Vec<platform::Lock>,
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
        let locks = wait_for(LOCK_PATIENCE, reporter, || try_lock(&grants))?;
        let scripts = self.open_scripts(root, target, resolution, missing)?;
        refuse_append_only(&grants, scripts.as_ref())?;
        let times = RunTimes::note(&grants, scripts.as_ref(), files, !root.is_this_system())?;
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
    let mut grants = Vec::with_capacity(resolution.grants.len());
    for role in &resolution.grants {
        let path = convert::role_path(&resolution.scheme, *role);
        let shown = root.display(path);
        if let Some(directory) = root.directory(path, missing)? {
            tracing::debug!(role = convert::role_name(*role), path = ?shown, "granted");
            grants.push(Grant { name: convert::role_name(*role), shown, directory });
        }
    }
    Ok(grants)
}

/// Rejects append-only directories: a run that fails there could not undo what it has done.
pub(super) fn refuse_append_only(grants: &[Grant], scripts: Option<&Scripts>) -> Result<(), Error> {
    let granted = grants.iter().map(|grant| (&grant.directory, grant.shown.as_path()));
    let scripts = scripts.map(|scripts| (scripts.directory(), scripts.shown()));
    match granted.chain(scripts).find(|(directory, _)| platform::is_append_only(directory)) {
        None => Ok(()),
        Some((_, path)) => Err(Error::Io {
            operation: "write to".to_owned(),
            path: path.to_owned(),
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
type Locks<'grants> = Result<Vec<platform::Lock>, &'grants Grant>;

/// Waits until no other run has locked any of the directories. Takes no lock.
pub(super) fn wait_unlocked(
    grants: &[Grant],
    patience: Duration,
    reporter: &Reporter,
) -> Result<(), Error> {
    wait_for(patience, reporter, || {
        for grant in grants {
            if platform::is_locked(&grant.directory).map_err(|error| unlockable(grant, &error))? {
                return Ok(Err(grant));
            }
        }
        Ok(Ok(()))
    })
}

/// Retries while another run has locked a directory.
fn wait_for<'grants, T>(
    patience: Duration,
    reporter: &Reporter,
    mut attempt: impl FnMut() -> Result<Result<T, &'grants Grant>, Error>,
) -> Result<T, Error> {
    let start = Instant::now();
    loop {
        let held = match attempt()? {
            Ok(done) => return Ok(done),
            Err(held) => held,
        };
        if start.elapsed() >= patience {
            let holder = platform::holder(&held.directory);
            return Err(Error::Locked { path: held.shown.clone(), holder });
        }
        if reporter.report(Progress { step: Step::Wait, files: 0, done: 0 }) == Decision::Cancel {
            return Err(Error::Cancelled);
        }
        thread::sleep(TICK);
    }
}

/// Locks all directories, or none.
pub(super) fn try_lock(grants: &[Grant]) -> Result<Locks<'_>, Error> {
    let mut locks = Vec::with_capacity(grants.len());
    for grant in grants {
        match platform::lock(&grant.directory).map_err(|error| unlockable(grant, &error))? {
            Some(lock) => locks.push(lock),
            None => return Ok(Err(grant)),
        }
    }
    Ok(Ok(locks))
}

/// The error for a directory that cannot be locked.
fn unlockable(grant: &Grant, error: &io::Error) -> Error {
    Error::Directory { path: grant.shown.clone(), detail: error.to_string() }
}

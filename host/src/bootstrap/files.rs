//! The files of an installation: what the report lists, and the times of their directories.

use super::target::Target;
use super::transact::Done;
use crate::bindings::ensurepip::bootstrap::types::Role;
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, PlanReport, PlannedFile};
use crate::convert;
use crate::error::Error;
use crate::grants::Grant;
use crate::manifest;
use crate::report::{File, Manifest, Outcome, vendored_in};
use crate::root::Root;
use crate::shims::Scripts;
use crate::times::Times;
use std::collections::HashSet;
use std::io;

/// The outcome of a dry run, from the plans for all wheels.
pub(super) fn planned(target: &Target, plans: Vec<PlanReport>) -> Outcome {
    let (mut planned, mut scripts, mut actions) = (Vec::new(), Vec::new(), Vec::new());
    for (number, mut plan) in plans.into_iter().enumerate() {
        planned.extend(plan.files.into_iter().map(|file| (number, file)));
        scripts.append(&mut plan.scripts);
        actions.push(plan.action);
    }
    let mut files: Vec<File> = planned
        .into_iter()
        .map(|(number, file)| File {
            path: target.path(file.role, &file.path),
            sha256: None,
            size: file.size,
            mode: Some(if file.executable { 0o755 } else { 0o644 }),
            wheel: Some(number),
        })
        .collect();
    files.sort();
    for file in &files {
        tracing::trace!(path = file.path, size = file.size, "planned");
    }
    Outcome::Planned { files, scripts, replaces: replaced(actions) }
}

/// The first version that is replaced.
pub(super) fn replaced(actions: Vec<Action>) -> Option<String> {
    actions.into_iter().find_map(|action| match action {
        Action::Upgrade(former) => Some(former.version),
        _ => None,
    })
}

/// The bill of materials that pip has of the libraries in its own package.
const VENDORED: &str = "pip/_vendor/bom.cdx.json";

/// Reads back every file that the component reports as written, and the scripts.
pub(super) fn manifest(
    target: &Target,
    root: &Root,
    grants: &[Grant],
    scripts: &Scripts,
    done: &Done,
) -> Result<Manifest, Error> {
    let unreadable = |path: &str, error: &io::Error| Error::Io {
        operation: "read".to_owned(),
        path: root.display(path),
        reason: error.to_string(),
    };
    // In an image, modes are those of its layer, on every system.
    let mode = |is_program| {
        let mode = if is_program { 0o755 } else { 0o644 };
        root.is_of_image().then_some(mode)
    };
    let programs: HashSet<(&str, &str)> = done
        .executables
        .iter()
        .map(|(role, path)| (convert::role_name(*role), path.as_str()))
        .collect();
    let mut files = Vec::with_capacity(done.report.files.len() + done.scripts.len());
    let mut vendored = Vec::new();
    for written in &done.report.files {
        let path = target.path(written.role, &written.path);
        let name = convert::role_name(written.role);
        let grant = grants.iter().find(|grant| grant.name == name);
        let grant = grant.ok_or_else(|| Error::Component(format!("it wrote to `{name}`")))?;
        let file = manifest::file(&grant.directory, &written.path, path.clone());
        let mut file = file.map_err(|error| unreadable(&path, &error))?;
        file.mode = mode(programs.contains(&(name, written.path.as_str()))).or(file.mode);
        file.wheel = usize::try_from(written.wheel).ok();
        files.push(file);
        if written.path == VENDORED {
            let text = manifest::text(&grant.directory, VENDORED);
            vendored = vendored_in(&text.map_err(|error| unreadable(&path, &error))?);
        }
    }
    for name in &done.scripts {
        let path = target.path(Role::Scripts, name);
        let file = manifest::file(scripts.directory(), name, path.clone());
        let mut file = file.map_err(|error| unreadable(&path, &error))?;
        file.mode = mode(true).or(file.mode);
        // The component reports the scripts of all wheels as one list.
        file.wheel = (done.actions.len() == 1).then_some(0);
        files.push(file);
    }
    files.sort();
    Ok(Manifest { files, vendored })
}

/// The times of all directories that a run changes. It holds no handle: a process may have as few as 16.
pub(super) struct RunTimes {
    /// In the order of the grants.
    granted: Vec<Times>,
    scripts: Option<Times>,
    /// Whether directories that existed before get their former times back.
    keep: bool,
}

impl RunTimes {
    /// Records the times before anything is written.
    pub(super) fn note(
        grants: &[Grant],
        scripts: Option<&Scripts>,
        files: &[PlannedFile],
        keep: bool,
    ) -> RunTimes {
        let of_grant = |grant: &Grant| {
            let own = files.iter().filter(|file| convert::role_name(file.role) == grant.name);
            Times::of(&grant.directory, own.map(|file| file.path.as_str()))
        };
        let granted = grants.iter().map(of_grant).collect();
        let scripts = scripts.map(|scripts| Times::of(scripts.directory(), []));
        RunTimes { granted, scripts, keep }
    }

    /// Sets the times after everything is written. pip is installed by then, so a time that cannot
    /// be set, such as that of another user's directory, does not fail the run.
    pub(super) fn settle(&self, grants: &[Grant], scripts: Option<&Scripts>, done: &Done) {
        for (grant, times) in grants.iter().zip(&self.granted) {
            let own = done.report.files.iter();
            let own = own.filter(|file| convert::role_name(file.role) == grant.name);
            let paths = own.map(|file| file.path.as_str());
            told(times.settle(&grant.directory, paths, done.modified, self.keep));
        }
        if let (Some(times), Some(scripts)) = (&self.scripts, scripts) {
            told(times.settle(scripts.directory(), [], done.modified, self.keep));
        }
    }

    /// Restores the former times as far as possible, after a run that failed or only removed.
    pub(super) fn restore(&self, grants: &[Grant], scripts: Option<&Scripts>) {
        let granted = grants.iter().map(|grant| &grant.directory).zip(&self.granted);
        let scripts = scripts.map(Scripts::directory).into_iter().zip(&self.scripts);
        for (directory, times) in granted.chain(scripts) {
            let _ = times.settle(directory, [], 0, self.keep);
        }
    }
}

/// Logs that a time could not be set.
fn told(settled: io::Result<()>) {
    if let Err(error) = settled {
        tracing::debug!(%error, "a directory keeps the time of this run");
    }
}

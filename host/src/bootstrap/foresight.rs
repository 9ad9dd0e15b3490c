//! Predicts what would make a run fail, without writing.
//!
//! A run discovers these problems by trying, and undoes what it has done. A dry run and `status`
//! query the system instead, in the order in which a run would meet the problems, and report the
//! same error. Problems that only a real attempt can reveal are left out: a full disk, and
//! concurrent changes.

use super::Bootstrap;
use super::directories::{all, open_grants, refuse_append_only, wait_unlocked};
use super::scheme::Resolution;
use super::target::Target;
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, PlanReport};
use crate::convert;
use crate::error::Error;
use crate::grants::{Grant, STAGE};
use crate::platform;
use crate::progress::Reporter;
use crate::root::{Kind, Missing, Root};
use crate::scarcity;
use crate::shims::Scripts;
use cap_std::fs::Dir;
use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

/// The suffix of metadata directories.
const METADATA: &str = ".dist-info";

/// The directory for bytecode, beside its sources.
const BYTECODE: &str = "__pycache__";

/// A run to predict.
pub(super) struct Look<'run> {
    pub(super) target: &'run Target,
    pub(super) resolution: &'run Resolution,
    /// What the run would do about each wheel; not `Keep` for at least one.
    pub(super) plans: &'run [PlanReport],
    /// How long to wait for another run to finish.
    pub(super) patience: Duration,
}

impl Bootstrap {
    /// Checks the interpreter that scripts will name, as a run does before it writes anything.
    pub(super) fn check_interpreter(&self, root: &mut Root, target: &Target) -> Result<(), Error> {
        let script_target = self.script_target(target);
        let path = script_target.interpreter().map_err(Error::Shims)?;
        let Some(path) = path.filter(|_| self.executable.is_some()) else { return Ok(()) };
        // One that is not there may come later, and one that cannot be looked at is not known.
        let place = root.look(path).ok().flatten();
        match place.map(|place| place.kind) {
            Some(Kind::Directory | Kind::Other) => {
                let path = root.display(path);
                Err(Error::Shims(format!("interpreter path is no file: `{}`", path.display())))
            }
            Some(Kind::Program | Kind::File) | None => Ok(()),
        }
    }

    /// Fails with the error that a writing run would report.
    pub(super) fn foresee(
        &self,
        look: &Look<'_>,
        root: &mut Root,
        reporter: &Reporter,
    ) -> Result<(), Error> {
        let Look { target, resolution, plans, patience } = look;
        scarcity::check_memory()?;
        let scheme = &resolution.scheme;
        for role in &resolution.grants {
            check_missing(root, convert::role_path(scheme, *role))?;
        }
        let grants = open_grants(root, resolution, Missing::Leave)?;
        check_missing(root, &scheme.scripts)?;
        let scripts = self.open_scripts(root, target, resolution, Missing::Leave)?;
        wait_unlocked(&all(&grants, scripts.as_ref()), *patience, reporter)?;
        refuse_append_only(&grants, scripts.as_ref())?;
        for grant in &grants {
            for plan in *plans {
                check_grant(grant, plan)?;
                if target.bytecode.is_some() && matches!(plan.action, Action::Install) {
                    check_bytecode(grant, plan)?;
                }
            }
        }
        let names: Vec<&str> =
            plans.iter().flat_map(|plan| &plan.scripts).map(String::as_str).collect();
        match &scripts {
            Some(scripts) => check_scripts(scripts, &names).map_err(Error::Shims),
            None => Ok(()),
        }
    }
}

/// Checks that a directory exists or can be created.
fn check_missing(root: &mut Root, path: &str) -> Result<(), Error> {
    if root.directory(path, Missing::Leave)?.is_some() {
        return Ok(());
    }
    let parent = root.nearest_existing(path)?;
    let failed =
        |error: io::Error| Error::Directory { path: root.display(path), detail: error.to_string() };
    platform::check_writable(&parent, ".").map_err(failed)
}

/// Checks that a run can write to a granted directory: to the directories that it adds files to,
/// and to those that it moves away.
fn check_grant(grant: &Grant, plan: &PlanReport) -> Result<(), Error> {
    let failed = |name: &str, error: &io::Error| Error::Io {
        operation: "write to".to_owned(),
        path: if name == "." { grant.shown.clone() } else { grant.shown.join(name) },
        reason: error.to_string(),
    };
    let directory = &grant.directory;
    let own = plan.files.iter().filter(|file| convert::role_name(file.role) == grant.name);
    let tops: BTreeSet<&str> = own.clone().filter_map(|file| file.path.split('/').next()).collect();
    for name in [".", STAGE].iter().chain(&tops) {
        check_additions(directory, name).map_err(|error| failed(name, &error))?;
    }
    // What is replaced is moved: a former version as a whole, else metadata that nothing belongs to, and
    // each file that is in the way.
    let moved: BTreeSet<String> = if let Action::Upgrade(former) = &plan.action {
        tops.into_iter().map(str::to_owned).chain([former.metadata.clone()]).collect()
    } else {
        let metadata = tops.into_iter().filter(|name| name.ends_with(METADATA));
        let files = own.map(|file| file.path.as_str());
        let files = files.filter(|path| !path.contains(&format!("{METADATA}/")));
        files.chain(metadata).map(str::to_owned).collect()
    };
    moved
        .iter()
        .try_for_each(|name| check_movable(directory, name).map_err(|error| failed(name, &error)))
}

/// Checks that the directories for bytecode exist or can be created.
fn check_bytecode(grant: &Grant, plan: &PlanReport) -> Result<(), Error> {
    let own = plan.files.iter().filter(|file| convert::role_name(file.role) == grant.name);
    let sources = own.filter(|file| file.path.ends_with(".py"));
    let directories: BTreeSet<String> = sources
        .map(|file| match file.path.rsplit_once('/') {
            Some((directory, _)) => format!("{directory}/{BYTECODE}"),
            None => BYTECODE.to_owned(),
        })
        .collect();
    for name in directories {
        let path = grant.shown.join(&name);
        let found = grant.directory.symlink_metadata(&name);
        if found.is_ok_and(|metadata| !metadata.is_dir()) {
            return Err(Error::Occupied { path });
        }
        check_additions(&grant.directory, &name).map_err(|error| Error::Io {
            operation: "write to".to_owned(),
            path,
            reason: error.to_string(),
        })?;
    }
    Ok(())
}

/// Checks that scripts can be written. The error becomes part of a message.
fn check_scripts(scripts: &Scripts, names: &[&str]) -> Result<(), String> {
    let shown = |name: &str| scripts.shown().join(name);
    platform::check_writable(scripts.directory(), ".")
        .map_err(|error| format!("`{}`: {error}", scripts.shown().display()))?;
    for name in names {
        let name = scripts.file_name(name);
        scripts.check_place(&name)?;
        for name in [Scripts::staged_name(&name), name] {
            check_movable(scripts.directory(), &name)
                .map_err(|error| format!("`{}`: {error}", shown(&name).display()))?;
        }
    }
    Ok(())
}

/// Checks that entries can be added to the directory of this name, if it exists.
fn check_additions(directory: &Dir, name: &str) -> io::Result<()> {
    let is_directory = directory.symlink_metadata(name).is_ok_and(|metadata| metadata.is_dir());
    if is_directory { platform::check_writable(directory, name) } else { Ok(()) }
}

/// Checks that the entry of this name, if it exists, can be moved to another directory. Moving a
/// directory requires write permission for it.
fn check_movable(directory: &Dir, name: &str) -> io::Result<()> {
    check_additions(directory, name)?;
    if platform::is_fixed(directory, name) {
        return Err(io::Error::other("it is immutable or append-only"));
    }
    Ok(())
}

//! Finds out everything that can be known without writing.

use super::state::{self, Removal};
use super::wheel_resource::WheelResource;
use crate::bindings::ensurepip::bootstrap::types::{
    Error, Python, Request, Role, Scheme, UnsupportedPython,
};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Action, Found, PlanReport, PlannedFile, ReadFile, WheelInfo,
};
use crate::entry_points::EntryPoint;
use crate::host::Host;
use crate::scheme;
use crate::scripts;
use crate::stage::check_place;
use crate::wheel::{Contents, Requires};
use crate::wheel_name::WheelName;
use pep440_rs::Version;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Checks the whole wheel and describes it. Other instances have read the files in
/// `read_elsewhere`.
pub(crate) fn check(
    wheel: &WheelResource,
    read_elsewhere: Vec<ReadFile>,
    host: &dyn Host,
) -> Result<WheelInfo, Error> {
    wheel.check(read_elsewhere, host).map(|contents| info(&contents))
}

fn info(contents: &Contents) -> WheelInfo {
    WheelInfo {
        project: contents.name.project.clone(),
        version: contents.name.version.clone(),
        requires_python: contents.requires_python.as_ref().map(|requires| requires.text.clone()),
        files: u32::try_from(contents.files.len()).unwrap_or(u32::MAX),
    }
}

/// Finds the version that would be kept, from the wheel's name alone.
pub(crate) fn find(
    wheel_name: &str,
    python: &Python,
    upgrade: bool,
    host: &dyn Host,
) -> Result<Found, Error> {
    let name = WheelName::parse(wheel_name)?;
    let scheme = scheme::resolve(python, &name.project)?;
    let present = state::look(host, (&name.project, Role::Purelib), &scheme, python)?;
    let kept = match state::decide(&present, &name, upgrade)? {
        Action::Keep(installed) => Some(installed),
        _ => None,
    };
    Ok(Found { scheme, kept })
}

/// Checks the whole wheel and reports what would be done, and in which directories.
pub(crate) fn plan(
    wheel: &WheelResource,
    python: &Python,
    request: &Request,
    host: &dyn Host,
) -> Result<PlanReport, Error> {
    let Plan { contents, scheme, action, work } = Plan::make(wheel, python, request, host)?;
    let grants = contents.roles(&scheme).into_iter().collect();
    let file = |file: &crate::wheel::File| PlannedFile {
        role: scheme::unify(file.role, contents.library, &scheme),
        path: file.path.as_str().to_owned(),
        size: file.data.size(),
        executable: file.executable,
    };
    let (files, scripts) = work.map_or_else(Default::default, |work| {
        let commands = work.commands.into_iter().map(|command| command.name);
        let brought = contents.scripts.iter().map(|script| script.name.clone());
        (contents.files.iter().map(file).collect(), brought.chain(commands).collect())
    });
    let WheelName { project, version } = contents.name.clone();
    Ok(PlanReport { project, version, scheme, grants, action, files, scripts })
}

/// What would be done, and everything needed to do it.
pub(super) struct Plan {
    pub(super) contents: Rc<Contents>,
    pub(super) scheme: Scheme,
    pub(super) action: Action,
    /// `None` if there is nothing to do.
    pub(super) work: Option<Work>,
}

/// An installation with no known obstacle.
pub(super) struct Work {
    pub(super) python: Python,
    pub(super) scheme: Scheme,
    pub(super) contents: Rc<Contents>,
    pub(super) commands: Vec<EntryPoint>,
    /// What will be removed, by library directory.
    pub(super) removals: Vec<Removal>,
    /// The file names of the scripts that belong to the removed versions.
    pub(super) former_scripts: BTreeSet<String>,
}

impl Plan {
    pub(super) fn make(
        wheel: &WheelResource,
        python: &Python,
        request: &Request,
        host: &dyn Host,
    ) -> Result<Plan, Error> {
        let contents = wheel.contents(host)?;
        let project = &contents.name.project;
        let scheme = scheme::resolve(python, project)?;
        check_python(&contents, python)?;
        let present = state::look(host, (project, contents.library), &scheme, python)?;
        let action = state::decide(&present, &contents.name, request.upgrade)?;
        if matches!(action, Action::Keep(_)) {
            return Ok(Plan { contents, scheme, action, work: None });
        }
        let cache_tag = python.cache_tag.as_deref();
        let (removals, former_scripts) = state::removals(host, present, cache_tag)?;
        check_places(host, &contents, &scheme, &removals)?;
        let commands = scripts::choose(&contents.commands, request.scripts, python);
        let work = Work {
            python: python.clone(),
            scheme: scheme.clone(),
            contents: Rc::clone(&contents),
            commands,
            removals,
            former_scripts,
        };
        Ok(Plan { contents, scheme, action, work: Some(work) })
    }
}

/// Checks the wheel's `Requires-Python` against the target.
fn check_python(contents: &Contents, python: &Python) -> Result<(), Error> {
    let Some(Requires { text, specifiers }) = &contents.requires_python else { return Ok(()) };
    let found = python.version;
    let version = Version::new([found.major, found.minor, found.micro].map(u64::from));
    if specifiers.contains(&version) {
        return Ok(());
    }
    Err(Error::UnsupportedPython(UnsupportedPython { requires: text.clone(), found }))
}

/// Checks that the place of every file is free, or will be after the removals.
fn check_places(
    host: &dyn Host,
    contents: &Contents,
    scheme: &Scheme,
    removals: &[Removal],
) -> Result<(), Error> {
    let freed = |removal: &Removal| (removal.role, removal.paths().map(str::to_owned).collect());
    let mut free: BTreeMap<Role, BTreeSet<String>> = removals.iter().map(freed).collect();
    for file in &contents.files {
        let role = scheme::unify(file.role, contents.library, scheme);
        if let Some(directory) = host.directory(role) {
            check_place(role, &*directory, &file.path, free.entry(role).or_default())?;
        }
    }
    Ok(())
}

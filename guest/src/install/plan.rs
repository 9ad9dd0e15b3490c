//! Finds out everything that can be known without writing.

use super::conflicts;
use super::planned::Planned;
use super::state::{self, Removal};
use super::wheel_resource::WheelResource;
use crate::bindings::ensurepip::bootstrap::types::{
    Error, Python, Request, Role, UnsupportedPython,
};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Action, Found, PlanReport, PlannedFile, ReadFile, WheelInfo,
};
use crate::host::Host;
use crate::scheme;
use crate::scripts;
use crate::stage::check_place;
use crate::wheel::{Contents, Requires, debundled};
use crate::wheel_name::WheelName;
use pep440_rs::Version;
use std::collections::{BTreeMap, BTreeSet};

/// Checks the whole wheel and describes it. Other instances have read the files in
/// `read_elsewhere`.
pub(crate) fn check(
    wheel: &WheelResource,
    read_elsewhere: Vec<ReadFile>,
    host: &dyn Host,
) -> Result<WheelInfo, Error> {
    let contents = wheel.check(read_elsewhere, host)?;
    Ok(WheelInfo {
        project: contents.name.project.clone(),
        version: contents.name.version.clone(),
        requires_python: contents.requires_python.as_ref().map(|requires| requires.text.clone()),
        requires_dist: contents.requires_dist.clone(),
        license_expression: contents.licenses.expression.clone(),
        licenses: contents.licenses.names.clone(),
        files: u32::try_from(contents.files.len()).unwrap_or(u32::MAX),
        sha256: wheel.file_digest().map(|digest| digest.to_vec()),
    })
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
    let present = state::with_metadata(&present);
    Ok(Found { scheme, kept, present })
}

/// Checks the wheels as a whole and reports what would be done, and in which directories.
pub(crate) fn plan(
    wheels: &[&WheelResource],
    python: &Python,
    request: &Request,
    host: &dyn Host,
) -> Result<Vec<PlanReport>, Error> {
    let plan = Plan::make(wheels, python, request, host)?;
    Ok(plan.wheels.into_iter().map(report).collect())
}

fn report(planned: Planned) -> PlanReport {
    let grants = planned.contents.roles(&planned.scheme).into_iter().collect();
    let file = |file: &crate::wheel::File| PlannedFile {
        role: planned.role(file.role),
        path: file.path.as_str().to_owned(),
        size: file.data.size(),
        executable: file.executable,
    };
    let (files, scripts) = if planned.is_new() {
        let scripts = planned.script_names().map(str::to_owned).collect();
        (planned.contents.files.iter().map(file).collect(), scripts)
    } else {
        (Vec::new(), Vec::new())
    };
    let WheelName { project, version } = planned.contents.name.clone();
    let Planned { scheme, action, .. } = planned;
    PlanReport { project, version, scheme, grants, action, files, scripts }
}

/// What would be done. There is no known obstacle.
pub(super) struct Plan {
    pub(super) wheels: Vec<Planned>,
    /// What will be removed, by library directory.
    pub(super) removals: Vec<Removal>,
    /// The file names of the scripts that belong to the removed versions.
    pub(super) former_scripts: BTreeSet<String>,
}

impl Plan {
    pub(super) fn make(
        wheels: &[&WheelResource],
        python: &Python,
        request: &Request,
        host: &dyn Host,
    ) -> Result<Plan, Error> {
        // All wheels are checked before anything else.
        let contents = wheels.iter().map(|wheel| wheel.contents(host));
        let contents = contents.collect::<Result<Vec<_>, Error>>()?;
        debundled::check(&contents.iter().map(|contents| &**contents).collect::<Vec<_>>())?;
        let mut outdated = Vec::new();
        let mut planned = Vec::with_capacity(contents.len());
        for (wheel, contents) in wheels.iter().zip(contents) {
            let project = &contents.name.project;
            let scheme = scheme::resolve(python, project)?;
            check_python(&contents, python)?;
            let mut present = state::look(host, (project, contents.library), &scheme, python)?;
            let action = state::decide(&present, &contents.name, request.upgrade)?;
            if !matches!(action, Action::Keep(_)) {
                outdated.append(&mut present);
            }
            let commands = scripts::choose(&contents.commands, request.scripts, python);
            let (file_name, source) = (wheel.file_name().to_owned(), wheel.source().clone());
            planned.push(Planned { file_name, source, contents, scheme, action, commands });
        }
        let wheels = planned;
        let cache_tag = python.cache_tag.as_deref();
        let (removals, former_scripts) = state::removals(host, outdated, cache_tag)?;
        let new: Vec<_> = (0..).zip(&wheels).filter(|(_, wheel)| wheel.is_new()).collect();
        conflicts::check(&new)?;
        check_places(host, &new, &removals)?;
        Ok(Plan { wheels, removals, former_scripts })
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
    wheels: &[(u32, &Planned)],
    removals: &[Removal],
) -> Result<(), Error> {
    let freed = |removal: &Removal| (removal.role, removal.paths().map(str::to_owned).collect());
    let mut free: BTreeMap<Role, BTreeSet<String>> = removals.iter().map(freed).collect();
    for (_, wheel) in wheels {
        for file in &wheel.contents.files {
            let role = wheel.role(file.role);
            if let Some(directory) = host.directory(role) {
                check_place(role, &*directory, &file.path, free.entry(role).or_default())?;
            }
        }
    }
    Ok(())
}

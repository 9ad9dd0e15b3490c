//! Compares the directories that the component names with the facts about the Python.
//!
//! These directories are created, opened and granted. If the component could choose them, it could
//! reach any directory. So this module derives the same paths from the facts and accepts no others.
//! It compares paths as text and opens none.

use crate::bindings::ensurepip::bootstrap::types::{self, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::PlanReport;
use crate::convert::{ROLES, role_name, role_path};
use crate::error::Error;
use crate::facts::{Facts, Paths, Scheme, SchemeName};
use crate::wheels::Wheel;
use std::sync::Arc;

/// The only directory that the bundled wheels have files for.
pub(super) const PLACE_OF_PIP: Role = Role::Purelib;

/// Where the files of the wheels go.
#[derive(Clone)]
pub(super) struct Resolution {
    /// The names of the projects, as the wheels spell them, in their order.
    pub(super) projects: Vec<String>,
    /// The directories, by role. That for headers is the one of the wheel that has headers.
    pub(super) scheme: types::Scheme,
    /// The roles of the directories that the component needs.
    pub(super) grants: Vec<Role>,
}

impl Resolution {
    /// Takes the directories from the component's answers, one for each wheel.
    ///
    /// Fails if they are for other wheels or another Python, or if a directory may not be granted.
    pub(super) fn of(
        facts: &Facts,
        wheels: &[Arc<Wheel>],
        plans: &[PlanReport],
    ) -> Result<Resolution, Error> {
        let mut grants = Vec::new();
        for (wheel, plan) in wheels.iter().zip(plans) {
            check_plan(facts, wheel, plan)?;
            for role in &plan.grants {
                if !grants.contains(role) {
                    grants.push(*role);
                }
            }
        }
        let has_headers = |plan: &&PlanReport| plan.grants.contains(&Role::Headers);
        let plan = plans.iter().find(has_headers).or(plans.first());
        let plan = plan.ok_or_else(|| Error::Component("it was given no wheel".to_owned()))?;
        let scheme = plan.scheme.clone();
        let mut paths = Vec::with_capacity(grants.len());
        for role in &grants {
            let path = role_path(&scheme, *role);
            if paths.contains(&path) {
                return Err(Error::Component(format!("it asked twice for the directory `{path}`")));
            }
            paths.push(path);
        }
        let projects = plans.iter().map(|plan| plan.project.clone()).collect();
        Ok(Resolution { projects, scheme, grants })
    }
}

/// Fails unless every directory of a project's scheme is the one derived from the facts.
pub(super) fn check(facts: &Facts, project: &str, found: &types::Scheme) -> Result<(), Error> {
    let expected = expected(facts, project);
    for role in ROLES {
        let (found, expected) = (role_path(found, role), role_path(&expected, role));
        if found != expected {
            let (name, found) = (role_name(role), found.escape_debug());
            let words = format!("its directory for `{name}` is `{found}`, not `{expected}`");
            return Err(Error::Component(words));
        }
    }
    for library in [&found.purelib, &found.platlib] {
        if overlap(facts, library, &found.scripts) {
            let scripts = &found.scripts;
            let detail =
                format!("its library `{library}` and its scripts directory `{scripts}` overlap");
            return Err(Error::PythonAnswer { path: facts.executable.clone(), detail });
        }
    }
    Ok(())
}

/// Fails if the component's answer is for another wheel or another Python. Also fails if it requests
/// the scripts directory, the same directory twice, or one that a bundled wheel has no files for.
fn check_plan(facts: &Facts, wheel: &Wheel, plan: &PlanReport) -> Result<(), Error> {
    let PlanReport { project, version, scheme, grants, .. } = plan;
    if (project, version) != (&wheel.project, &wheel.version) {
        let (project, version) = (project.escape_debug(), version.escape_debug());
        let words = format!("it resolved `{project}` `{version}` for `{}`", wheel.name);
        return Err(Error::Component(words));
    }
    check(facts, project, scheme)?;
    for (index, role) in grants.iter().enumerate() {
        let (name, path) = (role_name(*role), role_path(scheme, *role));
        if *role == Role::Scripts || wheel.path.is_none() && *role != PLACE_OF_PIP {
            return Err(Error::Component(format!("it asked for the `{name}` directory `{path}`")));
        }
        if grants[..index].contains(role) {
            return Err(Error::Component(format!("it asked twice for the directory `{path}`")));
        }
    }
    Ok(())
}

/// The scheme of a project, derived from the facts.
fn expected(facts: &Facts, project: &str) -> types::Scheme {
    let Paths { purelib, platlib, include, scripts, data } = match &facts.scheme {
        Scheme::Reported(paths) => paths.clone(),
        Scheme::Named(name) => expand(*name, facts),
    };
    let [major, minor, _] = facts.version;
    // A virtual environment shares the include directory of its base, and pip does not install there.
    let include = if facts.prefix == facts.base_prefix {
        include
    } else {
        format!("{data}/include/site/python{major}.{minor}")
    };
    let headers = native(facts, &format!("{include}/{project}"));
    types::Scheme { purelib, platlib, headers, scripts, data }
}

/// The paths of a scheme known by name, as `sysconfig` and distributors define them.
fn expand(name: SchemeName, facts: &Facts) -> Paths {
    let Facts { prefix, exec_prefix, base_prefix, abiflags, .. } = facts;
    let [major, minor, _] = facts.version;
    let implementation = match facts.implementation.as_str() {
        "cpython" => "python",
        other => other,
    };
    let python = format!("{implementation}{major}.{minor}");
    let threads = if facts.free_threaded { "t" } else { "" };
    // `sys.platlibdir` came with 3.9.
    let platlibdir = if (major, minor) < (3, 9) { "lib" } else { &facts.platlibdir };
    let (local, platlibdir, library) = match name {
        SchemeName::Nt => {
            let library = format!("{prefix}/Lib/site-packages");
            return Paths {
                purelib: native(facts, &library),
                platlib: native(facts, &library),
                include: native(facts, &format!("{base_prefix}/Include")),
                scripts: native(facts, &format!("{prefix}/Scripts")),
                data: native(facts, prefix),
            };
        }
        SchemeName::PosixPrefix => ("", platlibdir, format!("{python}{threads}/site-packages")),
        SchemeName::PosixLocal => ("/local", "lib", format!("{python}/dist-packages")),
        SchemeName::RpmLocal => ("/local", platlibdir, format!("{python}{threads}/site-packages")),
    };
    Paths {
        purelib: native(facts, &format!("{prefix}{local}/lib/{library}")),
        platlib: native(facts, &format!("{exec_prefix}{local}/{platlibdir}/{library}")),
        include: native(facts, &format!("{base_prefix}/include/{python}{abiflags}")),
        scripts: native(facts, &format!("{prefix}{local}/bin")),
        data: native(facts, &format!("{prefix}{local}")),
    }
}

/// Converts a path to its platform's separator. Removes the double separator after a base that ends
/// in one.
fn native(facts: &Facts, path: &str) -> String {
    if facts.os == "nt" {
        path.replace('/', "\\").replace("\\\\", "\\")
    } else {
        path.replace("//", "/")
    }
}

/// Whether two directories are the same, or one contains the other. Windows ignores case.
fn overlap(facts: &Facts, one: &str, other: &str) -> bool {
    let is_windows = facts.os == "nt";
    let names = |path: &str| -> Vec<String> {
        let names = path.split(|c| c == '/' || is_windows && c == '\\');
        let names = names.filter(|name| !name.is_empty() && *name != ".");
        names.map(|name| if is_windows { name.to_lowercase() } else { name.to_owned() }).collect()
    };
    let (one, other) = (names(one), names(other));
    one.starts_with(&other) || other.starts_with(&one)
}

#[cfg(test)]
mod tests;

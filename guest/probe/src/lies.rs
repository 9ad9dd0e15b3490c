//! False answers about directories and files.
//!
//! A run that reaches these answers installs a wheel whose local version names the lie:
//! `pip-0+LIE-py3-none-any.whl`. All other parts of the answers conform to the contract.

use crate::bindings::ensurepip::bootstrap::types::{Python, Role, Scheme, SchemeSource};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, PlanReport, WheelInfo};

/// The lie that a wheel's name requests; none for any other wheel.
pub(crate) fn named(wheel_name: &str) -> Option<&str> {
    wheel_name.strip_prefix("pip-0+")?.split('-').next()
}

/// A wheel that may be installed.
pub(crate) fn info(lie: &str) -> WheelInfo {
    let project = if lie == "project" { "another" } else { "pip" };
    let (project, version) = (project.to_owned(), format!("0+{lie}"));
    WheelInfo {
        project,
        version,
        requires_python: None,
        requires_dist: Vec::new(),
        license_expression: None,
        licenses: Vec::new(),
        files: 1,
        sha256: None,
    }
}

/// The directories: as reported by the Python, unless the lie is `ROLE.PLACE`.
pub(crate) fn scheme(lie: &str, python: Python) -> Scheme {
    let SchemeSource::Reported(paths) = python.scheme_source else {
        panic!("the Python was not asked");
    };
    let mut scheme = Scheme {
        purelib: paths.purelib,
        platlib: paths.platlib,
        headers: format!("{}/pip", paths.include),
        scripts: paths.scripts,
        data: paths.data,
    };
    let scripts = scheme.scripts.clone();
    let Some((role, place)) = lie.split_once('.') else { return scheme };
    let path = match role {
        "purelib" => &mut scheme.purelib,
        "platlib" => &mut scheme.platlib,
        "headers" => &mut scheme.headers,
        "scripts" => &mut scheme.scripts,
        "data" => &mut scheme.data,
        _ => return scheme,
    };
    *path = match place {
        "beside" => "/decoy".to_owned(),
        "above" => format!("{path}{}/decoy", "/..".repeat(20)),
        "top" => "/".to_owned(),
        "scripts" => scripts,
        _ => panic!("no such place"),
    };
    scheme
}

/// Something to do, and the grants it needs: the library, unless the lie is `grants.ROLE`. A scheme that
/// is true in `find` but not here is `later.ROLE.PLACE`.
pub(crate) fn plan(lie: &str, python: Python) -> PlanReport {
    let grants = match lie.strip_prefix("grants.") {
        Some("scripts") => vec![Role::Purelib, Role::Scripts],
        Some("twice") => vec![Role::Purelib, Role::Purelib],
        _ => vec![Role::Purelib],
    };
    let scheme = scheme(lie.strip_prefix("later.").unwrap_or(lie), python);
    let WheelInfo { project, version, .. } = info(lie);
    let action = if lie == "plan" { Action::Absent } else { Action::Install };
    let (files, scripts) = (Vec::new(), Vec::new());
    PlanReport { project, version, scheme, grants, action, files, scripts }
}

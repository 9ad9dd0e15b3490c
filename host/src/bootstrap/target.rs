//! What is installed, for which Python, and what there is to say of it.

use crate::bindings::ensurepip::bootstrap::types::{self, Installed};
use crate::bindings::exports::ensurepip::bootstrap::installer::Resolution;
use crate::convert::{self, Subject};
use crate::error::Error;
use crate::interpreter::Facts;
use crate::report::{Granted, Outcome, Report};
use crate::root::Root;
use crate::user_site::Scope;
use crate::wheels::Wheel;
use std::path::PathBuf;

/// What is installed, and for which Python.
pub(super) struct Target {
    pub(super) python: PathBuf,
    pub(super) facts: Facts,
    pub(super) scope: Scope,
    pub(super) wheel: Wheel,
    /// None as long as it is not resolved.
    pub(super) scheme: Option<types::Scheme>,
}

impl Target {
    /// An error of the component, in our own words.
    pub(super) fn explain(&self, root: &Root, error: types::Error) -> Error {
        let wheel = (self.wheel.name.as_str(), self.wheel.version.as_str());
        Subject { root, facts: &self.facts, wheel, scheme: self.scheme.as_ref() }.error(error)
    }

    pub(super) fn report(self, root: &Root, resolution: Resolution, outcome: Outcome) -> Report {
        let granted = resolution.grants.iter().map(|role| Granted {
            role: convert::role_name(*role),
            path: root.display(convert::role_path(&resolution.scheme, *role)),
        });
        Report {
            granted: granted.collect(),
            project: resolution.project,
            version: resolution.version,
            wheel: self.wheel.path.unwrap_or_else(|| PathBuf::from(self.wheel.name)),
            python: self.facts.executable,
            python_version: self.facts.version.map(|number| number.to_string()).join("."),
            scripts_directory: root.display(&resolution.scheme.scripts),
            is_user_installation_for_want: self.scope == Scope::UserForWant,
            outcome,
        }
    }
}

/// The outcome that the target keeps what it has.
pub(super) fn kept(root: &Root, found: &Installed, target: &Target) -> Outcome {
    let path = target.scheme.as_ref().map(|scheme| convert::role_path(scheme, found.role));
    Outcome::Kept {
        version: found.version.clone(),
        directory: root.display(path.unwrap_or_default()),
    }
}

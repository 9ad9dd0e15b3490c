//! What is installed, for which Python, and how to report on it.

use super::scheme::{Resolution, check};
use crate::bindings::ensurepip::bootstrap::types::{self, Installed, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Request};
use crate::bytecode::Pack;
use crate::convert::{self, ROLES, Subject};
use crate::error::Error;
use crate::facts::{Facts, Paths, Scheme};
use crate::report::{self, Change, Found, Granted, Licenses, Scope, WheelReport, WheelSource};
use crate::root::Root;
use crate::sandbox::{Access, Failure, Sandbox};
use crate::wheels::Wheel;
use std::iter;
use std::path::PathBuf;
use std::sync::Arc;

/// Where bytecode comes from.
#[derive(Clone)]
pub(super) enum BytecodeSource {
    /// An interpreter compiles it.
    Interpreter(PathBuf),
    /// A pack has it.
    Pack(PathBuf),
}

/// What is installed, and for which Python.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) facts: Facts,
    /// Where bytecode comes from; `None` if no bytecode is wanted.
    pub(super) bytecode: Option<BytecodeSource>,
    pub(super) scope: Scope,
    /// The wheel of pip; without pip, the first of the others.
    pub(super) wheel: Arc<Wheel>,
    /// The wheels that are installed beside it.
    pub(super) others: Vec<Arc<Wheel>>,
    /// The licences that they state, in the order of all wheels; empty until these are known.
    pub(super) licenses: Vec<Licenses>,
    /// `None` until it is resolved.
    pub(super) scheme: Option<types::Scheme>,
}

impl Target {
    /// All wheels.
    pub(super) fn wheels(&self) -> Vec<Arc<Wheel>> {
        [&self.wheel].into_iter().chain(&self.others).cloned().collect()
    }

    /// Converts the failure of a transaction to the host's error.
    pub(super) fn explain_failure(&self, root: &Root, failure: Failure) -> Error {
        match failure {
            Failure::Answer(error) => self.explain(root, error),
            Failure::Run(error) => error,
        }
    }

    /// Converts the component's error to the host's.
    pub(super) fn explain(&self, root: &Root, error: types::Error) -> Error {
        self.explain_about(root, &self.wheel, error)
    }

    /// Likewise, for an error about one wheel.
    pub(super) fn explain_about(&self, root: &Root, wheel: &Wheel, error: types::Error) -> Error {
        let others = self.others.iter().map(|other| other.name.as_str());
        let names: Vec<&str> = [self.wheel.name.as_str()].into_iter().chain(others).collect();
        let wheel = (wheel.name.as_str(), wheel.version.as_str());
        let scheme = self.scheme.as_ref();
        Subject { root, facts: &self.facts, wheel, wheels: &names, scheme }.error(error)
    }

    /// Has the component resolve the install scheme, and checks it.
    ///
    /// If both library directories are the same one, through a link such as `lib64 -> lib`, both
    /// get the same path: a directory must be granted, locked and staged only once.
    pub(super) fn locate(
        &mut self,
        sandbox: &mut Sandbox,
        root: &mut Root,
    ) -> Result<types::Scheme, Error> {
        let mut scheme = self.ask_for_scheme(sandbox, root)?;
        let types::Scheme { purelib, platlib, headers, scripts, data } = &scheme;
        if purelib != platlib && root.is_one_directory(purelib, platlib)? {
            // Headers have a directory of their own for each distribution.
            let include = headers.rfind(['/', '\\']).map_or("", |end| &headers[..end]);
            self.facts.scheme = Scheme::Reported(Paths {
                purelib: purelib.clone(),
                platlib: purelib.clone(),
                include: include.to_owned(),
                scripts: scripts.clone(),
                data: data.clone(),
            });
            scheme = self.ask_for_scheme(sandbox, root)?;
        }
        tracing::debug!(wheel = self.wheel.name, ?scheme, "resolved");
        self.scheme = Some(scheme.clone());
        Ok(scheme)
    }

    fn ask_for_scheme(&self, sandbox: &mut Sandbox, root: &Root) -> Result<types::Scheme, Error> {
        let found = sandbox.find(&Access::default(), &self.wheel.name, &self.facts, false)?;
        let scheme = found.map_err(|error| self.explain(root, error))?.scheme;
        check(&self.facts, &self.wheel.project, &scheme)?;
        Ok(scheme)
    }

    /// Has the component name the directories that it needs, and checks them.
    pub(super) fn resolve(
        &mut self,
        sandbox: &mut Sandbox,
        root: &mut Root,
        request: &Request,
    ) -> Result<Resolution, Error> {
        self.locate(sandbox, root)?;
        let wheels = self.wheels();
        let plans = sandbox.plan(&Access::default(), &wheels, &self.facts, request)?;
        let plans = plans.map_err(|error| self.explain(root, error))?;
        let resolution = Resolution::of(&self.facts, &wheels, &plans)?;
        self.scheme = Some(resolution.scheme.clone());
        Ok(resolution)
    }

    /// Reads the bytecode pack, and verifies all of it; `None` if there is none.
    pub(super) fn pack(&self) -> Result<Option<Pack>, Error> {
        let Some(BytecodeSource::Pack(path)) = &self.bytecode else { return Ok(None) };
        // All files of a bundled wheel go to the library directory.
        let place = |file: &str| self.path(Role::Purelib, file);
        Pack::open(path, &self.facts, &self.wheel, place).map(Some)
    }

    /// The path of a file in the target, given its path in the directory of its role.
    pub(super) fn path(&self, role: Role, path: &str) -> String {
        let directory = self.scheme.as_ref().map_or("", |scheme| convert::role_path(scheme, role));
        if self.facts.os == "nt" {
            format!("{directory}\\{}", path.replace('/', "\\"))
        } else {
            format!("{directory}/{path}")
        }
    }

    /// The parts of a report that are about the target.
    pub(super) fn report(
        self,
        root: &Root,
        resolution: Resolution,
        changes: Vec<Change>,
    ) -> (report::Python, Vec<WheelReport>, report::Scheme, Scope) {
        let licenses = self.licenses.iter().cloned().chain(iter::repeat_with(Licenses::default));
        let wheels = self.wheels().into_iter().zip(licenses);
        let wheels = wheels.map(|(wheel, licenses)| source(&wheel, licenses)).zip(changes);
        let wheels = wheels.map(|(source, change)| WheelReport { source, change }).collect();
        let facts = self.facts;
        let python = report::Python {
            is_virtual_environment: facts.prefix != facts.base_prefix,
            executable: facts.executable,
            asked: facts.origin.interpreter,
            others: facts.origin.others,
            version: facts.version.map(|number| number.to_string()).join("."),
            implementation: facts.implementation,
            platform: facts.platform,
        };
        let scheme = resolution.scheme;
        let granted = resolution.grants.iter().map(|role| Granted {
            role: convert::role_name(*role),
            path: root.display(convert::role_path(&scheme, *role)),
        });
        let scheme = report::Scheme {
            granted: granted.collect(),
            scripts: root.display(&scheme.scripts),
            paths: ROLES.map(|role| {
                (convert::role_name(role), convert::role_path(&scheme, role).to_owned())
            }),
        };
        (python, wheels, scheme, self.scope)
    }
}

/// Describes a wheel, with the licences that it states.
fn source(wheel: &Wheel, licenses: Licenses) -> WheelSource {
    WheelSource {
        project: wheel.project.clone(),
        version: wheel.version.clone(),
        sha256: wheel.sha256.clone(),
        file_name: wheel.name.clone(),
        directory: wheel.path.as_ref().and_then(|path| Some(path.parent()?.to_owned())),
        licenses: if wheel.path.is_some() { licenses } else { Licenses::default() },
    }
}

/// What became of the project of a wheel.
pub(super) fn change(root: &Root, action: &Action, target: &Target) -> Change {
    match action {
        Action::Install => Change::Installed { replaced: None },
        Action::Upgrade(former) => Change::Installed { replaced: Some(former.version.clone()) },
        Action::Keep(installed) => Change::Kept(found(root, installed, target)),
        Action::Remove(removed) => Change::Removed { version: removed.version.clone() },
        Action::Other(other) => Change::Other(found(root, other, target)),
        Action::Absent => Change::Absent,
    }
}

/// Describes a version that the component has found.
pub(super) fn found(root: &Root, found: &Installed, target: &Target) -> Found {
    let path = target.scheme.as_ref().map(|scheme| convert::role_path(scheme, found.role));
    Found { version: found.version.clone(), directory: root.display(path.unwrap_or_default()) }
}

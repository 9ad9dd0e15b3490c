//! What is installed, for which Python, and how to report on it.

use super::scheme::{Resolution, check, check_resolution};
use crate::bindings::ensurepip::bootstrap::types::{self, Installed, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{PlanReport, Request};
use crate::bytecode::Pack;
use crate::convert::{self, ROLES, Subject};
use crate::error::Error;
use crate::facts::{Facts, Paths, Scheme};
use crate::report::{self, Found, Granted, Scope, WheelSource};
use crate::root::Root;
use crate::sandbox::{Access, Failure, Sandbox};
use crate::wheels::Wheel;
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
    pub(super) wheel: Arc<Wheel>,
    /// `None` until it is resolved.
    pub(super) scheme: Option<types::Scheme>,
}

impl Target {
    /// Converts the failure of a transaction to the host's error.
    pub(super) fn explain_failure(&self, root: &Root, failure: Failure) -> Error {
        match failure {
            Failure::Answer(error) => self.explain(root, error),
            Failure::Run(error) => error,
        }
    }

    /// Converts the component's error to the host's.
    pub(super) fn explain(&self, root: &Root, error: types::Error) -> Error {
        let wheel = (self.wheel.name.as_str(), self.wheel.version.as_str());
        Subject { root, facts: &self.facts, wheel, scheme: self.scheme.as_ref() }.error(error)
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
        let found = sandbox.find(Access::default(), &self.wheel.name, &self.facts, false)?;
        let scheme = found.map_err(|error| self.explain(root, error))?.scheme;
        check(&self.facts, &scheme)?;
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
        let plan = sandbox.plan(&Access::default(), &self.wheel, &self.facts, request)?;
        let plan = plan.map_err(|error| self.explain(root, error))?;
        let PlanReport { project, version, scheme, grants, .. } = plan;
        let resolution = Resolution { project, version, scheme, grants };
        check_resolution(&self.facts, &self.wheel, &resolution)?;
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
    ) -> (report::Python, WheelSource, report::Scheme, Scope) {
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
        let wheel = WheelSource {
            project: resolution.project,
            version: resolution.version,
            sha256: self.wheel.sha256.clone(),
            file_name: self.wheel.name.clone(),
            directory: self.wheel.path.as_ref().and_then(|path| Some(path.parent()?.to_owned())),
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
        (python, wheel, scheme, self.scope)
    }
}

/// Describes a pip that the component has found.
pub(super) fn found(root: &Root, found: &Installed, target: &Target) -> Found {
    let path = target.scheme.as_ref().map(|scheme| convert::role_path(scheme, found.role));
    Found { version: found.version.clone(), directory: root.display(path.unwrap_or_default()) }
}

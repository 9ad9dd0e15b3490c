//! A set of wheels: those that are installed beside the first, and what all of them require.

use super::Bootstrap;
use super::candidates::choose_wheel;
use super::directories::{open_grants, open_packages};
use super::scheme::Resolution;
use super::target::Target;
use crate::bindings::ensurepip::bootstrap::types::{self, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::WheelInfo;
use crate::error::{Error, SetError};
use crate::facts::Facts;
use crate::libc;
use crate::requirements::{self, Environment, Member, Wanted};
use crate::root::{Missing, Root};
use crate::sandbox::{Access, Sandbox};
use crate::wheels::{Fit, Storage};

/// What is wanted, with what the component has found about the wheel for it.
pub(super) type Described<'run> = (&'run Wanted, WheelInfo);

impl Bootstrap {
    /// Chooses the wheels that are installed beside the first.
    pub(super) fn choose_others<'run>(
        &self,
        sandbox: &mut Sandbox,
        target: &mut Target,
        (others, storage): (&'run [Wanted], &mut Storage),
        (fit, root): (&Fit, &Root),
    ) -> Result<Vec<Described<'run>>, Error> {
        let mut described = Vec::with_capacity(others.len());
        for wanted in others {
            let mut candidates = self.candidates(wanted)?;
            fit.sort(&mut candidates);
            let beside = target.wheels();
            let given = (wanted, &candidates[..], &mut *storage);
            let (wheel, info) = choose_wheel(sandbox, target, given, (fit, root), (None, &beside))?;
            target.others.push(wheel);
            described.push((wanted, info));
        }
        Ok(described)
    }

    /// Looks up in the set and in the target what the wheels require. Returns the error for what is
    /// not there.
    pub(super) fn unmet(
        &self,
        sandbox: &mut Sandbox,
        target: &Target,
        (root, resolution): (&mut Root, &Resolution),
        set: &[Described<'_>],
    ) -> Result<Option<Error>, Error> {
        if self.no_deps || set.iter().all(|(_, info)| info.requires_dist.is_empty()) {
            return Ok(None);
        }
        let mut inventory = Inventory::new(sandbox, target, root, resolution);
        let mut members = Vec::with_capacity(set.len());
        for (wheel, (wanted, info)) in target.wheels().iter().zip(set) {
            // What the target keeps was installed with what it requires.
            let (version, requires) = match inventory.kept(&wheel.name, self.upgrade)? {
                Some(kept) => (kept, &[][..]),
                None => (info.version.clone(), &info.requires_dist[..]),
            };
            members.push((*wanted, version, requires));
        }
        let members: Vec<Member<'_>> = members
            .iter()
            .map(|(wanted, version, requires)| Member {
                name: &wanted.name,
                version,
                requires,
                extras: &wanted.extras,
            })
            .collect();
        let mut failed = None;
        let installed = |project: &str| {
            inventory.version(project).unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        };
        let unmet = requirements::unmet(&members, installed, &Environment::of(&target.facts));
        match (failed, unmet) {
            (Some(error), _) => Err(error),
            (None, unmet) if unmet.is_empty() => Ok(None),
            (None, unmet) => {
                let unmet = unmet.iter().map(|one| format!("  {one}")).collect();
                Ok(Some(SetError::Unmet { unmet }.into()))
            }
        }
    }
}

/// What the wheels for a Python have to be made for. Its C library is looked for unless all wheels are for
/// any platform.
pub(super) fn fit(facts: &Facts, root: &mut Root, are_for_any: bool) -> Result<Fit, Error> {
    let is_asked = !are_for_any && facts.platform.starts_with("linux");
    let runtime = match facts.executable.to_str().filter(|_| is_asked) {
        Some(interpreter) => libc::find(interpreter, |path| root.open(path))?,
        None => None,
    };
    Ok(Fit::of(facts, runtime))
}

/// Looks up which versions the target has.
struct Inventory<'run> {
    sandbox: &'run mut Sandbox,
    target: &'run Target,
    root: &'run mut Root,
    /// The library directories.
    libraries: Resolution,
}

impl<'run> Inventory<'run> {
    fn new(
        sandbox: &'run mut Sandbox,
        target: &'run Target,
        root: &'run mut Root,
        resolution: &Resolution,
    ) -> Inventory<'run> {
        let mut grants = vec![Role::Purelib];
        if resolution.scheme.platlib != resolution.scheme.purelib {
            grants.push(Role::Platlib);
        }
        Inventory { sandbox, target, root, libraries: Resolution { grants, ..resolution.clone() } }
    }

    /// The version that the target keeps if a wheel of this name is installed; none if it gets the
    /// wheel.
    fn kept(&mut self, wheel_name: &str, upgrade: bool) -> Result<Option<String>, Error> {
        let grants = open_grants(self.root, &self.libraries, Missing::Leave)?;
        let access = Access::read_only(grants);
        let found = self.sandbox.find(&access, wheel_name, &self.target.facts, upgrade)?;
        match found {
            Ok(found) => Ok(found.kept.map(|installed| installed.version)),
            // It is there, whatever keeps it from being replaced.
            Err(types::Error::UnknownFiles(found) | types::Error::UnreadableMetadata(found)) => {
                Ok(Some(found.version))
            }
            Err(types::Error::SeveralVersions(found)) => {
                Ok(found.into_iter().next().map(|installed| installed.version))
            }
            Err(error) => Err(self.target.explain(self.root, error)),
        }
    }

    /// The version of a project that counts for what requires it, by its canonical name: that of the
    /// library directories, else the first one that the Python finds in other directories. What is
    /// there belongs to a distributor or to a base Python, and no run replaces or removes it.
    fn version(&mut self, project: &str) -> Result<Option<String>, Error> {
        let name = format!("{}-0-py3-none-any.whl", project.replace('-', "_"));
        let kept = self.kept(&name, false)?;
        if kept.is_some() {
            return Ok(kept);
        }
        for path in &self.target.facts.site_packages {
            let Some(grant) = open_packages(self.root, &self.libraries.scheme, path)? else {
                continue;
            };
            let access = Access::read_only(vec![grant]);
            let found = match self.sandbox.find(&access, &name, &self.target.facts, false)? {
                // Also without any file: distributors leave out `RECORD`, which would list them.
                Ok(found) => found.present,
                Err(
                    types::Error::UnknownFiles(found) | types::Error::UnreadableMetadata(found),
                ) => vec![found],
                Err(types::Error::SeveralVersions(found)) => found,
                Err(error) => return Err(self.explain_at(path, error)),
            };
            // For pip, metadata that states nothing is no distribution.
            let mut versions = found.into_iter().map(|installed| installed.version);
            if let Some(version) = versions.find(|version| !version.is_empty()) {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }

    /// Converts the component's error about a directory that is none of the library directories.
    fn explain_at(&self, path: &str, error: types::Error) -> Error {
        let mut target = self.target.clone();
        target.scheme.iter_mut().for_each(|scheme| path.clone_into(&mut scheme.purelib));
        target.explain(self.root, error)
    }
}

//! What to install: pip, unless it is left out, and what arguments and files add.

use super::Bootstrap;
use crate::error::{Error, SetError};
use crate::facts::Facts;
use crate::requirements::{self, Environment, Wanted};
use crate::wheels::Wheel;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Bootstrap {
    /// Also installs a project, from the [`wheel_directory`](Bootstrap::wheel_directory): `NAME` or
    /// `NAME==VERSION`, with extras in brackets if wanted (PEP 508). May be called several times. All
    /// wheels are installed in one transaction, and what they require has to be among them or in the
    /// target.
    #[must_use]
    pub fn with(mut self, project: impl Into<String>) -> Bootstrap {
        self.with.push(project.into());
        self
    }

    /// Also installs what a requirements file of pip pins by `==`, from the
    /// [`wheel_directory`](Bootstrap::wheel_directory). Markers are evaluated for the target. If it has
    /// hashes, each wheel must have one of those of its project. May be called several times.
    #[must_use]
    pub fn requirements(mut self, file: impl Into<PathBuf>) -> Bootstrap {
        self.requirements.push(file.into());
        self
    }

    /// Also installs what a lock file lists for the target (PEP 751), from the
    /// [`wheel_directory`](Bootstrap::wheel_directory). May be called several times.
    #[must_use]
    pub fn lock(mut self, file: impl Into<PathBuf>) -> Bootstrap {
        self.locks.push(file.into());
        self
    }

    /// Installs only what [`with`](Bootstrap::with), [`requirements`](Bootstrap::requirements) and
    /// [`lock`](Bootstrap::lock) name. The work of [`uninstall`](Bootstrap::uninstall) is limited
    /// likewise.
    #[must_use]
    pub fn without_pip(mut self, without_pip: bool) -> Bootstrap {
        self.without_pip = without_pip;
        self
    }

    /// Does not look up what the wheels require.
    #[must_use]
    pub fn no_deps(mut self, no_deps: bool) -> Bootstrap {
        self.no_deps = no_deps;
        self
    }

    /// Whether other projects than pip are wanted, or not even pip.
    pub(super) fn wants_set(&self) -> bool {
        self.without_pip || self.wants_others()
    }

    fn wants_others(&self) -> bool {
        !(self.with.is_empty() && self.requirements.is_empty() && self.locks.is_empty())
    }

    /// Fails if what is wanted cannot be installed into any target.
    pub(super) fn check_wanted(&self) -> Result<(), Error> {
        if self.without_pip && !self.wants_others() {
            return Err(SetError::Empty.into());
        }
        if self.wants_others() && self.wheel_directory.is_none() {
            return Err(SetError::NoDirectory.into());
        }
        if self.wants_set() && self.bytecode_pack.is_some() {
            return Err(SetError::BytecodePack.into());
        }
        self.with.iter().try_for_each(|text| named(text).map(drop))
    }

    /// pip, with the digest that was given for it.
    pub(super) fn wanted_pip(&self) -> Wanted {
        let hashes = self.sha256.iter().map(|digest| digest.to_ascii_lowercase()).collect();
        Wanted { hashes, ..Wanted::any("pip") }
    }

    /// All that is wanted for a target. pip is the first, unless it is left out. Each project is there once.
    pub(super) fn wanted(&self, facts: &Facts) -> Result<Vec<Wanted>, Error> {
        let mut wanted = Vec::new();
        if !self.without_pip {
            wanted.push(self.wanted_pip());
        }
        for text in &self.with {
            add(&mut wanted, named(text)?)?;
        }
        let environment = Environment::of(facts);
        for path in &self.requirements {
            add_listed(&mut wanted, path, requirements::read_file(path, &environment))?;
        }
        for path in &self.locks {
            add_listed(&mut wanted, path, requirements::read_lock(path, &environment))?;
        }
        check_hashes(&wanted)?;
        if wanted.is_empty() { Err(SetError::Empty.into()) } else { Ok(wanted) }
    }
}

/// Fails if some projects have hashes and others have none. The digest that is given for pip is for pip alone.
fn check_hashes(wanted: &[Wanted]) -> Result<(), Error> {
    let mut others = wanted.iter().filter(|one| one.name != "pip");
    match others.find(|one| one.hashes.is_empty()).filter(|_| requires_hashes(wanted)) {
        Some(one) => Err(SetError::NoHash { project: one.shown_name.clone() }.into()),
        None => Ok(()),
    }
}

/// Likewise, for the wheels that were chosen: pip needs a hash as well, unless it is a bundled one, which is
/// the one that the program was built with.
pub(super) fn check_chosen(wheels: &[Arc<Wheel>], wanted: &[Wanted]) -> Result<(), Error> {
    let mut chosen = wheels.iter().zip(wanted);
    let lacking = chosen.find(|(wheel, one)| one.hashes.is_empty() && wheel.path.is_some());
    match lacking.filter(|_| requires_hashes(wanted)) {
        Some((_, one)) => Err(SetError::NoHash { project: one.shown_name.clone() }.into()),
        None => Ok(()),
    }
}

/// Whether a project other than pip has hashes, so that all need one.
fn requires_hashes(wanted: &[Wanted]) -> bool {
    wanted.iter().any(|one| one.name != "pip" && !one.hashes.is_empty())
}

/// What an argument names.
fn named(text: &str) -> Result<Wanted, Error> {
    text.parse().map_err(|detail| SetError::Requirement { text: text.to_owned(), detail }.into())
}

/// Adds what a file lists.
fn add_listed(
    wanted: &mut Vec<Wanted>,
    path: &Path,
    listed: Result<Vec<Wanted>, String>,
) -> Result<(), Error> {
    let listed = listed.map_err(|detail| SetError::File { path: path.to_owned(), detail })?;
    listed.into_iter().try_for_each(|new| add(wanted, new))
}

/// Adds what is wanted of a project.
fn add(wanted: &mut Vec<Wanted>, new: Wanted) -> Result<(), Error> {
    if let Some(known) = wanted.iter_mut().find(|known| known.name == new.name) {
        known.merge(new).map_err(SetError::Contradiction)?;
    } else {
        wanted.push(new);
    }
    Ok(())
}

//! The state of the target: which versions of the project it has, which count, and what to remove.

use crate::bindings::ensurepip::bootstrap::types::{
    Error, Installed, OsName, Python, Role, Scheme,
};
use crate::bindings::exports::ensurepip::bootstrap::installer::Action;
use crate::directory::{Directory, Failure, Kind};
use crate::host::Host;
use crate::installed::{self, Distribution, Layout};
use crate::owned::{self, Owned, Whole};
use crate::scheme;
use crate::stage::{self, DECISIVE, Left};
use crate::wheel_name::WheelName;
use pep440_rs::Version;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::str::FromStr as _;

/// A distribution of the project that has, or had, metadata in the target.
pub(super) struct Present {
    installed: Installed,
    /// `None` if it is not a valid version: older than any other.
    version: Option<Version>,
    files: Files,
}

/// The files of a distribution.
enum Files {
    /// Its `RECORD` lists them.
    Known(Owned),
    /// The package exists, and a `.dist-info` directory whose `RECORD` is missing or lists nothing
    /// in this directory.
    Unlisted(Owned),
    /// Its layout predates `RECORD`.
    Unknown,
    /// Its metadata cannot be read.
    Unreadable,
    /// None exist. Metadata alone is not an installation; its scripts may exist.
    Gone(Owned),
    /// An interrupted run had moved its metadata out, or not yet in. The metadata lists the files
    /// that are still to be removed, or that were put in.
    Left(Owned),
    /// An interrupted run was moving its metadata file by file: the decisive file is in the stage,
    /// not in place. To be removed like `Left`.
    Parted(Owned),
}

impl Present {
    /// Whether it counts as installed.
    fn is_real(&self) -> bool {
        !matches!(self.files, Files::Gone(_)) && !self.is_left()
    }

    /// Records that the package is not its own. Without another sign, it has no files.
    fn lose_package(&mut self) {
        if let Files::Unlisted(owned) = &mut self.files {
            self.files = Files::Gone(std::mem::take(owned));
        }
    }

    /// Whether an interrupted run has left it.
    fn is_left(&self) -> bool {
        matches!(self.files, Files::Left(_) | Files::Parted(_))
    }

    /// Whether its metadata is only partly in place.
    fn is_parted(&self) -> bool {
        matches!(self.files, Files::Parted(_))
    }
}

/// What has to be removed from one library directory.
pub(super) struct Removal {
    pub(super) role: Role,
    /// The whole metadata directories: one that stays would still be an installed distribution.
    pub(super) metadata: Vec<Whole>,
    /// The files, or directories that contain no others.
    pub(super) files: Vec<Whole>,
}

impl Removal {
    /// The paths that the removal frees.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.metadata.iter().chain(&self.files).map(|whole| whole.path.as_str())
    }
}

/// Looks for a project in the library directories of the target, the wheel's own first, and for
/// what interrupted runs have left of it.
pub(super) fn look(
    host: &dyn Host,
    (project, library): (&str, Role),
    scheme: &Scheme,
    python: &Python,
) -> Result<Vec<Present>, Error> {
    let mut libraries: Vec<Library> = Vec::with_capacity(2);
    for role in [library, Role::Purelib, Role::Platlib] {
        let role = scheme::unify(role, scheme);
        let is_new = libraries.iter().all(|place| place.role != role);
        if let Some(directory) = host.directory(role).filter(|_| is_new) {
            let paths = (scheme::directory(scheme, role), scheme.scripts.as_str());
            libraries.push(Library { role, directory, project, os: python.os, paths });
        }
    }
    let mut present = Vec::new();
    let mut left = Remains::default();
    for place in &libraries {
        place.look(&mut present, &mut left).map_err(|failure| failure.of(place.role))?;
    }
    if left.count_beside(&present) {
        present.extend(left.taken.into_iter().chain(left.coming));
    }
    Ok(present)
}

/// What interrupted runs have left of the project.
#[derive(Default)]
struct Remains {
    /// Versions whose metadata was moved out.
    taken: Vec<Present>,
    /// Versions that were about to be installed.
    coming: Vec<Present>,
}

impl Remains {
    /// Whether they count beside versions with metadata. Usually an installed version makes them
    /// obsolete. There are two exceptions: metadata is only partly moved; or the run was to move
    /// several versions out and did not reach this one, so that the version it was to install is
    /// missing.
    fn count_beside(&self, present: &[Present]) -> bool {
        let is_there = |coming: &Present| {
            let mut real = present.iter().filter(|present| present.is_real());
            real.any(|present| present.installed.metadata == coming.installed.metadata)
        };
        let is_under_way = || !self.taken.is_empty() && !self.coming.iter().all(is_there);
        !present.iter().any(Present::is_real)
            || present.iter().any(Present::is_parted)
            || is_under_way()
    }
}

/// A library directory to inspect.
struct Library<'look> {
    role: Role,
    directory: Rc<dyn Directory>,
    project: &'look str,
    os: OsName,
    /// The paths of the directory itself and of the scripts directory.
    paths: (&'look str, &'look str),
}

impl Library<'_> {
    /// Finds versions that have metadata, and versions whose metadata an interrupted run had moved
    /// or was about to move.
    fn look(&self, present: &mut Vec<Present>, remains: &mut Remains) -> Result<(), Failure> {
        let names = self.directory.list(".")?.named;
        let left = stage::left(&*self.directory, &names)?;
        let (mut here, mut taken, mut coming) = (Vec::new(), Vec::new(), Vec::new());
        for found in installed::find(&names, self.project) {
            if self.is_parted(&found, &left)? {
                let files = Files::Parted(self.read(&found.metadata)?.unwrap_or_default());
                let version = found.version_in_name().to_owned();
                here.push(self.found(found, version, files));
                continue;
            }
            let version = found.version(&*self.directory)?;
            let files = if version.is_some() { self.files(&found)? } else { Files::Unreadable };
            let version = version.unwrap_or_else(|| found.version_in_name().to_owned());
            here.push(self.found(found, version, files));
        }
        for (sides, remains) in [(left.taken, &mut taken), (left.coming, &mut coming)] {
            for (side, names) in sides {
                for found in installed::find(&names, self.project) {
                    if found.layout == Layout::DistInfo
                        && let Some(owned) = self.read(&format!("{side}/{}", found.metadata))?
                    {
                        let version = found.version_in_name().to_owned();
                        remains.push(self.found(found, version, Files::Left(owned)));
                    }
                }
            }
        }
        // A package that belongs to one of them does not show that another one is installed.
        let mut others = here.iter().chain(&taken).chain(&coming);
        if others.any(|other| matches!(other.files, Files::Known(_)) || other.is_left()) {
            here.iter_mut().for_each(Present::lose_package);
        }
        present.append(&mut here);
        remains.taken.append(&mut taken);
        remains.coming.append(&mut coming);
        Ok(())
    }

    fn found(&self, found: Distribution, version: String, files: Files) -> Present {
        let parsed = installed::parsed(&version);
        let installed = Installed { version, role: self.role, metadata: found.metadata };
        Present { installed, version: parsed, files }
    }

    /// Whether an interrupted run was moving this metadata: part of it, or all, is in the stage.
    fn is_parted(&self, found: &Distribution, left: &Left) -> Result<bool, Failure> {
        let decisive = format!("{}/{DECISIVE}", found.metadata);
        Ok(found.layout == Layout::DistInfo
            && left.has_directory(&found.metadata)
            && self.directory.kind(&decisive)? != Some(Kind::Other))
    }

    /// Determines the files of a distribution.
    fn files(&self, found: &Distribution) -> Result<Files, Failure> {
        if found.layout != Layout::DistInfo {
            return Ok(Files::Unknown);
        }
        let owned = self.read(&found.metadata)?.unwrap_or_default();
        if owned.has_any(&*self.directory, &found.metadata)? {
            return Ok(Files::Known(owned));
        }
        let package = self.directory.kind(self.project)?;
        let has_package = match package {
            None => false,
            // A link, wherever it leads: files that are listed may be behind it.
            Some(Kind::Other) => true,
            // Where `RECORD` lists nothing that is there, the package is the best sign.
            Some(Kind::Directory) => {
                let module = format!("{}/__init__.py", self.project);
                self.directory.kind(&module)? == Some(Kind::Other)
            }
        };
        Ok(if has_package { Files::Unlisted(owned) } else { Files::Gone(owned) })
    }

    fn read(&self, metadata: &str) -> Result<Option<Owned>, Failure> {
        Owned::read(&*self.directory, metadata, self.os, self.paths)
    }
}

/// Decides how to install a wheel of this name. Afterwards exactly one version is installed:
/// several versions that are not all to be replaced are an error.
pub(super) fn decide(
    present: &[Present],
    wheel: &WheelName,
    upgrade: bool,
) -> Result<Action, Error> {
    check_readable(present)?;
    let Some(newest) = newest(present) else { return Ok(Action::Install) };
    // An upgrade that was begun is completed, whether it is asked for once more or not.
    let is_asked = upgrade || present.iter().any(Present::is_left);
    let is_new = newest.version >= wanted(wheel);
    let several = several(present);
    if !several.is_empty() && (newest.version > wanted(wheel) || !is_asked) {
        return Err(Error::SeveralVersions(several));
    }
    if several.is_empty() && (is_new || !is_asked) {
        return Ok(Action::Keep(newest.installed.clone()));
    }
    check_known(present)?;
    Ok(Action::Upgrade(newest.installed.clone()))
}

/// Checks that all metadata can be read.
fn check_readable(present: &[Present]) -> Result<(), Error> {
    match present.iter().find(|present| matches!(present.files, Files::Unreadable)) {
        Some(unreadable) => Err(Error::UnreadableMetadata(unreadable.installed.clone())),
        None => Ok(()),
    }
}

/// Checks that the files of each distribution are known.
fn check_known(present: &[Present]) -> Result<(), Error> {
    let is_unknown =
        |present: &&Present| matches!(present.files, Files::Unlisted(_) | Files::Unknown);
    match present.iter().find(is_unknown) {
        Some(unknown) => Err(Error::UnknownFiles(unknown.installed.clone())),
        None => Ok(()),
    }
}

/// All distributions with metadata in place, if there are several.
fn several(present: &[Present]) -> Vec<Installed> {
    let found = with_metadata(present);
    if found.len() > 1 { found } else { Vec::new() }
}

/// All distributions with metadata in place.
pub(super) fn with_metadata(present: &[Present]) -> Vec<Installed> {
    let found = present.iter().filter(|present| !present.is_left());
    found.map(|present| present.installed.clone()).collect()
}

/// Decides what to remove, and leaves only that in `present`: the version of the wheel, what
/// interrupted runs have left of it, and metadata without files. If no version is installed, all
/// that such runs have left is removed, whatever its version: they were removing or replacing it.
/// Afterwards no version is installed: several that are not all of the wheel's version are an
/// error.
pub(super) fn decide_removal(
    present: &mut Vec<Present>,
    wheel: &WheelName,
) -> Result<Action, Error> {
    check_readable(present)?;
    let wanted = wanted(wheel);
    let parted = present.iter().find(|present| present.is_parted() && present.version == wanted);
    let found = parted.or_else(|| newest(present));
    let found = found.or_else(|| newest_left(present, wanted.as_ref()));
    let Some(found) = found.or_else(|| present.last()) else {
        return Ok(Action::Absent);
    };
    let installed = found.installed.clone();
    let is_whole = found.is_real();
    let is_other = |present: &Present| present.is_real() && present.version != wanted;
    let several = several(present);
    if !several.is_empty() && present.iter().any(is_other) {
        return Err(Error::SeveralVersions(several));
    }
    if !found.is_left() && found.version != wanted {
        return Ok(Action::Other(installed));
    }
    check_known(present)?;
    present.retain(|present| {
        let is_wanted = present.version == wanted;
        is_wanted || !(present.is_real() || is_whole && present.is_left())
    });
    Ok(Action::Remove(installed))
}

/// Removes what interrupted runs have left of these projects in any directory, unless it is still
/// needed.
pub(super) fn sweep(host: &dyn Host, present: &[Present], projects: &[String]) {
    if present.iter().any(Present::is_left) {
        return;
    }
    // Libraries last: their metadata is the last thing to be finished.
    for role in [Role::Headers, Role::Data, Role::Platlib, Role::Purelib] {
        host.directory(role).into_iter().for_each(|directory| stage::sweep(&*directory, projects));
    }
}

/// The newest version that counts as installed; of equal ones, the first that Python finds.
fn newest(present: &[Present]) -> Option<&Present> {
    let real = present.iter().filter(|present| present.is_real());
    real.rev().max_by(|left, right| left.version.cmp(&right.version))
}

/// Which version to name of those that interrupted runs have left: the requested one if possible,
/// else the newest.
fn newest_left<'present>(
    present: &'present [Present],
    wanted: Option<&Version>,
) -> Option<&'present Present> {
    let left = present.iter().filter(|present| present.is_left());
    left.max_by_key(|present| {
        let version = present.version.as_ref();
        (version.is_some() && version == wanted, version)
    })
}

/// The version of the wheel.
fn wanted(wheel: &WheelName) -> Option<Version> {
    Version::from_str(&wheel.version).ok()
}

/// Finds everything to remove for these distributions: in the library directories, and the names of
/// their scripts.
pub(super) fn removals(
    host: &dyn Host,
    present: Vec<Present>,
    cache_tag: Option<&str>,
) -> Result<(Vec<Removal>, BTreeSet<String>), Error> {
    let mut by_role: BTreeMap<Role, (Vec<String>, Owned)> = BTreeMap::new();
    for Present { installed, files, .. } in present {
        let (metadata, owned) = by_role.entry(installed.role).or_default();
        if !matches!(files, Files::Left(_)) {
            metadata.push(installed.metadata);
        }
        match files {
            Files::Known(files)
            | Files::Unlisted(files)
            | Files::Gone(files)
            | Files::Left(files)
            | Files::Parted(files) => owned.add(files),
            Files::Unknown | Files::Unreadable => {}
        }
    }
    let (mut removals, mut scripts) = (Vec::new(), BTreeSet::new());
    for (role, (names, owned)) in by_role {
        let directory = host.directory(role).ok_or(Error::NotGranted(role))?;
        let find = || -> Result<Removal, Failure> {
            let files = owned.find(&*directory, cache_tag, &names)?;
            let metadata = names.iter().map(|name| owned::all_of(&*directory, name));
            Ok(Removal { role, metadata: metadata.collect::<Result<_, _>>()?, files })
        };
        removals.push(find().map_err(|failure| failure.of(role))?);
        scripts.extend(owned.scripts);
    }
    Ok((removals, scripts))
}

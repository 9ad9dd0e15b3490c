//! The state of the target: which versions of the project it has, which of them count, and what
//! of them is to go.

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

/// A distribution of the project that has metadata in the target, or had.
pub(super) struct Present {
    installed: Installed,
    /// None if it is not one: such a version is older than any.
    version: Option<Version>,
    files: Files,
}

/// The files of a distribution.
enum Files {
    /// Its `RECORD` lists them.
    Known(Owned),
    /// The package is there, and a `.dist-info` directory whose `RECORD` is missing or lists nothing
    /// in this directory.
    Unlisted(Owned),
    /// It has the layout of the time before `RECORD`.
    Unknown,
    /// Its metadata cannot be read.
    Unreadable,
    /// There are none. What has metadata only is not really installed; its scripts may be there.
    Gone(Owned),
    /// A run that was stopped had taken its metadata out, or not yet put it in. It tells what is
    /// still to go, or was put in.
    Left(Owned),
    /// A run that was stopped was moving its metadata file by file: what is in place lacks the file
    /// that decides, which is in the stage. It is to go like what was left.
    Parted(Owned),
}

impl Present {
    /// Whether it counts as installed.
    fn is_real(&self) -> bool {
        !matches!(self.files, Files::Gone(_)) && !self.is_left()
    }

    /// Notes that the package is not its own. Where there was no other sign of its files, there is none.
    fn lose_package(&mut self) {
        if let Files::Unlisted(owned) = &mut self.files {
            self.files = Files::Gone(std::mem::take(owned));
        }
    }

    /// Whether it is what a run that was stopped has left.
    fn is_left(&self) -> bool {
        matches!(self.files, Files::Left(_) | Files::Parted(_))
    }

    /// Whether its metadata is in place in part.
    fn is_parted(&self) -> bool {
        matches!(self.files, Files::Parted(_))
    }
}

/// What is to go from one library directory.
pub(super) struct Removal {
    pub(super) role: Role,
    /// The metadata directories, whole: one that stays would still be an installed distribution.
    pub(super) metadata: Vec<Whole>,
    /// The files, or directories that hold no others.
    pub(super) files: Vec<Whole>,
}

impl Removal {
    /// The paths that will be free.
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
        let role = scheme::unify(role, library, scheme);
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
    /// What had its metadata taken out.
    taken: Vec<Present>,
    /// What was about to get it.
    coming: Vec<Present>,
}

impl Remains {
    /// Whether they count beside what has metadata. What is installed makes them history, unless it
    /// is what a run had not yet taken out, beside others: what that run was about to put in is not
    /// there then. Nor do they become history while any metadata is in place in part.
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

/// A library directory to look into.
struct Library<'look> {
    role: Role,
    directory: Rc<dyn Directory>,
    project: &'look str,
    os: OsName,
    /// The paths of the directory itself and of the scripts directory.
    paths: (&'look str, &'look str),
}

impl Library<'_> {
    /// Finds what has metadata, and what had it or was about to have it when a run was stopped.
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

    /// Whether the metadata in place is what a run has not moved that was stopped meanwhile, or all
    /// that it had moved.
    fn is_parted(&self, found: &Distribution, left: &Left) -> Result<bool, Failure> {
        let decisive = format!("{}/{DECISIVE}", found.metadata);
        Ok(found.layout == Layout::DistInfo
            && left.has_directory(&found.metadata)
            && self.directory.kind(&decisive)? != Some(Kind::Other))
    }

    /// Judges what a distribution has beside its metadata.
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

/// Decides what to do about what is present, if a wheel of this name is to be installed. Afterwards one
/// version is installed: several that are not all to be replaced are an error.
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

/// Checks that it is known which files belong to what is present.
fn check_known(present: &[Present]) -> Result<(), Error> {
    let is_unknown =
        |present: &&Present| matches!(present.files, Files::Unlisted(_) | Files::Unknown);
    match present.iter().find(is_unknown) {
        Some(unknown) => Err(Error::UnknownFiles(unknown.installed.clone())),
        None => Ok(()),
    }
}

/// All distributions that have metadata in its place, if there are several: Python finds each of them.
fn several(present: &[Present]) -> Vec<Installed> {
    let found = present.iter().filter(|present| !present.is_left());
    let found: Vec<Installed> = found.map(|present| present.installed.clone()).collect();
    if found.len() > 1 { found } else { Vec::new() }
}

/// Decides what becomes of what is present if it is to be removed: only the version of the wheel
/// goes, what runs that were stopped have left of it, and metadata without files. Where none is
/// installed, what they have left goes whatever its version: such a run was about to remove it, or
/// would have made room for another. Afterwards none is installed: several that are not all of the
/// version of the wheel are an error. Leaves what goes.
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

/// Removes what runs that were stopped have left in any directory, unless something is still to be
/// known from it.
pub(super) fn sweep(host: &dyn Host, present: &[Present]) {
    if present.iter().any(Present::is_left) {
        return;
    }
    for role in [Role::Purelib, Role::Platlib, Role::Headers, Role::Data] {
        host.directory(role).into_iter().for_each(|directory| stage::sweep(&*directory));
    }
}

/// The newest version that counts as installed; of equal ones the first that Python finds.
fn newest(present: &[Present]) -> Option<&Present> {
    let real = present.iter().filter(|present| present.is_real());
    real.rev().max_by(|left, right| left.version.cmp(&right.version))
}

/// What to name of that which runs that were stopped have left: the version that is asked for if it
/// is among that, else the newest.
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

/// Finds all that goes with what is present: what is to go from the library directories, and the
/// names of its scripts.
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

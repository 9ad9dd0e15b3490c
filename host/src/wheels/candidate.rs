//! Wheels that could be installed: known by name, and not read yet.

use super::file_name::FileName;
use super::{Contents, Storage, Wheel};
use crate::error::Error;
use crate::requirements::Wanted;
use ensurepip_wheels::{BUNDLED, BundledWheel};
use pep440_rs::Version;
use std::fs;
use std::path::{Path, PathBuf};

/// A wheel that could be installed.
pub(crate) struct Candidate {
    /// Its file name.
    pub(crate) name: String,
    /// What that says.
    pub(super) parsed: FileName,
    location: Location,
}

enum Location {
    Bundled(&'static BundledWheel),
    File(PathBuf),
}

/// The bundled wheels of pip, the newest first.
pub(crate) fn bundled() -> Vec<Candidate> {
    let candidates = BUNDLED.iter().filter_map(|wheel| {
        let parsed = FileName::parse(wheel.file_name)?;
        let location = Location::Bundled(wheel);
        Some(Candidate { name: wheel.file_name.to_owned(), parsed, location })
    });
    candidates.collect()
}

/// The wheels of a project in a directory, the newest first, at least one; what `WHEEL_PKG_DIR` is to
/// ensurepip, which goes by name and so takes 9 for newer than 26.
pub(crate) fn in_directory(directory: &Path, wanted: &Wanted) -> Result<Vec<Candidate>, Error> {
    let none = |detail: String| Error::WheelDirectory {
        wanted: wanted.to_string(),
        path: directory.to_owned(),
        detail,
    };
    let (mut candidates, mut versions, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for entry in fs::read_dir(directory).map_err(|error| none(error.to_string()))? {
        let entry = entry.map_err(|error| none(error.to_string()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let parsed = FileName::parse(&name).filter(|parsed| parsed.name == wanted.name);
        match parsed.filter(|_| entry.path().is_file()) {
            Some(parsed) if wanted.accepts(&parsed.version) => {
                let location = Location::File(entry.path());
                candidates.push(Candidate { name, parsed, location });
            }
            Some(parsed) => versions.push(parsed.version_text),
            None => others.push(name),
        }
    }
    if candidates.is_empty() {
        // Its other versions are the best explanation.
        let mut found = if versions.is_empty() { others } else { versions };
        found.sort();
        found.dedup();
        found.truncate(5);
        let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
        return Err(none(format!("found {found}")));
    }
    // Of one version under two names, the first by name.
    candidates.sort_by(|one, other| {
        other.version().cmp(one.version()).then_with(|| one.name.cmp(&other.name))
    });
    Ok(candidates)
}

impl Candidate {
    /// Its version.
    pub(crate) fn version(&self) -> &Version {
        &self.parsed.version
    }

    /// Its version, as in the file name.
    pub(crate) fn version_text(&self) -> &str {
        &self.parsed.version_text
    }

    /// Whether it is for every platform.
    pub(crate) fn is_for_any_platform(&self) -> bool {
        self.parsed.platforms.iter().any(|platform| platform == "any")
    }

    /// The Pythons it supports, where that is known without reading it.
    pub(crate) fn requires_python(&self) -> Option<&'static str> {
        match self.location {
            Location::Bundled(wheel) => Some(wheel.requires_python),
            Location::File(_) => None,
        }
    }

    /// Reads it. It is trusted if it is bundled, or has one of the SHA-256 digests that are wanted.
    /// A bundled one is unpacked later, when its contents are needed.
    pub(crate) fn read(&self, wanted: &Wanted, storage: &mut Storage) -> Result<Wheel, Error> {
        let name = self.name.clone();
        let FileName { project, version_text: version, .. } = self.parsed.clone();
        match &self.location {
            Location::Bundled(wheel) => {
                let (contents, sha256) = (Contents::Bundled(wheel), wheel.sha256.to_owned());
                Ok(Wheel { name, path: None, project, version, contents, sha256, trusted: true })
            }
            Location::File(path) => {
                let taken = storage.take(path);
                let (contents, sha256) =
                    taken.map_err(|reason| Error::WheelRead { path: path.clone(), reason })?;
                let (path, trusted) = (Some(path.clone()), wanted.hashes.contains(&sha256));
                Ok(Wheel { name, path, project, version, contents, sha256, trusted })
            }
        }
    }
}

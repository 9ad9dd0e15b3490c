//! A project that a set has to contain.

use super::requirement::Requirement;
use crate::project::canonical;
use pep440_rs::{Operator, Version, VersionSpecifier};
use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::str::FromStr;

/// A project that a set has to contain, and which wheel of it. All are requested, also what a requirements file
/// or a lock file lists, as with pip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Its canonical name.
    pub(crate) name: String,
    /// Its name as it was given.
    pub(crate) shown_name: String,
    /// The extras that were asked for, in their canonical form.
    pub(crate) extras: BTreeSet<String>,
    /// The only version that is wanted; none if any is.
    pub(crate) version: Option<Version>,
    /// The SHA-256 digests of the wheels that are accepted, in lower-case hexadecimal; none if all
    /// are.
    pub(crate) hashes: BTreeSet<String>,
}

impl Wanted {
    /// Any version of a project.
    pub(crate) fn any(name: &str) -> Wanted {
        Wanted {
            name: canonical(name),
            shown_name: name.to_owned(),
            extras: BTreeSet::new(),
            version: None,
            hashes: BTreeSet::new(),
        }
    }

    /// Whether it is pip, of any version.
    pub(crate) fn is_any_pip(&self) -> bool {
        self.name == "pip" && self.version.is_none()
    }

    /// Whether this version is wanted. As with `==`, a local version such as `1.0+cpu` counts as the
    /// version itself unless a local one is wanted.
    pub(crate) fn accepts(&self, version: &Version) -> bool {
        self.version.as_ref().is_none_or(|wanted| {
            let specifier = VersionSpecifier::from_version(Operator::Equal, wanted.clone());
            specifier.is_ok_and(|specifier| specifier.contains(version))
        })
    }

    /// Adds what another statement wants of the same project. Fails with a clause if no wheel can
    /// meet both.
    pub(crate) fn merge(&mut self, other: Wanted) -> Result<(), String> {
        self.version = match (self.version.take(), other.version) {
            (Some(one), Some(another)) if one != another => {
                return Err(format!("`{}` is wanted as {one} and as {another}", self.shown_name));
            }
            (one, another) => one.or(another),
        };
        if self.hashes.is_empty() {
            self.hashes = other.hashes;
        } else if !other.hashes.is_empty() {
            self.hashes.retain(|hash| other.hashes.contains(hash));
            if self.hashes.is_empty() {
                return Err(format!("`{}` has contradicting hashes", self.shown_name));
            }
        }
        self.extras.extend(other.extras);
        Ok(())
    }

    /// What a requirement wants that states one version or none. Fails with a clause for any other.
    pub(super) fn of(requirement: Requirement) -> Result<Wanted, String> {
        let Requirement { name, extras, specifiers, url, marker: _ } = requirement;
        if url.is_some() {
            return Err(format!("`{name}` names a URL, not a version"));
        }
        let version = match specifiers.as_slice() {
            [specifier] => specifier.pinned(),
            _ => None,
        };
        if version.is_none() && !specifiers.is_empty() {
            let specifiers: Vec<String> = specifiers.iter().map(ToString::to_string).collect();
            let specifiers = specifiers.join(",");
            return Err(format!("`{name}{specifiers}` does not name one version by `==`"));
        }
        Ok(Wanted { extras, version, ..Wanted::any(&name) })
    }
}

impl Display for Wanted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(formatter, "{} {version}", self.shown_name),
            None => write!(formatter, "{}", self.shown_name),
        }
    }
}

/// Parses an argument: `NAME` or `NAME==VERSION`, with extras in brackets or none. The error is a
/// clause.
impl FromStr for Wanted {
    type Err = String;

    fn from_str(argument: &str) -> Result<Wanted, String> {
        let requirement = Requirement::parse(argument)?;
        if requirement.marker.is_some() {
            return Err("a marker belongs into a requirements file".to_owned());
        }
        Wanted::of(requirement)
    }
}

//! A lock file, `pylock.toml` (PEP 751): what it lists for a target, with its default groups and
//! without extras.
//!
//! Only wheels can be installed: a package without one is an error if its marker applies. A wheel is
//! recognized by its hash, so the names, sizes and addresses of the files do not matter.

use super::environment::Environment;
use super::markers::{Marker, Scope};
use super::specifier;
use super::text;
use super::wanted::Wanted;
use crate::project::canonical;
use pep440_rs::Version;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::str::FromStr as _;

/// The part of a lock file that decides what is installed.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    lock_version: String,
    requires_python: Option<String>,
    #[serde(default)]
    environments: Vec<String>,
    #[serde(default)]
    default_groups: Vec<String>,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: String,
    version: Option<String>,
    marker: Option<String>,
    requires_python: Option<String>,
    #[serde(default)]
    wheels: Vec<Archive>,
    archive: Option<Archive>,
    sdist: Option<IgnoredAny>,
    vcs: Option<IgnoredAny>,
    directory: Option<IgnoredAny>,
}

/// A wheel, or what an address states, which can be a wheel.
#[derive(Deserialize)]
struct Archive {
    name: Option<String>,
    path: Option<String>,
    url: Option<String>,
    hashes: BTreeMap<String, String>,
}

/// Reads what a lock file lists for a target. The error states the line or the package, and the
/// reason.
pub(crate) fn read(path: &Path, environment: &Environment) -> Result<Vec<Wanted>, String> {
    parse(&text::read(path)?, environment)
}

/// Parses what the text of a lock file lists for a target.
pub(super) fn parse(text: &str, environment: &Environment) -> Result<Vec<Wanted>, String> {
    let lock: Document = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("line {}: {}", before.matches('\n').count() + 1, error.message())
    })?;
    let version = Version::from_str(&lock.lock_version).ok();
    if !version.is_some_and(|version| version.epoch() == 0 && version.release().first() == Some(&1))
    {
        return Err(format!("version `{}` of lock files is not supported", lock.lock_version));
    }
    check_python(lock.requires_python.as_deref(), environment)?;
    let mut is_supported = lock.environments.is_empty();
    for marker in &lock.environments {
        let marker = Marker::parse(marker).map_err(|reason| format!("`environments`: {reason}"))?;
        is_supported |= marker.applies(environment, Scope::Requirement(""))?;
    }
    if !is_supported {
        return Err("none of its `environments` is that of the target".to_owned());
    }
    let groups: BTreeSet<String> = lock.default_groups.iter().map(|name| canonical(name)).collect();
    let extras = BTreeSet::new();
    let scope = Scope::Lock { extras: &extras, groups: &groups };
    let (mut listed, mut names) = (Vec::new(), BTreeSet::new());
    for package in lock.packages {
        let name = package.name.clone();
        let of_package = |reason: String| format!("package `{name}`: {reason}");
        if !package.applies(environment, scope).map_err(of_package)? {
            continue;
        }
        let wanted = package.wanted(environment).map_err(of_package)?;
        if !names.insert(wanted.name.clone()) {
            return Err(of_package("is listed twice for the target".to_owned()));
        }
        listed.push(wanted);
    }
    Ok(listed)
}

impl Package {
    fn applies(&self, environment: &Environment, scope: Scope<'_>) -> Result<bool, String> {
        let Some(marker) = &self.marker else { return Ok(true) };
        Marker::parse(marker)?.applies(environment, scope)
    }

    /// What a package wants whose marker applies.
    fn wanted(self, environment: &Environment) -> Result<Wanted, String> {
        check_python(self.requires_python.as_deref(), environment)?;
        let others = [(self.vcs, "version control"), (self.directory, "a directory")];
        if let Some((_, source)) = others.iter().find(|(other, _)| other.is_some()) {
            return Err(format!("comes from {source}, not from a wheel"));
        }
        let is_wheel = |archive: &Archive| archive.file_name().ends_with(".whl");
        let mut wheels = self.wheels;
        match self.archive {
            Some(archive) if is_wheel(&archive) => wheels.push(archive),
            Some(archive) => return Err(format!("`{}` is no wheel", archive.file_name())),
            None => {}
        }
        let Some(first) = wheels.first() else {
            let what = if self.sdist.is_some() { "only a source distribution" } else { "no file" };
            return Err(format!("has {what}, and no wheel"));
        };
        let version = match &self.version {
            Some(version) => version.as_str(),
            None => first.file_name().split('-').nth(1).unwrap_or_default(),
        };
        let version =
            Version::from_str(version).map_err(|_| format!("`{version}` is no version"))?;
        let hashes = wheels.iter().map(Archive::sha256).collect::<Result<_, _>>()?;
        Ok(Wanted {
            name: canonical(&self.name),
            shown_name: self.name,
            extras: BTreeSet::new(),
            version: Some(version),
            hashes,
        })
    }
}

impl Archive {
    /// The name of the file; empty if it is not stated.
    fn file_name(&self) -> &str {
        let url = self.url.as_deref().map(|url| url.split(['?', '#']).next().unwrap_or_default());
        let name = self.name.as_deref().or(self.path.as_deref()).or(url).unwrap_or_default();
        name.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    fn sha256(&self) -> Result<String, String> {
        match self.hashes.get("sha256") {
            Some(digest) => text::parse_digest(digest),
            None => Err(format!("`{}` has no `sha256` hash", self.file_name())),
        }
    }
}

/// Checks that the target has a Python of the required version.
fn check_python(requires: Option<&str>, environment: &Environment) -> Result<(), String> {
    let Some(requires) = requires else { return Ok(()) };
    let specifiers = specifier::parse_all(requires)?;
    let version = environment.value("python_full_version");
    let is_met = specifiers.iter().all(|specifier| specifier.contains(version));
    is_met
        .then_some(())
        .ok_or_else(|| format!("requires Python {requires}, and there is {version}"))
}

//! What the wheels of a set require, looked up in the set and in the target; `pip check` for a set
//! that is not installed yet.
//!
//! The extras of a project that is already installed are not followed: only its version is known.

use super::cursor::printable;
use super::environment::Environment;
use super::markers::Scope;
use super::requirement::Requirement;
use crate::project::canonical;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

/// A wheel of the set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'set> {
    /// The canonical name of its project.
    pub(crate) name: &'set str,
    pub(crate) version: &'set str,
    /// The lines `Requires-Dist` of its metadata.
    pub(crate) requires: &'set [String],
    /// The extras that were asked for, in their canonical form.
    pub(crate) extras: &'set BTreeSet<String>,
}

/// A requirement that is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unmet {
    /// Who requires it: the canonical name of a member of the set.
    pub(crate) by: String,
    /// Its version.
    pub(crate) by_version: String,
    /// The line `Requires-Dist`.
    pub(crate) requirement: String,
    pub(crate) instead: Instead,
}

/// What there is instead of what is required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    /// Nothing.
    Nothing,
    /// Another version, in the set or in the target.
    Version(String),
    /// The line is not a valid requirement, for this reason.
    Invalid(String),
}

impl Display for Unmet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unmet { by, by_version, requirement, instead } = self;
        write!(formatter, "{by} {by_version} requires `{}`, ", printable(requirement))?;
        match instead {
            Instead::Nothing => write!(formatter, "which is missing"),
            Instead::Version(version) => write!(formatter, "and there is {version}"),
            Instead::Invalid(reason) => write!(formatter, "which is invalid: {reason}"),
        }
    }
}

/// The requirements of a set that neither the set nor the target meets, in the order of the set. The
/// closure returns the version of a project that will be in the target beside the set, by its
/// canonical name.
pub(crate) fn unmet(
    set: &[Member<'_>],
    mut installed: impl FnMut(&str) -> Option<String>,
    environment: &Environment,
) -> Vec<Unmet> {
    let mut found = Vec::new();
    let mut versions: BTreeMap<String, Option<String>> = set
        .iter()
        .map(|member| (member.name.to_owned(), Some(member.version.to_owned())))
        .collect();
    for (member, lines) in set.iter().zip(applying(set, environment)) {
        let mut report = |line: &str, instead| {
            found.push(Unmet {
                by: member.name.to_owned(),
                by_version: member.version.to_owned(),
                requirement: line.to_owned(),
                instead,
            });
        };
        for (line, requirement) in lines {
            match requirement {
                Err(reason) => report(line, Instead::Invalid(reason)),
                Ok(requirement) => {
                    let name = canonical(&requirement.name);
                    let version =
                        versions.entry(name).or_insert_with_key(|name| installed(name)).as_ref();
                    match version {
                        None => report(line, Instead::Nothing),
                        Some(version) if requirement.is_met_by(version) => {}
                        Some(version) => report(line, Instead::Version(version.clone())),
                    }
                }
            }
        }
    }
    found
}

/// A line `Requires-Dist`, and the requirement or why it is none.
type Line<'set> = (&'set str, Result<Requirement, String>);

/// For each member, the requirements that apply, with the extras that others require of it.
fn applying<'set>(set: &[Member<'set>], environment: &Environment) -> Vec<Vec<Line<'set>>> {
    let lines = set.iter().map(|member| {
        let lines = member.requires.iter().map(|line| (&**line, Requirement::parse(line)));
        lines.collect::<Vec<_>>()
    });
    let mut lines: Vec<Vec<Line<'set>>> = lines.collect();
    let mut extras: Vec<BTreeSet<String>> =
        set.iter().map(|member| member.extras.clone()).collect();
    let indexes: BTreeMap<&str, usize> =
        set.iter().enumerate().map(|(index, member)| (member.name, index)).collect();
    let mut pending: Vec<usize> = (0..set.len()).collect();
    while let Some(index) = pending.pop() {
        let own = extras[index].clone();
        for requirement in lines[index].iter().filter_map(|(_, line)| line.as_ref().ok()) {
            if requirement.extras.is_empty() || applies(requirement, &own, environment) != Ok(true)
            {
                continue;
            }
            if let Some(&other) = indexes.get(canonical(&requirement.name).as_str()) {
                let before = extras[other].len();
                extras[other].extend(requirement.extras.iter().cloned());
                if extras[other].len() > before {
                    pending.push(other);
                }
            }
        }
    }
    for (lines, extras) in lines.iter_mut().zip(&extras) {
        lines.retain_mut(|(_, line)| match line {
            Ok(requirement) => match applies(requirement, extras, environment) {
                Ok(applies) => applies,
                Err(reason) => {
                    *line = Err(reason);
                    true
                }
            },
            Err(_) => true,
        });
    }
    lines
}

/// Whether a requirement applies without extras or with any of these.
fn applies(
    requirement: &Requirement,
    extras: &BTreeSet<String>,
    environment: &Environment,
) -> Result<bool, String> {
    let mut applies = requirement.applies(environment, Scope::Requirement(""))?;
    for extra in extras {
        applies |= requirement.applies(environment, Scope::Requirement(extra))?;
    }
    Ok(applies)
}

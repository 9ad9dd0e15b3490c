//! Which wheels cannot be installed together.
//!
//! Each wheel was checked by itself. Two wheels may share directories, as those of a namespace package
//! do, but no file, also where case and Unicode form do not count.

use super::planned::Planned;
use crate::bindings::ensurepip::bootstrap::types::{Conflict, Error, Role};
use crate::entry_path::{EntryPath, Kind, fold};
use crate::scripts::name_in_prefix;
use crate::wheel::Contents;
use crate::wheel_name::canonical_name;
use std::collections::HashMap;

/// A wheel, with its number among those of the transaction.
type Numbered<'plan> = (u32, &'plan Planned);

/// Checks that the wheels can be installed together.
pub(super) fn check(wheels: &[Numbered]) -> Result<(), Error> {
    // Usually there is one, and it would be compared with nothing.
    if wheels.len() < 2 {
        return Ok(());
    }
    check_projects(wheels.iter().map(|(number, wheel)| (*number, &*wheel.contents)))?;
    check_headers(wheels)?;
    check_files(wheels)?;
    check_scripts(wheels)
}

/// Checks that no two wheels are of one project.
pub(super) fn check_projects<'plan>(
    wheels: impl Iterator<Item = (u32, &'plan Contents)>,
) -> Result<(), Error> {
    let mut projects = HashMap::new();
    for (number, contents) in wheels {
        if let Some(first) = projects.insert(canonical_name(&contents.name.project), number) {
            return Err(conflict(contents.library, &contents.dist_info, (first, number)));
        }
    }
    Ok(())
}

/// Each project has a directory for headers of its own, and one such directory can be granted.
fn check_headers(wheels: &[Numbered]) -> Result<(), Error> {
    let has_headers =
        |wheel: &Planned| wheel.contents.files.iter().any(|file| file.role == Role::Headers);
    let mut with_headers = wheels.iter().filter(|(_, wheel)| has_headers(wheel));
    match (with_headers.next(), with_headers.next()) {
        (Some((first, _)), Some((second, _))) => {
            Err(conflict(Role::Headers, "", (*first, *second)))
        }
        _ => Ok(()),
    }
}

/// No two files have one place, and no file has that of a directory.
fn check_files(wheels: &[Numbered]) -> Result<(), Error> {
    let mut taken: HashMap<(Role, String), (Kind, u32)> = HashMap::new();
    for (number, wheel) in wheels {
        for file in &wheel.contents.files {
            let role = wheel.role(file.role);
            for (path, kind) in steps(&file.path) {
                let (there, first) = *taken.entry((role, path)).or_insert((kind, *number));
                if first != *number && (there, kind) != (Kind::Directory, Kind::Directory) {
                    return Err(conflict(role, file.path.as_str(), (first, *number)));
                }
            }
        }
    }
    Ok(())
}

/// The folded paths of the directories of a file, and of the file itself.
fn steps(path: &EntryPath) -> impl Iterator<Item = (String, Kind)> {
    let path = fold(path.as_str());
    let mut ends: Vec<_> = path.match_indices('/').map(|(end, _)| (end, Kind::Directory)).collect();
    ends.push((path.len(), Kind::File));
    ends.into_iter().map(move |(end, kind)| (path[..end].to_owned(), kind))
}

/// No two scripts have one name, nor a script and a file in the scripts directory of the prefix.
fn check_scripts(wheels: &[Numbered]) -> Result<(), Error> {
    let mut taken = HashMap::new();
    for (number, wheel) in wheels {
        let data = wheel.contents.files.iter().filter(|file| file.role == Role::Data);
        let data = data.filter_map(|file| name_in_prefix(&file.path));
        for name in wheel.script_names().chain(data) {
            let first = *taken.entry(fold(name)).or_insert(*number);
            if first != *number {
                return Err(conflict(Role::Scripts, name, (first, *number)));
            }
        }
    }
    Ok(())
}

fn conflict(role: Role, path: &str, wheels: (u32, u32)) -> Error {
    Error::Conflict(Conflict { role, path: path.to_owned(), wheels })
}

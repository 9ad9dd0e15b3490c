//! Which files are in the directories of a target, to report those that a removal has removed.

use super::directories::Prepared;
use super::target::Target;
use crate::bindings::ensurepip::bootstrap::types::Role;
use crate::convert::{ROLES, role_name};
use crate::grants::{Grant, STAGE};
use crate::walk::Walk;
use cap_std::fs::Dir;
use std::collections::BTreeSet;
use std::io;

/// The paths of all files in the directories of a target, as they are in the target. `None` where
/// they cannot be listed.
pub(super) struct Listing(Option<BTreeSet<String>>);

impl Listing {
    /// Lists the files in all granted directories, and the scripts.
    pub(super) fn of(prepared: &Prepared, target: &Target) -> Listing {
        let listed = list(prepared, target);
        if let Err(error) = &listed {
            tracing::debug!(%error, "the removed files cannot be listed");
        }
        Listing(listed.ok())
    }

    /// The files that are not there any more, sorted.
    pub(super) fn lost(self, prepared: &Prepared, target: &Target) -> Option<Vec<String>> {
        let now = Listing::of(prepared, target).0?;
        Some(self.0?.difference(&now).cloned().collect())
    }
}

fn list(prepared: &Prepared, target: &Target) -> io::Result<BTreeSet<String>> {
    let mut paths = BTreeSet::new();
    for Grant { name, directory, .. } in prepared.grants.iter() {
        let role = ROLES.into_iter().find(|role| role_name(*role) == *name);
        let role = role.ok_or_else(|| io::Error::other("a grant without a role"))?;
        paths.extend(files(directory)?.iter().map(|path| target.path(role, path)));
    }
    if let Some(scripts) = &prepared.scripts {
        for entry in scripts.directory().entries()? {
            let name = entry?.file_name();
            paths.insert(target.path(Role::Scripts, &name.to_string_lossy()));
        }
    }
    Ok(paths)
}

/// The path of each file below a directory, except for those of a stage. Names that are not Unicode
/// are left out: pip has none.
fn files(top: &Dir) -> io::Result<Vec<String>> {
    let (mut walk, mut rest, mut files) = (Walk::below(top), vec![String::new()], Vec::new());
    while let Some(directory) = rest.pop() {
        for entry in walk.open(&directory)?.entries()? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if directory.is_empty() && name == STAGE {
                continue;
            }
            let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
            let list = if entry.file_type()?.is_dir() { &mut rest } else { &mut files };
            list.push(path);
        }
    }
    Ok(files)
}

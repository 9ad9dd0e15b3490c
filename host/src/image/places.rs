//! Where interpreters are that are not on the usual `PATH` of an image.
//!
//! docs/images.md has the same list.

use super::names::{self, Named, join};
use crate::error::Error;
use crate::root::{Kind, Root};

/// Directories of programs, in groups. The groups are searched in this order, and the newest Python of a
/// group comes first. `*` stands for any one name.
pub(super) const GROUPS: &[&[&str]] = &[
    // Runtimes of functions, and of buildpacks.
    &["/var/lang/bin"],
    &["/layers/*/*/bin", "/app/.heroku/python/bin"],
    // Conda, manylinux, Bitnami, software collections, and whatever else is below `/opt`.
    &["/opt/*/bin", "/opt/python/*/bin", "/opt/bitnami/*/bin", "/opt/rh/*/root/usr/bin"],
    // Package managers beside the system's own.
    &["/usr/pkg/bin", "/home/linuxbrew/.linuxbrew/bin", "/databricks/python3/bin"],
    // Managers of several versions.
    &[
        "/opt/pyenv/versions/*/bin",
        "/usr/local/pyenv/versions/*/bin",
        "/root/.pyenv/versions/*/bin",
        "/home/*/.pyenv/versions/*/bin",
        "/root/.asdf/installs/python/*/bin",
        "/home/*/.asdf/installs/python/*/bin",
        "/root/.local/share/mise/installs/python/*/bin",
        "/home/*/.local/share/mise/installs/python/*/bin",
        "/root/.local/share/uv/python/*/bin",
        "/home/*/.local/share/uv/python/*/bin",
    ],
    // The Python of the system's own tools, `platform-python`.
    &["/usr/libexec"],
    // Frameworks of macOS.
    &["/Library/Frameworks/*.framework/Versions/*/bin"],
];

/// How many directories a group may have. A tree with more is a trap.
const DIRECTORIES_LIMIT: usize = 1000;

/// The interpreters beyond `PATH`, in order of precedence.
pub(super) fn beyond_path(root: &mut Root) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for group in GROUPS {
        let mut directories = Vec::new();
        for pattern in *group {
            directories.extend(matching(root, pattern)?);
        }
        let mut programs = Vec::new();
        for directory in directories {
            programs.extend(program_in(root, &directory)?);
        }
        found.extend(newest_first(programs));
    }
    found.extend(on_windows(root)?);
    Ok(found)
}

/// The directories that match a pattern.
fn matching(root: &mut Root, pattern: &str) -> Result<Vec<String>, Error> {
    let mut found = vec!["/".to_owned()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let Some((start, end)) = part.split_once('*') else {
            for directory in &mut found {
                *directory = join(directory, part);
            }
            continue;
        };
        let mut next = Vec::new();
        for directory in found {
            let names = root.list(&directory)?.into_iter();
            let names = names.filter(|name| name.starts_with(start) && name.ends_with(end));
            next.extend(names.map(|name| join(&directory, &name)));
            next.truncate(DIRECTORIES_LIMIT);
        }
        found = next;
    }
    Ok(found)
}

/// An interpreter, and its version if its name states one.
type Program = (Option<(u32, u32)>, String);

/// The first of the usual names of interpreters in a directory.
fn program_in(root: &mut Root, directory: &str) -> Result<Option<Program>, Error> {
    let entries = root.list(directory)?;
    let mut versioned: Vec<(Named, &str)> = entries
        .iter()
        .filter(|name| name.starts_with("python3."))
        .filter_map(|name| Some((names::of_interpreter(name)?, name.as_str())))
        .collect();
    versioned.sort_by_key(|(named, _)| (std::cmp::Reverse(named.version), named.flags.clone()));
    let mut wanted = vec!["python3"];
    wanted.extend(versioned.into_iter().map(|(_, name)| name));
    wanted.extend(["python", "pypy3", "platform-python"]);
    for name in wanted.into_iter().filter(|name| entries.iter().any(|entry| entry == name)) {
        let path = join(directory, name);
        let Some(place) = root.look(&path)?.filter(|place| place.kind == Kind::Program) else {
            continue;
        };
        let named = names::of_interpreter(names::file_name(&place.path))
            .or_else(|| names::dotted(names::file_name(names::parent(directory))));
        return Ok(Some((named.map(|named| named.version), path)));
    }
    Ok(None)
}

/// Sorts interpreters, the newest first; in the order of the paths where names state no version.
fn newest_first(mut programs: Vec<Program>) -> impl Iterator<Item = String> {
    programs.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    programs.into_iter().map(|(_, path)| path)
}

/// The interpreters of a Windows image, which has no modes, whatever system it is stored on.
fn on_windows(root: &mut Root) -> Result<impl Iterator<Item = String> + use<>, Error> {
    let mut directories = vec!["/".to_owned()];
    for pattern in ["/Python3*", "/Program Files/Python3*", "/Program Files (x86)/Python3*"] {
        directories.extend(matching(root, pattern)?);
    }
    let mut programs = Vec::new();
    for directory in directories {
        let path = join(&directory, "python.exe");
        if root.look(&path)?.is_some() {
            let digits = names::file_name(&directory).strip_prefix("Python");
            let digits = digits.and_then(|digits| digits.split('-').next());
            let named = digits.and_then(|digits| names::of_library(&format!("python{digits}.dll")));
            programs.push((named.map(|named| named.version), path));
        }
    }
    Ok(newest_first(programs))
}

//! Virtual environments: `pyvenv.cfg`, and the Python that they were made from.

use super::names::{self, Named};
use super::{TEXT_LIMIT, contradiction, incomplete};
use crate::error::Error;
use crate::root::Root;

/// A virtual environment of the image.
pub(super) struct Environment {
    /// Its directory, which is `sys.prefix`.
    pub(super) prefix: String,
    /// The `pyvenv.cfg` in which CPython looks for `home`.
    pub(super) path: String,
    /// The directory that `home` names. None if there is no `home`, and if it is a relative path: that
    /// depends on the current directory of the process that runs the Python.
    pub(super) home: Option<String>,
    /// Whether its Python finds the packages of the base Python as well.
    pub(super) includes_system: bool,
    /// The version that it was made with, if recorded.
    version: Option<Named>,
}

/// The environment of an interpreter, by its path, links in it unresolved.
///
/// As in CPython's `site` and `getpath`: a `pyvenv.cfg` beside the interpreter or one directory above
/// makes an environment, whatever its contents. Either way, the directory above that of the interpreter
/// becomes `sys.prefix`. `home` only states where to search for the standard library.
pub(super) fn of(root: &mut Root, executable: &str) -> Result<Option<Environment>, Error> {
    let beside = names::parent(executable);
    let prefix = names::parent(beside);
    let mut found = Vec::new();
    for directory in [beside, prefix] {
        let path = names::join(directory, "pyvenv.cfg");
        found.extend(root.read(&path, TEXT_LIMIT)?.map(|contents| (path, contents)));
    }
    // `site` reads the first as UTF-8 and exits with an error if it is not. `getpath` has the other
    // order.
    if let Some((path, contents)) = found.first()
        && std::str::from_utf8(contents).is_err()
    {
        return Err(incomplete(root, path, "is not UTF-8".to_owned()));
    }
    let includes_system = found.first().is_some_and(|(_, contents)| includes_system(contents));
    let Some((path, contents)) = found.pop() else { return Ok(None) };
    let text = String::from_utf8_lossy(&contents);
    let setting = |wanted: &str| {
        let mut settings = text.lines().filter_map(|line| line.split_once('='));
        let value = settings.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        value.map(|(_, value)| value.trim().to_owned())
    };
    let is_absolute =
        |path: &String| path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':');
    let home = setting("home").filter(is_absolute).map(|home| names::normal(&home));
    let version = setting("version").or_else(|| setting("version_info"));
    let version = version.and_then(|version| {
        let mut numbers = version.split('.');
        names::dotted(&format!("{}.{}", numbers.next()?, numbers.next()?))
    });
    Ok(Some(Environment { prefix: prefix.to_owned(), path, home, includes_system, version }))
}

/// Whether an environment is open to the packages of its base Python: as for `site`, if the last line
/// about it says so, or none does.
fn includes_system(contents: &[u8]) -> bool {
    let text = String::from_utf8_lossy(contents);
    let settings = text.split(['\n', '\r']).filter_map(|line| line.split_once('='));
    let key = "include-system-site-packages";
    let mut settings = settings.filter(|(name, _)| name.trim().eq_ignore_ascii_case(key));
    settings.next_back().is_none_or(|(_, value)| value.trim().eq_ignore_ascii_case("true"))
}

impl Environment {
    /// Fails if the environment was made with another version than this one, read from this file:
    /// its directories are those of the other version, and empty for this one.
    pub(super) fn check(&self, root: &Root, version: (u32, u32), file: &str) -> Result<(), Error> {
        match &self.version {
            Some(Named { version: (major, minor), .. }) if (*major, *minor) != version => {
                let detail = format!(
                    "the one is of a Python {major}.{minor}, the other is Python {}.{}",
                    version.0, version.1
                );
                Err(contradiction(root, &self.path, file, detail))
            }
            _ => Ok(()),
        }
    }
}

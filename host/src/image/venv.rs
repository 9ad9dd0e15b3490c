//! Virtual environments: `pyvenv.cfg`, and the Python that it was made from.

use super::names::{self, Named};
use super::{TEXT_LIMIT, contradiction, incomplete};
use crate::error::Error;
use crate::root::Root;

/// A virtual environment of the image.
pub(super) struct Environment {
    /// Its directory, which is `sys.prefix`.
    pub(super) prefix: String,
    /// Its `pyvenv.cfg`.
    pub(super) path: String,
    /// The directory of the interpreter that it was made from.
    pub(super) home: String,
    /// The version that it was made with, as far as it is recorded.
    version: Option<Named>,
}

/// The environment that an interpreter is of, by its path, links in it unresolved. As CPython looks
/// for it: above the directory of the interpreter, then beside it; one without `home` is none.
pub(super) fn of(root: &mut Root, executable: &str) -> Result<Option<Environment>, Error> {
    let beside = names::parent(executable);
    for prefix in [names::parent(beside), beside] {
        let path = names::join(prefix, "pyvenv.cfg");
        let Some(contents) = root.read(&path, TEXT_LIMIT)? else { continue };
        let text = String::from_utf8(contents)
            .map_err(|_| incomplete(root, &path, "is not UTF-8".to_owned()))?;
        let setting = |wanted: &str| {
            let mut settings = text.lines().filter_map(|line| line.split_once('='));
            let value = settings.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
            value.map(|(_, value)| value.trim().to_owned())
        };
        let Some(home) = setting("home") else { return Ok(None) };
        let version = setting("version").or_else(|| setting("version_info"));
        let version = version.and_then(|version| {
            let mut numbers = version.split('.');
            names::dotted(&format!("{}.{}", numbers.next()?, numbers.next()?))
        });
        let (prefix, home) = (prefix.to_owned(), names::normal(&home));
        return Ok(Some(Environment { prefix, path, home, version }));
    }
    Ok(None)
}

impl Environment {
    /// Fails if the environment was made with another version than this one, of this file: its
    /// directories are of that other version, and empty for this one.
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

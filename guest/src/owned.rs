//! The files of an installed distribution: those that its `RECORD` lists, and that exist here.
//!
//! A `RECORD` in the target is untrusted text. It can name files of the library directory that
//! contains it and names in the scripts directory, by relative paths or by absolute ones as the
//! target sees them, and nothing else. Rows are ignored if they lead elsewhere, have a form that no
//! path should have, or name a directory. This module decides what to remove, and removes nothing.

use crate::bindings::ensurepip::bootstrap::types::OsName;
use crate::directory::{Directory, Failure, Kind};
use crate::entry_path::EntryPath;
use crate::record;
use crate::scheme::relative;
use crate::scripts;
use crate::stage::is_stage;
use std::collections::BTreeSet;
use std::ops::Bound;

/// The largest `RECORD` that is read, in bytes. That of pip has a hundred thousand.
const LARGEST_RECORD: usize = 16 << 20;

/// The name that a host gives to the unfinished copy of a file.
const UNFINISHED: &str = ".ensurepip-host-copy";

/// The listed files, whether they exist or not.
#[derive(Debug, Default)]
pub(crate) struct Owned {
    /// Files, by path in the library directory.
    files: BTreeSet<String>,
    /// File names in the scripts directory.
    pub(crate) scripts: BTreeSet<String>,
}

/// A thing that one move can take away: a file, or a directory that holds nothing else.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Whole {
    /// Its path in the library directory.
    pub(crate) path: String,
    /// How many files it is or contains.
    pub(crate) files: u32,
}

impl Owned {
    /// Reads the `RECORD` in a metadata directory; none if there is no readable one. The paths are
    /// those of the library directory that contains it and of the scripts directory.
    pub(crate) fn read(
        directory: &dyn Directory,
        metadata: &str,
        os: OsName,
        paths: (&str, &str),
    ) -> Result<Option<Owned>, Failure> {
        let path = format!("{metadata}/RECORD");
        let record = directory.read_file(&path, LARGEST_RECORD)?;
        Ok(record.map(|record| Owned::parse(&record, os, paths)))
    }

    fn parse(record: &[u8], os: OsName, (library, scripts): (&str, &str)) -> Owned {
        let scripts = relative(os, library, scripts);
        let mut owned = Owned::default();
        for row in record::listed(record) {
            let row = if os == OsName::Nt { row.replace('\\', "/") } else { row };
            let row = if is_absolute(&row, os) { relative(os, library, &row) } else { row };
            if let Some(name) = script_name(&row, os, &scripts) {
                owned.scripts.extend(is_removable(name).then(|| name.to_owned()));
            } else if let Ok(path) = EntryPath::new(&row)
                && !is_stage(path.split_first().0)
            {
                owned.files.insert(row);
            }
        }
        owned
    }

    /// Adds the files of another list.
    pub(crate) fn add(&mut self, other: Owned) {
        self.files.extend(other.files);
        self.scripts.extend(other.scripts);
    }

    /// Whether any listed file outside the metadata directory exists.
    pub(crate) fn has_any(
        &self,
        directory: &dyn Directory,
        metadata: &str,
    ) -> Result<bool, Failure> {
        self.has_any_below(directory, ".", metadata)
    }

    fn has_any_below(
        &self,
        directory: &dyn Directory,
        path: &str,
        metadata: &str,
    ) -> Result<bool, Failure> {
        for (name, kind) in directory.list(path)?.named {
            let below = join(path, &name);
            let found = match kind {
                Kind::Other => self.files.contains(&below),
                Kind::Directory => {
                    below != metadata
                        && self.lists_below(&below)
                        && self.has_any_below(directory, &below, metadata)?
                }
            };
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Finds the existing files of the list and their bytecode for a cache tag, as whole
    /// directories where these hold nothing else. Some names at the top are left out. Sorted by
    /// path.
    ///
    /// Directories are listed, and no paths looked up: a file found this way is not behind a link.
    pub(crate) fn find(
        &self,
        directory: &dyn Directory,
        cache_tag: Option<&str>,
        except: &[String],
    ) -> Result<Vec<Whole>, Failure> {
        let mut found = Vec::new();
        for (name, kind) in directory.list(".")?.named {
            if !except.contains(&name) {
                let mut search = Search { owned: self, directory, cache_tag, found: &mut found };
                search.look_at(name, kind)?;
            }
        }
        found.sort();
        Ok(found)
    }

    /// Whether the list has a path below this one.
    fn lists_below(&self, path: &str) -> bool {
        let beginning = format!("{path}/");
        let from = (Bound::Included(beginning.as_str()), Bound::Unbounded);
        self.files.range::<str, _>(from).next().is_some_and(|first| first.starts_with(&beginning))
    }

    /// Whether a path is that of bytecode (PEP 3147), optimized or not (PEP 488), of a listed
    /// source.
    fn lists_source_of(&self, path: &str, cache_tag: &str) -> bool {
        let source = || {
            let (parent, name) = path.rsplit_once('/')?;
            let package = parent.strip_suffix("__pycache__")?;
            let name = name.strip_suffix(".pyc")?;
            let name = name.rsplit_once(".opt-").map_or(name, |(name, _level)| name);
            let module = name.strip_suffix(cache_tag)?.strip_suffix('.')?;
            Some(format!("{package}{module}.py"))
        };
        source().is_some_and(|source| self.files.contains(&source))
    }
}

/// A search of a library directory for the listed files.
struct Search<'search> {
    owned: &'search Owned,
    directory: &'search dyn Directory,
    cache_tag: Option<&'search str>,
    found: &'search mut Vec<Whole>,
}

impl Search<'_> {
    /// Searches a name. Returns how many files it is or contains, if all of them are owned.
    fn look_at(&mut self, path: String, kind: Kind) -> Result<Option<u32>, Failure> {
        let owned = self.owned;
        if kind == Kind::Other {
            let is_bytecode = |tag| owned.lists_source_of(&path, tag);
            let is_owned = owned.files.contains(&path) || is_unfinished(&path);
            if !is_owned && !self.cache_tag.is_some_and(is_bytecode) {
                return Ok(None);
            }
            self.found.push(Whole { path, files: 1 });
            return Ok(Some(1));
        }
        let is_listed = owned.lists_below(&path);
        if !is_listed && path.rsplit('/').next() != Some("__pycache__") {
            return Ok(None);
        }
        let listing = self.directory.list(&path)?;
        let (before, mut files, mut is_whole) = (self.found.len(), 0, listing.nameless == 0);
        for (name, kind) in listing.named {
            match self.look_at(join(&path, &name), kind)? {
                Some(more) => files += more,
                None => is_whole = false,
            }
        }
        // An empty directory is not ours unless a listed path leads to it. One for bytecode may be
        // ours as well: a stopped run may have emptied it without removing it.
        let package = path.strip_suffix("/__pycache__");
        let is_known = is_listed || package.is_some_and(|package| owned.lists_below(package));
        if !is_whole || (files == 0 && !is_known) {
            return Ok(None);
        }
        self.found.truncate(before);
        self.found.push(Whole { path, files });
        Ok(Some(files))
    }
}

/// A directory with all its contents, including files that others have added.
pub(crate) fn all_of(directory: &dyn Directory, path: &str) -> Result<Whole, Failure> {
    let (mut files, mut pending) = (0, vec![path.to_owned()]);
    while let Some(parent) = pending.pop() {
        let listing = directory.list(&parent)?;
        files += listing.nameless;
        for (name, kind) in listing.named {
            match kind {
                Kind::Directory => pending.push(join(&parent, &name)),
                Kind::Other => files += 1,
            }
        }
    }
    Ok(Whole { path: path.to_owned(), files })
}

/// Whether this is the unfinished copy of a host that was killed, made because the system did not
/// allow a move.
fn is_unfinished(path: &str) -> bool {
    path.rsplit('/').next() == Some(UNFINISHED)
}

/// Whether the path of a row is absolute ("Recording installed projects" allows that).
fn is_absolute(row: &str, os: OsName) -> bool {
    let has_drive =
        || matches!(row.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic());
    row.starts_with('/') || (os == OsName::Nt && has_drive())
}

/// The path of a name in a directory.
fn join(directory: &str, name: &str) -> String {
    if directory == "." { name.to_owned() } else { format!("{directory}/{name}") }
}

/// The name in the scripts directory that a row refers to, by the relative path to that directory.
fn script_name<'row>(row: &'row str, os: OsName, scripts: &str) -> Option<&'row str> {
    let (parent, name) = row.rsplit_once('/')?;
    let is_there = match os {
        OsName::Posix => parent == scripts,
        OsName::Nt => parent.to_lowercase() == scripts.to_lowercase(),
    };
    is_there.then_some(name)
}

/// Whether a file of this name may be removed from the scripts directory. Hidden ones are the
/// host's own.
fn is_removable(name: &str) -> bool {
    !name.starts_with('.') && scripts::check_name(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{OsName, Owned, Whole};
    use crate::directory::memory::{Journal, Memory};
    use std::rc::Rc;

    /// The files that one row names.
    fn files(os: OsName, (library, scripts): (&str, &str), row: &str) -> Vec<String> {
        let owned = Owned::parse(format!("{row},,\n").as_bytes(), os, (library, scripts));
        owned.files.into_iter().collect()
    }

    /// A path on a network share begins with two backslashes, and names without them are relative.
    #[test]
    fn record_row_without_root_or_drive_is_relative_to_library() {
        let posix = ("/server/lib", "/server/bin");
        let share = (r"\\server\share\Lib", r"\\server\share\Scripts");
        let drive = (r"C:\Py\Lib", r"C:\Py\Scripts");
        for (os, paths, row, expected) in [
            (OsName::Posix, posix, "/server/lib/pip/x.py", "pip/x.py"),
            (OsName::Posix, posix, "server/lib/pip/x.py", "server/lib/pip/x.py"),
            (OsName::Nt, share, "//server/share/Lib/pip/x.py", "pip/x.py"),
            (OsName::Nt, share, "server/share/Lib/pip/x.py", "server/share/Lib/pip/x.py"),
            (OsName::Nt, drive, "C:/Py/Lib/pip/x.py", "pip/x.py"),
            (OsName::Nt, drive, "Py/Lib/pip/x.py", "Py/Lib/pip/x.py"),
        ] {
            assert_eq!(files(os, paths, row), [expected], "{row}");
        }
    }

    /// The unfinished copy of a host that was killed is in no `RECORD`.
    #[test]
    fn unfinished_copy_goes_with_the_directory_it_is_in() {
        let directory = Memory::new("purelib", Rc::new(Journal::default()));
        let copy = "pip/.ensurepip-host-copy";
        directory.put_all(&["pip/__init__.py", copy, "other/.ensurepip-host-copy"], b"");
        let paths = ("/py/lib", "/py/bin");
        let owned = Owned::parse(b"pip/__init__.py,,\n", OsName::Posix, paths);
        let found = owned.find(&directory, None, &[]).expect("it can be listed");
        assert_eq!(found, [Whole { path: "pip".to_owned(), files: 2 }]);
    }
}

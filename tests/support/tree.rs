//! A directory tree as a value: its contents, and the differences between two trees.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How many differences are shown.
const SHOWN_DIFFERENCES: usize = 20;

/// Everything below a directory, and the directory itself as the empty path.
#[derive(Clone)]
pub(crate) struct Tree {
    entries: BTreeMap<PathBuf, Entry>,
    /// When the files were last modified. Comparing trees ignores it.
    times: BTreeMap<PathBuf, SystemTime>,
}

/// One entry, without its owner and link count.
#[derive(Clone, PartialEq, Eq)]
enum Entry {
    Directory {
        mode: u32,
    },
    File {
        mode: u32,
        bytes: Vec<u8>,
    },
    /// The mode of a link has no meaning, and differs between systems.
    Symlink {
        target: PathBuf,
    },
    /// A socket, a pipe, a device: never equal to anything that an installer leaves.
    Other,
}

impl Tree {
    /// Reads a whole tree without following links.
    pub(crate) fn of(directory: &Path) -> Self {
        Self::of_all_but(directory, |_| false)
    }

    /// Reads a tree, except for the entries that a rule selects, and everything below them.
    pub(crate) fn of_all_but(directory: &Path, is_left_out: impl Fn(&Path) -> bool) -> Self {
        let (mut entries, mut times) = (BTreeMap::new(), BTreeMap::new());
        let mut pending = vec![PathBuf::new()];
        while let Some(relative) = pending.pop() {
            if is_left_out(&relative) {
                continue;
            }
            let path = directory.join(&relative);
            let (entry, modified, names) = Entry::read(&path)
                .unwrap_or_else(|error| panic!("failed to read `{}`: {error}", path.display()));
            pending.extend(names.iter().map(|name| relative.join(name)));
            if let Entry::File { .. } = entry {
                times.insert(relative.clone(), modified);
            }
            entries.insert(relative, entry);
        }
        Self { entries, times }
    }

    /// Empties bytecode files, for tests that compare those separately.
    pub(crate) fn without_bytecode_content(mut self) -> Self {
        for (path, entry) in &mut self.entries {
            if let (true, Entry::File { bytes, .. }) = (is_bytecode(path), entry) {
                bytes.clear();
            }
        }
        self
    }

    /// The paths of all bytecode files.
    pub(crate) fn bytecode_files(&self) -> impl Iterator<Item = &Path> {
        self.entries.keys().map(PathBuf::as_path).filter(|path| is_bytecode(path))
    }

    /// The paths here, other than directories, that `before` lacks.
    pub(crate) fn files_added_to(&self, before: &Self) -> BTreeSet<PathBuf> {
        let is_directory = |entry: &Entry| matches!(entry, Entry::Directory { .. });
        self.entries
            .iter()
            .filter(|(path, entry)| !is_directory(entry) && !before.entries.contains_key(*path))
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// The paths of everything but directories.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let is_file = |entry: &Entry| !matches!(entry, Entry::Directory { .. });
        self.entries.iter().filter(move |(_, entry)| is_file(entry)).map(|(path, _)| path.as_path())
    }

    /// The paths of everything.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.entries.keys().map(PathBuf::as_path)
    }

    /// The files that the `RECORD` of a metadata directory lists, which is identified by its name.
    pub(crate) fn files_of(&self, metadata: &str) -> Vec<PathBuf> {
        let is_record = |path: &Path| path.ends_with(Path::new(metadata).join("RECORD"));
        let Some((path, Entry::File { bytes, .. })) =
            self.entries.iter().find(|(path, _)| is_record(path))
        else {
            return Vec::new();
        };
        let library = path.ancestors().nth(2).expect("a metadata directory is in a library");
        let rows = String::from_utf8_lossy(bytes);
        let rows = rows.lines().filter_map(|row| row.split(',').next());
        let files = rows.map(|name| {
            let mut path = library.to_owned();
            for part in Path::new(name) {
                if part == ".." {
                    let _ = path.pop();
                } else {
                    path.push(part);
                }
            }
            path
        });
        files.collect()
    }

    /// Whether there is anything under this path.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.entries.contains_key(path)
    }

    /// Whether both trees have the same under this path.
    pub(crate) fn has_same(&self, other: &Self, path: &Path) -> bool {
        self.entries.get(path) == other.entries.get(path)
    }

    /// The files that both trees have, with different times.
    pub(crate) fn files_of_other_times<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = &'a Path> {
        let is_other = |(path, time): &(&PathBuf, &SystemTime)| {
            other.times.get(*path).is_some_and(|other| other != *time)
        };
        self.times.iter().filter(is_other).map(|(path, _)| path.as_path())
    }

    /// Writes the tree to a directory, replacing one text in its files by another.
    pub(crate) fn write_to(&self, directory: &Path, from: &str, to: &str) {
        fs::create_dir_all(directory).expect("a directory can be made");
        let mut modes = Vec::new();
        for (relative, entry) in &self.entries {
            let path = directory.join(relative);
            match entry {
                Entry::Directory { mode } => {
                    fs::create_dir_all(&path).expect("a directory can be made");
                    modes.push((path, *mode));
                }
                Entry::File { mode, bytes } => {
                    let text =
                        str::from_utf8(bytes).map(|text| text.replace(from, to).into_bytes());
                    fs::write(&path, text.as_ref().unwrap_or(bytes)).expect("it can be written");
                    modes.push((path, *mode));
                }
                Entry::Symlink { target } => symlink(target, path).expect("a link can be made"),
                Entry::Other => panic!("a special file cannot be written"),
            }
        }
        for (path, mode) in modes {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
        }
    }

    /// Removes the entries that a rule selects. Returns whether there were any.
    pub(crate) fn forget(&mut self, is_forgotten: impl Fn(&Path) -> bool) -> bool {
        let before = self.entries.len();
        self.entries.retain(|path, _| !is_forgotten(path));
        self.times.retain(|path, _| !is_forgotten(path));
        self.entries.len() < before
    }

    /// Changes the bytes of the files that a rule selects. Returns whether that made a difference.
    pub(crate) fn rewrite(
        &mut self,
        is_rewritten: impl Fn(&Path) -> bool,
        rewritten: impl Fn(&[u8]) -> Vec<u8>,
    ) -> bool {
        let mut is_changed = false;
        for (path, entry) in &mut self.entries {
            if let (true, Entry::File { bytes, .. }) = (is_rewritten(path), entry) {
                let new = rewritten(bytes);
                is_changed |= new != *bytes;
                *bytes = new;
            }
        }
        is_changed
    }

    /// Changes every mode. Returns whether that made a difference.
    pub(crate) fn change_modes(&mut self, changed: impl Fn(u32) -> u32) -> bool {
        let mut is_changed = false;
        for entry in self.entries.values_mut() {
            if let Entry::Directory { mode } | Entry::File { mode, .. } = entry {
                let new = changed(*mode);
                is_changed |= new != *mode;
                *mode = new;
            }
        }
        is_changed
    }

    /// The entries that none of some other trees has, one line for each, the first few of them.
    pub(crate) fn unknown_to(&self, others: &[&Self]) -> Vec<String> {
        let unknown = self.entries.iter().filter(|(path, entry)| {
            others.iter().all(|other| other.entries.get(*path) != Some(entry))
        });
        let lines =
            unknown.map(|(path, entry)| format!("{}: unknown {}", path.display(), entry.kind()));
        shortened(lines.collect())
    }

    /// The differences of `other` from this tree, one line for each entry, the first few of them.
    ///
    /// The names identify the trees; the result is empty for equal ones.
    pub(crate) fn differences(&self, name: &str, other: &Self, other_name: &str) -> Vec<String> {
        let paths = self.entries.keys().chain(other.entries.keys()).collect::<BTreeSet<_>>();
        let lines = paths.into_iter().filter_map(|path| {
            let shown = path.display();
            match (self.entries.get(path), other.entries.get(path)) {
                (Some(left), Some(right)) => {
                    let difference = left.difference(right)?;
                    Some(format!("{shown}: {difference} ({name} | {other_name})"))
                }
                (Some(left), None) => Some(format!("{shown}: {} only in {name}", left.kind())),
                (None, right) => {
                    let kind = right.map_or("nothing", Entry::kind);
                    Some(format!("{shown}: {kind} only in {other_name}"))
                }
            }
        });
        shortened(lines.collect())
    }
}

impl Entry {
    /// Reads one entry, its time, and the names in it if it is a directory.
    fn read(path: &Path) -> io::Result<(Self, SystemTime, Vec<OsString>)> {
        let metadata = fs::symlink_metadata(path)?;
        let (mode, modified) = (metadata.permissions().mode() & 0o7777, metadata.modified()?);
        if metadata.is_dir() {
            let names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name()));
            return Ok((Self::Directory { mode }, modified, names.collect::<io::Result<_>>()?));
        }
        let entry = if metadata.is_file() {
            Self::File { mode, bytes: fs::read(path)? }
        } else if metadata.is_symlink() {
            Self::Symlink { target: fs::read_link(path)? }
        } else {
            Self::Other
        };
        Ok((entry, modified, Vec::new()))
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Directory { .. } => "directory",
            Self::File { .. } => "file",
            Self::Symlink { .. } => "link",
            Self::Other => "special file",
        }
    }

    /// The difference, as `this | that`.
    fn difference(&self, other: &Self) -> Option<String> {
        match (self, other) {
            (Self::Directory { mode: left }, Self::Directory { mode: right })
            | (Self::File { mode: left, .. }, Self::File { mode: right, .. })
                if left != right =>
            {
                Some(format!("mode {left:04o} | {right:04o}"))
            }
            (Self::File { bytes: left, .. }, Self::File { bytes: right, .. }) if left != right => {
                Some(first_difference(left, right))
            }
            (Self::Symlink { target: left }, Self::Symlink { target: right }) if left != right => {
                Some(format!("link to {} | {}", left.display(), right.display()))
            }
            (left, right) if left.kind() != right.kind() => {
                Some(format!("{} | {}", left.kind(), right.kind()))
            }
            (Self::Other, _) => Some("special files cannot be compared".to_owned()),
            _ => None,
        }
    }
}

/// The first line that differs, with its line end visible: RECORD and the launchers are text.
fn first_difference(left: &[u8], right: &[u8]) -> String {
    let mut left_lines = left.split_inclusive(|byte| *byte == b'\n');
    let mut right_lines = right.split_inclusive(|byte| *byte == b'\n');
    let mut number = 1;
    loop {
        match (left_lines.next(), right_lines.next()) {
            (Some(left), Some(right)) if left == right => number += 1,
            (left, right) => {
                let shown = |line: Option<&[u8]>| match line {
                    Some(line) => format!("`{}`", line[..line.len().min(200)].escape_ascii()),
                    None => "end of file".to_owned(),
                };
                return format!("line {number}: {} | {}", shown(left), shown(right));
            }
        }
    }
}

/// At most [`SHOWN_DIFFERENCES`] lines, and the number of further ones.
pub(crate) fn shortened(mut lines: Vec<String>) -> Vec<String> {
    let total = lines.len();
    if total > SHOWN_DIFFERENCES {
        lines.truncate(SHOWN_DIFFERENCES);
        lines.push(format!("and {} more", total - SHOWN_DIFFERENCES));
    }
    lines
}

/// Whether a path is that of a bytecode file.
pub(crate) fn is_bytecode(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "pyc")
}

//! The scripts directory, which only the host accesses: the component states what it wants there.
//!
//! Scripts are written beside their final names, then renamed, and the files that they replace are
//! kept until all is done. The component's requests are not trusted: a name that could be a path,
//! or an interpreter, is refused.

mod interpreter;
mod launcher;
mod shebang;
mod stub;

use crate::platform;
use crate::times;
use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _};
use cap_std::fs::{Dir, OpenOptions};
use interpreter::Interpreter;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

pub(crate) use shebang::ScriptPlatform;
pub(crate) use stub::Stubs;

/// The start of every temporary name in the directory.
const PREFIX: &str = ".ensurepip-host-";

/// The lock of a directory on Windows, which disappears with its holder.
const LOCK: &str = ".ensurepip-host-lock";

/// The scripts directory of a target, and the changes in progress there.
pub(crate) struct Scripts {
    directory: Dir,
    /// Its path, as named on this machine, for messages only.
    shown: PathBuf,
    target: ScriptTarget,
    changes: Vec<Change>,
}

/// The properties of the target that determine the bytes of a script.
pub(crate) struct ScriptTarget {
    /// The interpreter that scripts name.
    pub(crate) executable: String,
    /// The system that reads the first line of a script.
    pub(crate) platform: ScriptPlatform,
    /// The launcher programs on Windows, where scripts are programs. None on other systems.
    pub(crate) windows: Option<Stubs>,
}

impl ScriptTarget {
    /// Checks that scripts can name the interpreter. Returns its path; none if it is looked up on
    /// PATH. The error is a clause for people.
    pub(crate) fn interpreter(&self) -> Result<Option<&str>, String> {
        let read = if self.windows.is_some() { Interpreter::windows } else { Interpreter::posix };
        match read(&self.executable).map_err(|error| error.to_string())? {
            Interpreter::File(path) => Ok(Some(path)),
            Interpreter::OnPath(_) => Ok(None),
        }
    }
}

/// Checks that a text can be the interpreter of scripts on some platform. The error is a clause for
/// people.
pub(crate) fn check_interpreter(text: &str) -> Result<(), String> {
    if Interpreter::windows(text).is_ok() {
        return Ok(());
    }
    Interpreter::posix(text).map(|_| ()).map_err(|error| error.to_string())
}

/// A script to write.
pub(crate) struct Script {
    /// Its name, without `.exe`.
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// The contents of a script.
pub(crate) enum Content {
    /// Python source to start through an interpreter, or through a launcher program on Windows: the
    /// stub, or a bundled one.
    Launcher { source: String, gui: bool, stub: Option<Vec<u8>> },
    /// Python source that had a shebang, which is replaced.
    Python(Vec<u8>),
    /// A file as it is.
    Verbatim(Vec<u8>),
}

/// A name in the directory that will change.
struct Change {
    name: String,
    /// Whether a script was written for it, beside it; otherwise the name is removed.
    is_new: bool,
    /// Whether the script has its final name.
    published: bool,
    /// The present name of the file that had this name before.
    former: Option<String>,
}

impl Change {
    fn temporary(&self) -> String {
        Scripts::staged_name(&self.name)
    }
}

impl Scripts {
    /// The scripts directory behind this handle.
    pub(crate) fn new(directory: Dir, shown: PathBuf, target: ScriptTarget) -> Scripts {
        Scripts { directory, shown, target, changes: Vec::new() }
    }

    /// The directory.
    pub(crate) fn directory(&self) -> &Dir {
        &self.directory
    }

    /// Its path, as named on this machine.
    pub(crate) fn shown(&self) -> &Path {
        &self.shown
    }

    /// Writes scripts beside their final names, and notes names to be removed. Returns the file
    /// names and contents of the scripts, in order; the error is a clause for people.
    pub(crate) fn stage(
        &mut self,
        scripts: &[Script],
        modified: u64,
        obsolete: Vec<String>,
    ) -> Result<Vec<(String, Vec<u8>)>, String> {
        // Refusals come before any write.
        let mut names = scripts.iter().map(|script| &script.name).chain(&obsolete);
        names.try_for_each(|name| check_name(name))?;
        let written = scripts.iter().map(|script| self.write_script(script, modified));
        let written = written.collect::<Result<Vec<_>, String>>()?;
        self.changes.extend(obsolete.into_iter().map(|name| Change {
            name,
            is_new: false,
            published: false,
            former: None,
        }));
        Ok(written)
    }

    /// Gives the staged scripts their final names and removes the obsolete ones. The error is a
    /// clause for people; by then the former scripts are restored.
    pub(crate) fn publish(&mut self) -> Result<(), String> {
        self.move_all().inspect_err(|_| self.withdraw())
    }

    fn move_all(&mut self) -> Result<(), String> {
        let directory = &self.directory;
        for change in &mut self.changes {
            let path = self.shown.join(&change.name);
            let failed = |error: io::Error| format!("`{}`: {error}", path.display());
            let metadata = directory.symlink_metadata(&change.name);
            // A directory with an obsolete name was never a script.
            if metadata.is_ok_and(|metadata| change.is_new || !metadata.is_dir()) {
                let former = free_name(directory, &change.name);
                directory.rename(&change.name, directory, &former).map_err(failed)?;
                change.former = Some(former);
            }
            if change.is_new {
                directory.rename(change.temporary(), directory, &change.name).map_err(failed)?;
                change.published = true;
            }
        }
        Ok(())
    }

    /// Undoes unfinished changes, the last first.
    pub(crate) fn withdraw(&mut self) {
        for change in self.changes.drain(..).rev() {
            if change.is_new {
                let name = if change.published { change.name.clone() } else { change.temporary() };
                let _ = self.directory.remove_file(name);
            }
            if let Some(former) = change.former {
                let _ = self.directory.rename(former, &self.directory, &change.name);
            }
        }
    }

    /// Makes the published changes final.
    pub(crate) fn finish(&mut self) {
        self.changes.clear();
        self.sweep();
    }

    /// Whether a run that was stopped has left files here.
    pub(crate) fn has_leftovers(&self) -> bool {
        !self.leftovers().is_empty()
    }

    /// Removes every temporary name: replaced files, and the remains of runs that were stopped. The
    /// caller must hold the target's lock. Nothing depends on these names: the next run removes any
    /// that remain.
    pub(crate) fn sweep(&self) {
        for name in self.leftovers() {
            let _ = remove(&self.directory, Path::new(&name));
        }
    }

    fn leftovers(&self) -> Vec<OsString> {
        let entries = self.directory.entries().into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name());
        let is_left = |name: &OsString| name.to_string_lossy().starts_with(PREFIX) && name != LOCK;
        names.filter(is_left).collect()
    }

    fn write_script(
        &mut self,
        script: &Script,
        modified: u64,
    ) -> Result<(String, Vec<u8>), String> {
        let contents = self.contents(&script.content, modified)?;
        let is_entry_point = matches!(script.content, Content::Launcher { .. });
        let name = if is_entry_point { self.file_name(&script.name) } else { script.name.clone() };
        self.check_place(&name)?;
        let change = Change { name: name.clone(), is_new: true, published: false, former: None };
        // Recorded before it is written: a partly written script is removed as well.
        let temporary = change.temporary();
        self.changes.push(change);
        self.write(&temporary, &contents, modified)
            .map_err(|error| format!("`{}`: {error}", self.shown.join(temporary).display()))?;
        Ok((name, contents))
    }

    /// The temporary name of a file that will get this name.
    pub(crate) fn staged_name(name: &str) -> String {
        format!("{PREFIX}new-{name}")
    }

    /// The file name of a script of this name, for an entry point.
    pub(crate) fn file_name(&self, name: &str) -> String {
        if self.target.windows.is_some() { format!("{name}.exe") } else { name.to_owned() }
    }

    /// Checks that a script can have this file name. The error is a clause for people.
    pub(crate) fn check_place(&self, name: &str) -> Result<(), String> {
        if self.directory.symlink_metadata(name).is_ok_and(|metadata| metadata.is_dir()) {
            return Err(format!("`{}` is a directory", self.shown.join(name).display()));
        }
        Ok(())
    }

    fn contents(&self, content: &Content, modified: u64) -> Result<Vec<u8>, String> {
        let ScriptTarget { executable, platform, windows } = &self.target;
        let posix = || {
            let lines = shebang::shebang(executable, *platform);
            lines.map_err(|error| error.to_string())
        };
        match content {
            Content::Launcher { source, gui, stub } => {
                let Some(stubs) = windows else {
                    return Ok([&posix()?, source.as_bytes()].concat());
                };
                let stub = stub.as_deref().map_or_else(|| stubs.program(*gui), Ok)?;
                launcher::launcher(stub, executable, *gui, source, modified)
                    .map_err(|error| error.to_string())
            }
            Content::Python(rest) if windows.is_some() => {
                Ok([format!("#!{executable}\r\n").as_bytes(), rest].concat())
            }
            Content::Python(rest) => Ok([&posix()?, &rest[..]].concat()),
            Content::Verbatim(contents) => Ok(contents.clone()),
        }
    }

    fn write(&self, name: &str, contents: &[u8], modified: u64) -> io::Result<()> {
        remove(&self.directory, Path::new(name))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).follow(FollowSymlinks::No);
        let mut file = self.directory.open_with(name, &options)?.into_std();
        file.write_all(contents)?;
        platform::set_mode(&file, 0o755)?;
        file.set_modified(times::moment(modified)?)
    }
}

/// Removes whatever has a temporary name. It belongs to a run that was stopped, or to somebody who
/// cannot rely on the name.
fn remove(directory: &Dir, name: &Path) -> io::Result<()> {
    match directory.symlink_metadata(name) {
        Ok(metadata) if metadata.is_dir() => directory.remove_dir_all(name),
        Ok(_) => directory.remove_file(name),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// A temporary name for the file in the place of a script. On Windows, a program that an earlier run
/// has replaced keeps its temporary name while it is running: it can be renamed, but not removed.
fn free_name(directory: &Dir, name: &str) -> String {
    let mut former = format!("{PREFIX}old-{name}");
    while remove(directory, Path::new(&former)).is_err()
        && directory.symlink_metadata(&former).is_ok()
    {
        former.insert_str(PREFIX.len(), "old-");
    }
    former
}

/// Checks a name that the component chose. The error is a clause for people.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_word = name.chars().all(|c| c.is_alphanumeric() || "-_.+".contains(c));
    if !is_word || name.starts_with('.') || name.is_empty() || name.ends_with('.') {
        return Err(format!("`{}` is no name for a script", name.escape_debug()));
    }
    let lower = name.to_lowercase();
    let stem = lower.strip_suffix(".exe").unwrap_or(&lower);
    let version = stem.strip_prefix("pythonw").or_else(|| stem.strip_prefix("python"));
    if version.is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.')) {
        return Err(format!("`{name}` would replace a Python interpreter"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;

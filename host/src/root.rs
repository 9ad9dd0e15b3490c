//! Paths of the target, resolved to open directories: the boundary that `--root` is.
//!
//! Inside a root, paths are resolved as a chroot would: an absolute link begins again at the root
//! and `..` stops there. Each step opens one name of a directory already held, without following
//! links, so that nothing that happens meanwhile can lead it out. What is resolved is a handle,
//! and the handle is what is granted: no path is opened twice.
//!
//! Files are read by the same rules, see `root/look.rs`.

use crate::error::Error;
use crate::platform;
use crate::times;
use cap_fs_ext::{DirExt as _, MetadataExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata};
use std::collections::VecDeque;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

mod contents;
mod look;

pub(crate) use contents::Contents;
pub(crate) use look::Kind;

/// How many links a path may lead through, as on Linux.
const LINKS_LIMIT: u32 = 40;

/// Where the paths of the target begin.
pub(crate) struct Root {
    /// The root directory; none if the target is this system itself.
    path: Option<PathBuf>,
    /// The root directory, once it has been opened.
    handle: Option<Dir>,
    /// Whether paths of the target may have `\\` between names, wherever it lies.
    has_windows_paths: bool,
    /// Directories that were made here, in order, for [`Root::undo`].
    made: Vec<Made>,
}

/// A directory that was made.
struct Made {
    /// Where, and its name there.
    parent: Dir,
    name: String,
    /// The directory itself.
    directory: Dir,
    /// The time that the parent had before, if it is that of a root.
    former: Option<SystemTime>,
}

/// What to do about directories that do not exist.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Make them, with mode 0755 whatever the umask.
    Make,
    /// Leave it at that.
    Leave,
}

/// What the last name of a path may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// A directory. Whatever is on the way and is none is an error.
    Directory,
    /// Anything. What cannot be got to is not there, as a search sees it.
    Anything,
}

/// Where a path led.
struct End {
    /// The directory, or that of the last name.
    directory: Dir,
    /// The names of the directory, from the root on.
    names: Vec<String>,
    /// The last name, if it is not a directory's.
    last: Option<(String, Metadata)>,
}

impl Root {
    /// The root of this path, which need not exist; none for this system itself.
    pub(crate) fn new(path: Option<PathBuf>) -> Root {
        Root { path, handle: None, has_windows_paths: false, made: Vec::new() }
    }

    /// Whether the target is this system itself, and no root.
    pub(crate) fn is_this_system(&self) -> bool {
        self.path.is_none()
    }

    /// From now on, takes paths of the target as Windows writes them: `\\` parts names as well, and
    /// a drive is the root.
    pub(crate) fn take_windows_paths(&mut self) {
        self.has_windows_paths = true;
    }

    /// The names in a path of the target.
    fn names<'path>(&self, path: &'path str) -> impl Iterator<Item = &'path str> {
        let windows = self.has_windows_paths;
        let parts = path.split(move |c| windows && c == '\\');
        parts.flat_map(platform::components).filter(move |name| !windows || !name.ends_with(':'))
    }

    /// A path of the target, as named on this machine.
    pub(crate) fn display(&self, path: &str) -> PathBuf {
        match &self.path {
            None => PathBuf::from(path),
            Some(root) => root.join(self.names(path).collect::<PathBuf>()),
        }
    }

    /// Opens a directory of the target by its absolute path there. None if it does not exist and
    /// is to be left at that.
    pub(crate) fn directory(&mut self, path: &str, missing: Missing) -> Result<Option<Dir>, Error> {
        let shown = self.display(path);
        let failed =
            |error: io::Error| Error::Directory { path: shown.clone(), detail: error.to_string() };
        if self.path.is_none() {
            return self.ambient(Path::new(path), missing).map_err(failed);
        }
        let Some(root) = self.handle(missing)? else { return Ok(None) };
        let names = self.names(path).map(str::to_owned).collect();
        let end = self.walk(root, names, missing, Last::Directory).map_err(failed)?;
        Ok(end.map(|end| end.directory))
    }

    /// The root directory, opened once. None if it does not exist and is to be left at that.
    fn handle(&mut self, missing: Missing) -> Result<Option<Dir>, Error> {
        let path = self.path.clone().unwrap_or_else(|| PathBuf::from("/"));
        let failed =
            |error: io::Error| Error::Directory { path: path.clone(), detail: error.to_string() };
        if self.handle.is_none() {
            self.handle = self.ambient(&path, missing).map_err(failed)?;
        }
        self.handle.as_ref().map(Dir::try_clone).transpose().map_err(failed)
    }

    /// Whether two paths lead to one directory. Of what does not exist yet, the nearest directory
    /// above it that does counts, and the names below that.
    pub(crate) fn is_one_directory(&mut self, one: &str, other: &str) -> Result<bool, Error> {
        let (one, one_below) = self.nearest(one)?;
        let (other, other_below) = self.nearest(other)?;
        let (Some(one), Some(other)) = (one, other) else { return Ok(false) };
        let identity = |directory: &Dir| {
            directory.dir_metadata().map(|metadata| (metadata.dev(), metadata.ino())).ok()
        };
        let found = identity(&one);
        Ok(one_below == other_below && found.is_some() && found == identity(&other))
    }

    /// The directory that the first missing one on the way to a path would be made in, which may be
    /// above the root.
    pub(crate) fn nearest_existing(&mut self, path: &str) -> Result<Dir, Error> {
        if let (Some(directory), _) = self.nearest(path)? {
            return Ok(directory);
        }
        let root = self.path.clone().unwrap_or_else(|| PathBuf::from("/"));
        let failed =
            |error: io::Error| Error::Directory { path: root.clone(), detail: error.to_string() };
        let absolute = std::path::absolute(&root).map_err(failed)?;
        let mut above = absolute.ancestors();
        let existing = above.find(|path| !path.symlink_metadata().is_err_and(is_not_found));
        let existing = existing.unwrap_or(Path::new("/"));
        Dir::open_ambient_dir(existing, ambient_authority()).map_err(failed)
    }

    /// The nearest existing directory on the way to a path, and the names below it.
    fn nearest(&mut self, path: &str) -> Result<(Option<Dir>, Vec<String>), Error> {
        let mut names: Vec<String> = self.names(path).map(str::to_owned).collect();
        let mut below = Vec::new();
        loop {
            let above = format!("{}{}", platform::top(path), names.join("/"));
            if let Some(directory) = self.directory(&above, Missing::Leave)? {
                below.reverse();
                return Ok((Some(directory), below));
            }
            match names.pop() {
                Some(name) => below.push(name),
                None => return Ok((None, below)),
            }
        }
    }

    /// Opens a directory of this system, by a path that whoever runs this program is trusted with.
    fn ambient(&mut self, path: &Path, missing: Missing) -> io::Result<Option<Dir>> {
        let mut existing = PathBuf::new();
        let mut names = VecDeque::new();
        for part in std::path::absolute(path)?.components() {
            let next = existing.join(part);
            if names.is_empty() && !next.symlink_metadata().is_err_and(is_not_found) {
                existing = next;
            } else if part == Component::ParentDir {
                // What does not exist is no link, so that the name before it is what it leads out of.
                names.pop_back();
            } else {
                let name = part.as_os_str().to_str();
                let name = name.ok_or_else(|| io::Error::other("the path is not UTF-8"))?;
                names.push_back(name.to_owned());
            }
        }
        if missing == Missing::Leave && !names.is_empty() {
            return Ok(None);
        }
        let directory = Dir::open_ambient_dir(existing, ambient_authority())?;
        let end = self.walk(directory, names, missing, Last::Directory)?;
        Ok(end.map(|end| end.directory))
    }

    /// Follows names from a directory, as if that were the root of the file system.
    fn walk(
        &mut self,
        root: Dir,
        mut names: VecDeque<String>,
        missing: Missing,
        last: Last,
    ) -> io::Result<Option<End>> {
        let mut above = Vec::new();
        let mut passed = Vec::new();
        let mut current = root;
        let mut links_left = LINKS_LIMIT;
        while let Some(name) = names.pop_front() {
            if name == ".." {
                current = above.pop().unwrap_or(current);
                passed.pop();
                continue;
            }
            if name == "." {
                continue;
            }
            let metadata = match current.symlink_metadata(&name) {
                Ok(metadata) => metadata,
                Err(error) if is_not_found(&error) => {
                    if missing == Missing::Leave {
                        return Ok(None);
                    }
                    if let Some(made) = self.make(&current, &name)? {
                        above.push(std::mem::replace(&mut current, made));
                        passed.push(name);
                        continue;
                    }
                    current.symlink_metadata(&name)?
                }
                Err(error) => return Err(error),
            };
            if metadata.is_symlink() {
                links_left = match links_left.checked_sub(1) {
                    Some(left) => left,
                    None if last == Last::Anything => return Ok(None),
                    None => return Err(io::Error::other("it leads through too many links")),
                };
                let target = current.read_link_contents(&name)?;
                let target = target
                    .to_str()
                    .ok_or_else(|| io::Error::other(format!("the link `{name}` is not UTF-8")))?;
                if platform::is_absolute(target) && !above.is_empty() {
                    current = above.swap_remove(0);
                    above.clear();
                    passed.clear();
                }
                for name in way(target).into_iter().rev() {
                    names.push_front(name);
                }
                continue;
            }
            if last == Last::Anything && !metadata.is_dir() {
                let end = End { directory: current, names: passed, last: Some((name, metadata)) };
                return Ok(names.is_empty().then_some(end));
            }
            let below = current.open_dir_nofollow(&name)?;
            above.push(std::mem::replace(&mut current, below));
            passed.push(name);
        }
        Ok(Some(End { directory: current, names: passed, last: None }))
    }

    /// Makes a directory, opens it and remembers it. None if someone else was faster; what they made
    /// will do.
    fn make(&mut self, parent: &Dir, name: &str) -> io::Result<Option<Dir>> {
        // What is above a root is not its own.
        let former = if self.handle.is_some() { times::time_of(parent) } else { None };
        let directory = match platform::make_directory(parent, name) {
            Ok(directory) => directory,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            Err(error) => return Err(error),
        };
        let (parent, name) = (parent.try_clone()?, name.to_owned());
        self.made.push(Made { parent, name, directory: directory.try_clone()?, former });
        Ok(Some(directory))
    }

    /// The directories that others were made in, so that these can be removed again.
    pub(crate) fn made_in(&self) -> impl Iterator<Item = &Dir> {
        self.made.iter().map(|made| &made.parent)
    }

    /// Gives the directories that were made this time, in seconds since 1970, and below a root those
    /// that they were made in the time that they had before. For when everything is in its place.
    pub(crate) fn settle(&mut self, modified: u64) -> io::Result<()> {
        let time = times::moment(modified)?;
        let mut settled = Ok(());
        // The first one that was made in a directory knows the time that this had before.
        for Made { parent, former, .. } in self.made.iter().rev() {
            if let Some(former) = former {
                settled = settled.and(platform::set_directory_time(parent, *former));
            }
        }
        // Last, for some of those have been made as well.
        for made in &self.made {
            settled = settled.and(platform::set_directory_time(&made.directory, time));
        }
        settled
    }

    /// Removes the directories that were made, as far as nothing is in them.
    pub(crate) fn undo(&mut self) {
        // Windows removes no directory that is held open: each handle goes before what it is of.
        for Made { parent, name, directory, former } in self.made.drain(..).rev() {
            drop(directory);
            // One that is in use by now is no longer ours to remove.
            let _ = parent.remove_dir(name);
            if let Some(former) = former {
                let _ = platform::set_directory_time(&parent, former);
            }
        }
    }
}

/// The names that a path leads through. One that ends in a slash, or in `.`, is that of a directory, to
/// the kernel as well: a `.` is left at its end, so that it does not end in a file.
fn way(path: &str) -> VecDeque<String> {
    let ends_in_directory = ["/", "/."].iter().any(|end| path.ends_with(end));
    let last = ends_in_directory.then_some(".");
    platform::components(path).chain(last).map(str::to_owned).collect()
}

fn is_not_found(error: impl std::borrow::Borrow<io::Error>) -> bool {
    error.borrow().kind() == io::ErrorKind::NotFound
}

#[cfg(all(test, target_os = "linux"))]
mod tests;

//! Paths of the target, resolved to open directories: the boundary that `--root` sets.
//!
//! Inside a root, paths are resolved as in a chroot: an absolute link starts again at the root and
//! `..` stops there. Each step opens one name of a directory that is already open, without
//! following links, so that no concurrent change can lead outside. The result is a handle, and the
//! handle itself is granted: no path is opened twice.
//!
//! Files are read by the same rules: see `root/look.rs`.

use crate::error::Error;
use crate::platform;
use crate::times;
use cap_fs_ext::{DirExt as _, MetadataExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata};
use std::collections::VecDeque;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

mod contents;
mod look;
mod unseen;

pub(crate) use contents::Contents;
pub(crate) use look::Kind;
pub(crate) use unseen::{Unseen, Use};

/// How many links a path may lead through, as on Linux.
const LINKS_LIMIT: u32 = 40;

/// The base of the target's paths.
pub(crate) struct Root {
    /// The root directory; none if the target is this system itself.
    path: Option<PathBuf>,
    /// What the root does not show of the image that it was laid out from, whose paths are shown
    /// without the root's own; none if it is no such root.
    unseen: Option<Arc<Unseen>>,
    /// The root directory, once it has been opened.
    handle: Option<Dir>,
    /// Whether paths of the target may have `\\` between names, whatever system it is stored on.
    has_windows_paths: bool,
    /// Directories that were made here, in order, for [`Root::undo`].
    made: Vec<Made>,
}

/// A new directory.
struct Made {
    /// Its parent, and its name there.
    parent: Dir,
    name: String,
    /// The directory itself.
    directory: Dir,
    /// The former time of the parent, if that is inside a root.
    former: Option<SystemTime>,
}

/// How to treat directories that do not exist.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Make them, with mode 0755 whatever the umask.
    Make,
    /// Do not make them.
    Leave,
}

/// What the last name of a path may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// A directory. Anything else on the way is an error.
    Directory,
    /// Anything. A path that leads nowhere counts as missing, as in a search.
    Anything,
}

/// The end of a path.
struct End {
    /// The directory itself, or the one that contains the last name.
    directory: Dir,
    /// The names of the directory, from the root on.
    names: Vec<String>,
    /// The last name, if it is not the name of a directory.
    last: Option<(String, Metadata)>,
}

impl Root {
    /// The root of this path, which need not exist; none for this system itself.
    pub(crate) fn new(path: Option<PathBuf>) -> Root {
        Root { path, unseen: None, handle: None, has_windows_paths: false, made: Vec::new() }
    }

    /// The root of this path, which was laid out from an image and does not show all of it.
    pub(crate) fn of_image(path: PathBuf, unseen: Arc<Unseen>) -> Root {
        Root { unseen: Some(unseen), ..Root::new(Some(path)) }
    }

    /// Whether the root was laid out from an image.
    pub(crate) fn is_of_image(&self) -> bool {
        self.unseen.is_some()
    }

    /// Whether the target is this system itself, without a root.
    pub(crate) fn is_this_system(&self) -> bool {
        self.path.is_none()
    }

    /// Accepts paths of the target in the form of Windows from now on: `\\` separates names as
    /// well, and a drive is the root.
    pub(crate) fn take_windows_paths(&mut self) {
        self.has_windows_paths = true;
    }

    /// The names in a path of the target.
    fn names<'path>(&self, path: &'path str) -> impl Iterator<Item = &'path str> {
        let (windows, is_of_image) = (self.has_windows_paths, self.is_of_image());
        let parts = path.split(move |c| windows && c == '\\');
        parts
            .flat_map(move |part| components(part, is_of_image))
            .filter(move |name| !windows || !name.ends_with(':'))
    }

    /// A path of the target, as named on this machine.
    pub(crate) fn display(&self, path: &str) -> PathBuf {
        match &self.path {
            None => PathBuf::from(path),
            // With `/` on every system.
            Some(_) if self.is_of_image() => {
                format!("/{}", self.names(path).collect::<Vec<_>>().join("/")).into()
            }
            Some(root) => root.join(self.names(path).collect::<PathBuf>()),
        }
    }

    /// Opens a directory of the target by its absolute path there. None if it does not exist and
    /// must not be made.
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

    /// The root directory, opened once. None if it does not exist and must not be made.
    fn handle(&mut self, missing: Missing) -> Result<Option<Dir>, Error> {
        let path = self.path.clone().unwrap_or_else(|| PathBuf::from("/"));
        let failed =
            |error: io::Error| Error::Directory { path: path.clone(), detail: error.to_string() };
        if self.handle.is_none() {
            self.handle = self.ambient(&path, missing).map_err(failed)?;
        }
        self.handle.as_ref().map(Dir::try_clone).transpose().map_err(failed)
    }

    /// Whether two paths lead to one directory. For a missing one, the nearest existing directory
    /// above it counts, with the names below that.
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

    /// The directory in which the first missing one on the way to a path would be made; it may be
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

    /// Opens a directory of this system, by a path that comes from the trusted caller.
    fn ambient(&mut self, path: &Path, missing: Missing) -> io::Result<Option<Dir>> {
        let mut existing = PathBuf::new();
        let mut names = VecDeque::new();
        for part in std::path::absolute(path)?.components() {
            let next = existing.join(part);
            if names.is_empty() && !next.symlink_metadata().is_err_and(is_not_found) {
                existing = next;
            } else if part == Component::ParentDir {
                // A missing name is not a link, so `..` leads back to the directory before it.
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

    /// Follows names from a directory, as if it were the root of the file system.
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
            let mut target = self.unmade_link(&passed, &name)?;
            if target.is_none() {
                let metadata = match current.symlink_metadata(&name) {
                    Ok(metadata) => metadata,
                    Err(error) if self.is_nothing(&error) => {
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
                    target = Some(link_target(&current, &name)?);
                } else if last == Last::Anything && !metadata.is_dir() {
                    let end =
                        End { directory: current, names: passed, last: Some((name, metadata)) };
                    return Ok(names.is_empty().then_some(end));
                }
            }
            let Some(target) = target else {
                let below = current.open_dir_nofollow(&name)?;
                above.push(std::mem::replace(&mut current, below));
                passed.push(name);
                continue;
            };
            links_left = match links_left.checked_sub(1) {
                Some(left) => left,
                None if last == Last::Anything => return Ok(None),
                None => return Err(io::Error::other("it leads through too many links")),
            };
            if is_absolute(&target, self.is_of_image()) && !above.is_empty() {
                current = above.swap_remove(0);
                above.clear();
                passed.clear();
            }
            for name in way(&target, self.is_of_image()).into_iter().rev() {
                names.push_front(name);
            }
        }
        Ok(Some(End { directory: current, names: passed, last: None }))
    }

    /// Whether an error means that a name is not there. A name that the system cannot have is not in a
    /// root that was laid out on it.
    fn is_nothing(&self, error: &io::Error) -> bool {
        is_not_found(error) || self.is_of_image() && platform::is_unfit_name(error)
    }

    /// Makes a directory, opens it and records it. None if another process was faster; its directory
    /// is used.
    fn make(&mut self, parent: &Dir, name: &str) -> io::Result<Option<Dir>> {
        // Directories above the root do not belong to it.
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

    /// The directories in which others were made, so that these can be removed again.
    pub(crate) fn made_in(&self) -> impl Iterator<Item = &Dir> {
        self.made.iter().map(|made| &made.parent)
    }

    /// Sets the time of the new directories to this one, in seconds since 1970, and restores the
    /// former time of their parents below a root. Called when everything is in its place.
    pub(crate) fn settle(&mut self, modified: u64) -> io::Result<()> {
        let time = times::moment(modified)?;
        let mut settled = Ok(());
        // Only the first directory made in a parent has that parent's former time.
        for Made { parent, former, .. } in self.made.iter().rev() {
            if let Some(former) = former {
                settled = settled.and(platform::set_directory_time(parent, *former));
            }
        }
        // Last, since some of the parents are new as well.
        for made in &self.made {
            settled = settled.and(platform::set_directory_time(&made.directory, time));
        }
        settled
    }

    /// Removes the new directories that are empty.
    pub(crate) fn undo(&mut self) {
        // Windows does not remove a directory that is open: each handle is closed before its
        // removal.
        for Made { parent, name, directory, former } in self.made.drain(..).rev() {
            drop(directory);
            // A directory that is in use by now is not ours to remove.
            let _ = parent.remove_dir(name);
            if let Some(former) = former {
                let _ = platform::set_directory_time(&parent, former);
            }
        }
    }
}

/// The names along a path. A path that ends in a slash, or in `.`, names a directory, also for the
/// kernel: a `.` is kept at the end, so that the path cannot end in a file.
fn way(path: &str, is_of_image: bool) -> VecDeque<String> {
    let ends_in_directory = ["/", "/."].iter().any(|end| path.ends_with(end));
    let last = ends_in_directory.then_some(".");
    components(path, is_of_image).chain(last).map(str::to_owned).collect()
}

/// The significant names in a path, `..` among them. In an image, only `/` separates them, whatever the
/// system.
fn components(path: &str, is_of_image: bool) -> impl Iterator<Item = &str> {
    let (image, own) = if is_of_image { (path, "") } else { ("", path) };
    let image = image.split('/').filter(|name| !matches!(*name, "" | "."));
    image.chain(platform::components(own))
}

/// Whether a path begins at the root.
fn is_absolute(path: &str, is_of_image: bool) -> bool {
    if is_of_image { path.starts_with('/') } else { platform::is_absolute(path) }
}

/// The target of a link.
fn link_target(directory: &Dir, name: &str) -> io::Result<String> {
    let target = directory.read_link_contents(name)?.into_os_string();
    target.into_string().map_err(|_| io::Error::other(format!("the link `{name}` is not UTF-8")))
}

fn is_not_found(error: impl std::borrow::Borrow<io::Error>) -> bool {
    error.borrow().kind() == io::ErrorKind::NotFound
}

#[cfg(all(test, target_os = "linux"))]
mod tests;

//! Reading in a root: what is at a path, without making anything and without waiting for anything.
//!
//! The tree is anyone's: a name may be a FIFO that never answers, or a file that never ends. Only
//! regular files are opened, and what is read of them has a limit.

use super::{Last, Missing, Root, way};
use crate::error::Error;
use crate::platform;
use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, Metadata, OpenOptions};
use std::fs::File;
use std::io::{self, Read as _};

/// How many entries a directory may have to be listed.
const ENTRIES_LIMIT: usize = 100_000;

/// What is at a path, every link on the way and at its end followed.
pub(crate) struct Place {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its absolute path in the root, free of links.
    pub(crate) path: String,
    /// The directory itself, or the one that the file is in.
    directory: Dir,
    /// The file's name in it.
    name: String,
}

/// What a [`Place`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file that may be run, as far as its mode says; any, where files have no modes.
    Program,
    /// Another regular file.
    File,
    /// A directory.
    Directory,
    /// A device, a FIFO, a socket.
    Other,
}

impl Root {
    /// Looks what is at an absolute path. None if nothing is: a dangling link, a loop and a path
    /// through a file lead nowhere.
    ///
    /// Fails if what is on the way cannot be read.
    pub(crate) fn look(&mut self, path: &str) -> Result<Option<Place>, Error> {
        let Some(handle) = self.handle(Missing::Leave)? else { return Ok(None) };
        let end = self.walk(handle, way(path), Missing::Leave, Last::Anything);
        let Some(end) = end.map_err(|error| self.failed("look at", path, &error))? else {
            return Ok(None);
        };
        let (kind, name) = match end.last {
            None => (Kind::Directory, String::new()),
            Some((name, metadata)) => (kind(&metadata), name),
        };
        let mut path: String = end.names.iter().flat_map(|name| ["/", name]).collect();
        if path.is_empty() || !name.is_empty() {
            path.push('/');
            path.push_str(&name);
        }
        Ok(Some(Place { kind, path, directory: end.directory, name }))
    }

    /// What the link at a path says, the path's own directories followed. None if it is no link.
    pub(crate) fn link(&mut self, directory: &str, name: &str) -> Result<Option<String>, Error> {
        let place = self.look(directory)?.filter(|place| place.kind == Kind::Directory);
        let Some(place) = place else { return Ok(None) };
        let is_link = |metadata: Metadata| metadata.is_symlink();
        if !place.directory.symlink_metadata(name).is_ok_and(is_link) {
            return Ok(None);
        }
        let target = place.directory.read_link_contents(name);
        let target = target.map_err(|error| self.failed("read the link", directory, &error))?;
        Ok(target.into_os_string().into_string().ok())
    }

    /// Whether a regular file is at a path.
    pub(crate) fn is_file(&mut self, path: &str) -> Result<bool, Error> {
        let place = self.look(path)?;
        Ok(place.is_some_and(|place| matches!(place.kind, Kind::File | Kind::Program)))
    }

    /// Whether a directory is at a path.
    pub(crate) fn is_directory(&mut self, path: &str) -> Result<bool, Error> {
        Ok(self.look(path)?.is_some_and(|place| place.kind == Kind::Directory))
    }

    /// Opens the regular file at a path for reading. None if there is none.
    pub(crate) fn open(&mut self, path: &str) -> Result<Option<File>, Error> {
        let Some(place) = self.look(path)? else { return Ok(None) };
        if !matches!(place.kind, Kind::File | Kind::Program) {
            return Ok(None);
        }
        // Should it have become a FIFO since, opening it must not wait for a writer.
        let mut options = OpenOptions::new();
        options.read(true).follow(FollowSymlinks::No).nonblock(true);
        let file = place.directory.open_with(&place.name, &options);
        let file = file.map_err(|error| self.failed("open", path, &error))?.into_std();
        let metadata = file.metadata().map_err(|error| self.failed("open", path, &error))?;
        Ok(metadata.is_file().then_some(file))
    }

    /// The contents of the regular file at a path, which may have so many bytes. None if there is
    /// none.
    pub(crate) fn read(&mut self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        let Some(file) = self.open(path)? else { return Ok(None) };
        let mut contents = Vec::new();
        let read = file.take(limit.saturating_add(1)).read_to_end(&mut contents);
        let read = read.map_err(|error| self.failed("read", path, &error))?;
        if u64::try_from(read).unwrap_or(u64::MAX) > limit {
            let error = io::Error::other(format!("it is larger than {limit} bytes"));
            return Err(self.failed("read", path, &error));
        }
        Ok(Some(contents))
    }

    /// The names in the directory at a path, sorted; empty if there is none. Names that are not
    /// UTF-8 are left out.
    pub(crate) fn list(&mut self, path: &str) -> Result<Vec<String>, Error> {
        let Some(place) = self.look(path)?.filter(|place| place.kind == Kind::Directory) else {
            return Ok(Vec::new());
        };
        let failed = |error: &io::Error| self.failed("list", path, error);
        let mut names = Vec::new();
        for entry in place.directory.entries().map_err(|error| failed(&error))? {
            let name = entry.map_err(|error| failed(&error))?.file_name();
            names.extend(name.into_string());
            if names.len() > ENTRIES_LIMIT {
                let error = format!("it has more than {ENTRIES_LIMIT} entries");
                return Err(failed(&io::Error::other(error)));
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn failed(&self, operation: &str, path: &str, error: &io::Error) -> Error {
        Error::Io {
            operation: operation.to_owned(),
            path: self.display(path),
            reason: error.to_string(),
        }
    }
}

fn kind(metadata: &Metadata) -> Kind {
    if !metadata.is_file() {
        return Kind::Other;
    }
    let may_run = platform::mode(metadata).is_none_or(|mode| mode & 0o111 != 0);
    if may_run { Kind::Program } else { Kind::File }
}

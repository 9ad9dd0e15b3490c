//! Reading in a root: inspects a path, without making anything and without waiting for anything.
//!
//! The tree is untrusted: a name may be a FIFO without a writer, or a file without an end. Only
//! regular files are opened, and the bytes read of them have a limit.

use super::{Last, Missing, Root, components, way};
use crate::error::Error;
use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, Metadata, OpenOptions};
use std::fs::File;
use std::io::{self, Read as _};

/// How many entries a directory may have to be listed.
const ENTRIES_LIMIT: usize = 100_000;

/// The end of a path, after following every link on the way and at its end.
pub(crate) struct Place {
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its absolute path in the root, free of links.
    pub(crate) path: String,
    /// The directory itself, or the one that contains the file.
    directory: Dir,
    /// The file's name in it.
    name: String,
}

/// The kind of a [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file that is executable by its mode; any regular file, where files have no modes.
    Program,
    /// Another regular file.
    File,
    /// A directory.
    Directory,
    /// A device, a FIFO, a socket.
    Other,
}

impl Root {
    /// Inspects an absolute path. None if nothing is there: a dangling link, a loop and a path
    /// through a file lead nowhere.
    ///
    /// Fails if a part of the path cannot be read.
    pub(crate) fn look(&mut self, path: &str) -> Result<Option<Place>, Error> {
        let Some(handle) = self.handle(Missing::Leave)? else { return Ok(None) };
        let end = self.walk(handle, way(path, self.is_of_image()), Missing::Leave, Last::Anything);
        let Some(end) = end.map_err(|error| self.failed("look at", path, &error))? else {
            return Ok(None);
        };
        let (kind, name) = match end.last {
            None => (Kind::Directory, String::new()),
            Some((name, metadata)) => (self.kind(&end.names, &name, &metadata), name),
        };
        let mut path: String = end.names.iter().flat_map(|name| ["/", name]).collect();
        if path.is_empty() || !name.is_empty() {
            path.push('/');
            path.push_str(&name);
        }
        Ok(Some(Place { kind, path, directory: end.directory, name }))
    }

    /// The target of a link, after following the links in its directory's path. None if it is not a
    /// link.
    pub(crate) fn link(&mut self, directory: &str, name: &str) -> Result<Option<String>, Error> {
        let place = self.look(directory)?.filter(|place| place.kind == Kind::Directory);
        let Some(place) = place else { return Ok(None) };
        let names = components(&place.path, self.is_of_image());
        let names: Vec<String> = names.map(str::to_owned).collect();
        let unmade = self.unmade_link(&names, name);
        let unmade = unmade.map_err(|error| self.failed("read the link", directory, &error))?;
        if unmade.is_some() {
            return Ok(unmade);
        }
        let is_link = |metadata: Metadata| metadata.is_symlink();
        if !place.directory.symlink_metadata(name).is_ok_and(is_link) {
            return Ok(None);
        }
        let target = place.directory.read_link_contents(name);
        let target = target.map_err(|error| self.failed("read the link", directory, &error))?;
        Ok(target.into_os_string().into_string().ok())
    }

    /// Whether there is a regular file at a path.
    pub(crate) fn is_file(&mut self, path: &str) -> Result<bool, Error> {
        let place = self.look(path)?;
        Ok(place.is_some_and(|place| matches!(place.kind, Kind::File | Kind::Program)))
    }

    /// Whether there is a directory at a path.
    pub(crate) fn is_directory(&mut self, path: &str) -> Result<bool, Error> {
        Ok(self.look(path)?.is_some_and(|place| place.kind == Kind::Directory))
    }

    /// Opens the regular file at a path for reading. None if there is none.
    pub(crate) fn open(&mut self, path: &str) -> Result<Option<File>, Error> {
        let Some(place) = self.look(path)? else { return Ok(None) };
        if !matches!(place.kind, Kind::File | Kind::Program) {
            return Ok(None);
        }
        // Opening it must not wait for a writer, should it have become a FIFO meanwhile.
        let mut options = OpenOptions::new();
        options.read(true).follow(FollowSymlinks::No).nonblock(true);
        let file = place.directory.open_with(&place.name, &options);
        let file = file.map_err(|error| self.failed("open", path, &error))?.into_std();
        let metadata = file.metadata().map_err(|error| self.failed("open", path, &error))?;
        Ok(metadata.is_file().then_some(file))
    }

    /// The contents of the regular file at a path, up to so many bytes. None if there is none.
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
        names.extend(self.unseen_names(&place.path));
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    fn kind(&self, directory: &[String], name: &str, metadata: &Metadata) -> Kind {
        if !metadata.is_file() {
            Kind::Other
        } else if self.is_program(directory, name, metadata) {
            Kind::Program
        } else {
            Kind::File
        }
    }

    fn failed(&self, operation: &str, path: &str, error: &io::Error) -> Error {
        Error::Io {
            operation: operation.to_owned(),
            path: self.display(path),
            reason: error.to_string(),
        }
    }
}

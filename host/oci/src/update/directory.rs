//! Writes to a layout in a directory.

use super::write::{TEMPORARY, Writing, copy};
use crate::layout::directory::{BLOBS, Directory};
use crate::layout::{INDEX, MARKER, MARKER_TEXT, unreadable};
use crate::{Digest, Error};
use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _};
use cap_std::fs::{Dir, File, OpenOptions, Permissions};
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Writes blobs, then `index.json`.
pub(super) fn write(path: &Path, writing: Writing) -> Result<(), Error> {
    if let Err(error) = fs::create_dir(path)
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(unreadable("create", path, &error));
    }
    let target = Target { path: path.to_owned(), files: Directory::open(path)? };
    target.mark()?;
    // Held until the end. Where the file system has no locks, nothing guards against another run.
    let _lock = target.lock()?;
    target.remove_leftovers()?;
    if let Some((source, blobs)) = writing.copied {
        for (digest, size) in blobs {
            target.add_blob(digest, *size, |file| copy(source, digest, *size, file))?;
        }
    }
    for (digest, contents) in &writing.update.blobs {
        target.add_blob(digest, contents.len() as u64, |file| Ok(file.write_all(contents)))?;
    }
    let text = writing.index(path, target.files.file(INDEX)?.as_deref())?;
    let mode = target.root().symlink_metadata(INDEX).ok().map(|metadata| metadata.permissions());
    let write = |file: &mut File| Ok(file.write_all(text.as_bytes()));
    target.put(target.root(), INDEX, mode, write)
}

/// The directory that is written to.
struct Target {
    path: PathBuf,
    files: Directory,
}

impl Target {
    fn root(&self) -> &Dir {
        self.files.root()
    }

    /// Makes an empty directory a layout.
    fn mark(&self) -> Result<(), Error> {
        if self.files.file(MARKER)?.is_some() {
            return Ok(());
        }
        for name in self.names()? {
            if !name.starts_with(TEMPORARY) {
                let reason = format!("no `{MARKER}`, but other files");
                return Err(Error::Layout { path: self.path.clone(), reason });
            }
        }
        let write = |file: &mut File| Ok(file.write_all(MARKER_TEXT.as_bytes()));
        self.put(self.root(), MARKER, None, write)
    }

    fn lock(&self) -> Result<Option<fs::File>, Error> {
        let mut options = OpenOptions::new();
        options.read(true).follow(FollowSymlinks::No);
        let file = self.root().open_with(MARKER, &options);
        let file = file.map_err(|error| unreadable("open", &self.path.join(MARKER), &error))?;
        let file = file.into_std();
        Ok(file.lock().is_ok().then_some(file))
    }

    fn names(&self) -> Result<Vec<String>, Error> {
        let read = || -> io::Result<Vec<String>> {
            let entries = self.root().entries()?;
            entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
        };
        read().map_err(|error| unreadable("read", &self.path, &error))
    }

    /// Removes the temporary files of a run that was killed.
    fn remove_leftovers(&self) -> Result<(), Error> {
        for name in self.names()?.iter().filter(|name| name.starts_with(TEMPORARY)) {
            self.root()
                .remove_file(name)
                .map_err(|error| unreadable("remove", &self.path.join(name), &error))?;
        }
        Ok(())
    }

    /// Adds a blob, unless there is one of this size already.
    fn add_blob(
        &self,
        digest: &Digest,
        size: u64,
        write: impl FnOnce(&mut File) -> Result<io::Result<()>, Error>,
    ) -> Result<(), Error> {
        if self.files.blob(digest)?.is_some_and(|(_, existing)| existing == size) {
            return Ok(());
        }
        let mut directory = None;
        let mut path = self.path.clone();
        for name in [BLOBS, digest.algorithm()] {
            path.push(name);
            let outer = directory.as_ref().unwrap_or(self.root());
            let inner = match outer.open_dir_nofollow(name) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    outer.create_dir(name).and_then(|()| outer.open_dir_nofollow(name))
                }
                opened => opened,
            };
            directory = Some(inner.map_err(|error| unreadable("create", &path, &error))?);
        }
        let directory = directory.as_ref().unwrap_or(self.root());
        self.put(directory, digest.hexadecimal(), None, write)
    }

    /// Writes a file under a temporary name and renames it. The temporary name is never among the blobs:
    /// `umoci gc` fails on what is no digest there.
    fn put(
        &self,
        directory: &Dir,
        name: &str,
        permissions: Option<Permissions>,
        write: impl FnOnce(&mut File) -> Result<io::Result<()>, Error>,
    ) -> Result<(), Error> {
        let temporary = format!("{TEMPORARY}{name}");
        let path = self.path.join(&temporary);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).follow(FollowSymlinks::No);
        let mut file = self
            .root()
            .open_with(&temporary, &options)
            .map_err(|error| unreadable("create", &path, &error))?;
        let written = write(&mut file).and_then(|written| {
            written
                .and_then(|()| permissions.map_or(Ok(()), |mode| file.set_permissions(mode)))
                .map_err(|error| unreadable("write", &path, &error))
        });
        drop(file);
        let renamed = written.and_then(|()| {
            self.root()
                .rename(&temporary, directory, name)
                .map_err(|error| unreadable("rename", &path, &error))
        });
        if renamed.is_err() {
            // The error is what is worth reporting; what cannot be removed now, the next run removes.
            let _ = self.root().remove_file(&temporary);
        }
        renamed
    }
}

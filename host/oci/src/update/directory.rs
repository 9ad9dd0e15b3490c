//! Writes to a layout in a directory.

use super::lock;
use super::writing::{TEMPORARY, Writing, copy};
use crate::layout::directory::{BLOBS, Directory};
use crate::layout::{INDEX, MARKER, MARKER_TEXT, check_marker, unreadable};
use crate::{Digest, Error};
use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _};
use cap_std::fs::{Dir, File, OpenOptions, Permissions};
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::path::Path;

/// The file that a run holds a lock on. It is there as long as the run.
const LOCK: &str = ".ensurepip-host-lock";

/// Writes to the directory that the user has named. If it is missing or empty, it becomes a layout.
pub(super) fn create(path: &Path, writing: Writing) -> Result<(), Error> {
    if let Err(error) = fs::create_dir(path)
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(unreadable("create", path, &error));
    }
    Target { files: &Directory::open(path)? }.write(writing, true)
}

/// Writes to a layout that is open.
pub(super) fn write(files: &Directory, writing: Writing) -> Result<(), Error> {
    Target { files }.write(writing, false)
}

/// Removes what a killed run has left in a layout in which nothing is to change: it may have been killed
/// after it had replaced the index. What cannot be removed does no harm.
pub(super) fn tidy(files: &Directory) {
    let target = Target { files };
    if target.leftovers().is_ok_and(|(names, _)| !names.is_empty())
        && let Ok(lock) = lock::open(target.root(), LOCK.as_ref())
    {
        let _ = target.remove_leftovers();
        let _ = target.root().remove_file(LOCK);
        drop(lock);
    }
}

/// The directory that is written to.
struct Target<'a> {
    files: &'a Directory,
}

impl Target<'_> {
    fn path(&self) -> &Path {
        self.files.path()
    }

    fn root(&self) -> &Dir {
        self.files.root()
    }

    /// Writes with a lock.
    fn write(&self, writing: Writing, is_new: bool) -> Result<(), Error> {
        let path = self.path().join(LOCK);
        let lock = lock::open(self.root(), LOCK.as_ref())
            .map_err(|error| unreadable("create", &path, &error))?;
        let written = self.write_files(writing, is_new);
        // What cannot be removed now, the next run uses and removes.
        let _ = self.root().remove_file(LOCK);
        drop(lock);
        written
    }

    /// Writes blobs, then `index.json`.
    fn write_files(&self, writing: Writing, is_new: bool) -> Result<(), Error> {
        self.remove_leftovers()?;
        if is_new {
            self.mark()?;
        }
        if let Some((source, blobs)) = writing.copied {
            for (digest, size) in blobs {
                self.add_blob(digest, *size, |file| copy(source, digest, *size, file))?;
            }
        }
        for (digest, contents) in &writing.update.blobs {
            self.add_blob(digest, contents.len() as u64, |file| Ok(file.write_all(contents)))?;
        }
        let text = writing.index(self.path(), self.files.file(INDEX)?.as_deref())?;
        let mode = self.root().symlink_metadata(INDEX).ok().map(|metadata| metadata.permissions());
        self.put(
            (self.root(), self.path()),
            INDEX,
            mode,
            |file| Ok(file.write_all(text.as_bytes())),
        )
    }

    /// Makes an empty directory a layout.
    fn mark(&self) -> Result<(), Error> {
        if let Some(text) = self.files.file(MARKER)? {
            return check_marker(&text);
        }
        if let (_, true) = self.leftovers()? {
            let reason = format!("no `{MARKER}`, but other files");
            return Err(Error::Layout { path: self.path().to_owned(), reason });
        }
        self.put((self.root(), self.path()), MARKER, None, |file| {
            Ok(file.write_all(MARKER_TEXT.as_bytes()))
        })
    }

    /// The names of the temporary files, and whether there is anything else.
    fn leftovers(&self) -> Result<(Vec<OsString>, bool), Error> {
        let read = || -> io::Result<(Vec<OsString>, bool)> {
            let (mut names, mut others) = (Vec::new(), false);
            for entry in self.root().entries()? {
                let entry = entry?;
                let name = entry.file_name();
                let is_ours = name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes());
                if is_ours && entry.file_type()?.is_file() {
                    names.push(name);
                } else {
                    others = true;
                }
            }
            Ok((names, others))
        };
        read().map_err(|error| unreadable("read", self.path(), &error))
    }

    /// Removes the temporary files of a run that was killed.
    fn remove_leftovers(&self) -> Result<(), Error> {
        let (names, _) = self.leftovers()?;
        for name in names.iter().filter(|name| *name != LOCK) {
            self.root()
                .remove_file(name)
                .map_err(|error| unreadable("remove", &self.path().join(name), &error))?;
        }
        Ok(())
    }

    /// Adds a blob, unless there is one of this size already.
    fn add_blob(
        &self,
        digest: &Digest,
        size: u64,
        write: impl FnOnce(&mut BufWriter<&File>) -> Result<io::Result<()>, Error>,
    ) -> Result<(), Error> {
        if self.files.blob(digest)?.is_some_and(|(_, existing)| existing == size) {
            return Ok(());
        }
        let mut directory = None;
        let mut path = self.path().to_owned();
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
        self.put((directory, &path), digest.hexadecimal(), None, write)
    }

    /// Writes a file under a temporary name and renames it. The temporary name is never among the blobs:
    /// `umoci gc` fails on what is no digest there.
    fn put(
        &self,
        (directory, shown): (&Dir, &Path),
        name: &str,
        permissions: Option<Permissions>,
        write: impl FnOnce(&mut BufWriter<&File>) -> Result<io::Result<()>, Error>,
    ) -> Result<(), Error> {
        let temporary = format!("{TEMPORARY}{name}");
        let path = self.path().join(&temporary);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).follow(FollowSymlinks::No);
        let file = self
            .root()
            .open_with(&temporary, &options)
            .map_err(|error| unreadable("create", &path, &error))?;
        let mut writer = BufWriter::with_capacity(128 << 10, &file);
        let written = write(&mut writer).and_then(|written| {
            written
                .and_then(|()| writer.flush())
                .and_then(|()| permissions.map_or(Ok(()), |mode| file.set_permissions(mode)))
                .map_err(|error| unreadable("write", &path, &error))
        });
        drop(writer);
        drop(file);
        let renamed = written.and_then(|()| {
            self.root()
                .rename(&temporary, directory, name)
                .map_err(|error| unreadable("create", &shown.join(name), &error))
        });
        if renamed.is_err() {
            // The error is what is worth reporting; what cannot be removed now, the next run removes.
            let _ = self.root().remove_file(&temporary);
        }
        renamed
    }
}

//! Writes a layout to an archive: a new one, renamed over the former.

use super::writing::{TEMPORARY, Writing, copy};
use super::{docker, lock};
use crate::layout::archive::{Archive, Place, blob_name};
use crate::layout::{Files, INDEX, Layout, MARKER, MARKER_TEXT, unreadable};
use crate::{Digest, Error};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Permissions};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, BufWriter, ErrorKind, Read as _, Write};
use std::path::Path;
use tar::{EntryType, Header};

/// The file in which `docker save` lists images for versions of Docker that do not know `manifest.json`.
/// It names layers only, by IDs that nothing else has, and is left out.
const REPOSITORIES: &str = "repositories";

/// Writes the archive anew.
pub(super) fn write(path: &Path, writing: Writing) -> Result<(), Error> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let directory = Dir::open_ambient_dir(parent, ambient_authority())
        .map_err(|error| unreadable("open", parent, &error))?;
    let name = path.file_name().ok_or_else(|| {
        let reason = "its path does not end in a name".to_owned();
        Error::Layout { path: path.to_owned(), reason }
    })?;
    // The name depends on the archive's only, so that two runs wait for each other, and a run uses what a
    // killed one has left.
    let mut temporary = OsString::from(TEMPORARY);
    temporary.push(name);
    let temporary = Path::new(&temporary);
    let named = parent.join(temporary);
    let file =
        lock::open(&directory, temporary).map_err(|error| unreadable("create", &named, &error))?;
    let written = fill(&file, &named, path, writing).and_then(|()| {
        directory
            .rename(temporary, &directory, name)
            .map_err(|error| unreadable("rename", &named, &error))
    });
    if written.is_err() {
        // The error is what is worth reporting; what cannot be removed now, the next run uses.
        let _ = directory.remove_file(temporary);
    }
    written
}

/// Writes everything to a file, which errors name by its temporary name.
fn fill(file: &File, named: &Path, path: &Path, writing: Writing) -> Result<(), Error> {
    let failed = |error: io::Error| unreadable("write", named, &error);
    let base = path.exists().then(|| Layout::open(path)).transpose()?;
    let base = match base.as_ref().map(Layout::files) {
        Some(Files::Archive(base)) => Some(base),
        Some(Files::Directory(_)) => {
            let reason = "a directory has replaced the archive".to_owned();
            return Err(Error::Layout { path: path.to_owned(), reason });
        }
        None => None,
    };
    let text = base.map(|base| base.file(INDEX)).transpose()?.flatten();
    let text = writing.index(path, text.as_deref())?;
    let list = base.map(|base| writing.docker_list(base)).transpose()?.flatten();
    let mut permissions = None;
    let mut members: BTreeMap<String, Contents> = BTreeMap::new();
    if let Some(base) = base {
        for (name, place) in base.members() {
            if name != REPOSITORIES && name != docker::LIST {
                members.insert(name.clone(), Contents::Old(base, *place));
            }
        }
        let metadata = base.file_handle().metadata().map_err(failed)?;
        let mode = Permissions::from_std(metadata.permissions());
        // From the start, because others may not be meant to read it. What cannot be written is so only at
        // the end: the next run could not open what this one leaves when it is killed.
        if !mode.readonly() {
            file.set_permissions(mode.clone()).map_err(failed)?;
        }
        permissions = Some(mode);
    }
    if let Some((source, blobs)) = writing.copied {
        for (digest, size) in blobs {
            let copied = Contents::Copied(source, digest, *size);
            members.entry(blob_name(digest)).or_insert(copied);
        }
    }
    for (digest, contents) in &writing.update.blobs {
        members.insert(blob_name(digest), Contents::New(contents));
    }
    if let Some(list) = &list {
        members.insert(docker::LIST.to_owned(), Contents::New(list.as_bytes()));
    }
    members.entry(MARKER.to_owned()).or_insert(Contents::New(MARKER_TEXT.as_bytes()));
    members.insert(INDEX.to_owned(), Contents::New(text.as_bytes()));

    file.set_len(0).map_err(failed)?;
    let mut output = BufWriter::with_capacity(128 << 10, file);
    for directory in directories(&members) {
        members.insert(directory, Contents::Directory);
    }
    for (name, contents) in &members {
        append(&mut output, name, contents).and_then(|done| done.map_err(failed))?;
    }
    // Two empty blocks end an archive.
    output.write_all(&[0; 1024]).and_then(|()| output.flush()).map_err(failed)?;
    permissions.map_or(Ok(()), |mode| file.set_permissions(mode)).map_err(failed)
}

/// The contents of a file in the new archive.
enum Contents<'a> {
    /// As in the former archive.
    Old(&'a Archive, Place),
    /// A blob of another layout, of this size.
    Copied(&'a Layout, &'a Digest, u64),
    /// These bytes.
    New(&'a [u8]),
    /// None: it is a directory.
    Directory,
}

/// The directories above these files, with a `/` at their ends, so that they are sorted before what is in
/// them.
fn directories(members: &BTreeMap<String, Contents>) -> BTreeSet<String> {
    let mut directories = BTreeSet::new();
    for name in members.keys() {
        for (slash, _) in name.match_indices('/') {
            directories.insert(name[..=slash].to_owned());
        }
    }
    directories
}

/// Appends an entry. The inner error is that of writing.
fn append(
    output: &mut impl Write,
    name: &str,
    contents: &Contents,
) -> Result<io::Result<()>, Error> {
    let size = match contents {
        Contents::Old(_, place) => place.size,
        Contents::Copied(_, _, size) => *size,
        Contents::New(bytes) => bytes.len() as u64,
        Contents::Directory => 0,
    };
    let is_directory = matches!(contents, Contents::Directory);
    if let Err(error) = write_header(output, name, is_directory, size) {
        return Ok(Err(error));
    }
    let written = match contents {
        Contents::Old(archive, place) => {
            let mut part = archive.part(*place).take(place.size);
            io::copy(&mut part, output).and_then(|copied| {
                let whole = copied == place.size;
                if whole { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
            })
        }
        Contents::Copied(source, digest, size) => copy(source, digest, *size, output)?,
        Contents::New(bytes) => output.write_all(bytes),
        Contents::Directory => Ok(()),
    };
    let padding = usize::try_from(size.next_multiple_of(512) - size).unwrap_or(0);
    Ok(written.and_then(|()| output.write_all(&[0; 512][..padding])))
}

/// Writes a header, which has no time and no owner. A name that is too long for it precedes it.
fn write_header(
    output: &mut impl Write,
    name: &str,
    is_directory: bool,
    size: u64,
) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(if is_directory { EntryType::Directory } else { EntryType::Regular });
    header.set_mode(if is_directory { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    if header.set_path(name).is_err() {
        let mut long = Header::new_gnu();
        long.set_entry_type(EntryType::GNULongName);
        long.set_path("././@LongLink").or_else(|_| long.set_path("@LongLink"))?;
        let length = name.len() as u64 + 1;
        long.set_size(length);
        long.set_cksum();
        output.write_all(long.as_bytes())?;
        output.write_all(name.as_bytes())?;
        let padding =
            usize::try_from(length.next_multiple_of(512) - name.len() as u64).unwrap_or(0);
        output.write_all(&vec![0; padding])?;
        header.set_path("@LongLink")?;
    }
    header.set_cksum();
    output.write_all(header.as_bytes())
}

//! A file that is moved by copying it, where the system refuses to rename it.
//!
//! Landlock refuses every rename from one directory to another unless its rules allow them, and so do
//! file systems at their borders. None refuses one within a directory. So the copy is made beside its
//! final name, which it gets when it is whole: whenever the program is killed, the file is in its
//! former place, in its new one, or in both.

use crate::platform;
use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, OpenOptions};
use std::io;
use std::path::Path;

/// What a copy is called until it is whole. The component knows the name too, and removes what a run
/// that was killed has left.
const UNFINISHED: &str = ".ensurepip-host-copy";

/// Moves a file or a link, with contents, mode and time, and with its owner if possible. None if
/// it is a directory, or nothing that can be copied.
pub(super) fn rename(from: &Dir, old: &Path, to: &Dir, new: &Path) -> Option<io::Result<()>> {
    let metadata = match from.symlink_metadata(old) {
        Ok(metadata) if metadata.is_file() || metadata.is_symlink() => metadata,
        Ok(_) => return None,
        Err(error) => return Some(Err(error)),
    };
    let unfinished = new.with_file_name(UNFINISHED);
    // Of a run that was killed.
    let _ = to.remove_file(&unfinished);
    let copied = if metadata.is_file() {
        copy(from, old, to, &unfinished)
    } else {
        platform::copy_link(from, old, to, &unfinished)
    };
    let moved = copied.and_then(|()| to.rename(&unfinished, to, new));
    if moved.is_err() {
        let _ = to.remove_file(&unfinished);
        return Some(moved);
    }
    let removed = from.remove_file(old);
    if removed.is_err() {
        let _ = to.remove_file(new);
    }
    Some(removed)
}

fn copy(from: &Dir, old: &Path, to: &Dir, new: &Path) -> io::Result<()> {
    let mut reading = OpenOptions::new();
    // Should it have become a FIFO since, opening it must not wait for a writer.
    reading.read(true).follow(FollowSymlinks::No).nonblock(true);
    let mut original = from.open_with(old, &reading)?;
    let metadata = original.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file any more"));
    }
    let mut writing = OpenOptions::new();
    writing.write(true).create_new(true).follow(FollowSymlinks::No);
    let mut copy = to.open_with(new, &writing)?.into_std();
    io::copy(&mut original, &mut copy)?;
    platform::copy_owner(&metadata, &copy);
    if let Some(mode) = platform::mode(&metadata) {
        platform::set_mode(&copy, mode)?;
    }
    copy.set_modified(metadata.modified()?.into_std())
}

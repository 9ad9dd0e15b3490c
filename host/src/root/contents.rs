//! The contents of a root, which show its purpose: an image, or a directory in which an
//! installation is being staged.

use super::{Missing, Root};
use crate::error::Error;
use cap_fs_ext::DirExt as _;
use cap_std::fs::Dir;
use std::io;

/// How deep directories are searched. An installation of pip is never deeper.
const DEPTH_LIMIT: u32 = 32;

/// The contents of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    /// The root does not exist.
    Missing,
    /// Empty directories, and pip with the remains of an interrupted run.
    NothingButPip,
    /// Some other file.
    Other,
}

impl Root {
    /// Whether the root does not exist. This system itself always exists.
    pub(crate) fn is_missing(&mut self) -> Result<bool, Error> {
        Ok(!self.is_this_system() && self.handle(Missing::Leave)?.is_none())
    }

    /// The contents of the root. The search ends at the first file that is unrelated to pip.
    pub(crate) fn contents(&mut self) -> Result<Contents, Error> {
        let Some(root) = self.handle(Missing::Leave)? else { return Ok(Contents::Missing) };
        // Of an image, only a part was laid out.
        if self.is_of_image() {
            return Ok(Contents::Other);
        }
        let is_other = has_other_files(&root, "", DEPTH_LIMIT);
        let is_other = is_other.map_err(|error| Error::Directory {
            path: self.display("/"),
            detail: error.to_string(),
        })?;
        Ok(if is_other { Contents::Other } else { Contents::NothingButPip })
    }
}

/// Whether a directory of this name contains, at any depth, anything that no installation of pip puts
/// there.
fn has_other_files(directory: &Dir, name: &str, depth: u32) -> io::Result<bool> {
    let Some(depth) = depth.checked_sub(1) else { return Ok(true) };
    for entry in directory.entries()? {
        let entry = entry?;
        // All names in pip are UTF-8.
        let Ok(entry_name) = entry.file_name().into_string() else { return Ok(true) };
        if is_of_pip(name, &entry_name) {
            continue;
        }
        if !entry.file_type()?.is_dir()
            || has_other_files(&directory.open_dir_nofollow(&entry_name)?, &entry_name, depth)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an entry in a directory of this name belongs to pip, or to an interrupted run.
fn is_of_pip(directory: &str, entry: &str) -> bool {
    match directory {
        "site-packages" | "dist-packages" => {
            let is_metadata = entry.starts_with("pip-") && entry.ends_with(".dist-info");
            entry == "pip" || entry == ".ensurepip-host-stage" || is_metadata
        }
        "bin" | "Scripts" => {
            let is_version = |rest: &str| {
                rest.strip_suffix(".exe")
                    .unwrap_or(rest)
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'.')
            };
            entry.starts_with(".ensurepip-host-")
                || entry.strip_prefix("pip").is_some_and(is_version)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;

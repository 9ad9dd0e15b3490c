//! What an image has and the root that was laid out from it does not show.
//!
//! Not every system has links, modes, and all names that an image can have. What is missing is
//! recorded here, by paths in the image, free of links and with `/` between the names. [`Root`]
//! consults it first, so that a run decides the same on every system.

use super::Root;
use crate::error::Error;
use crate::platform;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

/// What a root does not show of its image.
#[derive(Default)]
pub(crate) struct Unseen {
    /// The links that could not be made.
    links: BTreeMap<Vec<u8>, Link>,
    /// What could not be laid out because of its name, with the reason.
    left_out: BTreeMap<Vec<u8>, String>,
    /// The files that are executable by their mode in the image.
    programs: BTreeSet<Vec<u8>>,
    /// The executable files that a run has written.
    written: Mutex<BTreeSet<Vec<u8>>>,
}

/// A link that could not be made.
struct Link {
    target: Vec<u8>,
    /// Whether a file with the contents at its end represents it, for those who open it by a handle.
    has_file: bool,
}

impl Unseen {
    /// Records a link that could not be made.
    pub(crate) fn add_link(&mut self, path: &[u8], target: &[u8], has_file: bool) {
        self.links.insert(path.to_vec(), Link { target: target.to_vec(), has_file });
    }

    /// Records something that could not be laid out.
    pub(crate) fn leave_out(&mut self, path: &[u8], reason: String) {
        self.left_out.insert(path.to_vec(), reason);
    }

    /// Whether something could not be laid out.
    pub(crate) fn is_left_out(&self, path: &[u8]) -> bool {
        self.left_out.contains_key(path)
    }

    /// Records that a file is executable in the image.
    pub(crate) fn add_program(&mut self, path: &[u8]) {
        self.programs.insert(path.to_vec());
    }

    /// Records that an executable file was written.
    fn add_written(&self, path: &str) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.insert(path.as_bytes().to_vec());
    }

    /// Whether a file that a run has written is executable.
    pub(crate) fn is_written_program(&self, path: &[u8]) -> bool {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }

    /// What is missing below a directory: its path relative to that, and why it is missing.
    fn below(&self, directory: &str) -> impl Iterator<Item = (&[u8], &str)> {
        let start = if directory.is_empty() { Vec::new() } else { format!("{directory}/").into() };
        let links = self.links.iter().filter(|(_, link)| !link.has_file);
        let links =
            links.map(|(path, _)| (path, "it is a link that cannot be made on this system"));
        let left_out = self.left_out.iter().map(|(path, reason)| (path, reason.as_str()));
        let missing = links.chain(left_out);
        missing.filter_map(move |(path, reason)| Some((path.strip_prefix(&start[..])?, reason)))
    }
}

/// Which names in a directory matter to a run that opens it by its handle, so that it sees nothing that
/// is recorded here.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    /// pip is installed there, and nothing else.
    LibraryOfPip,
    /// Any wheel is installed there.
    Library,
    /// Versions of packages are looked up there, and nothing is installed.
    Packages,
    /// pip's scripts are written there.
    Scripts,
}

impl Use {
    fn concerns(self, path: &[u8]) -> bool {
        let is_start = |start: &str| {
            path.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start.as_bytes()))
        };
        match self {
            Use::LibraryOfPip => is_start("pip") || is_start(".ensurepip-host-"),
            Use::Library => true,
            Use::Packages => path.split(|byte| *byte == b'/').next().is_some_and(|name| {
                let is_end = |end: &str| {
                    let start = name.len().saturating_sub(end.len());
                    name[start..].eq_ignore_ascii_case(end.as_bytes())
                };
                [".dist-info", ".egg-info", ".egg", ".egg-link"].into_iter().any(is_end)
            }),
            Use::Scripts => {
                is_start("pip") || is_start("easy_install") || is_start(".ensurepip-host-")
            }
        }
    }
}

impl Root {
    /// The target of the link with this name in a directory, if the link could not be made. Fails if
    /// the name could not be laid out at all.
    pub(super) fn unmade_link(
        &self,
        directory: &[String],
        name: &str,
    ) -> io::Result<Option<String>> {
        let Some(unseen) = self.unseen() else { return Ok(None) };
        let path = joined(directory, name);
        if let Some(link) = unseen.links.get(path.as_bytes()) {
            let target = String::from_utf8(link.target.clone());
            let target = target.map(Some);
            return target.map_err(|_| io::Error::other(format!("the link `{name}` is not UTF-8")));
        }
        let reason = unseen.left_out.get(path.as_bytes());
        reason.map_or(Ok(None), |reason| Err(io::Error::other(reason.clone())))
    }

    /// Whether a regular file is executable.
    pub(super) fn is_program(
        &self,
        directory: &[String],
        name: &str,
        metadata: &cap_std::fs::Metadata,
    ) -> bool {
        match self.unseen() {
            Some(unseen) => unseen.programs.contains(joined(directory, name).as_bytes()),
            None => platform::mode(metadata).is_none_or(|mode| mode & 0o111 != 0),
        }
    }

    /// The names in a directory that were not laid out; those that are not UTF-8 are left out.
    pub(super) fn unseen_names(&self, directory: &str) -> Vec<String> {
        let Some(unseen) = self.unseen() else { return Vec::new() };
        let start = match directory.trim_matches('/') {
            "" => String::new(),
            directory => format!("{directory}/"),
        };
        let from = (Bound::Included(start.as_bytes()), Bound::Unbounded);
        let links = unseen.links.range::<[u8], _>(from).map(|(path, _)| path);
        let links = links.take_while(|path| path.starts_with(start.as_bytes()));
        let left_out = unseen.left_out.range::<[u8], _>(from).map(|(path, _)| path);
        let left_out = left_out.take_while(|path| path.starts_with(start.as_bytes()));
        links
            .chain(left_out)
            .filter_map(|path| str::from_utf8(&path[start.len()..]).ok())
            .filter(|name| !name.contains('/'))
            .map(str::to_owned)
            .collect()
    }

    /// Fails if something is missing in a directory that a run could miss when it uses the directory by
    /// its handle.
    pub(crate) fn check_seen(&mut self, directory: &str, purpose: Use) -> Result<(), Error> {
        if self.unseen().is_none_or(|unseen| unseen.links.is_empty() && unseen.left_out.is_empty())
        {
            return Ok(());
        }
        let Some(place) = self.look(directory)? else { return Ok(()) };
        let directory = place.path.trim_matches('/');
        let Some(unseen) = self.unseen() else { return Ok(()) };
        let mut missing = unseen.below(directory).filter(|(path, _)| purpose.concerns(path));
        match missing.next() {
            None => Ok(()),
            Some((path, reason)) => Err(Error::Io {
                operation: "look at".to_owned(),
                path: self.display(&format!("{directory}/{}", String::from_utf8_lossy(path))),
                reason: reason.to_owned(),
            }),
        }
    }

    /// Records that a run has written an executable file, at this path relative to a directory. Does
    /// nothing if this is no image.
    pub(crate) fn note_program(&mut self, directory: &str, file: &str) -> Result<(), Error> {
        if self.unseen.is_none() {
            return Ok(());
        }
        let place = self.look(&format!("{directory}/{file}"))?;
        if let (Some(place), Some(unseen)) = (place, self.unseen()) {
            unseen.add_written(place.path.trim_start_matches('/'));
        }
        Ok(())
    }

    /// What is not seen, once the root is open. What is above it does not belong to it.
    fn unseen(&self) -> Option<&Unseen> {
        self.unseen.as_deref().filter(|_| self.handle.is_some())
    }
}

/// The path of a name in a directory.
fn joined(directory: &[String], name: &str) -> String {
    let mut path = directory.join("/");
    if !path.is_empty() {
        path.push('/');
    }
    path.push_str(name);
    path
}

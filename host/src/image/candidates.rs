//! Selects the interpreter of an image.
//!
//! A candidate is a regular file that may be run and has the name of an interpreter; links to it
//! are followed inside the image. Dangling links, directories, FIFOs and the like are not
//! candidates. A candidate that is a script, or not a binary of a known format, is passed over: its
//! files do not show where it leads. A Python 2 is passed over as well.

use super::names::{self, Named, join};
use super::{incomplete, places, venv};
use crate::binary::{self, Format};
use crate::error::Error;
use crate::root::{Kind, Root};
use std::io::Read as _;

/// The directories of `PATH` in an image, which are searched first.
const PATH: &[&str] =
    &["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

/// How many paths are inspected, of each kind of place. A tree with more is a trap.
const LOOKED_AT: usize = 1000;

/// A file that is an interpreter, or has the name of one.
#[derive(Clone)]
pub(super) struct Candidate {
    /// Its path as it was found, links unresolved.
    pub(super) executable: String,
    /// Its path free of links.
    pub(super) real: String,
    /// Its format; none if it is passed over.
    pub(super) format: Option<Format>,
    /// The same for two paths of one Python: the file, or the virtual environment.
    pub(super) identity: String,
    /// Whether it is a Python 2.
    is_old: bool,
}

impl Candidate {
    /// Whether its files identify it, so that it can be selected.
    pub(super) fn counts(&self) -> bool {
        self.format.is_some()
    }

    /// Why it is passed over, as the end of a sentence that begins with its path.
    pub(super) fn shortcoming(&self) -> String {
        if self.is_old {
            "is a Python 2; the oldest supported is 3.6".to_owned()
        } else {
            "is a script, or no program: its files do not tell which Python it runs".to_owned()
        }
    }
}

/// All candidates, the one to select first.
///
/// Fails if a path cannot be read before a usable candidate is found, unless the caller names an
/// interpreter; after that, unreadable paths are ignored.
pub(super) fn search(root: &mut Root, is_named: bool) -> Result<Vec<Candidate>, Error> {
    let mut paths = Vec::new();
    let mut listed = Vec::new();
    for directory in PATH {
        match root.list(directory) {
            Err(error) if !is_named => return Err(error),
            names => listed.push((*directory, names.unwrap_or_default())),
        }
    }
    let of_name = |name: &'static str| {
        let with = listed.iter().filter(move |(_, names)| names.iter().any(|other| other == name));
        with.map(move |(directory, _)| join(directory, name))
    };
    paths.extend(of_name("python3"));
    let mut versioned: Vec<(Named, String)> = listed
        .iter()
        .flat_map(|(directory, names)| names.iter().map(|name| (*directory, name.as_str())))
        .filter(|(_, name)| name.starts_with("python3."))
        .filter_map(|(directory, name)| Some((names::of_interpreter(name)?, join(directory, name))))
        .collect();
    // Stable: among equal versions, the first on PATH; names without letters before names with
    // them.
    versioned.sort_by_key(|(named, _)| (std::cmp::Reverse(named.version), named.flags.clone()));
    paths.extend(versioned.into_iter().map(|(_, path)| path));
    paths.extend(["python", "pypy3"].into_iter().flat_map(of_name));
    let mut candidates = Vec::new();
    judge_all(root, paths, is_named, &mut candidates)?;
    let is_decided = is_named || candidates.iter().any(Candidate::counts);
    match places::beyond_path(root) {
        Err(error) if !is_decided => return Err(error),
        paths => judge_all(root, paths.unwrap_or_default(), is_decided, &mut candidates)?,
    }
    Ok(candidates)
}

/// Adds the candidates at these paths, each Python once.
fn judge_all(
    root: &mut Root,
    paths: Vec<String>,
    mut is_decided: bool,
    candidates: &mut Vec<Candidate>,
) -> Result<(), Error> {
    for path in paths.into_iter().take(LOOKED_AT) {
        let candidate = match judge(root, &path) {
            Err(_) if is_decided => continue,
            candidate => candidate?,
        };
        if let Some(candidate) = candidate
            && candidates.iter().all(|other| other.identity != candidate.identity)
        {
            is_decided |= candidate.counts();
            candidates.push(candidate);
        }
    }
    Ok(())
}

/// The interpreter at a path that the caller names.
pub(super) fn named(root: &mut Root, path: &str) -> Result<Candidate, Error> {
    let candidate = judge(root, path)?;
    candidate.ok_or_else(|| incomplete(root, path, "is not there, or no program".to_owned()))
}

/// The candidate at a path. None if there is none.
fn judge(root: &mut Root, path: &str) -> Result<Option<Candidate>, Error> {
    let Some(place) = root.look(path)? else { return Ok(None) };
    // A Windows image has no modes, whatever system it is stored on.
    let may_run = place.kind == Kind::Program
        || (place.kind == Kind::File && place.path.to_ascii_lowercase().ends_with(".exe"));
    if !may_run {
        return Ok(None);
    }
    let Some(file) = root.open(path)? else { return Ok(None) };
    let mut start = Vec::new();
    file.take(4).read_to_end(&mut start).map_err(|error| Error::Io {
        operation: "read".to_owned(),
        path: root.display(path),
        reason: error.to_string(),
    })?;
    let is_old = names::file_name(&place.path).starts_with("python2");
    let environment = venv::of(root, path)?;
    Ok(Some(Candidate {
        executable: path.to_owned(),
        format: binary::format(&start).filter(|_| !is_old),
        identity: environment.map_or_else(|| place.path.clone(), |environment| environment.prefix),
        real: place.path,
        is_old,
    }))
}

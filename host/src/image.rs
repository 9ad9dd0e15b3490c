//! The Python of an image, described from its files alone: nothing of the image is ever run.
//!
//! Repeats what CPython does at its start (`getpath`, `sysconfig`), with the contents of the files:
//! the interpreter's headers and symbols, `pyvenv.cfg`, `build-details.json`, the place of the
//! standard library, the variables it was built with. Everything is read through [`Root`], with a
//! limit. A fact that the files do not state, or state in two ways, is an error; nothing is guessed.
//!
//! Paths are those in the image. They have `/`, also in a Windows image, and no drive there: no
//! file of an image states its drive.

use crate::binary::Format;
use crate::error::Error;
use crate::facts::Facts;
use crate::root::Root;

mod build_details;
mod build_variables;
mod candidates;
mod distribution;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod library;
mod names;
mod places;
mod posix;
mod venv;
mod versions;
mod windows;

use candidates::Candidate;

/// How long a text may be, in bytes.
const TEXT_LIMIT: u64 = 4 << 20;

/// Finds the Python of an image: the one at the path `wanted`, else the first that counts.
///
/// The order is that of the image: the first `python3` on the usual `PATH`, then the newest
/// `python3.N` there, `python`, `pypy3`; then the interpreters in the places that [`places`] lists.
///
/// None if the image has no interpreter at all, or does not exist.
///
/// Fails if `wanted` is not an interpreter, if the files of the selected one do not identify it,
/// and if they cannot be read.
pub(crate) fn find(root: &mut Root, wanted: Option<&str>) -> Result<Option<Facts>, Error> {
    let found = candidates::search(root, wanted.is_some())?;
    let chosen = match wanted {
        None => found.iter().find(|candidate| candidate.counts()).cloned(),
        Some(path) => Some(candidates::named(root, &names::normal(path))?),
    };
    let Some(chosen) = chosen else {
        return match found.first() {
            None => Ok(None),
            Some(first) => Err(incomplete(root, &first.executable, first.shortcoming())),
        };
    };
    let mut facts = describe(root, &chosen)?;
    let [major, minor, micro] = facts.version;
    if major != 3 || minor < 6 {
        let detail = format!("is Python {major}.{minor}.{micro}; the oldest supported is 3.6");
        return Err(incomplete(root, &chosen.executable, detail));
    }
    let others = found.into_iter().filter(|candidate| candidate.identity != chosen.identity);
    facts.origin.others = others.map(|candidate| candidate.executable).collect();
    Ok(Some(facts))
}

/// The paths of all interpreters of an image, including those whose files do not identify them.
pub(crate) fn interpreters(root: &mut Root) -> Result<Vec<String>, Error> {
    let found = candidates::search(root, true)?;
    Ok(found.into_iter().map(|candidate| candidate.executable).collect())
}

/// Whether the root is an operating system: it has an `os-release`.
pub(crate) fn is_system(root: &mut Root) -> Result<bool, Error> {
    Ok(root.is_file("/etc/os-release")? || root.is_file("/usr/lib/os-release")?)
}

fn describe(root: &mut Root, candidate: &Candidate) -> Result<Facts, Error> {
    match candidate.format {
        Some(Format::Pe) => windows::describe(root, candidate),
        Some(Format::Elf | Format::MachO) => posix::describe(root, candidate),
        None => Err(incomplete(root, &candidate.executable, candidate.shortcoming())),
    }
}

/// The magic number of the bytecode of a cache tag in a directory, in hexadecimal: the first bytes of
/// some `.pyc` file. None if there is none.
fn magic(root: &mut Root, stdlib: &str, cache_tag: &str) -> Result<Option<String>, Error> {
    let directory = names::join(stdlib, "__pycache__");
    let end = format!(".{cache_tag}.pyc");
    let names = root.list(&directory)?;
    let Some(name) = names.iter().find(|name| name.ends_with(&end)) else { return Ok(None) };
    let contents = root.read(&names::join(&directory, name), TEXT_LIMIT)?.unwrap_or_default();
    let magic = contents.first_chunk::<4>().copied();
    // Every magic number ends in these two bytes.
    let magic = magic.filter(|magic| magic.ends_with(b"\r\n"));
    Ok(magic.map(|magic| magic.map(|byte| format!("{byte:02x}")).concat()))
}

/// The error that a file of the image lacks required information.
fn incomplete(root: &Root, path: &str, detail: String) -> Error {
    Error::PythonFiles { path: root.display(path), detail }
}

/// The error that two files of the image contradict each other.
fn contradiction(root: &Root, first: &str, second: &str, detail: String) -> Error {
    Error::PythonContradiction { first: root.display(first), second: root.display(second), detail }
}

#[cfg(all(test, unix))]
mod tests;

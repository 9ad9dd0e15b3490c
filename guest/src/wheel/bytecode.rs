//! Bytecode that a wheel brings: refused, or left out of the installation.
//!
//! Nothing proves that bytecode matches its source, so none is installed. A cached file beside its
//! source can be missing: Python compiles the source again. Anything else would be code that the
//! wheel has in no other form. pip's own wheels have no bytecode, so one that has is refused.

use super::File;
use crate::bindings::ensurepip::bootstrap::types::{FaultCode, Role};
use crate::entry_path::{EntryPath, fold};
use crate::faults::Faults;
use std::collections::BTreeSet;

/// The bytecode of one wheel.
#[derive(Default)]
pub(super) struct Bytecode {
    /// The cached files: entry, role, and the path of the source there.
    cached: Vec<(EntryPath, Role, String)>,
}

impl Bytecode {
    /// Takes a file if it is bytecode, or lies where bytecode does. Returns whether it is, and so must
    /// not be installed. `may_cache` says whether the wheel may have bytecode that is left out.
    pub(super) fn take(
        &mut self,
        entry: &EntryPath,
        (role, to): (Role, &EntryPath),
        may_cache: bool,
        faults: &mut Faults,
    ) -> bool {
        if !is_bytecode(to) {
            return false;
        }
        match source(to.as_str()).filter(|_| may_cache) {
            Some(source) => self.cached.push((entry.clone(), role, source)),
            None => add(entry, faults),
        }
        true
    }

    /// Records the cached files whose source is not among the files to install.
    pub(super) fn finish(self, files: &[File], faults: &mut Faults) {
        if self.cached.is_empty() {
            return;
        }
        let places = files.iter().map(|file| (file.role, file.path.as_str()));
        let places: BTreeSet<(Role, &str)> = places.collect();
        for (entry, role, source) in self.cached {
            if !places.contains(&(role, source.as_str())) {
                add(&entry, faults);
            }
        }
    }
}

fn add(entry: &EntryPath, faults: &mut Faults) {
    let detail = "it is bytecode, which cannot be compared with its source";
    faults.add(FaultCode::Bytecode, entry.as_str(), detail);
}

/// Whether a file is bytecode on any file system, or lies where bytecode does.
fn is_bytecode(path: &EntryPath) -> bool {
    let folded = fold(path.as_str());
    folded.split('/').any(|component| component == "__pycache__")
        || folded.ends_with(".pyc")
        || folded.ends_with(".pyo")
}

/// The path of the source that Python would load instead of this cached file (PEP 3147), with or
/// without optimization (PEP 488). Only for such a file does Python look for a source at all.
fn source(path: &str) -> Option<String> {
    let (directory, name) = path.rsplit_once('/').unwrap_or_default();
    let package = directory.strip_suffix("__pycache__")?;
    if !(package.is_empty() || package.ends_with('/')) {
        return None;
    }
    let mut parts = name.strip_suffix(".pyc")?.split('.');
    let (stem, _tag) = (parts.next()?, parts.next()?);
    let is_level = |part: &str| {
        let level = part.strip_prefix("opt-");
        level.is_some_and(|level| level.chars().all(|c| c.is_ascii_alphanumeric()))
    };
    if !parts.next().is_none_or(is_level) || parts.next().is_some() {
        return None;
    }
    Some(format!("{package}{stem}.py"))
}

#[cfg(test)]
mod tests {
    use super::source;

    /// As `importlib.util.source_from_cache` answers, which does not look at the extension.
    #[test]
    fn source_of_cached_bytecode_is_that_of_pep_3147() {
        for (path, expected) in [
            ("__pycache__/six.cpython-311.pyc", Some("six.py")),
            ("a/b/__pycache__/c.cpython-311.pyc", Some("a/b/c.py")),
            ("a/__pycache__/c.cpython-311.opt-2.pyc", Some("a/c.py")),
            ("a/__pycache__/c.pypy310.pyc", Some("a/c.py")),
            ("a/c.cpython-311.pyc", None),
            ("c.cpython-311.pyc", None),
            ("a__pycache__/c.cpython-311.pyc", None),
            ("a/__pycache__/b/c.cpython-311.pyc", None),
            ("a/__pycache__/c.pyc", None),
            ("a/__pycache__/c.cpython-311.py", None),
            ("a/__pycache__/c.cpython-311.PYC", None),
            ("a/__pycache__/c.cpython-311.fast.pyc", None),
            ("a/__pycache__/c.cpython-311.opt-1-.pyc", None),
            ("a/__pycache__/c.cpython-311.opt-1.x.pyc", None),
        ] {
            assert_eq!(source(path).as_deref(), expected, "{path}");
        }
    }
}

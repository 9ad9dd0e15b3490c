//! The tags of wheels that a Python supports, the best first, as `packaging.tags.sys_tags()` lists
//! them there. The reference is the `packaging` in the newest bundled pip.
//!
//! Most of that list is the product of two: each Python tag with its ABI, and for each of these every
//! platform. So only the two are kept, and a place in the list is computed.

mod platforms;

use super::file_name::FileName;
use crate::facts::Facts;
use crate::libc::Runtime;

/// The tags that a Python supports.
pub(crate) struct Tags {
    /// Python tags with their ABI, for wheels of a platform.
    kinds: Vec<(String, String)>,
    /// The platforms, each of which goes with each of the above.
    platforms: Vec<String>,
    /// Python tags of the wheels that end in `-none-any`, which come last.
    pure: Vec<String>,
}

impl Tags {
    /// The tags that the Python with these facts supports. `runtime` is that of a Python of Linux, if
    /// its files were found.
    ///
    /// Of macOS, the facts have the oldest version that the Python runs on, so this is the version.
    pub(crate) fn of(facts: &Facts, runtime: Option<&Runtime>) -> Tags {
        let [major, minor, _] = facts.version;
        let python = |minor: u32| format!("py{major}{minor}");
        let mut generic = vec![python(minor), format!("py{major}")];
        generic.extend((0..minor).rev().map(python));
        let (mut kinds, own) = match facts.implementation.as_str() {
            "cpython" => (cpython(facts), Some(format!("cp{major}{minor}"))),
            "pypy" => (pypy(major, minor), Some(format!("pp{major}"))),
            // The ABI of others is in none of the facts.
            other => (vec![(format!("{other}{major}{minor}"), "none".to_owned())], None),
        };
        kinds.extend(generic.iter().map(|python| (python.clone(), "none".to_owned())));
        let pure = own.into_iter().chain(generic).collect();
        Tags { kinds, platforms: platforms::of(&facts.platform, runtime), pure }
    }

    /// The place in the list of the best tag of a wheel, which is the least. None if the Python
    /// supports none of its tags.
    ///
    /// Of several wheels of one version, pip takes the one whose place is the least, and of those
    /// the one with the greatest build number.
    pub(crate) fn best(&self, wheel: &FileName) -> Option<usize> {
        let kind = self
            .kinds
            .iter()
            .position(|(python, abi)| wheel.pythons.contains(python) && wheel.abis.contains(abi));
        let platform = self.platforms.iter().position(|tag| wheel.platforms.contains(tag));
        if let (Some(kind), Some(platform)) = (kind, platform) {
            return Some(kind * self.platforms.len() + platform);
        }
        let has = |set: &[String], wanted: &str| set.iter().any(|tag| tag == wanted);
        if !has(&wheel.abis, "none") || !has(&wheel.platforms, "any") {
            return None;
        }
        let pure = self.pure.iter().position(|python| wheel.pythons.contains(python))?;
        Some(self.kinds.len() * self.platforms.len() + pure)
    }
}

impl Tags {
    /// The Python's own tag and its ABI: the best, where it is known.
    pub(super) fn own(&self) -> (&str, &str) {
        self.kinds.first().map_or(("", ""), |(python, abi)| (python, abi))
    }

    /// Whether a wheel has a Python tag with an ABI that the Python supports, on whatever platform.
    pub(super) fn has_kind(&self, wheel: &FileName) -> bool {
        let has = |python: &String, abi: &str| {
            wheel.pythons.contains(python) && wheel.abis.iter().any(|own| own == abi)
        };
        self.kinds.iter().any(|(python, abi)| has(python, abi))
            || self.pure.iter().any(|python| has(python, "none"))
    }

    /// The platforms that the Python supports, the best first.
    pub(super) fn platforms(&self) -> &[String] {
        &self.platforms
    }
}

/// The Python tags of CPython, each with its ABI.
fn cpython(facts: &Facts) -> Vec<(String, String)> {
    let [major, minor, _] = facts.version;
    let own = format!("cp{major}{minor}");
    let is_old = (major, minor) < (3, 8);
    let threads = if facts.free_threaded { "t" } else { "" };
    let debug = if facts.abiflags.contains('d') { "d" } else { "" };
    // Windows has no flags of an ABI to state it.
    let allocator = is_old && (facts.os == "nt" || facts.abiflags.contains('m'));
    let allocator = if allocator { "m" } else { "" };
    let mut abis = vec![format!("{own}{threads}{debug}{allocator}")];
    if !debug.is_empty() && !is_old {
        abis.push(format!("{own}{threads}"));
    }
    let stable = if facts.free_threaded { "abi3t" } else { "abi3" };
    abis.extend([stable.to_owned(), "none".to_owned()]);
    let mut kinds: Vec<_> = abis.into_iter().map(|abi| (own.clone(), abi)).collect();
    let older = (2..minor).rev().map(|minor| (format!("cp{major}{minor}"), stable.to_owned()));
    kinds.extend(older);
    kinds
}

/// The Python tags of PyPy, each with its ABI.
///
/// The ABI has a version of its own. The facts lack it, but it has been 7.3 in every release for
/// Python 3.7 and newer, and in those for 3.6 since 2019.
fn pypy(major: u32, minor: u32) -> Vec<(String, String)> {
    let own = format!("pp{major}{minor}");
    vec![(own.clone(), format!("pypy{major}{minor}_pp73")), (own, "none".to_owned())]
}

#[cfg(all(test, unix))]
mod tests;

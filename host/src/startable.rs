//! Whether pip can start in the target: does its Python have the modules that pip imports?
//!
//! Distributors split the standard library into packages, and images are stripped. `wheels/imports.csv`
//! lists the modules that each bundled pip requires; this module searches for their files, through
//! [`Root`] and without running anything. In doubt a module counts as present: a missed warning costs less
//! than a false one.

use crate::error::Error;
use crate::facts::Facts;
use crate::report::MissingModule;
use crate::root::Root;
use crate::wheels;
use ensurepip_wheels::BundledWheel;
use std::collections::{BTreeMap, BTreeSet};

/// The maximum size of a standard library module, in bytes.
const TEXT_LIMIT: u64 = 4 << 20;

/// The directory in which dpkg has a list of files for each installed package.
const DPKG_LISTS: &str = "/var/lib/dpkg/info";

/// Finds the modules that a pip needs and the target's Python lacks. `libraries` are additional
/// directories of its path: those that pip is installed to.
///
/// None if files cannot show it: for other implementations than CPython, which have more built in,
/// and for standard libraries that are not in a directory.
pub(crate) fn missing(
    root: &mut Root,
    facts: &Facts,
    pip: &BundledWheel,
    libraries: &[&str],
) -> Option<Vec<MissingModule>> {
    let needed = needed(facts, pip)?;
    match look(root, facts, needed, libraries) {
        Ok(missing) => missing,
        Err(error) => {
            tracing::debug!(%error, "whether pip can start is not known");
            None
        }
    }
}

/// The modules that a pip needs of a Python. For a Python newer than those it was tried with, the newest
/// pip is assumed to need those of the newest; an older pip may not even run there.
fn needed(facts: &Facts, pip: &BundledWheel) -> Option<&'static [&'static str]> {
    let [_, minor, _] = facts.version;
    if facts.implementation != "cpython" || facts.os != "posix" {
        return None;
    }
    let tried = pip.imports.iter().rfind(|imports| imports.minor <= minor)?;
    let is_known = tried.minor == minor || pip.sha256 == wheels::newest().sha256;
    is_known.then_some(tried.modules)
}

fn look(
    root: &mut Root,
    facts: &Facts,
    needed: &[&str],
    libraries: &[&str],
) -> Result<Option<Vec<MissingModule>>, Error> {
    let [major, minor, _] = facts.version;
    let (parent, name) = facts.stdlib.rsplit_once('/').unwrap_or_default();
    let archive = format!("python{major}{minor}.zip");
    let archives = [format!("{parent}/{archive}"), format!("{}/lib/{archive}", facts.base_prefix)];
    for archive in archives {
        if root.look(&archive)?.is_some() {
            return Ok(None);
        }
    }
    let platform_library = format!("{}/{}/{name}", facts.base_exec_prefix, facts.platlibdir);
    let mut path = vec![facts.stdlib.clone(), platform_library];
    for name in ["lib-dynload", "site-packages"] {
        path.extend([0, 1].map(|library| format!("{}/{name}", path[library])));
    }
    path.push(format!("{parent}/python{major}/dist-packages"));
    path.extend(libraries.iter().map(|library| (*library).to_owned()));
    let mut modules = Modules { root, path, listed: BTreeMap::new() };
    // Every interpreter needs it to start. If even that is missing, the library is elsewhere.
    if !modules.has("os")? {
        return Ok(None);
    }
    let mut missing: Vec<&str> = Vec::new();
    for module in needed {
        // From 3.13 on, `collections` registers this module under that name, and there is no file for it.
        let is_alias = *module == "collections.abc" && (major, minor) >= (3, 13);
        if !modules.has(if is_alias { "_collections_abc" } else { module })? {
            missing.push(module);
        }
    }
    let debian = if missing.is_empty() { Debian::default() } else { Debian::of(root, facts)? };
    let missing = missing.into_iter().map(|module| MissingModule {
        module: module.to_owned(),
        package: debian.package(module).cloned(),
    });
    Ok(Some(missing.collect()))
}

/// The modules in the directories of a Python's path.
struct Modules<'root> {
    root: &'root mut Root,
    path: Vec<String>,
    /// The names in each directory that was listed.
    listed: BTreeMap<String, BTreeSet<String>>,
}

impl Modules<'_> {
    /// Whether one of the directories has a module, or a file that could be one.
    fn has(&mut self, module: &str) -> Result<bool, Error> {
        for directory in self.path.clone() {
            if self.is_in(directory, module)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_in(&mut self, mut directory: String, module: &str) -> Result<bool, Error> {
        for part in module.split('.') {
            let names = self.names(&directory)?;
            if !names.contains(part) {
                return Ok(names.iter().any(|name| is_module(name, part)));
            }
            directory = format!("{directory}/{part}");
        }
        Ok(true)
    }

    fn names(&mut self, directory: &str) -> Result<&BTreeSet<String>, Error> {
        if !self.listed.contains_key(directory) {
            let names = self.root.list(directory)?.into_iter().collect();
            self.listed.insert(directory.to_owned(), names);
        }
        Ok(&self.listed[directory])
    }
}

/// Whether a file holds a module: source, bytecode in its place, or an extension of any ABI.
fn is_module(file: &str, module: &str) -> bool {
    let suffix = file.strip_prefix(module).unwrap_or_default();
    matches!(suffix, ".py" | ".pyc") || suffix.starts_with('.') && suffix.ends_with(".so")
}

/// The packages that Debian splits its standard library into. None for a Python that is not Debian's,
/// and none for an installed package: then the module was removed by hand.
#[derive(Default)]
struct Debian {
    library: Option<String>,
    /// The modules in `distutils`; the package itself comes with the rest of the library.
    distutils: Option<String>,
}

impl Debian {
    fn of(root: &mut Root, facts: &Facts) -> Result<Debian, Error> {
        let [major, minor, _] = facts.version;
        let name = format!("python{major}.{minor}");
        let site = root.read(&format!("{}/site.py", facts.stdlib), TEXT_LIMIT)?;
        let site = String::from_utf8_lossy(&site.unwrap_or_default()).into_owned();
        if facts.stdlib != format!("/usr/lib/{name}") || !site.contains("dist-packages") {
            return Ok(Debian::default());
        }
        let lists = root.list(DPKG_LISTS)?;
        let is_installed = |package: &String| {
            // `PACKAGE.list`, or `PACKAGE:CPU.list`.
            lists
                .iter()
                .filter_map(|file| file.strip_prefix(package.as_str()))
                .any(|rest| rest == ".list" || rest.starts_with(':') && rest.ends_with(".list"))
        };
        // Only the release's own Python has this package; another Python has one of its own, if
        // any.
        let is_own = root.link("/usr/bin", "python3")?.is_some_and(|target| target == name);
        let distutils = is_own.then(|| format!("python{major}-distutils"));
        Ok(Debian {
            library: Some(format!("lib{name}-stdlib")).filter(|package| !is_installed(package)),
            distutils: distutils.filter(|package| !is_installed(package)),
        })
    }

    /// The package that contains a module.
    fn package(&self, module: &str) -> Option<&String> {
        let is_inside = module.starts_with("distutils.");
        let package = if is_inside { &self.distutils } else { &self.library };
        package.as_ref()
    }
}

#[cfg(all(test, unix))]
mod tests;

//! Finds the Python to install for: one that runs on this machine, or one in a root, described from
//! its files.

use super::Bootstrap;
use crate::bytecode::FactsCache;
use crate::error::{Error, RootError};
use crate::facts::{Facts, Scheme, SchemeName, UserSite};
use crate::image;
use crate::interpreter;
use crate::progress::Reporter;
use crate::report::Command;
use crate::root::{Contents, Kind, Root};
use std::path::{Path, PathBuf};

/// The Python to install for.
pub(super) enum Found {
    /// It runs on this machine.
    Here(interpreter::Found),
    /// It is in a root and was described from its files alone.
    Described(Box<Facts>),
}

/// The interpreters that a prefix or an environment in a root can have, the preferred one first.
const PREFIX_PROGRAMS: [&str; 4] =
    ["bin/python3", "bin/python", "Scripts/python.exe", "python.exe"];

impl Bootstrap {
    /// Finds the Python to install for. In an image, that is the image's own; for a staging
    /// directory, one of this machine.
    pub(super) fn find_python(
        &self,
        root: &mut Root,
        command: Command,
        reporter: &Reporter,
    ) -> Result<Found, Error> {
        if !root.is_this_system()
            && let Some(facts) = self.find_in_root(root)?
        {
            // Scripts have to name the interpreter.
            if command == Command::Install
                && let Some(error) = self.unknown_drive(&facts, root)
            {
                return Err(error);
            }
            return Ok(Found::Described(Box::new(facts)));
        }
        self.check_intent(root)?;
        self.find_here(reporter).map(Found::Here)
    }

    /// Finds the Python of this machine that the user named, or that would get pip.
    pub(super) fn find_here(&self, reporter: &Reporter) -> Result<interpreter::Found, Error> {
        match &self.python {
            Some(python) => interpreter::requested(python, reporter),
            None => interpreter::find(reporter).map(interpreter::Found::Interpreter),
        }
    }

    /// Fails if the root lacks the wanted Python and does not look like a root for a Python of this
    /// machine.
    fn check_intent(&self, root: &mut Root) -> Result<(), Error> {
        let shown = self.image.clone().or_else(|| self.root.clone());
        let Some(path) = shown.filter(|_| self.prefix.is_none()) else { return Ok(()) };
        match (root.contents()?, &self.python) {
            (Contents::Missing, None) => Err(RootError::Missing { path }.into()),
            (Contents::Other, None) => Err(RootError::NoPython { path }.into()),
            (Contents::Other, Some(python)) if python.has_root() => {
                let found = image::interpreters(root)?;
                if found.is_empty() && !image::is_system(root)? {
                    return Ok(());
                }
                Err(RootError::OtherPython { path, python: python.clone(), found }.into())
            }
            _ => Ok(()),
        }
    }

    /// Fails if the Python that was found has another prefix than the packages, while this machine
    /// has a distributor's Python with exactly that prefix. A Python that was named explicitly is
    /// always accepted.
    pub(super) fn check_prefix(
        &self,
        facts: &Facts,
        prefix: &str,
        reporter: &Reporter,
    ) -> Result<(), Error> {
        let prefix = prefix.trim_end_matches('/');
        let packaged = Path::new(prefix).join("bin/python3");
        if self.python.is_some() || facts.base_prefix == prefix || !packaged.is_file() {
            return Ok(());
        }
        match interpreter::ask(&packaged, reporter) {
            Ok(other) if other.base_prefix == prefix && other.package_paths.is_some() => {
                let (prefix, first) = (prefix.to_owned(), facts.executable.clone());
                Err(RootError::AmbiguousPrefix { prefix, first, packaged }.into())
            }
            _ => Ok(()),
        }
    }

    /// The error for an installation whose scripts cannot name the Python of a Windows image;
    /// `None` if they can.
    pub(super) fn unknown_drive(&self, facts: &Facts, root: &Root) -> Option<Error> {
        let is_unknown =
            facts.os == "nt" && facts.origin.interpreter.is_none() && self.executable.is_none();
        let executable = facts.executable.to_string_lossy();
        is_unknown.then(|| Error::UnknownDrive { path: root.display(&executable) })
    }

    fn find_in_root(&self, root: &mut Root) -> Result<Option<Facts>, Error> {
        let Some(wanted) = &self.python else {
            let Some(prefix) = &self.prefix else { return image::find(root, None) };
            // Of the one that is being built, only a part may be there.
            return match in_prefix(root, prefix)? {
                Some(program) => image::find(root, Some(&program)),
                None => Ok(None),
            };
        };
        // A relative path is one of this machine's current directory.
        let Some(path) = wanted.to_str().filter(|_| wanted.has_root()) else { return Ok(None) };
        match root.look(path)?.map(|place| place.kind) {
            Some(Kind::Directory) => match in_prefix(root, path)? {
                Some(program) => image::find(root, Some(&program)),
                None => image::find(root, Some(path)),
            },
            Some(_) => image::find(root, Some(path)),
            None => Ok(None),
        }
    }
}

/// The interpreter of a prefix or an environment in a root.
fn in_prefix(root: &mut Root, prefix: &str) -> Result<Option<String>, Error> {
    for program in PREFIX_PROGRAMS {
        let path = format!("{}/{program}", prefix.trim_end_matches('/'));
        if root.is_file(&path)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The facts of a Python that will be at `prefix`. If the queried Python has that prefix, it is the
/// same one, and pip will be one of its distributor's packages. At another prefix, only the version
/// is the same, as in a cross build. What it finds in other directories than those of its scheme does
/// not count.
pub(super) fn at_prefix(facts: Facts, prefix: &str) -> Facts {
    let [major, minor, _] = facts.version;
    let is_windows = facts.os == "nt";
    let prefix = prefix.trim_end_matches(|c| c == '/' || is_windows && c == '\\');
    let (executable, stdlib, scheme) = if is_windows {
        (format!("{prefix}\\python.exe"), format!("{prefix}\\Lib"), SchemeName::Nt)
    } else {
        let threads = if facts.free_threaded { "t" } else { "" };
        (
            format!("{prefix}/bin/python{major}.{minor}"),
            format!("{prefix}/{}/python{major}.{minor}{threads}", facts.platlibdir),
            SchemeName::PosixPrefix,
        )
    };
    let scheme = match facts.package_paths.clone().filter(|_| facts.base_prefix == prefix) {
        Some(paths) => Scheme::Reported(paths),
        None => Scheme::Named(scheme),
    };
    let executable = match &scheme {
        Scheme::Reported(_) if facts.prefix == prefix => facts.shebang.clone(),
        _ => executable,
    };
    Facts {
        executable: PathBuf::from(&executable),
        shebang: executable,
        stdlib,
        prefix: prefix.to_owned(),
        exec_prefix: prefix.to_owned(),
        base_prefix: prefix.to_owned(),
        base_exec_prefix: prefix.to_owned(),
        user_base: None,
        user_site: UserSite::Unknown,
        user_paths: None,
        site_packages: Vec::new(),
        scheme,
        ..facts
    }
}

/// Finds a Python of this machine that compiles the bytecode for one that is not run. Caches what
/// it reports about itself, if there is a cache.
pub(super) fn compiler(
    facts: &Facts,
    answers: Option<&FactsCache>,
    reporter: &Reporter,
) -> Result<PathBuf, Error> {
    let [major, minor, _] = facts.version;
    let names = if facts.implementation == "pypy" {
        [format!("pypy{major}.{minor}"), format!("pypy{major}"), "pypy".to_owned()]
    } else {
        [format!("python{major}.{minor}"), format!("python{major}"), "python".to_owned()]
    };
    let ask = |python: &Path| {
        if let Some(answer) = answers.and_then(|answers| answers.get(python)) {
            return interpreter::understand(python, &answer);
        }
        let answer = interpreter::answer(python, reporter)?;
        let facts = interpreter::understand(python, &answer)?;
        answers.inspect(|answers| answers.put(python, &answer));
        Ok(facts)
    };
    let makes_the_same = |python: &Path| {
        let Ok(other) = ask(python) else { return false };
        let is_same = other.implementation == facts.implementation
            && other.version[..2] == facts.version[..2]
            && other.cache_tag == facts.cache_tag;
        is_same && (facts.magic.is_none() || other.magic == facts.magic)
    };
    let found = names.iter().flat_map(|name| interpreter::on_path(name));
    let none = || Error::NoCompiler {
        path: facts.executable.clone(),
        implementation: facts.implementation.clone(),
        version: facts.version.map(|number| number.to_string()).join("."),
    };
    found.into_iter().find(|python| makes_the_same(python)).ok_or_else(none)
}

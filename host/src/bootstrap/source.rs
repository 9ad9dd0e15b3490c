//! Which Python to install for: one that runs on this machine, or one in a root, which is described
//! from its files.

use super::Bootstrap;
use crate::bytecode::FactsCache;
use crate::error::{Error, RootError};
use crate::facts::{Facts, Scheme, SchemeName, UserSite};
use crate::image;
use crate::interpreter;
use crate::progress::Reporter;
use crate::report::Command;
use crate::root::{Contents, Root};
use std::env;
use std::path::{Path, PathBuf};

/// The Python to install for, as it was found.
pub(super) enum Found {
    /// It runs on this machine, and is yet to be asked.
    Interpreter(PathBuf),
    /// It is in a root and was described from its files, which is all that is ever known of it.
    Described(Box<Facts>),
}

impl Bootstrap {
    /// Finds the Python to install for. In a root its own counts; a staging directory is being made for
    /// one of this machine.
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
        match &self.python {
            Some(python) => Ok(Found::Interpreter(on_this_machine(python))),
            None => Ok(Found::Interpreter(interpreter::find(reporter)?)),
        }
    }

    /// Fails if a root without the Python that is wanted is none that someone would make for a Python of
    /// this machine.
    fn check_intent(&self, root: &mut Root) -> Result<(), Error> {
        let Some(path) = self.root.clone().filter(|_| self.prefix.is_none()) else { return Ok(()) };
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

    /// Fails if a Python was found that has another prefix than the packages are for, although a
    /// distributor's Python of this machine has just that. If one was named, that is the one.
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

    /// The error that an installation has because scripts cannot name the Python of a Windows image;
    /// none if they can.
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
            for program in ["bin/python3", "bin/python", "python.exe"] {
                let path = format!("{}/{program}", prefix.trim_end_matches('/'));
                if root.is_file(&path)? {
                    return image::find(root, Some(&path));
                }
            }
            return Ok(None);
        };
        // A relative path is one of this machine's current directory.
        let Some(path) = wanted.to_str().filter(|_| wanted.has_root()) else { return Ok(None) };
        match root.look(path)? {
            Some(_) => image::find(root, Some(path)),
            None => Ok(None),
        }
    }
}

/// The path of an interpreter that someone named: that of a bare name is looked for on PATH.
fn on_this_machine(python: &Path) -> PathBuf {
    let is_name = python.parent() == Some(Path::new(""));
    let name = python.to_str().filter(|_| is_name);
    let name = name.map(|name| name.strip_suffix(env::consts::EXE_SUFFIX).unwrap_or(name));
    let found = name.and_then(|name| interpreter::on_path(name).into_iter().next());
    found.unwrap_or_else(|| python.to_owned())
}

/// The facts of a Python that is going to be at a prefix. At the prefix of the one that was asked, that
/// is this one, of whose distributor's packages pip is going to be one. At another, only the version is
/// like it, as in a cross build.
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
        scheme,
        ..facts
    }
}

/// A Python of this machine that makes the bytecode of one that is not run. What it has said of itself
/// is kept, if there is where to.
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

//! The Python of this machine that the user named: by its version, by the directory of its
//! environment, by a name on PATH, or by its path.

use super::{ask, ask_launcher, on_path};
use crate::error::Error;
use crate::facts::Facts;
use crate::platform;
use crate::progress::Reporter;
use crate::scarcity;
use std::env;
use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};

/// A Python that was found.
pub(crate) enum Found {
    /// Not queried yet.
    Interpreter(PathBuf),
    /// Queried, with its answer.
    Asked(Box<Facts>),
}

impl Found {
    /// Its facts, for which it is queried if it has not been.
    pub(crate) fn facts(self, reporter: &Reporter) -> Result<Facts, Error> {
        match self {
            Found::Interpreter(python) => ask(&python, reporter),
            Found::Asked(facts) => Ok(*facts),
        }
    }
}

/// Finds the Python that the user named.
pub(crate) fn requested(python: &Path, reporter: &Reporter) -> Result<Found, Error> {
    if let Some(version) = python.to_str().and_then(Version::parse) {
        return version.find(reporter);
    }
    if python.is_dir() {
        let programs = platform::PREFIX_PYTHONS.join("` nor `");
        let reason = format!("this directory has neither `{programs}`");
        let reason = io::Error::new(io::ErrorKind::NotFound, reason);
        let none = || Error::PythonStart { path: python.to_owned(), reason };
        return in_directory(python).map(Found::Interpreter).ok_or_else(none);
    }
    let is_name = python.parent() == Some(Path::new(""));
    let name = python.to_str().filter(|_| is_name).map(without_suffix);
    let found = name.and_then(|name| on_path(name).into_iter().next());
    Ok(Found::Interpreter(found.unwrap_or_else(|| python.to_owned())))
}

/// The Python of an environment or installation in a directory.
pub(super) fn in_directory(directory: &Path) -> Option<PathBuf> {
    let mut programs = platform::PREFIX_PYTHONS.iter().map(|program| directory.join(program));
    programs.find(|program| program.is_file())
}

/// The name of a program without the suffix that this platform adds.
fn without_suffix(name: &str) -> &str {
    name.strip_suffix(env::consts::EXE_SUFFIX).unwrap_or(name)
}

/// A requested version: `3`, `3.12`, `3.12.1` or `python3.12`, with `t` for a free-threaded build.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    /// One to three numbers.
    numbers: Vec<u32>,
    /// Whether it is a free-threaded build; `None` if either will do: such builds come with the program
    /// `python3.13` as well.
    free_threaded: Option<bool>,
}

impl Version {
    /// Parses what the user wrote. `None` if it names something else.
    fn parse(text: &str) -> Option<Version> {
        let name = without_suffix(text).strip_prefix("python");
        let version = name.unwrap_or(text);
        let numbers = version.strip_suffix('t');
        let has_suffix = numbers.is_some();
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let numbers = numbers.unwrap_or(version).split('.').map(|part| {
            let number = Some(part).filter(|part| is_number(part));
            number.and_then(|number| number.parse().ok())
        });
        let numbers = numbers.collect::<Option<Vec<u32>>>()?;
        // `python3` is a name, as is `python3t`.
        let least = if name.is_some() || has_suffix { 2 } else { 1 };
        let is_any = numbers.len() == 1 || name.is_some() && !has_suffix;
        let free_threaded = (!is_any).then_some(has_suffix);
        (least..=3).contains(&numbers.len()).then_some(Version { numbers, free_threaded })
    }

    /// The names that a Python of this version can have on PATH, the most specific one first.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        if let [major, minor, ..] = self.numbers[..] {
            names.push(format!("python{major}.{minor}{}", self.suffix()));
        }
        names.extend([format!("python{}", self.numbers[0]), "python".to_owned()]);
        names
    }

    /// The suffix of a free-threaded build, if that is requested.
    fn suffix(&self) -> &'static str {
        if self.free_threaded == Some(true) { "t" } else { "" }
    }

    fn is_of(&self, facts: &Facts) -> bool {
        facts.version.starts_with(&self.numbers)
            && self.free_threaded.is_none_or(|wanted| facts.free_threaded == wanted)
    }

    /// Finds the first Python of this version on PATH, else the one that the system's launcher
    /// starts.
    fn find(&self, reporter: &Reporter) -> Result<Found, Error> {
        let names = self.names();
        let mut others = Vec::new();
        for python in names.iter().flat_map(|name| on_path(name)) {
            match ask(&python, reporter) {
                Ok(facts) if self.is_of(&facts) => return Ok(Found::Asked(Box::new(facts))),
                Ok(facts) => {
                    let version = facts.version.map(|number| number.to_string()).join(".");
                    let threads = if facts.free_threaded { "t" } else { "" };
                    others.push(format!("`{}` is {version}{threads}", python.display()));
                }
                Err(error) => others.push(passed_over(error)?),
            }
        }
        let launcher = platform::LAUNCHER.and_then(|name| on_path(name).into_iter().next());
        if let Some(launcher) = launcher {
            match ask_launcher(&launcher, &self.to_string(), reporter) {
                Ok(facts) if self.is_of(&facts) => return Ok(Found::Interpreter(facts.executable)),
                Ok(_) => {}
                Err(error) => others.push(passed_over(error)?),
            }
        }
        if others.is_empty() {
            others.push(format!("none of `{}` is on PATH", names.join("`, `")));
        }
        Err(Error::NoSuchPython { version: self.to_string(), detail: others.join("; ") })
    }
}

/// Why a Python is passed over. Fails if the search is over: the caller has cancelled, or the system
/// refuses a process.
fn passed_over(error: Error) -> Result<String, Error> {
    match error {
        Error::Cancelled => Err(error),
        Error::PythonStart { ref reason, .. } if scarcity::is_refusal(reason) => Err(error),
        error => Ok(error.to_string()),
    }
}

impl Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.numbers.iter().map(u32::to_string).collect();
        write!(formatter, "{}{}", numbers.join("."), self.suffix())
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn requested_version_is_recognized() {
        let version = |numbers: &[u32], free_threaded| {
            Some(Version { numbers: numbers.to_vec(), free_threaded })
        };
        for (text, expected) in [
            ("3", version(&[3], None)),
            ("3.12", version(&[3, 12], Some(false))),
            ("3.12.1", version(&[3, 12, 1], Some(false))),
            ("3.13t", version(&[3, 13], Some(true))),
            ("python3.12", version(&[3, 12], None)),
            ("python3.14t", version(&[3, 14], Some(true))),
            ("python3", None),
            ("python", None),
            ("3t", None),
            ("", None),
            ("3.", None),
            (".3", None),
            ("3.12.1.2", None),
            ("3.+1", None),
            ("3.99999999999", None),
            ("./3.12", None),
            ("pypy3.10", None),
            ("python3.12-config", None),
        ] {
            assert_eq!(Version::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn requested_version_is_looked_up_by_most_specific_name() {
        let names = |text: &str| Version::parse(text).map(|version| version.names());
        let names = |text: &str| names(text).expect("it is a version").join(" ");
        assert_eq!(names("3.12"), "python3.12 python3 python");
        assert_eq!(names("3.13.1t"), "python3.13t python3 python");
        assert_eq!(names("3"), "python3 python");
    }
}

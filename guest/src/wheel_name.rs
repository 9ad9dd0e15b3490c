//! The file name of a wheel, and the names and versions it is compared with.
//!
//! Follows "File name convention" of the binary distribution format, and "Names and
//! normalization", both at packaging.python.org.

use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode};
use crate::faults::fault;
use pep440_rs::Version;
use std::str::FromStr as _;

/// The information in the file name of a wheel. Its tags concern the host, which chose the wheel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WheelName {
    /// The project's name, in its original spelling.
    pub(crate) project: String,
    /// The version, in its original spelling.
    pub(crate) version: String,
}

impl WheelName {
    /// Reads `{project}-{version}(-{build})?-{python}-{abi}-{platform}.whl`.
    pub(crate) fn parse(file_name: &str) -> Result<WheelName, Error> {
        let wrong = |detail| Err(fault(FaultCode::FileName, file_name, detail));
        let Some(stem) = file_name.strip_suffix(".whl") else {
            return wrong("the name does not end in `.whl`");
        };
        let parts: Vec<&str> = stem.split('-').collect();
        if !(5..=6).contains(&parts.len()) {
            return wrong("a wheel's name has five or six parts between hyphens");
        }
        let is_word = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "._+!".contains(c))
        };
        if !parts.iter().all(|part| is_word(part)) {
            return wrong("a part of the name is empty or has a character that none may have");
        }
        if parts.len() == 6 && !parts[2].starts_with(|c: char| c.is_ascii_digit()) {
            return wrong("the build number does not begin with a digit");
        }
        if Version::from_str(parts[1]).is_err() {
            return wrong("the version is not one (PEP 440)");
        }
        Ok(WheelName { project: parts[0].to_owned(), version: parts[1].to_owned() })
    }
}

/// A project's name in its canonical form: lower case, runs of `-`, `_` and `.` as one hyphen.
pub(crate) fn canonical_name(name: &str) -> String {
    let mut canonical = String::with_capacity(name.len());
    for character in name.chars() {
        if !matches!(character, '-' | '_' | '.') {
            canonical.push(character.to_ascii_lowercase());
        } else if !canonical.ends_with('-') {
            canonical.push('-');
        }
    }
    canonical
}

/// Whether two versions are equal, in any spelling.
pub(crate) fn same_version(left: &str, right: &str) -> bool {
    match (Version::from_str(left), Version::from_str(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::{WheelName, canonical_name, same_version};

    #[test]
    fn wheel_file_name_is_parsed() {
        for (name, project, version) in [
            ("pip-25.0.1-py3-none-any.whl", "pip", "25.0.1"),
            ("pip-1.2.3b1-py2.py3-none-any.whl", "pip", "1.2.3b1"),
            ("a.b_c-1!2.0+local-1build-cp313-cp313-linux_x86_64.whl", "a.b_c", "1!2.0+local"),
        ] {
            let parsed = WheelName::parse(name).expect("is a wheel's name");
            assert_eq!((parsed.project.as_str(), parsed.version.as_str()), (project, version));
        }
    }

    #[test]
    fn wheel_file_name_invalid_is_rejected() {
        for name in [
            "pip-25.0.1.tar.gz",
            "pip.whl",
            "pip-zzz.whl",
            "pip-zzz-py3-none-any.whl",
            "pip-1.0-build-py3-none-any.whl",
            "../pip-1.0-py3-none-any.whl",
            "-1.0-py3-none-any.whl",
        ] {
            assert!(WheelName::parse(name).is_err(), "{name} passed");
        }
    }

    #[test]
    fn project_name_and_version_are_normalized() {
        assert_eq!(canonical_name("Foo_.-Bar"), "foo-bar");
        assert!(same_version("1.0", "1.0.0"));
        assert!(!same_version("24.9", "24.10"));
    }
}

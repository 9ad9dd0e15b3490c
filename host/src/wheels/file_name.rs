//! The file name of a wheel, by the binary distribution format:
//! `PROJECT-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`.

use crate::project::canonical;
use pep440_rs::Version;
use std::str::FromStr as _;

/// The information in the file name of a wheel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileName {
    /// The project as it is written there.
    pub(crate) project: String,
    /// The project's canonical name: lower case, with single hyphens.
    pub(crate) name: String,
    pub(crate) version: Version,
    /// The version as it is written there.
    pub(crate) version_text: String,
    /// Of two wheels of one version that fit equally well, pip takes the greater build number. None
    /// is less than any.
    pub(crate) build: Option<Build>,
    /// The compressed tag set, in lower case. The wheel has every combination of the three.
    pub(crate) pythons: Vec<String>,
    pub(crate) abis: Vec<String>,
    pub(crate) platforms: Vec<String>,
}

/// A build number: digits, which count as a number, and then any text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Build {
    number: u64,
    rest: String,
}

impl FileName {
    /// Parses a file name. None if it is not that of a wheel.
    pub(crate) fn parse(name: &str) -> Option<FileName> {
        let parts: Vec<&str> = name.strip_suffix(".whl")?.split('-').collect();
        let (project, version_text, build, tags) = match parts[..] {
            [project, version, python, abi, platform] => {
                (project, version, None, [python, abi, platform])
            }
            [project, version, build, python, abi, platform] => {
                (project, version, Some(Build::parse(build)?), [python, abi, platform])
            }
            _ => return None,
        };
        let is_word = |text: &str| text.chars().all(is_word);
        if project.is_empty() || project.contains("__") || !project.split('.').all(is_word) {
            return None;
        }
        let [pythons, abis, platforms] = tags.map(|set| set.split('.').map(str::to_lowercase));
        let name = FileName {
            project: project.to_owned(),
            name: canonical(project),
            version: Version::from_str(version_text).ok()?,
            version_text: version_text.to_owned(),
            build,
            pythons: pythons.collect(),
            abis: abis.collect(),
            platforms: platforms.collect(),
        };
        let is_identifier =
            |tag: &String| is_word(tag) && !tag.starts_with(|first: char| first.is_ascii_digit());
        let is_sound = name.pythons.iter().all(is_identifier)
            && [&name.pythons, &name.abis, &name.platforms]
                .iter()
                .all(|set| set.iter().all(|tag| !tag.is_empty()));
        is_sound.then_some(name)
    }
}

impl Build {
    fn parse(text: &str) -> Option<Build> {
        let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let number = text.strip_suffix(rest)?.parse().ok()?;
        Some(Build { number, rest: rest.to_owned() })
    }
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[cfg(all(test, unix))]
mod tests;

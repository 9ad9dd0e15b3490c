//! Which versions of a project a library directory has, judged by the names in it.
//!
//! Follows "Recording installed projects", packaging.python.org: a distribution is installed if
//! its `.dist-info` directory is there. Older layouts count as well. Whether there is more of it
//! than metadata is not judged here.

use crate::directory::Kind;
use crate::wheel_name::canonical_name;
use pep440_rs::Version;
use std::str::FromStr as _;

/// What the metadata of the layouts before `.dist-info` is called. None of them says reliably
/// which files are its own.
const OLDER_LAYOUTS: [&str; 3] = [".egg-info", ".egg-link", ".egg"];

/// A distribution that has metadata.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Distribution {
    /// Its version as the name states it; empty if it states none.
    pub(crate) version: String,
    /// The name of its metadata directory or file.
    pub(crate) metadata: String,
    /// Whether its metadata is a `.dist-info` directory, which may have a `RECORD`.
    pub(crate) has_dist_info: bool,
}

impl Distribution {
    /// Its version; none if that is not one (PEP 440), as those before it often are not.
    pub(crate) fn parsed_version(&self) -> Option<Version> {
        Version::from_str(&self.version).ok()
    }
}

/// Finds a project among the names of a library directory. Sorted by name.
pub(crate) fn find(names: &[(String, Kind)], project: &str) -> Vec<Distribution> {
    let wanted = canonical_name(project);
    let found = names.iter().filter_map(|(name, kind)| {
        let (stem, has_dist_info) = match (name.strip_suffix(".dist-info"), kind) {
            (Some(stem), Kind::Directory) => (stem, true),
            // A plain file of that name is no distribution.
            (Some(_), Kind::Other) => return None,
            (None, _) => (OLDER_LAYOUTS.iter().find_map(|end| name.strip_suffix(end))?, false),
        };
        let (project, rest) = stem.split_once('-').unwrap_or((stem, ""));
        let version = rest.split('-').next().unwrap_or_default().to_owned();
        let metadata = name.clone();
        (canonical_name(project) == wanted).then_some(Distribution {
            version,
            metadata,
            has_dist_info,
        })
    });
    let mut found: Vec<Distribution> = found.collect();
    found.sort_by(|left, right| left.metadata.cmp(&right.metadata));
    found
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::directory::Kind;

    #[test]
    fn a_distribution_is_known_by_its_metadata() {
        for (name, kind, version) in [
            ("pip-26.3.dist-info", Kind::Directory, Some(("26.3", true))),
            ("Pip-24.0.dist-info", Kind::Directory, Some(("24.0", true))),
            ("pip.dist-info", Kind::Directory, Some(("", true))),
            ("pip-9.0.1-py3.6.egg-info", Kind::Other, Some(("9.0.1", false))),
            ("pip.egg-info", Kind::Directory, Some(("", false))),
            ("pip.egg-link", Kind::Other, Some(("", false))),
            ("pip-1.5.6-py2.7.egg", Kind::Directory, Some(("1.5.6", false))),
            ("pip-26.3.dist-info", Kind::Other, None),
            ("pip_tools-7.0.dist-info", Kind::Directory, None),
            ("pip", Kind::Directory, None),
            ("~ip-24.0.dist-info", Kind::Directory, None),
        ] {
            let found = find(&[(name.to_owned(), kind)], "pip");
            let found = found.first().map(|found| (found.version.as_str(), found.has_dist_info));
            assert_eq!(found, version, "{name}");
        }
    }

    #[test]
    fn all_are_found_and_odd_versions_are_none() {
        let names = ["pip-zzz.dist-info", "pip-24.1.dist-info", "other-1.dist-info"];
        let found = find(&names.map(|name| (name.to_owned(), Kind::Directory)), "pip");
        let versions: Vec<_> = found.iter().map(super::Distribution::parsed_version).collect();
        assert!(matches!(&versions[..], [Some(version), None] if version.to_string() == "24.1"));
    }
}

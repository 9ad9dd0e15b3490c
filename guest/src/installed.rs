//! Which version of a project a library directory has, judged by the names in it.
//!
//! Follows "Recording installed projects", packaging.python.org: a distribution is installed if
//! its `.dist-info` directory is there. Older layouts (`.egg-info`) count as well.

use crate::directory::Kind;
use crate::wheel_name::canonical_name;

/// A distribution that is installed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Installed {
    /// Its version as the name states it; empty if it states none.
    pub(crate) version: String,
    /// The name of its metadata directory or file.
    pub(crate) metadata: String,
}

/// Finds a project among the names of a library directory; of several, the first by name.
pub(crate) fn find(names: &[(String, Kind)], project: &str) -> Option<Installed> {
    let wanted = canonical_name(project);
    let found = names.iter().filter_map(|(name, kind)| {
        let stem = match (name.strip_suffix(".dist-info"), kind) {
            (Some(stem), Kind::Directory) => stem,
            // A plain file of that name is no distribution.
            (Some(_), Kind::Other) => return None,
            (None, _) => name.strip_suffix(".egg-info")?,
        };
        let (project, rest) = stem.split_once('-').unwrap_or((stem, ""));
        let version = rest.split('-').next().unwrap_or_default().to_owned();
        (canonical_name(project) == wanted).then(|| Installed { version, metadata: name.clone() })
    });
    found.min_by(|left, right| left.metadata.cmp(&right.metadata))
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::directory::Kind;

    #[test]
    fn a_distribution_is_known_by_its_metadata() {
        for (name, kind, version) in [
            ("pip-26.3.dist-info", Kind::Directory, Some("26.3")),
            ("Pip-24.0.dist-info", Kind::Directory, Some("24.0")),
            ("pip-9.0.1-py3.6.egg-info", Kind::Other, Some("9.0.1")),
            ("pip.egg-info", Kind::Directory, Some("")),
            ("pip-26.3.dist-info", Kind::Other, None),
            ("pip_tools-7.0.dist-info", Kind::Directory, None),
            ("pip", Kind::Directory, None),
            ("~ip-24.0.dist-info", Kind::Directory, None),
        ] {
            let found = find(&[(name.to_owned(), kind)], "pip");
            assert_eq!(found.as_ref().map(|found| found.version.as_str()), version, "{name}");
        }
    }
}

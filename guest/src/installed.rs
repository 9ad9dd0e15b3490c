//! The installed versions of a project in a library directory, judged by the names there and the
//! metadata behind them.
//!
//! Finds what `importlib.metadata` finds: a name that ends in `.dist-info` or `.egg-info`, in any
//! case and of any kind. `.egg` and `.egg-link` are found as well: they count if a `.pth` file leads
//! there. Whether there is more of a distribution than metadata is not judged here.

use crate::directory::{Directory, Failure, Kind};
use crate::wheel_name::canonical_name;
use pep440_rs::Version;
use std::str::FromStr as _;

/// The largest metadata file that is read, in bytes.
const LARGEST_METADATA: usize = 16 << 20;

/// The files of a metadata directory that state a version, in the order in which they are tried.
const STATING: [&str; 2] = ["METADATA", "PKG-INFO"];

/// A distribution that has metadata.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Distribution {
    /// The name of its metadata directory or file.
    pub(crate) metadata: String,
    pub(crate) layout: Layout,
}

/// The form of a distribution's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// In a `.dist-info` directory, which may have a `RECORD`.
    DistInfo,
    /// In an `.egg-info` directory or file, which does not state reliably which files are its own.
    EggInfo(Kind),
    /// In a form that cannot be read here: a link or a file that is named like a `.dist-info`
    /// directory, an `.egg`, or the target of an `.egg-link`.
    Unreadable,
}

impl Distribution {
    /// The version that `importlib.metadata` reads; empty if the metadata states none. None if the
    /// metadata cannot be read here.
    ///
    /// Where a metadata directory has a link in the place of the file, the version is the one in the
    /// directory's name: no link is followed.
    pub(crate) fn version(&self, directory: &dyn Directory) -> Result<Option<String>, Failure> {
        match self.layout {
            Layout::Unreadable => Ok(None),
            Layout::EggInfo(Kind::Other) => {
                let text = directory.read_file(&self.metadata, LARGEST_METADATA)?;
                Ok(text.map(|text| stated_version(&text)))
            }
            Layout::DistInfo | Layout::EggInfo(Kind::Directory) => {
                for name in STATING {
                    let path = format!("{}/{name}", self.metadata);
                    match directory.read_file(&path, LARGEST_METADATA)? {
                        Some(text) if !text.is_empty() => return Ok(Some(stated_version(&text))),
                        None if directory.kind(&path)? == Some(Kind::Other) => {
                            return Ok(Some(self.version_in_name().to_owned()));
                        }
                        Some(_) | None => {}
                    }
                }
                Ok(Some(String::new()))
            }
        }
    }

    /// The version in the name of the metadata; empty if there is none.
    pub(crate) fn version_in_name(&self) -> &str {
        let stem = self.metadata.rsplit_once('.').map_or(self.metadata.as_str(), |(stem, _)| stem);
        stem.split('-').nth(1).unwrap_or_default()
    }
}

/// A version for comparison; none if it does not conform to PEP 440, as older ones often do not.
pub(crate) fn parsed(version: &str) -> Option<Version> {
    Version::from_str(version).ok()
}

/// The version in the header block of a metadata file, read as Python's mail parser does.
fn stated_version(contents: &[u8]) -> String {
    let text = String::from_utf8(contents.to_vec()).unwrap_or_default();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let fields = text.lines().take_while(|line| !line.is_empty());
    let fields = fields.map_while(|line| {
        let is_continued = line.starts_with([' ', '\t']);
        if is_continued { Some(("", "")) } else { line.split_once(':') }
    });
    let mut versions = fields.filter(|(name, _)| name.eq_ignore_ascii_case("version"));
    versions.next().map(|(_, version)| version.trim().to_owned()).unwrap_or_default()
}

/// Finds a project among the names of a library directory. Sorted by name.
pub(crate) fn find(names: &[(String, Kind)], project: &str) -> Vec<Distribution> {
    let wanted = canonical_name(project);
    let found = names.iter().filter_map(|(name, kind)| {
        let (stem, suffix) = name.rsplit_once('.')?;
        let layout = match (suffix.to_ascii_lowercase().as_str(), kind) {
            ("dist-info", Kind::Directory) => Layout::DistInfo,
            ("dist-info", Kind::Other) | ("egg" | "egg-link", _) => Layout::Unreadable,
            ("egg-info", _) => Layout::EggInfo(*kind),
            _ => return None,
        };
        let project = stem.split('-').next().unwrap_or_default();
        let metadata = name.clone();
        (canonical_name(project) == wanted).then_some(Distribution { metadata, layout })
    });
    let mut found: Vec<Distribution> = found.collect();
    found.sort_by(|left, right| left.metadata.cmp(&right.metadata));
    found
}

#[cfg(test)]
mod tests {
    use super::{Distribution, LARGEST_METADATA, Layout, find, parsed, stated_version};
    use crate::directory::Kind;
    use crate::directory::memory::{Journal, Memory};
    use std::rc::Rc;

    /// The version that is read from a `.dist-info` directory with these files.
    fn version_with(files: &[(&str, &[u8])]) -> Option<String> {
        let directory = Memory::new("purelib", Rc::new(Journal::default()));
        for (name, contents) in files {
            directory.put(&format!("pip-24.0.dist-info/{name}"), contents);
        }
        let metadata = "pip-24.0.dist-info".to_owned();
        let found = Distribution { metadata, layout: Layout::DistInfo };
        found.version(&directory).expect("it can be read")
    }

    /// As in `importlib.metadata`: `PathDistribution.metadata` is that of `METADATA`, or of `PKG-INFO`
    /// if there is no text.
    #[test]
    fn pkg_info_states_version_where_metadata_is_missing_or_empty() {
        let (older, newer) = (&b"Version: 23.0\n"[..], &b"Version: 25.0\n"[..]);
        for (files, version) in [
            (&[("METADATA", newer), ("PKG-INFO", older)][..], "25.0"),
            (&[("METADATA", b""), ("PKG-INFO", older)], "23.0"),
            (&[("PKG-INFO", older)], "23.0"),
            (&[("METADATA", b"Name: pip\n"), ("PKG-INFO", older)], ""),
            (&[("METADATA", b""), ("PKG-INFO", b"")], ""),
            (&[], ""),
        ] {
            assert_eq!(version_with(files).as_deref(), Some(version), "{files:?}");
        }
    }

    /// A link, for example, or a file that is too long. Nothing else is read in its place.
    #[test]
    fn metadata_that_cannot_be_read_leaves_version_of_directory_name() {
        let long = vec![b'x'; LARGEST_METADATA + 1];
        let files = [("METADATA", &long[..]), ("PKG-INFO", b"Version: 23.0\n")];
        assert_eq!(version_with(&files).as_deref(), Some("24.0"));
    }

    #[test]
    fn installed_layout_is_recognized_by_metadata_name() {
        let (directory, other) = (Kind::Directory, Kind::Other);
        let egg_info = Layout::EggInfo;
        for (name, kind, expected) in [
            ("pip-24.0.dist-info", directory, Some(("24.0", Layout::DistInfo))),
            ("Pip-24.0.dist-info", directory, Some(("24.0", Layout::DistInfo))),
            ("pip-24.0.DIST-INFO", directory, Some(("24.0", Layout::DistInfo))),
            ("pip.dist-info", directory, Some(("", Layout::DistInfo))),
            ("pip-9.0.1-py3.6.egg-info", other, Some(("9.0.1", egg_info(other)))),
            ("pip-9.0.1.Egg-Info", other, Some(("9.0.1", egg_info(other)))),
            ("pip.egg-info", directory, Some(("", egg_info(directory)))),
            ("pip.egg-link", other, Some(("", Layout::Unreadable))),
            ("pip-1.5.6-py2.7.egg", directory, Some(("1.5.6", Layout::Unreadable))),
            ("pip-24.0.dist-info", other, Some(("24.0", Layout::Unreadable))),
            ("pip_tools-7.0.dist-info", directory, None),
            ("pip", directory, None),
            ("~ip-24.0.dist-info", directory, None),
            ("-ip-24.0.dist-info", directory, None),
            ("pip_-24.0.dist-info", directory, None),
        ] {
            let found = find(&[(name.to_owned(), kind)], "pip");
            let found = found.first().map(|found| (found.version_in_name(), found.layout));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn installed_versions_include_unparsable_ones() {
        let names = ["pip-zzz.dist-info", "pip-24.1.dist-info", "other-1.dist-info"];
        let found = find(&names.map(|name| (name.to_owned(), Kind::Directory)), "pip");
        let versions: Vec<_> = found.iter().map(|found| parsed(found.version_in_name())).collect();
        assert!(matches!(&versions[..], [Some(version), None] if version.to_string() == "24.1"));
    }

    /// Matches `email.message_from_string(text)["Version"]`.
    #[test]
    fn installed_version_is_first_version_header() {
        for (text, version) in [
            (&b"Name: pip\nVersion: 24.0\nVersion: 25\n"[..], "24.0"),
            (b"name: pip\r\nversion:   24.0  \r\n", "24.0"),
            (b"Name: pip\rVersion: 24.0\r", "24.0"),
            (b"Summary: a\n Version: 1\nVersion: 24.0\n", "24.0"),
            (b"Name: pip\n\nVersion: 24.0\n", ""),
            (b"Name: pip\nno header\nVersion: 24.0\n", ""),
            (b"Version : 24.0\n", ""),
            (b"Version: 24.0\n\n\xff", ""),
            (b"", ""),
        ] {
            assert_eq!(stated_version(text), version, "{text:?}");
        }
    }
}

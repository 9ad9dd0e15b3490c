//! `LAYOUT[:REF]`: a layout and the reference of an image in it.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

/// A layout and the reference of an image in it, as given on the command line: `LAYOUT[:REF]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The directory or archive.
    pub path: PathBuf,
    /// What follows the colon: the reference, the full name or the digest of an image.
    pub reference: Option<String>,
}

impl Location {
    /// Takes the text apart. Both paths and references may contain colons, so a path that exists
    /// wins, the longest one first. If there is none, the first colon separates them; on Windows not
    /// the one of a drive.
    #[must_use]
    pub fn parse(text: &OsStr) -> Location {
        let whole = || Location { path: text.into(), reference: None };
        if whole().path.exists() {
            return whole();
        }
        let mut splits = splits(text);
        let existing = splits.iter().rposition(|split| split.path.exists());
        match existing.or((!splits.is_empty()).then_some(0)) {
            Some(position) => splits.swap_remove(position),
            None => whole(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.path.display())?;
        match &self.reference {
            Some(reference) => write!(formatter, ":{reference}"),
            None => Ok(()),
        }
    }
}

/// Every way to split the text at a colon, in the order of the colons.
fn splits(text: &OsStr) -> Vec<Location> {
    let bytes = text.as_encoded_bytes();
    let colons = (0..bytes.len()).filter(|position| bytes[*position] == b':');
    let colons =
        colons.filter(|position| *position > 0 && !(cfg!(windows) && is_drive(bytes, *position)));
    colons.filter_map(|position| split(text, position)).collect()
}

/// Splits at the colon at this place. A reference that is not Unicode is none.
fn split(text: &OsStr, colon: usize) -> Option<Location> {
    let reference = std::str::from_utf8(&text.as_encoded_bytes()[colon + 1..]).ok()?;
    let reference = (!reference.is_empty()).then(|| reference.to_owned());
    Some(Location { path: before(text, colon)?.into(), reference })
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn before(text: &OsStr, colon: usize) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(OsStr::from_bytes(&text.as_bytes()[..colon]).to_owned())
}

/// A path that is not Unicode has to be given without a reference.
#[cfg(not(unix))]
fn before(text: &OsStr, colon: usize) -> Option<OsString> {
    Some(text.to_str()?[..colon].into())
}

/// Whether this is the colon of `C:` at the beginning of a path.
fn is_drive(bytes: &[u8], colon: usize) -> bool {
    colon == 1 && bytes[0].is_ascii_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::Location;
    #[cfg(unix)]
    use std::fs;
    use std::path::Path;

    fn parse(text: &Path) -> (String, Option<String>) {
        let Location { path, reference } = Location::parse(text.as_os_str());
        (path.to_str().expect("it is Unicode").to_owned(), reference)
    }

    #[test]
    fn first_colon_separates_what_does_not_exist() {
        for (text, path, reference) in [
            ("missing", "missing", None),
            ("missing:", "missing", None),
            ("missing:12", "missing", Some("12")),
            ("missing:docker.io/library/debian:12", "missing", Some("docker.io/library/debian:12")),
            (":12", ":12", None),
        ] {
            assert_eq!(parse(Path::new(text)), (path.into(), reference.map(Into::into)), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn longest_existing_path_wins() {
        let scratch = tempfile::tempdir().expect("there is room");
        for name in ["a", "a:1", "b:c"] {
            fs::create_dir(scratch.path().join(name)).expect("it can be made");
        }
        for (text, path, reference) in [
            ("a", "a", None),
            ("a:1", "a:1", None),
            ("a:2", "a", Some("2")),
            ("a:1:2", "a:1", Some("2")),
            ("b:c:d/e:f", "b:c", Some("d/e:f")),
            ("b:d", "b", Some("d")),
        ] {
            let path = scratch.path().join(path).to_str().expect("it is Unicode").to_owned();
            assert_eq!(
                parse(&scratch.path().join(text)),
                (path, reference.map(Into::into)),
                "{text}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn path_need_not_be_unicode() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;
        let location = Location::parse(OsStr::from_bytes(b"\xff:12"));
        assert_eq!(location.path.as_os_str(), OsStr::from_bytes(b"\xff"));
        assert_eq!(location.reference.as_deref(), Some("12"));
    }

    #[cfg(windows)]
    #[test]
    fn drive_is_part_of_the_path() {
        let location = Location::parse(r"C:\missing:12".as_ref());
        assert_eq!(location.path, Path::new(r"C:\missing"));
        assert_eq!(location.reference.as_deref(), Some("12"));
    }
}

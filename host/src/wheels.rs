//! Which wheel of pip to install: the bundled one, or the newest of a directory.

use crate::error::Error;
use ensurepip_wheels::{BUNDLED, BundledWheel};
use pep440_rs::Version;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

/// A wheel of pip, read but not checked: that is the component's work.
#[derive(Debug)]
pub(crate) struct Wheel {
    /// Its file name.
    pub(crate) name: String,
    /// Where it was found; none for the bundled one.
    pub(crate) path: Option<PathBuf>,
    /// pip's version, as in the file name.
    pub(crate) version: String,
    pub(crate) bytes: Cow<'static, [u8]>,
}

/// The newest of the bundled wheels.
pub(crate) fn newest() -> &'static BundledWheel {
    &BUNDLED[0]
}

/// The bundled wheel, its digest checked against the table.
pub(crate) fn bundled() -> Result<Wheel, Error> {
    let wheel = newest();
    if sha256(wheel.bytes) != wheel.sha256 {
        return Err(Error::WheelDamaged { file_name: wheel.file_name });
    }
    Ok(Wheel {
        name: wheel.file_name.to_owned(),
        path: None,
        version: wheel.version.to_owned(),
        bytes: Cow::Borrowed(wheel.bytes),
    })
}

/// The newest `pip-*.whl` of a directory, by version; what `WHEEL_PKG_DIR` is to ensurepip, which
/// goes by name and so takes 9 for newer than 26.
pub(crate) fn newest_in(directory: &Path) -> Result<Wheel, Error> {
    let (name, version) = find_newest(directory)?;
    let path = directory.join(&name);
    let read = fs::read(&path);
    let bytes = read.map_err(|source| Error::WheelRead { path: path.clone(), source })?;
    Ok(Wheel { name, path: Some(path), version, bytes: Cow::Owned(bytes) })
}

/// The file name and version of the newest `pip-*.whl` of a directory.
pub(crate) fn find_newest(directory: &Path) -> Result<(String, String), Error> {
    let none = |detail: String| Error::WheelDirectory { path: directory.to_owned(), detail };
    let mut others = Vec::new();
    let mut newest: Option<(Version, String, String)> = None;
    for entry in fs::read_dir(directory).map_err(|error| none(error.to_string()))? {
        let entry = entry.map_err(|error| none(error.to_string()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let parsed = version_of(&name).filter(|_| entry.path().is_file());
        let Some((version, text)) = parsed else {
            others.push(name);
            continue;
        };
        if newest.as_ref().is_none_or(|(newest, _, _)| *newest < version) {
            newest = Some((version, name, text));
        }
    }
    if let Some((_, name, text)) = newest {
        return Ok((name, text));
    }
    others.sort();
    others.truncate(5);
    let found = if others.is_empty() { "nothing".to_owned() } else { others.join(", ") };
    Err(none(format!("found {found}")))
}

/// The version of a file name such as `pip-26.3-py3-none-any.whl`.
fn version_of(name: &str) -> Option<(Version, String)> {
    let mut parts = name.strip_prefix("pip-")?.strip_suffix(".whl")?.split('-');
    let version = parts.next()?;
    // Python and ABI tags and the platform follow, and maybe a build number before them.
    (3..=4).contains(&parts.count()).then_some(())?;
    Some((Version::from_str(version).ok()?, version.to_owned()))
}

/// A SHA-256 digest in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every byte");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{bundled, find_newest};
    use std::fs;

    #[test]
    fn the_bundled_wheel_has_the_digest_of_the_table() {
        bundled().expect("the wheel is undamaged");
    }

    #[test]
    fn versions_are_compared_as_versions_and_other_names_ignored() {
        let directory = tempfile::tempdir().expect("there is room for a directory");
        for name in [
            "pip-9.0.3-py2.py3-none-any.whl",
            "pip-20.2.2-py2.py3-none-any.whl",
            "pip-zzz.whl",
            "pip-zzz-py3-none-any.whl",
            "wheel-99-py3-none-any.whl",
            "pip-99.tar.gz",
            "pip-script.py",
        ] {
            fs::write(directory.path().join(name), "").expect("the file can be written");
        }
        fs::create_dir(directory.path().join("pip-99-py3-none-any.whl")).expect("there is room");
        let (name, version) = find_newest(directory.path()).expect("there are wheels");
        assert_eq!(
            (name.as_str(), version.as_str()),
            ("pip-20.2.2-py2.py3-none-any.whl", "20.2.2")
        );
    }

    #[test]
    fn a_directory_without_a_wheel_tells_what_it_has() {
        let directory = tempfile::tempdir().expect("there is room for a directory");
        let message = |path| find_newest(path).expect_err("there is no wheel").to_string();
        assert!(message(directory.path()).ends_with("found nothing"));
        fs::write(directory.path().join("pip.txt"), "").expect("the file can be written");
        assert!(message(directory.path()).ends_with("found pip.txt"));
        assert!(message(&directory.path().join("gone")).starts_with("no wheel of pip in"));
    }
}

//! The wheels that can be installed: the bundled ones of pip, and those of a directory.

mod candidate;
mod file_name;
mod fit;
mod misfit;
#[cfg(all(test, unix))]
mod reference;
mod storage;
mod tags;

pub(crate) use candidate::{Candidate, bundled, in_directory};
pub(crate) use fit::Fit;
pub(crate) use storage::Storage;

use crate::error::Error;
use crate::requirements::Wanted;
use cap_std::fs::Dir;
use ensurepip_wheels::{BUNDLED, BundledWheel};
use pep440_rs::{Version, VersionSpecifiers};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;

/// A wheel. The component checks it, unless it is a bundled one.
pub(crate) struct Wheel {
    /// Its file name.
    pub(crate) name: String,
    /// Where it was found; none for a bundled one.
    pub(crate) path: Option<PathBuf>,
    /// The project's name, as in the file name.
    pub(crate) project: String,
    /// The project's version, as in the file name.
    pub(crate) version: String,
    pub(crate) contents: Contents,
    /// The SHA-256 digest of the wheel file in lower-case hexadecimal.
    pub(crate) sha256: String,
    /// Whether its source is trusted: it is bundled, or its digest was given.
    pub(crate) trusted: bool,
}

/// What a wheel consists of.
pub(crate) enum Contents {
    /// The bytes of a wheel file, not checked yet.
    Archive(Vec<u8>),
    /// A wheel file in this directory, of this size in bytes, not checked yet. The component reads it
    /// itself.
    File { directory: Arc<Dir>, size: u64 },
    /// A bundled wheel, which was checked when the program was built.
    Bundled(&'static BundledWheel),
}

impl Contents {
    /// How large they are in bytes: the wheel file, or what it unpacks to.
    pub(crate) fn size(&self) -> usize {
        match self {
            Contents::Archive(bytes) => bytes.len(),
            Contents::File { size, .. } => usize::try_from(*size).unwrap_or(usize::MAX),
            Contents::Bundled(wheel) => wheel.contents.size,
        }
    }
}

impl Wheel {
    /// Whether it is the same wheel, as much trusted.
    pub(crate) fn is_same(&self, other: &Wheel) -> bool {
        self.name == other.name && self.sha256 == other.sha256 && self.trusted == other.trusted
    }

    /// How much of it is held in memory, in bytes.
    pub(crate) fn held(&self) -> u64 {
        match &self.contents {
            Contents::Archive(bytes) => bytes.len() as u64,
            Contents::File { .. } | Contents::Bundled(_) => 0,
        }
    }

    /// The directory from which the component reads it.
    pub(crate) fn directory(&self) -> Option<&Arc<Dir>> {
        match &self.contents {
            Contents::File { directory, .. } => Some(directory),
            Contents::Archive(_) | Contents::Bundled(_) => None,
        }
    }

    /// The error for a file that is not the one that was hashed.
    pub(crate) fn changed(&self) -> Error {
        let path = self.path.clone().unwrap_or_else(|| PathBuf::from(&self.name));
        Error::WheelRead { path, reason: io::Error::other("it has changed since it was hashed") }
    }

    /// Whether it is bundled, so that nothing is left to check.
    pub(crate) fn is_bundled(&self) -> bool {
        matches!(self.contents, Contents::Bundled(_))
    }
}

/// The newest of the bundled wheels.
pub(crate) fn newest() -> &'static BundledWheel {
    &BUNDLED[0]
}

/// The bundled wheel with a SHA-256 digest, in lower-case hexadecimal.
pub(crate) fn of_digest(sha256: &str) -> Option<&'static BundledWheel> {
    BUNDLED.iter().find(|wheel| wheel.sha256 == sha256)
}

/// The bundled wheel of a version, as in the file name.
pub(crate) fn of_version(version: &str) -> Option<&'static BundledWheel> {
    BUNDLED.iter().find(|wheel| wheel.version == version)
}

/// The newest bundled wheel that supports a Python.
pub(crate) fn newest_for(version: [u32; 3]) -> Option<&'static BundledWheel> {
    BUNDLED.iter().find(|wheel| supports(Some(wheel.requires_python), version))
}

/// The version of the newest wheel of pip in a directory, as in its name.
pub(crate) fn newest_in(directory: &Path) -> Result<String, Error> {
    let wheels = in_directory(directory, &Wanted::any("pip"))?;
    Ok(wheels.first().map(Candidate::version_text).unwrap_or_default().to_owned())
}

/// Whether a Python of this version is among those that a wheel supports (PEP 440 specifiers). One
/// that does not say, or not readably, is left to the component to judge.
pub(crate) fn supports(requires_python: Option<&str>, version: [u32; 3]) -> bool {
    let specifiers = requires_python.and_then(|text| VersionSpecifiers::from_str(text).ok());
    specifiers.is_none_or(|specifiers| specifiers.contains(&Version::new(version.map(u64::from))))
}

#[cfg(test)]
mod tests {
    use super::{
        BUNDLED, BundledWheel, Candidate, Storage, Wanted, Wheel, bundled, in_directory, supports,
    };
    use crate::digest::sha256;
    use ensurepip_wheels::PackedContents;
    use pep440_rs::Version;
    use sha2::{Digest as _, Sha256};
    use std::fs;
    use std::io::{Cursor, Read as _};
    use std::path::Path;
    use std::str::FromStr as _;
    use zip::ZipArchive;

    #[test]
    fn same_wheel_has_same_name_digest_and_trust() {
        let read = || {
            bundled()[0].read(&Wanted::any("pip"), &mut Storage::for_one()).expect("it is at hand")
        };
        assert!(read().is_same(&read()));
        assert!(!read().is_same(&Wheel { name: "pip-1-py3-none-any.whl".to_owned(), ..read() }));
        assert!(!read().is_same(&Wheel { sha256: "0".repeat(64), ..read() }));
        assert!(!read().is_same(&Wheel { trusted: false, ..read() }));
    }

    /// Every file but `RECORD`, byte for byte, and all that an installer knows of it.
    #[test]
    fn bundled_wheels_match_their_archives() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wheels");
        for wheel in BUNDLED {
            let archive = fs::read(directory.join(wheel.file_name)).expect("the wheel can be read");
            assert_eq!(sha256(&archive), wheel.sha256);
            let mut archive = ZipArchive::new(Cursor::new(archive)).expect("it is an archive");
            let contents = wheel.contents.unpack().expect("it is undamaged");
            let record = format!("pip-{}.dist-info/RECORD", wheel.version);
            let mut files = wheel.files.iter();
            let mut rest = &contents[..];
            for index in 0..archive.len() {
                let mut entry = archive.by_index(index).expect("it can be read");
                let path = entry.name().expect("the name is text").into_owned();
                if path == record || entry.is_dir() {
                    continue;
                }
                let file = files.next().expect("there is one for each entry");
                let size = usize::try_from(file.size).expect("it is small");
                let (mut expected, found) =
                    (Vec::new(), rest.split_off(..size).expect("it is there"));
                entry.read_to_end(&mut expected).expect("it can be unpacked");
                assert!(expected == found, "{path}");
                let mode = entry.unix_mode().unwrap_or_default();
                assert_eq!(file.path, path);
                assert_eq!(file.executable, mode & 0o111 != 0, "{path}");
                assert_eq!(file.sha256[..], Sha256::digest(found)[..], "{path}");
            }
            assert!(files.next().is_none() && rest.is_empty(), "{}", wheel.file_name);
        }
    }

    /// One bit, in any of many bytes.
    #[test]
    fn damaged_bundled_wheel_is_refused() {
        for wheel in BUNDLED {
            let packed = wheel.contents;
            for position in (0..packed.bytes.len()).step_by(packed.bytes.len() / 9) {
                let mut bytes = packed.bytes.to_vec();
                bytes[position] ^= 1;
                let damaged = PackedContents { bytes: bytes.leak(), ..packed };
                assert!(damaged.unpack().is_err(), "{}, byte {position}", wheel.file_name);
            }
        }
    }

    #[test]
    fn bundled_pip_is_newest_for_each_python_since_3_6() {
        let version = |wheel: &BundledWheel| Version::from_str(wheel.version).expect("it is one");
        // The table states the oldest Python of each pip, and nothing else.
        let oldest = |wheel: &BundledWheel| {
            let minor = wheel.requires_python.strip_prefix(">=3.").map(str::parse::<u32>);
            minor.and_then(Result::ok).unwrap_or(u32::MAX)
        };
        for minor in 6..=14 {
            let supporting = BUNDLED.iter().filter(|wheel| oldest(wheel) <= minor);
            let newest = supporting.max_by_key(|wheel| version(wheel)).expect("there is one");
            let fitting = bundled()
                .into_iter()
                .find(|wheel| supports(wheel.requires_python(), [3, minor, 0]))
                .expect("there is one");
            assert_eq!(fitting.version_text(), newest.version, "3.{minor}");
        }
        assert!(!bundled().iter().any(|wheel| supports(wheel.requires_python(), [3, 5, 10])));
    }

    #[test]
    fn wheel_directory_is_sorted_by_version() {
        let directory = tempfile::tempdir().expect("there is room for a directory");
        for name in [
            "pip-9.0.3-py2.py3-none-any.whl",
            "pip-20.2.2-py2.py3-none-any.whl",
            "pip-20.2.2rc1-py2.py3-none-any.whl",
            "pip-zzz.whl",
            "pip-zzz-py3-none-any.whl",
            "wheel-99-py3-none-any.whl",
            "pip-99.tar.gz",
            "pip-script.py",
        ] {
            fs::write(directory.path().join(name), "").expect("the file can be written");
        }
        fs::create_dir(directory.path().join("pip-99-py3-none-any.whl")).expect("there is room");
        let wanted = Wanted::any("pip");
        let found = in_directory(directory.path(), &wanted).expect("there are wheels");
        let versions: Vec<&str> = found.iter().map(Candidate::version_text).collect();
        assert_eq!(versions, ["20.2.2", "20.2.2rc1", "9.0.3"]);
    }

    #[test]
    fn wheel_directory_without_pip_lists_its_files() {
        let directory = tempfile::tempdir().expect("there is room for a directory");
        let wanted = Wanted::any("pip");
        let message =
            |path| in_directory(path, &wanted).map(drop).expect_err("there is none").to_string();
        assert!(message(directory.path()).ends_with("found nothing"));
        fs::write(directory.path().join("pip.txt"), "").expect("the file can be written");
        assert!(message(directory.path()).ends_with("found pip.txt"));
        assert!(message(&directory.path().join("gone")).starts_with("no wheel of pip in"));
    }
}

//! Wheels of pip in several versions, and pip as installed from one by itself.

use std::ffi::OsStr;
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ensurepip_wheels::{BUNDLED, BundledWheel};
use zip::ZipArchive;

use super::interpreters::{Interpreter, Interpreters};
use super::process::Program;
use super::target::Target;

/// The directory of the wheels that the tool under test bundles.
const WHEELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wheels");

/// The newest pip that the tool under test bundles.
pub(crate) const NEWEST: &str = BUNDLED[0].version;

/// The SHA-256 digest of its wheel.
pub(crate) const NEWEST_SHA256: &str = BUNDLED[0].sha256;

/// A bundled pip that is older, runs on the newest Python and has other scripts.
pub(crate) const OLDER: &str = "25.0.1";

/// The first Python without `distutils`, and the first pip that works without it.
const WITHOUT_DISTUTILS: ((u32, u32), &[u32]) = ((3, 12), &[23, 2]);

/// A wheel of pip.
#[derive(Clone)]
pub(crate) struct PipWheel {
    pub(crate) path: PathBuf,
    /// The version in the file's name.
    pub(crate) version: String,
}

impl PipWheel {
    /// The wheels of a directory, oldest first.
    fn all_of(directory: &Path) -> Vec<Self> {
        let entries = directory.read_dir().expect("a directory of wheels can be listed");
        let mut found = entries
            .flatten()
            .filter_map(|entry| {
                let path = entry.path();
                let name = path.file_name()?.to_str()?.strip_prefix("pip-")?;
                let (version, tag) = name.split_once('-')?;
                let version = version.to_owned();
                tag.ends_with("-none-any.whl").then_some(Self { path, version })
            })
            .collect::<Vec<_>>();
        found.sort_by_key(Self::release);
        found
    }

    /// The wheels that the tool under test bundles, oldest first.
    pub(crate) fn bundled() -> Vec<Self> {
        Self::all_of(Path::new(WHEELS))
    }

    /// The bundled wheel of a version.
    pub(crate) fn of(version: &str) -> Self {
        let found = Self::bundled().into_iter().find(|wheel| wheel.version == version);
        found.unwrap_or_else(|| panic!("pip {version} is not bundled"))
    }

    /// The newest bundled wheel for a Python. The table states the oldest Python of each wheel.
    pub(crate) fn newest_for((major, minor): (u32, u32)) -> Self {
        let is_supported = |wheel: &&BundledWheel| {
            let oldest = wheel.requires_python.trim_start_matches(">=").split('.');
            let oldest: Vec<u32> = oldest.filter_map(|number| number.parse().ok()).collect();
            oldest.as_slice() <= [major, minor].as_slice()
        };
        Self::of(BUNDLED.iter().find(is_supported).expect("the Python is not too old").version)
    }

    /// The wheel that the interpreter's `ensurepip` installs.
    pub(crate) fn of_ensurepip(interpreter: &Interpreter) -> Self {
        let directory = interpreter.wheel_directory.as_deref().expect("it has an ensurepip");
        Self::all_of(directory)
            .into_iter()
            .find(|wheel| Some(&wheel.version) == interpreter.pip_version.as_ref())
            .expect("the wheel is there whose version ensurepip reports")
    }

    /// The wheel of a version, if the tool under test or an interpreter of this machine has it.
    pub(crate) fn on_this_machine(version: &str) -> Option<Self> {
        let interpreters = Interpreters::of_this_machine().found.iter();
        let directories = interpreters.filter_map(|python| python.wheel_directory.as_deref());
        [Path::new(WHEELS)]
            .into_iter()
            .chain(directories)
            .flat_map(Self::all_of)
            .find(|wheel| wheel.version == version)
    }

    /// Downloads the wheel of a version, if there is a network and a pip.
    ///
    /// This runs in the environment of the test, which has the network settings.
    pub(crate) fn download(version: &str, into: &Path) -> Option<Self> {
        let status = Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"])
            .arg(format!("pip=={version}"))
            .arg("--dest")
            .arg(into)
            .stdin(Stdio::null())
            .output();
        let is_there = status.is_ok_and(|output| output.status.success());
        Self::all_of(into).into_iter().find(|wheel| is_there && wheel.version == version)
    }

    /// The numbers of the version, for sorting.
    pub(crate) fn release(&self) -> Vec<u32> {
        self.version.split('.').map_while(|number| number.parse().ok()).collect()
    }

    /// The name of the file.
    pub(crate) fn file_name(&self) -> &str {
        self.path.file_name().and_then(OsStr::to_str).expect("a wheel has a name in UTF-8")
    }

    /// Makes a directory with only a copy of this wheel. Returns the directory.
    pub(crate) fn alone_in(&self, directory: PathBuf) -> PathBuf {
        fs::create_dir_all(&directory).expect("a directory can be made");
        fs::copy(&self.path, directory.join(self.file_name())).expect("a wheel can be copied");
        directory
    }

    /// The contents of a file in the wheel.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        let wheel = fs::File::open(&self.path).expect("a wheel can be opened");
        let mut wheel = ZipArchive::new(wheel).expect("a wheel is a ZIP");
        let mut file = wheel.by_name(name).expect("the file is in the wheel");
        let mut contents = Vec::new();
        file.read_to_end(&mut contents).expect("a file can be unpacked");
        contents
    }

    /// Whether the pip in the wheel starts on a Python.
    pub(crate) fn runs_on(&self, version: (u32, u32)) -> bool {
        let (python, pip) = WITHOUT_DISTUTILS;
        version < python || self.release().as_slice() >= pip
    }

    /// A directory with only the package of this wheel. Python caches its bytecode there, while modules
    /// imported from a wheel are compiled again in each run. Made once, for all tests and later runs.
    pub(crate) fn unpacked(&self) -> PathBuf {
        let contents = fs::read(&self.path).expect("a wheel can be read");
        let digest = crc32fast::hash(&contents);
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pips");
        let directory = all.join(format!("{}-{digest:08x}", self.version));
        if !directory.exists() {
            fs::create_dir_all(&all).expect("a directory can be made");
            let new = tempfile::tempdir_in(&all).expect("a directory can be made");
            let mut wheel = ZipArchive::new(Cursor::new(contents)).expect("a wheel is a ZIP");
            wheel.extract(new.path()).expect("a wheel can be unpacked");
            let package = tempfile::tempdir_in(&all).expect("a directory can be made");
            // Without its metadata, the new pip does not try to replace it.
            fs::rename(new.path().join("pip"), package.path().join("pip"))
                .expect("it can be moved");
            // Another test may have been faster.
            if fs::rename(package.path(), &directory).is_ok() {
                let _ = package.keep();
            }
        }
        directory.join("pip")
    }

    /// Makes the pip in this wheel install itself.
    pub(crate) fn install_itself(&self, target: &Target, options: &[&str]) {
        self.install(&self.path, options, &target.python, target.scratch.home());
    }

    /// Makes the pip in this wheel install a wheel, which may be this one, into an environment.
    pub(crate) fn install(&self, wheel: &Path, options: &[&str], python: &Path, home: &Path) {
        Program::new(python, home)
            .environment("PIP_CONFIG_FILE", "/dev/null")
            .environment("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .argument(self.unpacked())
            .arguments(["install", "--no-index", "--no-deps"])
            .arguments(options)
            .argument(wheel)
            .run()
            .expect_success();
    }
}

/// The wheel of setuptools that an `ensurepip` installs.
pub(crate) struct SetuptoolsWheel {
    pub(crate) path: PathBuf,
    /// The version in the file's name.
    pub(crate) version: String,
}

impl SetuptoolsWheel {
    /// The one in the wheel directory of an `ensurepip` before Python 3.12.
    pub(crate) fn newest_in(wheels: &Path) -> Self {
        let entries = wheels.read_dir().expect("a directory of wheels can be listed").flatten();
        let found = entries.filter_map(|entry| {
            let path = entry.path();
            let name = path.file_name()?.to_str()?.strip_prefix("setuptools-")?;
            let version = name.split_once('-')?.0.to_owned();
            Some(Self { path, version })
        });
        let newest = found.max_by(|one, other| one.version.cmp(&other.version));
        newest.expect("before 3.12 setuptools is beside pip")
    }
}

/// Makes it look installed, so that `ensurepip` leaves it alone.
pub(crate) fn pretend_setuptools(wheel: &SetuptoolsWheel, library: &Path) {
    let version = &wheel.version;
    let metadata = library.join(format!("setuptools-{version}.dist-info"));
    fs::create_dir(&metadata).expect("a library takes a directory");
    let text = format!("Metadata-Version: 2.1\nName: setuptools\nVersion: {version}\n");
    fs::write(metadata.join("METADATA"), text).expect("a file can be written");
    fs::write(metadata.join("RECORD"), "").expect("a file can be written");
}

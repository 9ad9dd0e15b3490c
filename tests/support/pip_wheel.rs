//! Wheels of pip in several versions, and pip as it is when it has installed itself from one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::interpreters::{Interpreter, Interpreters};
use super::process::Program;

/// Where the wheels are that the tool under test bundles.
const BUNDLED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wheels");

/// The first Python without `distutils`, and the first pip that can do without it.
const WITHOUT_DISTUTILS: ((u32, u32), &[u32]) = ((3, 12), &[23, 2]);

/// A wheel of pip.
#[derive(Clone)]
pub(crate) struct PipWheel {
    pub(crate) path: PathBuf,
    /// As in the file's name.
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
        Self::all_of(Path::new(BUNDLED))
    }

    /// The wheel that the interpreter's `ensurepip` installs.
    pub(crate) fn of_ensurepip(interpreter: &Interpreter, home: &Path) -> Self {
        let answer = Program::new(&interpreter.executable, home)
            .arguments(["-m", "ensurepip", "--version"])
            .run()
            .expect_success();
        let stdout = answer.stdout();
        let version = stdout.trim_end().strip_prefix("pip ").expect("it answers `pip VERSION`");
        let directory = interpreter.wheel_directory.as_deref().expect("it has an ensurepip");
        Self::all_of(directory)
            .into_iter()
            .find(|wheel| wheel.version == version)
            .expect("the wheel is there whose version it tells")
    }

    /// The wheel of a version, if the tool under test or an interpreter of this machine has it.
    pub(crate) fn on_this_machine(version: &str) -> Option<Self> {
        let interpreters = Interpreters::of_this_machine().found.iter();
        let directories = interpreters.filter_map(|python| python.wheel_directory.as_deref());
        [Path::new(BUNDLED)]
            .into_iter()
            .chain(directories)
            .flat_map(Self::all_of)
            .find(|wheel| wheel.version == version)
    }

    /// Downloads the wheel of a version, if there is a network and a pip.
    ///
    /// This one runs in the environment of the test: that is where it is told how to get out.
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

    /// The numbers of the version, to be put in order.
    pub(crate) fn release(&self) -> Vec<u32> {
        self.version.split('.').map_while(|number| number.parse().ok()).collect()
    }

    /// Whether the pip in the wheel starts on a Python.
    pub(crate) fn runs_on(&self, version: (u32, u32)) -> bool {
        let (python, pip) = WITHOUT_DISTUTILS;
        version < python || self.release().as_slice() >= pip
    }

    /// Lets the pip in this wheel install a wheel, which may be this one, into an environment.
    pub(crate) fn install(&self, wheel: &Path, options: &[&str], python: &Path, home: &Path) {
        Program::new(python, home)
            .environment("PIP_CONFIG_FILE", "/dev/null")
            .environment("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .argument(self.path.join("pip"))
            .arguments(["install", "--no-index", "--no-deps"])
            .arguments(options)
            .argument(wheel)
            .run()
            .expect_success();
    }
}

/// Makes the setuptools look installed that `ensurepip` has beside pip, so that it leaves it alone.
pub(crate) fn pretend_setuptools(wheels: &Path, library: &Path) {
    let entries = wheels.read_dir().expect("a directory of wheels can be listed");
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let version = names
        .filter_map(|name| {
            let (version, _tag) = name.strip_prefix("setuptools-")?.split_once('-')?;
            Some(version.to_owned())
        })
        .max()
        .expect("before 3.12 setuptools is beside pip");
    let metadata = library.join(format!("setuptools-{version}.dist-info"));
    fs::create_dir(&metadata).expect("a library takes a directory");
    let text = format!("Metadata-Version: 2.1\nName: setuptools\nVersion: {version}\n");
    fs::write(metadata.join("METADATA"), text).expect("a file can be written");
    fs::write(metadata.join("RECORD"), "").expect("a file can be written");
}

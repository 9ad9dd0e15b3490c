//! Made-up wheels, as files.

use std::fs;
use std::path::{Path, PathBuf};

use super::pip_wheel::{NEWEST, PipWheel};
use super::wheel_builder::{WheelBuilder, metadata};

/// The name of a distribution that is not pip, and of its module.
pub(crate) const GREETING: &str = "greeting";

/// The value of `greeting.words`.
pub(crate) const WORDS: &str = "hello from a wheel";

impl WheelBuilder {
    /// Writes the wheel into a directory, which is made if it does not exist. Returns the wheel's
    /// path.
    pub(crate) fn write(&self, directory: &Path) -> PathBuf {
        fs::create_dir_all(directory).expect("a directory can be made");
        let path = directory.join(&self.file_name);
        fs::write(&path, self.build()).expect("a file can be written");
        path
    }
}

/// A small wheel for any pip to install.
pub(crate) fn greeting() -> WheelBuilder {
    let module = format!("words = '{WORDS}'\n\n\ndef main():\n    print(words)\n");
    WheelBuilder::new(GREETING, "1.0", &[("greeting.py", &module)])
}

/// A small pip without Windows launchers, for any Python.
pub(crate) fn small_pip(version: &str) -> WheelBuilder {
    WheelBuilder::new("pip", version, &[])
        .file("pip/__init__.py", format!("__version__ = '{version}'\n"))
        .file("pip/_internal/__init__.py", format!("# {version}\n"))
        .entry_points("[console_scripts]\npip = pip:main\npip3 = pip:main\n")
}

/// A small pip for the Pythons of this `Requires-Python`.
pub(crate) fn pip_for(version: &str, requires: &str) -> WheelBuilder {
    let metadata = metadata("pip", version).replace(">=3.9", requires);
    WheelBuilder::new("pip", version, &[("pip/__init__.py", "")]).metadata("METADATA", &metadata)
}

/// One of the launcher programs for Windows in the newest bundled pip.
pub(crate) fn launcher_stub(name: &str) -> Vec<u8> {
    PipWheel::of(NEWEST).read(&format!("pip/_vendor/distlib/{name}.exe"))
}

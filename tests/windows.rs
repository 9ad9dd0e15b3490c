//! Does the program do on Windows what it does on other systems?
//!
//! The tool, built for Windows, runs under Wine; so does the CPython for Windows that it installs for,
//! whose own `ensurepip` and pip provide the expected result. Wine is not Windows: docs/security.md
//! lists what these tests do not show.

use crate::support::announce::{announce, fail_if_required};
use crate::support::made_wheels::launcher_stub;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::wheel_builder::WheelBuilder;
use crate::support::windows_python::WindowsPython;
use crate::support::windows_stand_in as stand_in;
use crate::support::wine::{Wine, windows_path};
use std::fs;
use std::path::{Path, PathBuf};

/// Does it leave what `ensurepip` leaves there, in every scheme?
mod parity;

/// Is one pip replaced by another and removed again?
mod changes;

/// Are files replaced that are in use, or read-only?
mod in_use;

/// Do the scripts start the right Python with the right arguments?
mod launchers;

/// Do other wheels get what pip installs from them?
mod sets;

/// Does an image of Windows get the same on every system?
mod images;

/// Does an OCI image get the same on every system?
mod oci;

/// Are names refused that Windows cannot have?
mod refusals;

/// Is the Python found that a user of Windows would start?
mod discovery;

/// A Windows with a Python.
struct Machine {
    wine: &'static Wine,
    scratch: Scratch,
    python: WindowsPython,
}

impl Machine {
    /// The tool under test, with options to install for the Python.
    fn tool(&self) -> Program {
        let python = windows_path(&self.python.executable());
        self.wine.tool(self.scratch.home()).arguments(["--python", &python])
    }

    /// The Python, which writes no bytecode unless asked.
    fn run_python(&self, python: &Path) -> Program {
        self.wine
            .program(python, self.scratch.home())
            .environment("PYTHONDONTWRITEBYTECODE", "1")
            .environment("PIP_CONFIG_FILE", "nul")
            .environment("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    }
}

/// An image of a Windows with a stand-in for a Python, and a small wheel to install there with a
/// program of each kind.
struct Image {
    scratch: Scratch,
    root: PathBuf,
    prefix: PathBuf,
    wheels: PathBuf,
}

impl Image {
    fn new() -> Self {
        let scratch = Scratch::new();
        let [root, wheels] = ["image", "wheels"].map(|name| scratch.work().join(name));
        let prefix = root.join("Python313");
        stand_in::make(&prefix);
        WheelBuilder::new("pip", "99", &[("pip/__init__.py", "")])
            .file("pip/_vendor/distlib/t64.exe", launcher_stub("t64"))
            .file("pip/_vendor/distlib/w64.exe", launcher_stub("w64"))
            .entry_points("[console_scripts]\npip=pip:x\n[gui_scripts]\nwindow=pip:x\n")
            .write(&wheels);
        Self { scratch, root, prefix, wheels }
    }

    /// The tool under test, with options to use the wheel for the image, whose Python is at this
    /// path.
    fn tool(&self, wine: &Wine, executable: &str) -> Program {
        let tool = wine.tool(self.scratch.home()).arguments(["--executable", executable]);
        let tool = tool.argument("--root").argument(windows_path(&self.root));
        tool.argument("--wheel-dir").argument(windows_path(&self.wheels))
    }

    /// Makes the installed pip look like an older one.
    fn make_older(&self) {
        let metadata = self.prefix.join("Lib/site-packages/pip-99.dist-info");
        let older = metadata.with_file_name("pip-98.dist-info");
        fs::rename(metadata, &older).expect("a directory of the test can be renamed");
        // The version in the metadata is decisive. The file may be read-only.
        let metadata = older.join("METADATA");
        let text = fs::read_to_string(&metadata).expect("it is text");
        let permissions = fs::metadata(&metadata).expect("it is there").permissions();
        fs::remove_file(&metadata).expect("a file of the test can be removed");
        let text = text.replace("\nVersion: 99\n", "\nVersion: 98\n");
        assert!(text.contains("Version: 98"), "{text}");
        fs::write(&metadata, text).expect("a file can be written");
        fs::set_permissions(&metadata, permissions).expect("a mode can be set");
    }

    /// The names in its scripts directory.
    fn scripts(&self) -> Vec<String> {
        let entries = self.prefix.join("Scripts").read_dir().expect("it can be listed").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

/// Runs a check on a Windows with a Python, and announces it.
fn with_python(name: &str, check: impl FnOnce(&Machine)) {
    with_wine(name, |wine| {
        // Its files are hard links to those of the cache.
        let scratch = Scratch::on_disk();
        match WindowsPython::copy_to(&scratch.work().join("python")) {
            Ok(python) => {
                check(&Machine { wine, scratch, python });
                Ok(())
            }
            Err(missing) => Err(missing),
        }
    });
}

/// Runs a check on a Windows, and announces it; the check may lack something as well.
fn with_wine(name: &str, check: impl FnOnce(&'static Wine) -> Result<(), String>) {
    match Wine::of_this_machine().and_then(check) {
        Ok(()) => announce(&format!("windows, {name}: ran under Wine")),
        Err(missing) => {
            announce(&format!("windows, {name}: did not run; missing: {missing}"));
            fail_if_required(&[missing]);
        }
    }
}

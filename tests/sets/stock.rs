//! A directory of made-up wheels beside a target.

use std::path::PathBuf;

use crate::support::made_wheels::small_pip;
use crate::support::process::{Finished, Program};
use crate::support::target::Target;
use crate::support::wheel_builder::WheelBuilder;

/// The version of the pip in the directory.
pub(super) const PIP: &str = "97";

/// A directory of wheels beside a target. It has a small pip from the beginning.
pub(super) struct Stock {
    pub(super) target: Target,
    pub(super) directory: PathBuf,
}

impl Stock {
    /// The directory for a program that runs in the home of the target.
    pub(super) const FROM_HOME: &str = "../work/wheels";

    /// Makes a directory with these wheels.
    pub(super) fn of(wheels: &[WheelBuilder]) -> Stock {
        let target = Target::new();
        let directory = target.scratch.work().join("wheels");
        let stock = Stock { target, directory };
        stock.add(&small_pip(PIP));
        for wheel in wheels {
            stock.add(wheel);
        }
        stock
    }

    /// Adds a wheel.
    pub(super) fn add(&self, wheel: &WheelBuilder) {
        wheel.write(&self.directory);
    }

    /// Runs the tool on them with options.
    pub(super) fn install(&self, options: &[&str]) -> Finished {
        self.tool(options).run().expect_success()
    }

    /// The tool, with options to run it on them.
    pub(super) fn tool(&self, options: &[&str]) -> Program {
        self.target.tool().arguments(["--wheel-dir", Stock::FROM_HOME]).arguments(options)
    }

    /// Runs the tool on them with options that must make it fail, and checks that nothing changed.
    /// Returns the message of the error, which must have this code.
    pub(super) fn error(&self, options: &[&str], code: &str) -> String {
        self.target.error(&[&["--wheel-dir", Stock::FROM_HOME], options].concat(), code)
    }

    /// Writes a file beside the wheels. Returns its path as an argument.
    pub(super) fn file(&self, name: &str, contents: &str) -> String {
        let path = self.target.scratch.work().join(name);
        std::fs::write(&path, contents).expect("a file can be written");
        path.to_str().expect("temporary directories have plain names").to_owned()
    }

    /// The metadata directories in the library, without their suffix, in order.
    pub(super) fn installed(&self) -> Vec<String> {
        let names = self.target.library().read_dir().expect("the library can be listed").flatten();
        let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let names = names.filter_map(|name| Some(name.strip_suffix(".dist-info")?.to_owned()));
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

/// A wheel with a package, a script and these requirements.
pub(crate) fn wheel(project: &str, version: &str, requires: &[&str]) -> WheelBuilder {
    let requires = requires.iter().map(|line| format!("Requires-Dist: {line}\n"));
    let metadata = format!(
        "Metadata-Version: 2.1\nName: {project}\nVersion: {version}\nProvides-Extra: more\n{}",
        requires.collect::<String>()
    );
    WheelBuilder::new(project, version, &[])
        .file(&format!("{project}/__init__.py"), format!("version = '{version}'\n"))
        .file(&format!("{project}/main.py"), "def main():\n    print('started')\n")
        .metadata("METADATA", &metadata)
        .entry_points(&format!("[console_scripts]\nrun-{project} = {project}.main:main\n"))
}

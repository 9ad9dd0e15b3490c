//! Does a Python that is newer than any of this machine get the same?
//!
//! The program runs in the image, beside that Python. `tests/bytecode.rs` compares with its `ensurepip`.

use std::fs;
use std::path::Path;

use super::for_each;
use crate::support::images::{Image, Recipe, SID_3_14, SID_3_15};
use crate::support::made_wheels::{GREETING, WORDS, greeting};
use crate::support::process::Finished;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use crate::support::venv;

const ALL: &[&Recipe] = &[&SID_3_14, &SID_3_15];

/// An environment of the image.
const ENVIRONMENT: &str = "/venv";

/// A seeded pip installs and removes a wheel, and is removed again without a trace.
#[test]
fn venv_of_new_python_gets_working_pip() {
    for_each("seeded", ALL, |image, scratch| {
        let make = image.python(scratch.home()).arguments(["-B", "-m", "venv", "--without-pip"]);
        make.argument(ENVIRONMENT).run().expect_success();
        let before = Tree::of(&image.at(ENVIRONMENT));
        let python = &format!("{ENVIRONMENT}/bin/python");
        image.tool_inside(scratch.home()).arguments(["--python", python]).run().expect_success();
        let told = run(image, scratch, python, &["-m", "pip", "--version"]).stdout();
        let Recipe { pip, version, .. } = image.recipe;
        let place = format!("{ENVIRONMENT}/lib/python{version}/site-packages/pip");
        assert_eq!(told, format!("pip {pip} from {place} (python {version})\n"));

        let wheel = greeting().write(&image.root);
        let wheel = Path::new("/").join(wheel.file_name().expect("it has a name"));
        let wheel = wheel.to_string_lossy();
        run(image, scratch, python, &["-m", "pip", "install", "--no-index", &wheel]);
        let code = format!("import {GREETING}; print({GREETING}.words)");
        assert_eq!(run(image, scratch, python, &["-c", &code]).stdout().trim_end(), WORDS);
        let check = run(image, scratch, python, &["-m", "pip", "check"]);
        assert_eq!(check.stdout(), "No broken requirements found.\n");
        run(image, scratch, python, &["-m", "pip", "uninstall", "-y", GREETING]);

        let uninstall = image.tool_inside(scratch.home()).argument("uninstall");
        uninstall.arguments(["--python", python]).run().expect_success();
        let differences = before.differences("before", &Tree::of(&image.at(ENVIRONMENT)), "after");
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    });
}

/// PEP 668, where the Python is asked and not described from its files.
#[test]
fn externally_managed_new_python_is_refused() {
    for_each("marked, from inside", ALL, |image, scratch| {
        let tool = || {
            let tool = image.tool_inside(scratch.home());
            tool.arguments(["--python", image.recipe.python])
        };
        let refused = tool().run();
        assert_eq!(refused.status(), Some(1), "{refused}");
        assert!(refused.stderr().contains("--break-system-packages"), "{refused}");
        assert!(!image.at("/usr/local/bin/pip3").exists());
        tool().argument("--break-system-packages").run().expect_success();
        assert!(image.at(image.recipe.library).join("pip/__init__.py").is_file());
    });
}

/// Since 3.15 a `.start` file names a function that each start of Python calls (PEP 829).
#[test]
fn start_file_of_pep_829_does_not_affect_install() {
    for_each("start file", &[&SID_3_15], |image, scratch| {
        let make = image.python(scratch.home()).arguments(["-B", "-m", "venv", "--without-pip"]);
        make.argument(ENVIRONMENT).run().expect_success();
        let library = venv::library_of(&image.at(ENVIRONMENT));
        let module = "def main():\n    print('started')\n";
        for (name, text) in [("planted.py", module), ("planted.start", "planted:main\n")] {
            fs::write(library.join(name), text).expect("the library takes a file");
        }
        let python = &format!("{ENVIRONMENT}/bin/python");
        assert_eq!(run(image, scratch, python, &["-B", "-c", "pass"]).stdout(), "started\n");
        image.tool_inside(scratch.home()).arguments(["--python", python]).run().expect_success();
        let told = run(image, scratch, python, &["-m", "pip", "--version"]).stdout();
        assert!(told.starts_with(&format!("started\npip {} from ", image.recipe.pip)), "{told}");
    });
}

/// Runs a program of the image, which must succeed.
fn run(image: &Image, scratch: &Scratch, program: &str, arguments: &[&str]) -> Finished {
    image.program(Path::new(program), scratch.home()).arguments(arguments).run().expect_success()
}

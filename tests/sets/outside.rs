//! What a set requires is met by packages that the Python finds in other directories than those that
//! the set goes to: a distributor's, or those of the base Python. They are not changed, and not kept in
//! place of a wheel.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::stock::wheel;
use crate::support::announce::{announce, report_skipped};
use crate::support::images::{BOOKWORM_PIP, Image};
use crate::support::pip_wheel::{NEWEST, PipWheel};
use crate::support::process::{Finished, Program};
use crate::support::python_copy::PythonCopy;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;

/// A Python with beta 1.5 among its packages, and wheels: alpha requires it, late needs a newer one.
struct Base {
    scratch: Scratch,
    python: PythonCopy,
    wheels: PathBuf,
}

impl Base {
    fn new() -> Option<Base> {
        let interpreter = PythonCopy::newest_with("os.py")?;
        let scratch = Scratch::new();
        let python = PythonCopy::make(interpreter, &scratch.work().join("base"));
        let wheels = scratch.work().join("wheels");
        for made in [
            wheel("alpha", "1.0", &["beta>=1.5"]),
            wheel("late", "1.0", &["beta>=2"]),
            wheel("beta", "1.5", &[]),
            wheel("beta", "2.0", &[]),
        ] {
            made.write(&wheels);
        }
        let base = Base { scratch, python, wheels };
        base.tool(&base.python.python, &["--with", "beta==1.5"]).run().expect_success();
        Some(base)
    }

    /// The tool, to install a set for a Python.
    fn tool(&self, python: &Path, options: &[&str]) -> Program {
        Program::under_test(self.scratch.home())
            .arguments(["--without-pip", "--no-compile", "--wheel-dir"])
            .argument(&self.wheels)
            .argument("--python")
            .argument(python)
            .arguments(options)
    }

    /// Checks that a set for a Python is refused for this reason.
    fn refused(&self, python: &Path, options: &[&str], reason: &str) {
        let refused = self.tool(python, options).run();
        assert_eq!(refused.status(), Some(1), "{refused}");
        assert!(refused.stderr().contains(reason), "{reason}: {refused}");
    }

    /// A virtual environment of the Python.
    fn environment(&self, name: &str, options: &[&str]) -> PathBuf {
        let place = self.scratch.work().join(name);
        let venv = self.python.run(self.scratch.home()).arguments(["-m", "venv", "--without-pip"]);
        venv.arguments(options).argument(&place).run().expect_success();
        place.join("bin/python")
    }

    /// What a Python answers to a script.
    fn ask(&self, python: &Path, script: &str) -> String {
        let asked = PythonCopy::program(python, self.scratch.home()).arguments(["-c", script]);
        asked.run().expect_success().stdout().trim_end().to_owned()
    }

    /// The version of beta that a Python finds.
    fn beta(&self, python: &Path) -> String {
        self.ask(python, "import importlib.metadata as m; print(m.version('beta'))")
    }

    /// Checks that pip, run by a Python, finds all requirements met.
    fn check_with_pip(&self, python: &Path) {
        let pip = PythonCopy::program(python, self.scratch.home())
            .environment("PIP_CONFIG_FILE", "/dev/null")
            .argument(PipWheel::of(NEWEST).unpacked())
            .argument("check");
        assert_eq!(pip.run().expect_success().stdout(), "No broken requirements found.\n");
    }
}

#[test]
fn base_python_meets_requirements_of_open_venv_alone() {
    let Some(base) = Base::new() else {
        return report_skipped("sets, base Python", "a Python that can be copied");
    };
    let before = Tree::of(&base.python.prefix);
    let closed = base.environment("closed", &[]);
    let open = base.environment("open", &["--system-site-packages"]);
    base.refused(&closed, &["--with", "alpha"], "requires `beta>=1.5`, which is missing");
    base.refused(&open, &["--with", "late"], "requires `beta>=2`, and there is 1.5");
    base.tool(&open, &["--with", "alpha"]).run().expect_success();
    assert_eq!(base.beta(&open), "1.5");
    base.check_with_pip(&open);
    // A wheel of the set is not left out because the base has the project.
    for (set, version) in [("beta==1.5", "1.5"), ("beta==2.0", "2.0")] {
        let own = base.environment(version, &["--system-site-packages"]);
        let output = base.tool(&own, &["--with", set]).run().expect_success().stdout();
        assert!(output.contains(&format!("Successfully installed beta-{version}")), "{output}");
        let place = base.ask(&own, "import beta; print(beta.__file__)");
        assert!(place.starts_with(&*own.ancestors().nth(2).expect("it is").to_string_lossy()));
    }
    base.tool(&open, &["--with", "late", "--with", "beta==2.0"]).run().expect_success();
    assert_eq!(base.beta(&open), "2.0");
    base.check_with_pip(&open);
    // The base has what it had, also after a removal, which it does not concern.
    for set in ["late", "beta==2.0"] {
        let tool = Program::under_test(base.scratch.home()).argument("uninstall");
        let tool = tool.arguments(["--without-pip", "--with", set, "--wheel-dir"]);
        let tool = tool.argument(&base.wheels).argument("--python").argument(&open);
        tool.run().expect_success();
    }
    assert_eq!(base.beta(&open), "1.5");
    let changes = before.differences("before", &Tree::of(&base.python.prefix), "after");
    assert!(changes.is_empty(), "{}", changes.join("\n"));
    announce("sets, base Python: virtual environments ran");
}

/// As Fedora's packages have it: no `RECORD`, and a package of another name.
#[test]
fn metadata_without_files_meets_requirements_as_for_importlib() {
    let Some(base) = Base::new() else {
        return report_skipped("sets, metadata alone", "a Python that can be copied");
    };
    let library = base.python.site_packages();
    fs::remove_file(library.join("beta-1.5.dist-info/RECORD")).expect("it is there");
    fs::rename(library.join("beta"), library.join("other")).expect("it is there");
    let open = base.environment("open", &["--system-site-packages"]);
    assert_eq!(base.beta(&open), "1.5");
    base.tool(&open, &["--with", "alpha"]).run().expect_success();
    base.check_with_pip(&open);
}

#[test]
fn site_packages_meet_requirements_in_user_site() {
    let Some(base) = Base::new() else {
        return report_skipped("sets, user site", "a Python that can be copied");
    };
    let before = Tree::of(&base.python.prefix);
    let python = &base.python.python;
    base.refused(python, &["--user", "--with", "late"], "requires `beta>=2`, and there is 1.5");
    base.tool(python, &["--user", "--with", "alpha"]).run().expect_success();
    base.check_with_pip(python);
    base.tool(python, &["--user", "--with", "beta==2.0"]).run().expect_success();
    assert_eq!(base.beta(python), "2.0");
    assert!(base.scratch.home().join(".local/bin/run-beta").is_file());
    let changes = before.differences("before", &Tree::of(&base.python.prefix), "after");
    assert!(changes.is_empty(), "{}", changes.join("\n"));
}

/// The directory of that path in the root counts, and not that of this machine.
#[test]
fn packages_of_this_machine_do_not_count_in_root() {
    let Some(base) = Base::new() else {
        return report_skipped("sets, staging root", "a Python that can be copied");
    };
    let open = base.environment("open", &["--system-site-packages"]);
    let root = base.scratch.work().join("root");
    let options = ["--root", root.to_str().expect("it is text"), "--with", "alpha"];
    base.refused(&open, &options, "requires `beta>=1.5`, which is missing");
    let options = ["--root", options[1], "--with", "beta==1.5"];
    base.tool(&base.python.python, &options).run().expect_success();
    let options = ["--root", options[1], "--with", "alpha"];
    base.tool(&open, &options).run().expect_success();
}

/// setuptools and wheel of Debian itself.
#[test]
fn packages_of_debian_meet_requirements_in_image() {
    let scratch = Scratch::new();
    let image = match BOOKWORM_PIP.copy_to(&scratch.work().join("image")) {
        Ok(image) => image,
        Err(missing) => return report_skipped("sets, packages of Debian", &missing),
    };
    let ask = "import importlib.metadata as m; print(m.version('setuptools'), m.version('wheel'))";
    let python = || image.python(scratch.home()).argument("-B");
    let output = python().arguments(["-c", ask]).run().expect_success().stdout();
    let (setuptools, _) = output.trim_end().split_once(' ').expect("there are two");
    let wheels = scratch.work().join("wheels");
    wheel("alpha", "1.0", &["setuptools>=60", "wheel"]).write(&wheels);
    wheel("late", "1.0", &["setuptools>=1000"]).write(&wheels);
    let usr = |image: &Image| Tree::of_all_but(&image.at("/usr"), |path| path.starts_with("local"));
    let before = usr(&image);
    let tool = |set: &str| -> Finished {
        let tool = image.tool(scratch.home()).arguments(["--without-pip", "--with", set]);
        tool.argument("--wheel-dir").argument(&wheels).run()
    };
    let refused = tool("late");
    assert_eq!(refused.status(), Some(1), "{refused}");
    let reason = format!("requires `setuptools>=1000`, and there is {setuptools}");
    assert!(refused.stderr().contains(&reason), "{refused}");
    tool("alpha").expect_success();
    let checked = python().arguments(["-m", "pip", "check"]).run().expect_success();
    assert_eq!(checked.stdout(), "No broken requirements found.\n");
    let changes = before.differences("before", &usr(&image), "after");
    assert!(changes.is_empty(), "{}", changes.join("\n"));

    // Through a link that leads to the same packages, but outside of the root.
    let outside = scratch.work().join("outside");
    fs::rename(image.at("/usr/lib/python3/dist-packages"), &outside).expect("it can be moved");
    symlink(&outside, image.at("/usr/lib/python3/dist-packages")).expect("a link can be made");
    fs::remove_dir_all(image.at(format!("/{}", BOOKWORM_PIP.library))).expect("it is there");
    let refused = tool("alpha");
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert!(refused.stderr().contains("requires `wheel`, which is missing"), "{refused}");
    announce("sets, packages of Debian: ran");
}

//! Do trees work that no distributor made?

use std::fs;
use std::path::Path;

use super::{copy_of, report_cells};
use crate::support::images::BOOKWORM;
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::pip_wheel::{NEWEST, PipWheel};
use crate::support::process::Program;
use crate::support::python_copy::copy_with_library;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;

/// Built for one place and copied to another, without its own pip and `ensurepip`.
#[test]
fn image_python_in_opt_gets_pip() {
    let scratch = Scratch::new();
    let root = scratch.work().join("image");
    fs::create_dir_all(root.join("opt")).expect("directories can be made");
    let version = match own_python(&root.join("opt/python")) {
        Ok(version) => version,
        Err(reason) => return report_cells("opt", &[], &[reason]),
    };
    let before = Tree::of(&root);
    let python = "/opt/python/bin/python3";
    let mut trees = Vec::new();
    for options in [&[][..], &["--python", python]] {
        let tool = || Program::under_test(scratch.home()).argument("--root").argument(&root);
        tool().arguments(options).run().expect_success();
        let added = Tree::of(&root).files_added_to(&before);
        let library = format!("opt/python/lib/python{version}/site-packages");
        assert!(added.contains(&Path::new(&library).join("pip/__init__.py")), "{added:?}");
        assert!(added.iter().all(|path| path.starts_with("opt/python")));
        let script = fs::read_to_string(root.join("opt/python/bin/pip3")).expect("it is text");
        let first = script.lines().next().expect("a script has lines");
        assert!(first.starts_with("#!/opt/python/bin/python"), "{first}");
        assert!(root.join(&first[3..]).exists(), "{first}");

        // A Python finds its library by its own path, so it can be run outside the root.
        let told = Program::new(&root.join(&python[1..]), scratch.home())
            .arguments(["-B", "-m", "pip", "--version"])
            .run()
            .expect_success();
        let place = root.join(&library).join("pip");
        let expected = format!("pip {NEWEST} from {} (python {version})\n", place.display());
        assert_eq!(told.stdout(), expected);

        trees.push(Tree::of(&root));
        let tool = Program::under_test(scratch.home()).argument("uninstall").arguments(options);
        tool.argument("--root").argument(&root).run().expect_success();
        assert!(Tree::of(&root).files_added_to(&before).is_empty());
    }
    assert!(trees[0].differences("found", &trees[1], "named").is_empty());
    report_cells("opt", &[format!("{version} found"), format!("{version} named")], &[]);
}

/// An environment is not externally managed, whatever surrounds it.
#[test]
fn image_venv_gets_pip() {
    let (image, scratch) = match copy_of(&BOOKWORM) {
        Ok(copy) => copy,
        Err(reason) => return report_cells("venv", &[], &[reason]),
    };
    let make = image.python(scratch.home()).arguments(["-B", "-m", "venv", "--without-pip"]);
    make.argument("/app").run().expect_success();
    let before = Tree::of_all_but(&image.root, |path| path == Path::new("app"));
    let python = "/app/bin/python3";
    Program::under_test(scratch.home())
        .arguments(["--python", python, "--root"])
        .argument(&image.root)
        .run()
        .expect_success();
    let after = Tree::of_all_but(&image.root, |path| path == Path::new("app"));
    assert!(before.differences("before", &after, "after").is_empty());
    let script = fs::read_to_string(image.at("/app/bin/pip3")).expect("a script is text");
    assert!(script.starts_with("#!/app/bin/python"), "{script}");

    // By its own Python, and by the script, which uses the environment's interpreter.
    let expected =
        format!("pip {NEWEST} from /app/lib/python3.11/site-packages/pip (python 3.11)\n");
    for arguments in [&[python, "-m", "pip"][..], &["/app/bin/pip3"]] {
        let told = Program::new(Path::new("chroot"), scratch.home())
            .environment("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .argument(&image.root)
            .arguments(arguments)
            .argument("--version")
            .run()
            .expect_success();
        assert_eq!(told.stdout(), expected);
    }
    report_cells("venv", &[BOOKWORM.name()], &[]);
}

/// `make install DESTDIR=` of a cross-built Python needs this: a Python of this machine provides
/// the version and the layout, the prefix is an option, and pip provides the expected result.
#[test]
fn staging_root_with_prefix_equals_pip() {
    let Some(python) = self_built() else {
        return report_cells("prefix", &[], &["a Python that is not a distributor's".to_owned()]);
    };
    let scratch = Scratch::new();
    let (root, other) = (scratch.work().join("stage"), scratch.work().join("other"));
    fs::create_dir(&root).expect("a directory can be made");
    let wheel = PipWheel::of(NEWEST);
    for prefix in ["/usr", "/opt/cross python"] {
        Program::under_test(scratch.home())
            .arguments(["--default-pip", "--no-compile", "--prefix", prefix, "--python"])
            .argument(&python.executable)
            .argument("--root")
            .argument(&root)
            // The only thing that pip does not derive from the prefix.
            .argument("--executable")
            .argument(&python.executable)
            .run()
            .expect_success();
        let directory = wheel.path.parent().expect("it is in a directory");
        Program::new(&python.executable, scratch.home())
            .environment("PIP_CONFIG_FILE", "/dev/null")
            .environment("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .argument("-B")
            .argument(wheel.path.join("pip"))
            .arguments(["install", "--no-index", "--ignore-installed", "--no-compile"])
            .arguments(["--prefix", prefix, "--find-links"])
            .argument(directory)
            .argument("--root")
            .argument(&other)
            .argument(format!("pip=={}", wheel.version))
            .run()
            .expect_success();
    }
    let differences = Tree::of(&other).differences("pip", &Tree::of(&root), "ours");
    assert!(differences.is_empty(), "{}", differences.join("\n"));

    // By default, the scripts name an interpreter below the prefix.
    let root = scratch.work().join("plain");
    Program::under_test(scratch.home())
        .arguments(["--prefix", "/usr", "--python"])
        .argument(&python.executable)
        .argument("--root")
        .argument(&root)
        .run()
        .expect_success();
    let script = fs::read_to_string(root.join("usr/bin/pip3")).expect("a script is text");
    assert!(script.starts_with("#!/usr/bin/python3"), "{script}");
    report_cells("prefix", &[format!("{} twice", python.name()), "its script".to_owned()], &[]);
}

/// Copies the newest Python that was not built by a distributor, and returns its version.
pub(super) fn own_python(prefix: &Path) -> Result<String, String> {
    let python = self_built().ok_or("a Python that is not a distributor's")?;
    copy_with_library(python, prefix);
    Ok(python.name())
}

/// The newest Python with a prefix of its own.
fn self_built() -> Option<&'static Interpreter> {
    let found = Interpreters::of_this_machine().found.iter().rev();
    let is_own = |python: &&Interpreter| {
        let prefix = python.executable.ancestors().nth(2);
        prefix.is_some_and(|prefix| {
            let library = prefix.join("lib").join(format!("python{}", python.name()));
            prefix != Path::new("/usr") && library.join("os.py").is_file()
        })
    };
    found.into_iter().find(is_own)
}

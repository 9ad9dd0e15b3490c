//! Is the marker of PEP 668 honoured, if it is the target's own?

use crate::support::announce::{announce, report_skipped};
use crate::support::interpreters::Interpreters;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use crate::support::venv;
use std::fs;
use std::path::{Path, PathBuf};

const MARKER: &str =
    "[externally-managed]\nError=Use the distributor's tools.\n \n See the manual.\n";

/// Where an interpreter has its standard library.
fn standard_library(python: &Path, scratch: &Scratch) -> PathBuf {
    let ask = "import sysconfig; print(sysconfig.get_path('stdlib'))";
    let told = Program::new(python, scratch.home()).arguments(["-I", "-c", ask]).run();
    PathBuf::from(told.expect_success().stdout().trim_end())
}

/// The marker is read inside the root, where pip does not look.
#[test]
fn externally_managed_root_is_refused_with_message() {
    let python = &Interpreters::newest().executable;
    let scratch = Scratch::new();
    let root = scratch.work().join("root");
    let library = standard_library(python, &scratch);
    let library = root.join(library.strip_prefix("/").expect("it is absolute"));
    fs::create_dir_all(&library).expect("directories can be made");
    fs::write(library.join("EXTERNALLY-MANAGED"), MARKER).expect("a file can be written");
    let before = Tree::of(scratch.work());
    let tool = || {
        Program::under_test(scratch.home()).argument("--no-compile").arguments([
            Path::new("--python"),
            python,
            Path::new("--root"),
            &root,
        ])
    };

    let refused = tool().run();
    assert_eq!(refused.status(), Some(1), "{refused}");
    let stderr = refused.stderr();
    assert!(stderr.contains("EXTERNALLY-MANAGED"), "{stderr}");
    assert!(stderr.contains("\n\nUse the distributor's tools.\n\nSee the manual.\n"), "{stderr}");
    assert!(
        stderr.contains("hint: use a virtual environment; or pass `--break-system-packages`"),
        "{stderr}"
    );
    let after = Tree::of(scratch.work());
    assert!(before.differences("before", &after, "after").is_empty());

    tool().argument("--break-system-packages").run().expect_success();

    // A directory with that name does not count as a marker.
    let other = scratch.work().join("other");
    let library = other.join(library.strip_prefix(&root).expect("it is in the root"));
    fs::create_dir_all(library.join("EXTERNALLY-MANAGED")).expect("directories can be made");
    let tool = tool().argument("--root").argument(&other);
    tool.run().expect_success();
}

/// Where the system's own Python is marked, it is left alone; its environments are not affected.
#[test]
fn externally_managed_python_is_refused_but_not_its_venv() {
    let scratch = Scratch::new();
    let python = Path::new("/usr/bin/python3");
    let is_marked =
        python.exists() && standard_library(python, &scratch).join("EXTERNALLY-MANAGED").is_file();
    if !is_marked {
        report_skipped("externally managed", "a marker (PEP 668) of the system's Python");
        return;
    }
    let tool = |target: &Path| {
        Program::under_test(scratch.home()).argument("--python").argument(target).run()
    };
    let refused = tool(python);
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert!(refused.stderr().contains("--break-system-packages"), "{refused}");

    let environment = scratch.work().join("venv");
    let made = Program::new(python, scratch.home())
        .arguments(["-m", "venv", "--without-pip"])
        .argument(&environment)
        .run();
    made.expect_success();
    tool(&venv::python_of(&environment)).expect_success();
    announce("externally managed: the system's Python is marked; 2 cells ran");
}

//! Do runs work beside names that are not UTF-8, which the component cannot express?

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::support::pip_wheel::{NEWEST, OLDER, PipWheel};
use crate::support::process::Program;
use crate::support::target::{Target, below};

/// A name of Latin-1.
fn non_utf8_name() -> &'static OsStr {
    OsStr::from_bytes(b"x\xe9")
}

/// Adds a file, and a directory with a file in it.
fn plant(directory: &Path) {
    fs::create_dir_all(directory.join(non_utf8_name()).join("deep")).expect("it can be made");
    fs::write(directory.join(non_utf8_name()).join("file"), "theirs").expect("it can be written");
    let mut file = OsString::from("y");
    file.push(non_utf8_name());
    fs::write(directory.join(file), "theirs").expect("it can be written");
}

/// Whether all of these exist.
fn is_there(directory: &Path) -> bool {
    let mut file = OsString::from("y");
    file.push(non_utf8_name());
    directory.join(non_utf8_name()).join("file").is_file() && directory.join(file).is_file()
}

fn command(target: &Target, name: &str) -> Program {
    Program::under_test(target.scratch.home())
        .arguments([name, "--python"])
        .argument(&target.python)
}

/// The directories that must keep the added names.
fn planted_directories(target: &Target) -> Vec<PathBuf> {
    let library = target.library();
    let below = ["", "pip", "pip/__pycache__", "pip/_internal", "__pycache__"];
    let mut directories: Vec<PathBuf> = below.iter().map(|path| library.join(path)).collect();
    directories.push(target.environment.join("bin"));
    directories
}

fn assert_kept(directories: &[PathBuf]) {
    for directory in directories {
        assert!(is_there(directory), "{}", directory.display());
    }
}

/// Checks that nothing of the tool's own is left.
fn assert_clean(target: &Target) {
    for directory in [target.library(), target.environment.join("bin")] {
        let names = directory.read_dir().expect("it can be listed").flatten();
        for name in names.map(|entry| entry.file_name()) {
            assert!(!name.as_bytes().starts_with(b".ensurepip"), "{}", name.display());
        }
    }
}

fn version(target: &Target) -> String {
    let pip = Program::new(&target.python, target.scratch.home());
    pip.arguments(["-B", "-m", "pip", "--version"]).run().expect_success().stdout()
}

#[test]
fn non_utf8_names_survive_install_upgrade_and_uninstall() {
    let target = Target::new();
    let library = target.library();
    plant(&library);
    plant(&target.environment.join("bin"));
    let wheels = PipWheel::of(OLDER).alone_in(target.scratch.work().join("wheels"));
    target.tool().argument("--wheel-dir").argument(&wheels).run().expect_success();
    let status = command(&target, "status").run().expect_success().stdout();
    assert!(status.contains(&format!("Installed:  pip {OLDER}\n")), "{status}");

    let directories = planted_directories(&target);
    for directory in &directories {
        plant(directory);
    }
    // As with pip, the remains of removed metadata do not count as installed.
    plant(&library.join(format!("pip-{OLDER}.dist-info")));
    target.tool().argument("-U").run().expect_success();
    assert_kept(&directories);
    assert!(!library.join(format!("pip-{OLDER}.dist-info")).exists());
    assert_clean(&target);
    assert!(version(&target).starts_with(&format!("pip {NEWEST} ")), "{}", version(&target));

    let metadata = library.join(format!("pip-{NEWEST}.dist-info"));
    plant(&metadata);
    command(&target, "uninstall").run().expect_success();
    assert_kept(&directories);
    assert!(!metadata.exists());
    assert!(!library.join("pip/__init__.py").exists());
    assert!(!target.environment.join("bin/pip3").exists());
    assert_clean(&target);
}

/// `ensurepip` fails there as well: pip cannot write these paths into `RECORD`.
#[test]
fn venv_at_non_utf8_path_is_refused() {
    let target = Target::new();
    let environment = target.scratch.work().join(non_utf8_name());
    fs::rename(&target.environment, &environment).expect("it can be renamed");
    let refused = Program::under_test(target.scratch.home())
        .argument("--python")
        .argument(environment.join("bin/python"))
        .run();
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert!(refused.stderr().contains("a path in it is not UTF-8"), "{refused}");
}

/// The path of the root is the caller's, not a path of the target.
#[test]
fn root_at_non_utf8_path_is_accepted() {
    let target = Target::new();
    let root = target.scratch.work().join(non_utf8_name());
    fs::create_dir(&root).expect("a directory can be made");
    plant(&root);
    target.tool().argument("--root").argument(&root).run().expect_success();
    let library = below(&root, &target.library());
    assert!(library.join(format!("pip-{NEWEST}.dist-info/RECORD")).is_file());
    plant(&library);
    command(&target, "uninstall").argument("--root").argument(&root).run().expect_success();
    assert!(!library.join("pip").exists());
    assert!(is_there(&root) && is_there(&library));
}

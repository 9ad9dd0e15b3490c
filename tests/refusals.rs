//! Is every refusal reported clearly, and nothing changed by it?

use crate::support::interpreters::Interpreters;
use crate::support::made_wheels::pip_for;
use crate::support::pip_wheel::{NEWEST, NEWEST_SHA256, PipWheel};
use crate::support::process::Program;
use crate::support::target::Target;
use crate::support::tree::Tree;
use serde_json::Value;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

#[test]
fn python_option_that_is_not_python_is_refused() {
    let target = Target::new();
    let file = target.scratch.work().join("no-python");
    fs::write(&file, "#!/bin/sh\necho hello\n").expect("a file can be written");
    for (path, code, reason) in [
        ("/nowhere/python3", "python-start", "No such file or directory"),
        ("/bin/true", "python-answer", ""),
        ("/bin/false", "python-answer", ""),
        (&*file.to_string_lossy(), "python-start", "Permission denied"),
    ] {
        let message = target.error(&["--python", path], code);
        assert!(message.contains(path) && message.contains(reason), "{message}");
    }
    let none = Program::under_test(target.scratch.home()).environment("PATH", "/nowhere").run();
    assert_eq!(none.status(), Some(1));
    assert!(
        none.stderr().contains("\nhint: ") && none.stderr().contains("`--python PATH`"),
        "{none}"
    );
}

#[test]
fn install_over_conflicting_files_is_refused() {
    let target = Target::new();
    let library = target.library();
    let metadata = format!("pip-{NEWEST}.dist-info");
    let cases: [(&str, PathBuf, &str); 3] = [
        ("pip", library.join("pip"), "occupied"),
        ("pip3", target.environment.join("bin/pip3"), "shims"),
        (&metadata, library.join(&metadata), "unreadable-metadata"),
    ];
    for (name, path, code) in cases {
        // A file in the place of the package, a directory in the place of a script, a file in the
        // place of the metadata: none of them is an installation of pip, and none may be
        // overwritten.
        if name == "pip3" {
            fs::create_dir(&path).expect("a directory can be made");
        } else {
            let parent = path.parent().expect("it has a parent");
            fs::create_dir_all(parent).expect("a directory can be made");
            fs::write(&path, "").expect("a file can be written");
        }
        let message = target.error(&[], code);
        assert!(message.contains(&*path.to_string_lossy()), "{message}");
        let removed = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
        removed.expect("it is the test's own");
    }
    target.tool().run().expect_success();
}

#[test]
fn wheel_directory_without_usable_pip_is_refused() {
    let target = Target::new();
    let wheels = target.scratch.work().join("wheels");
    fs::create_dir(&wheels).expect("a directory can be made");
    fs::write(wheels.join("setuptools-65.5.0-py3-none-any.whl"), "").expect("it can be written");
    let shown = wheels.to_string_lossy().into_owned();
    let message = target.error(&["--wheel-dir", &shown], "wheel-directory");
    assert!(message.contains("setuptools-65.5.0-py3-none-any.whl"), "{message}");

    fs::write(wheels.join("pip-99-py3-none-any.whl"), "not a ZIP").expect("it can be written");
    let message = target.error(&["--wheel-dir", &shown], "unsound-wheel");
    assert!(message.contains("`pip-99-py3-none-any.whl`"), "{message}");
    assert!(message.contains("[archive]"), "{message}");
}

/// One byte of one file contradicts `RECORD`.
#[test]
fn wheel_damaged_but_accepted_by_pip_is_refused() {
    let target = Target::new();
    let sound = PipWheel::of(NEWEST);
    let wheels = target.scratch.work().join("wheels");
    fs::create_dir(&wheels).expect("a directory can be made");
    let damaged = wheels.join(sound.path.file_name().expect("a wheel has a name"));
    let source = fs::File::open(&sound.path).expect("a wheel can be opened");
    let mut source = ZipArchive::new(source).expect("a wheel is a ZIP");
    let mut wheel = ZipWriter::new(fs::File::create(&damaged).expect("a file can be made"));
    for index in 0..source.len() {
        let entry = source.by_index_raw(index).expect("an entry can be read");
        if entry.name().expect("names are text") != "pip/py.typed" {
            wheel.raw_copy_file(entry).expect("an entry can be copied");
        }
    }
    wheel.start_file("pip/py.typed", SimpleFileOptions::default()).expect("an entry can be made");
    wheel.write_all(b"!").expect("an entry takes a byte");
    wheel.finish().expect("a wheel can be written");

    let shown = wheels.to_string_lossy().into_owned();
    let message = target.error(&["--wheel-dir", &shown], "unsound-wheel");
    assert!(message.contains("pip/py.typed") && message.contains("[mismatch]"), "{message}");

    sound.install(&damaged, &["--no-compile"], &target.python, target.scratch.home());
    let installed = fs::read(target.library().join("pip/py.typed")).expect("pip installs it");
    assert_eq!(installed, b"!");
}

#[test]
fn sha256_option_mismatch_is_refused() {
    let target = Target::new();
    let wrong = "0".repeat(64);
    let message = target.error(&["--sha256", &wrong], "wheel-not-pinned");
    let found = NEWEST_SHA256;
    assert!(message.contains(found) && message.contains(&wrong), "{message}");
    assert_eq!(target.refusal(&["--sha256", "abc"]).status(), Some(2));
    target.tool().arguments(["--sha256", &found.to_uppercase()]).run().expect_success();
}

/// A script does not reveal the Python that it starts.
#[test]
fn root_with_only_python_wrapper_script_is_refused() {
    let target = Target::new();
    let own = target.scratch.work().join("root/usr/bin");
    fs::create_dir_all(&own).expect("a directory can be made");
    let python = own.join("python3");
    fs::write(&python, "#!/bin/sh\nexec /opt/python \"$@\"\n").expect("a file can be written");
    fs::set_permissions(&python, Permissions::from_mode(0o755)).expect("a mode can be set");
    let root = target.scratch.work().join("root").to_string_lossy().into_owned();
    for arguments in [&["--root", &root][..], &["--root", &root, "--python", "/usr/bin/python3"]] {
        let before = Tree::of(target.scratch.work());
        let tool = Program::under_test(target.scratch.home()).arguments(arguments);
        let refused = tool.argument("--json").run();
        assert!(before.differences("before", &Tree::of(target.scratch.work()), "after").is_empty());
        assert_eq!(refused.status(), Some(1), "{refused}");
        let report: Value = serde_json::from_str(&refused.stdout()).expect("it is JSON");
        assert_eq!(report["error"]["code"], "python-files", "{refused}");
        let message = report["error"]["message"].as_str().expect("an error has a message");
        assert!(message.contains(&*python.to_string_lossy()), "{refused}");
        assert!(report["error"]["hint"].is_string(), "{refused}");
    }
}

#[test]
fn root_that_is_a_file_is_refused() {
    let target = Target::new();
    let file = target.scratch.work().join("file");
    fs::write(&file, "").expect("a file can be written");
    for root in [file.clone(), file.join("below")] {
        let shown = root.to_string_lossy().into_owned();
        let message = target.error(&["--root", &shown], "directory");
        assert!(message.contains(&shown) && message.contains("Not a directory"), "{message}");
    }
}

/// If no wheel of a directory supports the Python, the error lists them, and states whether the Python
/// is too old or too new.
#[test]
fn python_unsupported_by_wheels_is_refused_with_reason() {
    let target = Target::new();
    let directory = target.scratch.work().join("wheels");
    let shown = directory.to_string_lossy().into_owned();
    let number = Interpreters::newest().name();
    for (requires, age) in [("<3.6", "new"), (">=3.90", "old")] {
        pip_for("99", requires).write(&directory);
        let message = target.error(&["--wheel-dir", &shown], "no-fitting-wheel");
        assert!(message.contains(&format!("Python {number}.")), "{message}");
        let end = format!("too {age} for pip-99-py3-none-any.whl ({requires})");
        assert!(message.ends_with(&end), "{message}");
    }
}

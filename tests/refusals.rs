//! Is what cannot be done told clearly, and nothing changed by it?

use crate::support::interpreters::Interpreters;
use crate::support::made_wheels::pip_for;
use crate::support::pip_wheel::{NEWEST, NEWEST_SHA256, PipWheel};
use crate::support::process::Program;
use crate::support::target::Target;
use crate::support::tree::Tree;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

#[test]
fn what_cannot_be_a_python_is_told_with_its_path() {
    let target = Target::new();
    let file = target.scratch.work().join("no-python");
    fs::write(&file, "#!/bin/sh\necho hello\n").expect("a file can be written");
    for (path, words) in [
        ("/nowhere/python3", "No such file or directory"),
        ("/bin/true", "did not answer as a Python does"),
        ("/bin/false", "did not answer as a Python does"),
        (&*file.to_string_lossy(), "Permission denied"),
    ] {
        let refused = target.refusal(&["--python", path]);
        assert_eq!(refused.status(), Some(1), "{refused}");
        let stderr = refused.stderr();
        assert!(stderr.starts_with("error: ") && stderr.contains(path), "{refused}");
        assert!(stderr.contains(words), "{refused}");
    }
    let none = Program::under_test(target.scratch.home()).environment("PATH", "/nowhere").run();
    assert_eq!(none.status(), Some(1));
    assert!(none.stderr().contains("hint: name one with `--python PATH`"), "{none}");
}

#[test]
fn what_is_in_the_way_is_told_and_nothing_changes() {
    let target = Target::new();
    let library = target.library();
    let metadata = format!("pip-{NEWEST}.dist-info");
    let cases: [(&str, PathBuf); 3] = [
        ("pip", library.join("pip")),
        ("pip3", target.environment.join("bin/pip3")),
        (&metadata, library.join(&metadata)),
    ];
    for (name, path) in cases {
        // A file in the place of the package, a directory in the place of a script, a file in the
        // place of the metadata: no installation of pip, and nothing that may be overwritten.
        if name == "pip3" {
            fs::create_dir(&path).expect("a directory can be made");
        } else {
            let parent = path.parent().expect("it has a parent");
            fs::create_dir_all(parent).expect("a directory can be made");
            fs::write(&path, "").expect("a file can be written");
        }
        let refused = target.refusal(&[]);
        assert_eq!(refused.status(), Some(1), "{name}: {refused}");
        assert!(refused.stderr().contains(name), "{name}: {refused}");
        let _ = fs::remove_file(&path);
        let _ = fs::remove_dir(&path);
    }
    target.tool().run().expect_success();
}

#[test]
fn an_unusable_wheel_directory_tells_what_is_wrong() {
    let target = Target::new();
    let wheels = target.scratch.work().join("wheels");
    fs::create_dir(&wheels).expect("a directory can be made");
    fs::write(wheels.join("setuptools-65.5.0-py3-none-any.whl"), "").expect("it can be written");
    let shown = wheels.to_string_lossy().into_owned();
    let refused = target.refusal(&["--wheel-dir", &shown]);
    assert!(refused.stderr().contains("found setuptools-65.5.0-py3-none-any.whl"), "{refused}");

    fs::write(wheels.join("pip-99-py3-none-any.whl"), "not a ZIP").expect("it can be written");
    let refused = target.refusal(&["--wheel-dir", &shown]);
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert!(
        refused.stderr().contains("the wheel `pip-99-py3-none-any.whl` is unsound"),
        "{refused}"
    );
    assert!(refused.stderr().contains("[archive]"), "{refused}");
}

/// One byte of one file is not what `RECORD` says.
#[test]
fn a_damaged_wheel_that_pip_installs_is_refused() {
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
    let refused = target.refusal(&["--wheel-dir", &shown]);
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert!(refused.stderr().contains("pip/py.typed"), "{refused}");

    sound.install(&damaged, &["--no-compile"], &target.python, target.scratch.home());
    let installed = fs::read(target.library().join("pip/py.typed")).expect("pip installs it");
    assert_eq!(installed, b"!");
}

#[test]
fn a_pinned_digest_must_be_that_of_the_wheel() {
    let target = Target::new();
    let wrong = "0".repeat(64);
    let refused = target.refusal(&["--sha256", &wrong]);
    assert_eq!(refused.status(), Some(1), "{refused}");
    let found = NEWEST_SHA256;
    assert!(refused.stderr().contains(&format!("digest {found}, not {wrong}")), "{refused}");
    assert_eq!(target.refusal(&["--sha256", "abc"]).status(), Some(2));
    target.tool().arguments(["--sha256", &found.to_uppercase()]).run().expect_success();
}

/// A script says nothing of the Python that it starts.
#[test]
fn a_root_with_its_own_python_is_not_guessed_at() {
    let target = Target::new();
    let own = target.scratch.work().join("root/usr/bin");
    fs::create_dir_all(&own).expect("a directory can be made");
    let python = own.join("python3");
    fs::write(&python, "#!/bin/sh\nexec /opt/python \"$@\"\n").expect("a file can be written");
    fs::set_permissions(&python, Permissions::from_mode(0o755)).expect("a mode can be set");
    let root = target.scratch.work().join("root").to_string_lossy().into_owned();
    for arguments in [&["--root", &root][..], &["--root", &root, "--python", "/usr/bin/python3"]] {
        let before = Tree::of(target.scratch.work());
        let refused = Program::under_test(target.scratch.home()).arguments(arguments).run();
        assert!(before.differences("before", &Tree::of(target.scratch.work()), "after").is_empty());
        assert_eq!(refused.status(), Some(1), "{refused}");
        let stderr = refused.stderr();
        assert!(stderr.starts_with("error: cannot tell from its files what "), "{refused}");
        assert!(stderr.contains("usr/bin/python3") && stderr.contains("\nhint: "), "{refused}");
    }
}

#[test]
fn a_root_that_is_no_directory_is_told() {
    let target = Target::new();
    let file = target.scratch.work().join("file");
    fs::write(&file, "").expect("a file can be written");
    for root in [file.clone(), file.join("below")] {
        let shown = root.to_string_lossy().into_owned();
        let refused = target.refusal(&["--root", &shown]);
        assert_eq!(refused.status(), Some(1), "{refused}");
        let expected = format!("error: failed to open the directory `{shown}`: Not a directory");
        assert!(refused.stderr().starts_with(&expected), "{refused}");
    }
}

/// A directory whose wheels do not fit is told with all of them, and whether the Python is too old
/// for them or too new.
#[test]
fn a_python_too_old_or_too_new_for_the_wheels_is_told_so() {
    let target = Target::new();
    let directory = target.scratch.work().join("wheels");
    let shown = directory.to_string_lossy().into_owned();
    let number = Interpreters::newest().name();
    for (requires, age) in [("<3.6", "new"), (">=3.90", "old")] {
        pip_for("99", requires).write(&directory);
        let refused = target.refusal(&["--wheel-dir", &shown]);
        assert_eq!(refused.status(), Some(1), "{refused}");
        let stderr = refused.stderr();
        assert!(
            stderr.starts_with(&format!("error: no pip at hand supports Python {number}.")),
            "{stderr}"
        );
        let end = format!("because it is too {age}: pip-99-py3-none-any.whl ({requires})\n");
        assert!(
            stderr.lines().next().is_some_and(|line| format!("{line}\n").ends_with(&end)),
            "{stderr}"
        );
        assert!(stderr.contains("hint: "), "{stderr}");
    }
}

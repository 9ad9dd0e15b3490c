//! Are the files found that absolute paths in an installed `RECORD` name, as by pip?

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::support::images::copy;
use crate::support::made_wheels::small_pip;
use crate::support::pip_wheel::{OLDER, PipWheel};
use crate::support::process::Program;
use crate::support::target::{Target, below};
use crate::support::tree::Tree;

/// Makes every path in the `RECORD` of a version absolute. `library` is the library directory, and
/// `shown` the same directory as the target sees it.
fn make_absolute(library: &Path, shown: &Path, version: &str) {
    let path = library.join(format!("pip-{version}.dist-info/RECORD"));
    let record = fs::read_to_string(&path).expect("there is one");
    let rows = record.lines().map(|row| {
        let (path, rest) = row.split_once(',').expect("a row has columns");
        format!("{},{rest}\n", joined(shown, path).display())
    });
    let absolute: String = rows.collect();
    assert!(absolute.lines().all(|row| row.starts_with('/') && !row.contains("/../")));
    fs::write(path, absolute).expect("it can be written");
}

/// A relative path, made absolute without reading links.
fn joined(directory: &Path, path: &str) -> PathBuf {
    let mut joined = directory.to_owned();
    for part in Path::new(path).components() {
        if part == Component::ParentDir {
            joined.pop();
        } else {
            joined.push(part);
        }
    }
    joined
}

#[test]
fn record_with_absolute_paths_is_uninstalled_as_by_pip() {
    let target = Target::new();
    let wheel = PipWheel::of(OLDER);
    let wheels = wheel.alone_in(target.scratch.work().join("wheels"));
    wheel.install_itself(&target, &[]);
    make_absolute(&target.library(), &target.library(), OLDER);
    let original = target.scratch.work().join("original");
    copy(&target.environment, &original);

    Program::new(&target.python, target.scratch.home())
        .arguments(["-B", "-m", "pip", "uninstall", "--yes", "pip"])
        .run()
        .expect_success();
    let theirs = Tree::of(&target.environment);
    fs::remove_dir_all(&target.environment).expect("it can be removed");
    fs::rename(&original, &target.environment).expect("it can be put back");

    let status = Program::under_test(target.scratch.home())
        .arguments(["status", "--python"])
        .argument(&target.python)
        .run()
        .expect_success();
    assert!(status.stdout().contains(&format!("Installed:  pip {OLDER}\n")), "{status}");
    Program::under_test(target.scratch.home())
        .arguments(["uninstall", "--python"])
        .argument(&target.python)
        .argument("--wheel-dir")
        .argument(&wheels)
        .run()
        .expect_success();
    let differences = theirs.differences("pip's", &Tree::of(&target.environment), "ours");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Below a root, they are paths of the target.
#[test]
fn record_absolute_paths_in_root_exclude_root_prefix() {
    let target = Target::new();
    let wheels = target.scratch.work().join("wheels");
    small_pip(OLDER).write(&wheels);
    let root = target.scratch.work().join("root");
    let tool = |command: &[&str]| {
        Program::under_test(target.scratch.home())
            .arguments(command)
            .arguments(["--root".as_ref(), root.as_path(), "--python".as_ref(), &target.python])
            .argument("--wheel-dir")
            .argument(&wheels)
    };
    tool(&["--no-compile"]).run().expect_success();
    let library = below(&root, &target.library());
    let scripts = below(&root, &target.environment).join("bin");
    assert!(scripts.join("pip3").exists());
    make_absolute(&library, &target.library(), OLDER);
    let kept = tool(&["-U"]).run().expect_success();
    assert!(kept.stdout().contains("Requirement already satisfied"), "{kept}");
    tool(&["uninstall"]).run().expect_success();
    for directory in [library, scripts] {
        let left = fs::read_dir(&directory).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{}", directory.display());
    }
}

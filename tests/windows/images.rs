//! The tool for Windows and that for this system produce the same tree.

use super::{with_python, with_wine};
use crate::support::images::copy;
use crate::support::made_wheels::launcher_stub;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use crate::support::wheel_builder::WheelBuilder;
use crate::support::windows_stand_in as stand_in;
use crate::support::wine::{Wine, own_stderr, windows_path};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The interpreter in the scripts.
const PYTHON: &str = r"C:\Program Files\Python313\python.exe";

#[test]
fn windows_image_install_is_identical_on_linux() {
    with_wine("images", |wine| {
        compare(wine, &Scratch::new(), Path::new("root"), None);
        Ok(())
    });
}

/// Windows once allowed 260 characters. Wine has that limit for an open directory, and this one just
/// fits; the paths of its files are longer.
#[test]
fn windows_long_paths_are_supported() {
    with_wine("long paths", |wine| {
        let scratch = Scratch::new();
        let wheels = scratch.work().join("wheels");
        let (directory, name) = ("pip/_vendor/distlib", format!("{}.py", "name".repeat(20)));
        WheelBuilder::new("pip", "99", &[("pip/__init__.py", "")])
            .file(&format!("{directory}/t64.exe"), launcher_stub("t64"))
            .file(&format!("{directory}/{name}"), "")
            .write(&wheels);
        let stage = "Python313/Lib/site-packages/.ensurepip-host-stage/0/new";
        let without = scratch.work().join("there/x").join(stage).join(directory);
        let below = "x".repeat(1 + 250 - windows_path(&without).len());
        compare(wine, &scratch, Path::new(&below), Some(&wheels));
        Ok(())
    });
}

/// For a Python of this Windows, with the layout of Windows and on the named drive.
#[test]
fn windows_prefix_option_uses_windows_layout() {
    with_python("prefix", |machine| {
        let stage = machine.scratch.work().join("stage");
        let tool = machine.tool().arguments(["--no-compile", "--prefix", r"D:\opt\python\"]);
        let run = tool.argument("--root").argument(windows_path(&stage)).run();
        assert_eq!(own_stderr(&run.expect_success()), "");
        let prefix = stage.join("opt/python");
        assert!(prefix.join("Lib/site-packages/pip/__init__.py").is_file());
        let script = fs::read(prefix.join("Scripts/pip3.exe")).expect("a script can be read");
        let rest = script.strip_prefix(&launcher_stub("t64")[..]).expect("it begins with the stub");
        assert!(rest.starts_with(b"#!D:\\opt\\python\\python.exe\nPK"));
    });
}

/// Makes both tools do the same to an image at this path below another directory, and compares the
/// results. They use the wheel of a directory, or their own.
fn compare(wine: &Wine, scratch: &Scratch, below: &Path, wheels: Option<&Path>) {
    let [here, there] = ["here", "there"].map(|system| scratch.work().join(system).join(below));
    for parent in [here.as_path(), there.parent().expect("it has one")] {
        fs::create_dir_all(parent).expect("a directory can be made");
    }
    stand_in::make(&scratch.work().join("python"));
    fs::rename(scratch.work().join("python"), here.join("Python313")).expect("it can be moved");
    copy(&here, &there);
    let before = Tree::of(&here);

    let run = |tool: Program, root: &Path, shown: &dyn Fn(&Path) -> String| {
        let tool = tool.arguments(["--root", &shown(root)]);
        let tool = wheels
            .iter()
            .fold(tool, |tool, wheels| tool.argument("--wheel-dir").argument(shown(wheels)));
        let run = tool.run().expect_success();
        assert_eq!(own_stderr(&run), "", "{run}");
    };
    let as_it_is = |path: &Path| path.to_str().expect("paths of tests are UTF-8").to_owned();
    let ours = Program::under_test(scratch.home()).arguments(["--executable", PYTHON]);
    run(ours, &here, &as_it_is);
    run(wine.tool(scratch.home()).arguments(["--executable", PYTHON]), &there, &windows_path);
    let (mut ours, mut theirs) = (Tree::of(&here), Tree::of(&there));
    assert!(ours.files_added_to(&before).iter().any(|path| path.ends_with("pip/__init__.py")));
    assert_eq!(times(&here, &ours), times(&there, &theirs));
    // Files have no modes there. The modes seen from here are Wine's.
    ours.change_modes(|_| 0);
    theirs.change_modes(|_| 0);
    let differences = ours.differences("here", &theirs, "Windows");
    assert!(differences.is_empty(), "{}", differences.join("\n"));

    run(wine.tool(scratch.home()).argument("uninstall"), &there, &windows_path);
    let left = Tree::of(&there).files_added_to(&before);
    assert!(left.is_empty(), "{left:?}");
}

/// When each entry was last modified, in whole seconds: Windows has another resolution.
fn times(root: &Path, tree: &Tree) -> BTreeMap<PathBuf, u64> {
    let times = tree.paths().map(|path| {
        let time = fs::metadata(root.join(path)).and_then(|metadata| metadata.modified());
        let since = time.expect("it is there").duration_since(SystemTime::UNIX_EPOCH);
        (path.to_owned(), since.expect("it is later").as_secs())
    });
    times.collect()
}

//! The scripts directory after success, and after failures.

use super::{Content, Script, ScriptPlatform, ScriptTarget, Scripts};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

mod targets;

fn scripts(path: &Path) -> Scripts {
    let directory = Dir::open_ambient_dir(path, ambient_authority()).expect("it can be opened");
    let target = ScriptTarget {
        executable: "/usr/bin/python3".to_owned(),
        platform: ScriptPlatform::Posix,
        windows: None,
    };
    Scripts::new(directory, path.to_owned(), target)
}

fn launcher(name: &str) -> Script {
    let content = Content::Launcher { source: "pass\n".to_owned(), gui: false, stub: None };
    Script { name: name.to_owned(), content }
}

fn tree(path: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(path).expect("it can be listed").map(|entry| {
        let entry = entry.expect("it can be listed");
        let contents = fs::read_to_string(entry.path()).unwrap_or_else(|_| "directory".to_owned());
        (entry.file_name().to_string_lossy().into_owned(), contents)
    });
    entries.collect()
}

#[test]
fn scripts_replace_former_files_on_publish() {
    let directory = tempfile::tempdir().expect("there is room");
    fs::write(directory.path().join("pip3"), "former").expect("it can be written");
    let mut scripts = scripts(directory.path());
    let staged = ["pip3", "pip3.13"].map(launcher);
    scripts.stage(&staged, 0, Vec::new()).expect("they can be staged");
    scripts.publish().expect("they can be published");
    scripts.finish();
    let expected = "#!/usr/bin/python3\npass\n";
    let found = tree(directory.path());
    assert_eq!(found.keys().collect::<Vec<_>>(), ["pip3", "pip3.13"]);
    assert!(found.values().all(|contents| contents == expected), "{found:?}");
}

#[test]
fn obsolete_scripts_are_removed_but_not_directories() {
    let directory = tempfile::tempdir().expect("there is room");
    fs::write(directory.path().join("pip"), "former").expect("it can be written");
    fs::create_dir(directory.path().join("pip3.10")).expect("it can be made");
    let mut scripts = scripts(directory.path());
    let obsolete = ["pip", "pip3.10", "gone"].map(str::to_owned).to_vec();
    scripts.stage(&[launcher("pip3")], 0, obsolete).expect("they can be staged");
    scripts.publish().expect("they can be published");
    scripts.finish();
    assert_eq!(tree(directory.path()).into_keys().collect::<Vec<_>>(), ["pip3", "pip3.10"]);
}

#[test]
fn scripts_withdrawn_before_finish_are_rolled_back() {
    let directory = tempfile::tempdir().expect("there is room");
    for name in ["pip", "pip3"] {
        fs::write(directory.path().join(name), "former").expect("it can be written");
    }
    let before = tree(directory.path());
    for publish in [false, true] {
        let mut scripts = scripts(directory.path());
        let staged = ["pip3", "pip3.13"].map(launcher);
        let obsolete = ["pip", "gone"].map(str::to_owned).to_vec();
        scripts.stage(&staged, 0, obsolete).expect("they can be staged");
        if publish {
            scripts.publish().expect("they can be published");
        }
        scripts.withdraw();
        assert_eq!(tree(directory.path()), before, "published: {publish}");
    }
}

#[test]
fn scripts_failing_to_publish_are_rolled_back() {
    let directory = tempfile::tempdir().expect("there is room");
    for name in ["pip", "pip3"] {
        fs::write(directory.path().join(name), "former").expect("it can be written");
    }
    let before = tree(directory.path());
    let mut scripts = scripts(directory.path());
    let staged = ["pip3", "pip3.13"].map(launcher);
    scripts.stage(&staged, 0, vec!["pip".to_owned()]).expect("they can be staged");
    let lost = directory.path().join(".ensurepip-host-new-pip3.13");
    fs::remove_file(lost).expect("it is there");
    let error = scripts.publish().expect_err("one is lost");
    let shown = format!("`{}`: ", directory.path().join("pip3.13").display());
    assert!(error.starts_with(&shown), "{error}");
    assert_eq!(tree(directory.path()), before);
}

#[test]
fn script_path_that_is_directory_is_refused_before_writing() {
    let directory = tempfile::tempdir().expect("there is room");
    fs::create_dir(directory.path().join("pip3")).expect("it can be made");
    let mut scripts = scripts(directory.path());
    let error = scripts.stage(&[launcher("pip3")], 0, Vec::new()).expect_err("it is in the way");
    assert_eq!(error, format!("`{}` is a directory", directory.path().join("pip3").display()));
    scripts.withdraw();
    assert_eq!(tree(directory.path()).len(), 1);
}

#[test]
fn script_names_unsafe_from_component_are_rejected() {
    let directory = tempfile::tempdir().expect("there is room");
    let mut scripts = scripts(directory.path());
    for name in [
        "",
        ".",
        "..",
        "../x",
        "/x",
        "a/b",
        "a\\b",
        "python",
        "Python3.13.EXE",
        "pythonw",
        "a\n",
        "x.",
    ] {
        assert!(scripts.stage(&[launcher(name)], 0, Vec::new()).is_err(), "{name:?} passed");
        let obsolete = vec!["pip".to_owned(), name.to_owned()];
        assert!(scripts.stage(&[], 0, obsolete).is_err(), "{name:?} passed");
    }
    scripts.withdraw();
    assert_eq!(tree(directory.path()).len(), 0);
}

/// The component also determines the time. Scripts written before the failure are removed.
#[test]
fn time_that_the_system_cannot_express_is_an_error() {
    let directory = tempfile::tempdir().expect("there is room");
    let mut scripts = scripts(directory.path());
    let error =
        scripts.stage(&[launcher("pip3")], u64::MAX, Vec::new()).expect_err("it is no time");
    assert!(error.ends_with(" seconds since 1970 are too many"), "{error}");
    scripts.withdraw();
    assert_eq!(tree(directory.path()).len(), 0);
}

//! Present and missing modules, and Debian's packages for the missing ones.

use super::missing;
use crate::facts::Facts;
use crate::facts::sample::sample;
use crate::report::MissingModule;
use crate::root::Root;
use ensurepip_wheels::{BundledWheel, Imports, PackedContents, Packing};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const MODULES: &[&str] = &["m", "m.x", "distutils.cmd"];

const PIP: BundledWheel = BundledWheel {
    version: "1",
    file_name: "pip-1-py3-none-any.whl",
    sha256: "",
    requires_python: "",
    imports: &[Imports { minor: 9, modules: MODULES }],
    files: &[],
    contents: PackedContents { packing: Packing::Lz4, size: 0, crc32: 0, bytes: &[] },
};

fn facts(changes: &Value) -> Facts {
    let older = json!({
        "version": [3, 9, 2], "cache_tag": "cpython-39", "stdlib": "/usr/lib/python3.9",
    });
    sample(&[&older, changes])
}

/// A root with these files in the standard library.
fn tree(files: &[&str]) -> TempDir {
    let root = tempfile::tempdir().expect("there is room for a directory");
    for file in ["os.py"].iter().chain(files) {
        write_file(root.path(), &format!("usr/lib/python3.9/{file}"), "");
    }
    root
}

fn write_file(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().expect("it has one")).expect("there is room");
    fs::write(path, text).expect("there is room");
}

fn missing_modules(root: &Path, changes: &Value) -> Option<Vec<MissingModule>> {
    let mut root = Root::new(Some(root.to_owned()));
    missing(&mut root, &facts(changes), &PIP, &["/app/lib/site-packages"])
}

fn missing_module_names(root: &Path) -> Vec<String> {
    let missing = missing_modules(root, &json!({})).expect("it is known");
    missing.into_iter().map(|missing| missing.module).collect()
}

/// CPython finds none of the missing modules, and all of the others.
#[test]
fn missing_modules_match_cpython_import_system() {
    const FIND: &str = "import importlib.util, sys\n\
        sys.path[:] = [sys.argv[1]]\n\
        def is_there(name):\n\
        \x20   try:\n        return importlib.util.find_spec(name) is not None\n\
        \x20   except (ImportError, EOFError):\n        return False\n\
        print(' '.join(name for name in sys.argv[2:] if not is_there(name)))";
    for files in [
        &[][..],
        &["m.py"],
        &["m.pyc", "m.py.old", "distutils/__init__.py"],
        &["m.abi3.so", "distutils/cmd.py"],
        &["m/__init__.py", "distutils/__init__.py", "distutils/cmd.py"],
        &["m/__init__.pyc", "distutils.txt", "M.py"],
        &["m/__init__.py", "m/x.pyc", "distutils/cmd.abi3.so"],
        &["m/__init__.py", "m/x/__init__.py", "distutils/cmd.txt"],
        &["m/x.abi3.so"],
        &["mm.py", "m-x.py", "m.pyo"],
    ] {
        let root = tree(files);
        let found = Command::new("python3")
            .args(["-I", "-S", "-c", FIND])
            .arg(root.path().join("usr/lib/python3.9"))
            .args(MODULES)
            .output()
            .expect("python3 runs");
        let expected = String::from_utf8_lossy(&found.stdout).trim_end().to_owned();
        let found = missing_module_names(root.path());
        // A module that is not a package has no submodules: its file counts for them.
        let is_module = |name: &str| {
            let file = |suffix| format!("{name}.{suffix}");
            ["py", "pyc", "abi3.so"].map(file).iter().any(|file| files.contains(&file.as_str()))
        };
        let expected: Vec<&str> = expected
            .split_whitespace()
            .filter(|name| !name.split_once('.').is_some_and(|(top, _)| is_module(top)))
            .collect();
        assert_eq!(found, expected, "{files:?}");
    }
}

#[test]
fn missing_modules_are_searched_on_whole_sys_path() {
    for directory in [
        "usr/lib/python3.9/lib-dynload",
        "usr/lib/python3.9/site-packages",
        "usr/lib/python3/dist-packages",
        "app/lib/site-packages",
    ] {
        let root = tree(&["distutils/cmd.py"]);
        assert_eq!(missing_module_names(root.path()), ["m", "m.x"], "{directory}");
        write_file(root.path(), &format!("{directory}/m/x.py"), "");
        assert_eq!(missing_module_names(root.path()), [""; 0], "{directory}");
    }
}

#[test]
fn missing_modules_are_not_reported_if_unknown() {
    let root = tree(&[]);
    assert!(missing_modules(root.path(), &json!({})).is_some());
    for changes in [
        json!({"implementation": "pypy"}),
        json!({"os": "nt"}),
        json!({"version": [3, 8, 1]}),
        // An old pip may not even run there.
        json!({"version": [3, 10, 1]}),
        json!({"stdlib": "/usr/lib/python3.10"}),
    ] {
        assert_eq!(missing_modules(root.path(), &changes), None, "{changes}");
    }
    write_file(root.path(), "usr/lib/python39.zip", "");
    assert_eq!(missing_modules(root.path(), &json!({})), None);
}

/// CPython 3.12 has `collections/abc.py`. 3.13 has no such file: `collections/__init__.py` puts
/// `_collections_abc` into `sys.modules` under this name.
#[test]
fn collections_abc_needs_no_file_of_its_own_from_3_13_on() {
    const ALIAS: &[&str] = &["_collections_abc.py", "collections/__init__.py"];
    const FILE: &[&str] = &["_collections_abc.py", "collections/__init__.py", "collections/abc.py"];
    const NEEDED: &[&str] = &["collections.abc"];
    let imports = &[Imports { minor: 12, modules: NEEDED }, Imports { minor: 13, modules: NEEDED }];
    let pip = BundledWheel { imports, ..PIP };
    for (minor, files, count) in
        [(12, FILE, 0), (12, ALIAS, 1), (13, ALIAS, 0), (13, FILE, 0), (13, &["collections.py"], 1)]
    {
        let root = tree(files);
        let mut root = Root::new(Some(root.path().to_owned()));
        let found = missing(&mut root, &facts(&json!({"version": [3, minor, 5]})), &pip, &[]);
        assert_eq!(found.expect("it is known").len(), count, "3.{minor}: {files:?}");
    }
}

#[test]
fn missing_modules_name_debian_package() {
    let packages = |root: &Path| -> Vec<Option<String>> {
        let missing = missing_modules(root, &json!({})).expect("it is known");
        missing.into_iter().map(|missing| missing.package).collect()
    };
    let some = |name: &str| Some(name.to_owned());
    let root = tree(&[]);
    let root = root.path();
    assert_eq!(packages(root), [None, None, None]);
    write_file(root, "usr/lib/python3.9/site.py", "if 'dist-packages': pass");
    let library = some("libpython3.9-stdlib");
    assert_eq!(packages(root), [library.clone(), library.clone(), None]);
    fs::create_dir_all(root.join("usr/bin")).expect("there is room");
    std::os::unix::fs::symlink("python3.9", root.join("usr/bin/python3")).expect("it is free");
    assert_eq!(packages(root), [library.clone(), library, some("python3-distutils")]);
    write_file(root, "var/lib/dpkg/info/libpython3.9-stdlib:amd64.list", "");
    assert_eq!(packages(root), [None, None, some("python3-distutils")]);
    write_file(root, "var/lib/dpkg/info/python3-distutils.list", "");
    assert_eq!(packages(root), [None, None, None]);
}

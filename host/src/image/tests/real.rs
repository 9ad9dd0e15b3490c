//! Every Python of this machine, described from its files and asked: both must agree.

use crate::facts::{Facts, Scheme, SchemeName};
use crate::image::find;
use crate::interpreter;
use crate::progress::Reporter;
use crate::root::Root;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Pythons on `PATH`, of the distribution and of pyenv, as far as they can be asked.
pub(super) fn interpreters() -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    directories.push(PathBuf::from("/usr/bin"));
    let root = Command::new("pyenv").arg("root").output();
    let root = root.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    for version in root.iter().flat_map(|root| {
        std::fs::read_dir(format!("{}/versions", root.trim())).into_iter().flatten().flatten()
    }) {
        directories.push(version.path().join("bin"));
    }
    for directory in directories {
        for name in ["python3", "pypy3"] {
            let path = directory.join(name);
            let contents = std::fs::read(&path).unwrap_or_default();
            // A wrapper leads to an interpreter that is counted itself.
            if !contents.is_empty() && !contents.starts_with(b"#!") {
                found.insert(path);
            }
        }
    }
    found
}

#[test]
fn image_description_matches_local_interpreters() {
    let interpreters = interpreters();
    assert!(!interpreters.is_empty(), "there is no Python to compare with");
    let scratch = tempfile::tempdir().expect("a directory can be made");
    for (number, interpreter) in interpreters.iter().enumerate() {
        compare(interpreter);
        let environment = scratch.path().join(number.to_string());
        for options in [&["--without-pip"][..], &["--without-pip", "--copies", "--clear"]] {
            // To copy itself, PyPy copies all of `lib` in its prefix: with Debian, the system's.
            if options.len() > 1 && interpreter.ends_with("pypy3") {
                continue;
            }
            let made = Command::new(interpreter)
                .args(["-I", "-m", "venv"])
                .args(options)
                .arg(&environment)
                .output()
                .expect("it runs");
            if !made.status.success() {
                let words = String::from_utf8_lossy(&made.stdout);
                let errors = String::from_utf8_lossy(&made.stderr);
                panic!("{} makes no environment: {words}{errors}", interpreter.display());
            }
            compare(&environment.join("bin").join(interpreter.file_name().expect("it has one")));
            compare(&environment.join("bin/python"));
        }
    }
}

/// Compares the description of an interpreter with its answer.
fn compare(interpreter: &Path) {
    let facts = interpreter::ask(interpreter, &Reporter::new(None)).expect("a Python answers");
    let mut root = Root::new(Some(PathBuf::from("/")));
    let found = find(&mut root, interpreter.to_str()).expect("its files identify it");
    let found = found.expect("it is there");
    compare_with(&found, &facts, &interpreter.display().to_string());
    check_magic(&found, interpreter);
}

/// Compares a description with what the Python reports about itself.
pub(super) fn compare_with(found: &Facts, facts: &Facts, shown: &str) {
    assert_eq!(found.executable, facts.executable, "{shown}");
    assert_eq!(found.version, facts.version, "{shown}");
    assert_eq!(found.implementation, facts.implementation, "{shown}");
    assert_eq!(found.cache_tag, facts.cache_tag, "{shown}");
    assert_eq!(found.os, facts.os, "{shown}");
    assert_eq!(found.platform, facts.platform, "{shown}");
    assert_eq!(found.prefix, facts.prefix, "{shown}");
    assert_eq!(found.exec_prefix, facts.exec_prefix, "{shown}");
    assert_eq!(found.base_prefix, facts.base_prefix, "{shown}");
    assert_eq!(found.base_exec_prefix, facts.base_exec_prefix, "{shown}");
    assert_eq!(found.platlibdir, facts.platlibdir, "{shown}");
    assert_eq!(found.abiflags, facts.abiflags, "{shown}");
    assert_eq!(found.free_threaded, facts.free_threaded, "{shown}");
    assert_eq!(found.winver, facts.winver, "{shown}");
    assert_eq!(found.stdlib, facts.stdlib, "{shown}");
    assert_eq!(found.site_packages, facts.site_packages, "{shown}");
    check_scheme(found, facts);
}

/// The expanded scheme has the paths that the Python reports.
fn check_scheme(found: &Facts, facts: &Facts) {
    let [major, minor, _] = found.version;
    let implementation = if found.implementation == "cpython" { "python" } else { "pypy" };
    let threads = if found.free_threaded { "t" } else { "" };
    let (local, packages) = match found.scheme {
        Scheme::Named(SchemeName::PosixPrefix) => ("", "site-packages"),
        Scheme::Named(SchemeName::PosixLocal) => ("/local", "dist-packages"),
        Scheme::Named(SchemeName::RpmLocal) => ("/local", "site-packages"),
        ref other => panic!("no scheme of this system: {other:?}"),
    };
    let base = format!("{}{local}", found.prefix);
    let below = format!("{implementation}{major}.{minor}{threads}/{packages}");
    let Scheme::Reported(paths) = &facts.scheme else { panic!("it was asked") };
    assert_eq!(paths.purelib, format!("{base}/lib/{below}"));
    assert_eq!(paths.platlib, format!("{base}/{}/{below}", found.platlibdir));
    assert_eq!(paths.scripts, format!("{base}/bin"));
    assert_eq!(paths.data, base);
}

/// The magic number, if known, is the one that the Python writes.
fn check_magic(found: &Facts, interpreter: &Path) {
    let script = "import importlib.util as i; print(i.MAGIC_NUMBER.hex())";
    let output = Command::new(interpreter).args(["-I", "-c", script]).output().expect("it runs");
    let magic = found.magic.as_deref().expect("a library that was used has bytecode");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), magic);
}

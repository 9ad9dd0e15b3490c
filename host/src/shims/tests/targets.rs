//! The interpreters and names of scripts, and the remains of runs that were stopped.

use super::{launcher, scripts};
use crate::shims::{
    Content, Script, ScriptPlatform, ScriptTarget, Scripts, Stubs, check_interpreter, free_name,
    remove,
};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::fs;
use std::path::Path;

fn target(executable: &str, windows: bool) -> ScriptTarget {
    let windows = windows.then(|| Stubs::of("win-amd64"));
    ScriptTarget { executable: executable.to_owned(), platform: ScriptPlatform::Posix, windows }
}

#[test]
fn script_interpreter_is_path_unless_looked_up_on_path() {
    let posix = target("/usr/bin/python3", false);
    assert_eq!(posix.interpreter(), Ok(Some("/usr/bin/python3")));
    assert_eq!(target("/usr/bin/env python3", false).interpreter(), Ok(None));
    assert!(target("python3", false).interpreter().is_err());
    assert!(target(r"C:\Python313\python.exe", false).interpreter().is_err());
    let windows = target(r"C:\Python313\python.exe", true);
    assert_eq!(windows.interpreter(), Ok(Some(r"C:\Python313\python.exe")));
    assert_eq!(target("/usr/bin/env python3", true).interpreter(), Ok(None));
}

#[test]
fn interpreter_of_some_platform_is_accepted() {
    for text in [r"C:\Python313\python.exe", "/usr/bin/python3", "/usr/bin/env -S python3 -I"] {
        assert_eq!(check_interpreter(text), Ok(()), "{text}");
    }
    for text in ["", "python3", "bin/python3", r"1:\python.exe"] {
        assert!(check_interpreter(text).is_err(), "{text}");
    }
    // Programs have no options that are numbers.
    assert_eq!(check_interpreter("/opt/python -1"), Ok(()));
    assert!(check_interpreter("/opt/python -I").is_err());
}

#[test]
fn windows_scripts_have_their_own_names_and_first_line() {
    let place = tempfile::tempdir().expect("there is room");
    let made = |windows| {
        let directory = Dir::open_ambient_dir(place.path(), ambient_authority());
        let executable = if windows { r"C:\python.exe" } else { "/bin/python3" };
        let directory = directory.expect("it can be opened");
        Scripts::new(directory, place.path().to_owned(), target(executable, windows))
    };
    assert_eq!(made(true).file_name("pip3"), "pip3.exe");
    assert_eq!(made(false).file_name("pip3"), "pip3");
    let script =
        || [Script { name: "x.py".to_owned(), content: Content::Python(b"pass\n".to_vec()) }];
    let staged = |windows| made(windows).stage(&script(), 0, Vec::new()).expect("it can be");
    assert_eq!(staged(true)[0].1, b"#!C:\\python.exe\r\npass\n");
    assert_eq!(staged(false)[0].1, b"#!/bin/python3\npass\n");
}

#[test]
fn leftovers_of_stopped_runs_are_found_and_swept() {
    let place = tempfile::tempdir().expect("there is room");
    fs::write(place.path().join("pip3"), "").expect("it can be written");
    let scripts = scripts(place.path());
    assert!(!scripts.has_leftovers());
    let left = place.path().join(".ensurepip-host-new-pip3");
    fs::create_dir_all(left.join("below")).expect("it can be made");
    fs::write(place.path().join(".ensurepip-host-old-pip"), "").expect("it can be written");
    assert!(scripts.has_leftovers());
    scripts.sweep();
    assert!(!scripts.has_leftovers());
    assert!(!left.exists());
    assert!(place.path().join("pip3").exists());
}

#[test]
fn leftover_directory_in_the_way_of_script_is_replaced() {
    let place = tempfile::tempdir().expect("there is room");
    let left = place.path().join(".ensurepip-host-new-pip3");
    fs::create_dir_all(left.join("below")).expect("it can be made");
    let mut scripts = scripts(place.path());
    scripts.stage(&[launcher("pip3")], 0, Vec::new()).expect("it can be staged");
    assert!(left.is_file());
}

#[test]
fn temporary_name_that_cannot_exist_is_taken_once() {
    let place = tempfile::tempdir().expect("there is room");
    let directory = Dir::open_ambient_dir(place.path(), ambient_authority()).expect("it opens");
    assert!(remove(&directory, Path::new("nothing")).is_ok());
    // Longer than a name may be: nothing can have this name, and nothing can be reported about it.
    let long = "x".repeat(300);
    assert!(remove(&directory, Path::new(&long)).is_err());
    assert_eq!(free_name(&directory, &long), format!(".ensurepip-host-old-{long}"));
}

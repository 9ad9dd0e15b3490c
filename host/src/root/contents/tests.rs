//! Which files count as pip, and which make a root an image.

use super::{Contents, DEPTH_LIMIT, is_of_pip};
use crate::root::Root;
use std::fs;
use std::path::Path;

fn contents(path: &Path) -> Contents {
    Root::new(Some(path.to_owned())).contents().expect("it can be listed")
}

#[test]
fn missing_root_is_told_from_empty_one() {
    let place = tempfile::tempdir().expect("there is room");
    let path = place.path().join("root");
    assert_eq!(contents(&path), Contents::Missing);
    assert!(Root::new(Some(path.clone())).is_missing().expect("it can be looked at"));
    fs::create_dir_all(path.join("usr/lib")).expect("it can be made");
    assert_eq!(contents(&path), Contents::NothingButPip);
    assert!(!Root::new(Some(path)).is_missing().expect("it can be looked at"));
    assert!(!Root::new(None).is_missing().expect("it can be looked at"));
}

#[test]
fn root_with_nothing_but_pip_is_no_image() {
    let place = tempfile::tempdir().expect("there is room");
    let site = place.path().join("usr/lib/python3/site-packages");
    fs::create_dir_all(site.join("pip/_internal")).expect("it can be made");
    fs::write(site.join("pip/_internal/cli.py"), "").expect("it can be written");
    fs::create_dir(site.join("pip-25.0.dist-info")).expect("it can be made");
    let bin = place.path().join("usr/bin");
    fs::create_dir(&bin).expect("it can be made");
    fs::write(bin.join("pip3"), "").expect("it can be written");
    assert_eq!(contents(place.path()), Contents::NothingButPip);
    fs::write(bin.join("python3"), "").expect("it can be written");
    assert_eq!(contents(place.path()), Contents::Other);
}

#[test]
fn directories_deeper_than_any_of_pip_are_other_files() {
    let place = tempfile::tempdir().expect("there is room");
    let levels = usize::try_from(DEPTH_LIMIT).expect("it is small") - 1;
    let mut deepest = place.path().to_owned();
    deepest.extend(std::iter::repeat_n("d", levels));
    fs::create_dir_all(&deepest).expect("it can be made");
    assert_eq!(contents(place.path()), Contents::NothingButPip);
    fs::create_dir(deepest.join("d")).expect("it can be made");
    assert_eq!(contents(place.path()), Contents::Other);
}

#[test]
fn only_names_that_pip_has_are_of_pip() {
    for (directory, entry) in [
        ("site-packages", "pip"),
        ("dist-packages", "pip"),
        ("site-packages", ".ensurepip-host-stage"),
        ("site-packages", "pip-25.0.1.dist-info"),
        ("bin", "pip"),
        ("bin", "pip3"),
        ("bin", "pip3.13"),
        ("Scripts", "pip3.13.exe"),
        ("bin", ".ensurepip-host-new-pip3"),
    ] {
        assert!(is_of_pip(directory, entry), "{directory}/{entry}");
    }
    for (directory, entry) in [
        ("site-packages", "pipx"),
        ("site-packages", "pip-audit"),
        ("site-packages", "setuptools-80.0.dist-info"),
        ("site-packages", "pip3"),
        ("bin", "pipx"),
        ("bin", "pip3-audit"),
        ("bin", "3.13"),
        ("bin", "python3"),
        ("lib", "pip"),
        ("", "pip3"),
    ] {
        assert!(!is_of_pip(directory, entry), "{directory}/{entry}");
    }
}

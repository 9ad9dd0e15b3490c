//! Which Python of an image is selected, and what else is found.

use super::binaries::{Made, of_version, plain};
use super::tree::Tree;
use crate::image::{interpreters, is_system};
use crate::root::Root;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

fn root(tree: &Tree) -> Root {
    Root::new(Some(tree.path("/")))
}

#[test]
fn system_is_known_by_os_release() {
    for path in ["/etc/os-release", "/usr/lib/os-release"] {
        let tree = Tree::new();
        assert!(!is_system(&mut root(&tree)).expect("it can be looked at"));
        tree.file(path, "");
        assert!(is_system(&mut root(&tree)).expect("it can be looked at"), "{path}");
    }
}

#[test]
fn all_interpreters_are_listed_even_scripts() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &of_version(3, 12, 1))
        .program("/usr/local/bin/python3", "#!/bin/sh\n");
    let found = interpreters(&mut root(&tree)).expect("it can be listed");
    assert_eq!(found, ["/usr/local/bin/python3", "/usr/bin/python3"]);
}

#[test]
fn image_python_3_6_is_accepted() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 6, &Made { constants: b"\x003.6.15\0", ..plain() });
    assert_eq!(tree.found().version, [3, 6, 15]);
}

/// The target of the link is not text, so that it cannot be followed.
#[test]
fn image_unreadable_directory_matters_only_without_a_python() {
    let odd = std::ffi::OsStr::from_bytes(b"\xff");
    let tree = Tree::new();
    tree.link("/opt", odd);
    assert!(tree.refused(None).ends_with("is not UTF-8"));
    tree.python("/usr", "lib", 12, &of_version(3, 12, 1));
    assert_eq!(tree.found().executable, Path::new("/usr/bin/python3"));
    // A bad link on PATH matters, unless an interpreter is named.
    tree.link("/usr/local/bin", odd);
    assert!(tree.refused(None).ends_with("is not UTF-8"));
    let named = tree.find(Some("/usr/bin/python3")).expect("its files identify it");
    assert_eq!(named.expect("it is there").version, [3, 12, 1]);
}

#[test]
fn image_framework_is_known_by_its_name() {
    let tree = Tree::new();
    tree.python("/Library/Frameworks/Other/Versions/3.13", "lib", 13, &of_version(3, 13, 1));
    assert_eq!(tree.find(None).expect("nothing is there"), None);
}

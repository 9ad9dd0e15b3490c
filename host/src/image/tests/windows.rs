//! Windows images, which may be stored on any machine.

use super::binaries::{Made, of_version, pe, plain};
use super::tree::Tree;
use crate::facts::{Scheme, SchemeName};
use std::path::Path;

const AMD64: u16 = 0x8664;
const I386: u16 = 0x14c;
const ARM64: u16 = 0xaa64;
const ARM32: u16 = 0x1c4;

fn linked(library: &'static str) -> Made {
    Made { library, ..plain() }
}

#[test]
fn windows_image_uses_newest_python() {
    let tree = Tree::new();
    tree.file("/Python313/python.exe", pe(AMD64, &linked("python313.dll")))
        .file("/Python313/python313.dll", pe(AMD64, &of_version(3, 13, 2)))
        .file("/Python313/Lib/os.py", "")
        .file("/Python313/Lib/__pycache__/os.cpython-313.pyc", b"\xf3\r\r\n")
        .file("/Program Files/Python39/python.exe", pe(AMD64, &linked("python39.dll")));
    let found = tree.found();
    assert_eq!(found.executable, Path::new("/Python313/python.exe"));
    assert_eq!(found.version, [3, 13, 2]);
    assert_eq!((found.os.as_str(), found.platform.as_str()), ("nt", "win-amd64"));
    assert_eq!((found.prefix.as_str(), found.stdlib.as_str()), ("/Python313", "/Python313/Lib"));
    assert_eq!(found.winver.as_deref(), Some("3.13"));
    assert_eq!(found.scheme, Scheme::Named(SchemeName::Nt));
    assert_eq!(found.magic, Some("f30d0d0a".to_owned()));
    assert_eq!(found.origin.others, ["/Program Files/Python39/python.exe"]);
    // A path in the form of Windows.
    let wanted = tree.find(Some(r"C:\Python313\python.exe")).expect("its files identify it");
    assert_eq!(wanted.expect("it is there").executable, Path::new("/Python313/python.exe"));
}

#[test]
fn windows_image_winver_has_cpu_suffix() {
    for (machine, platform, winver) in [
        (AMD64, "win-amd64", "3.10"),
        (I386, "win32", "3.10-32"),
        (ARM64, "win-arm64", "3.10-arm64"),
        (ARM32, "win-arm32", "3.10-arm32"),
    ] {
        let tree = Tree::new();
        let library = Made { constants: b"\x003.10.11\0", ..plain() };
        tree.file("/Python310/python.exe", pe(machine, &linked("python310.dll")))
            // Names on Windows are case-insensitive.
            .file("/Python310/Python310.DLL", pe(machine, &library))
            .file("/Python310/Lib/os.py", "");
        let found = tree.found();
        assert_eq!(found.version, [3, 10, 11]);
        assert_eq!(found.platform, platform);
        assert_eq!(found.winver.as_deref(), Some(winver));
    }
}

#[test]
fn windows_image_free_threaded_python_is_detected() {
    let tree = Tree::new();
    let library = Made { constants: b"\x003.13.1\0", ..plain() };
    tree.file("/Python313/python3.13t.exe", pe(AMD64, &linked("python313t.dll")))
        .file("/Python313/python313t.dll", pe(AMD64, &library))
        .file("/Python313/Lib/os.py", "");
    let found = tree.find(Some("/Python313/python3.13t.exe")).expect("its files identify it");
    let found = found.expect("it is there");
    assert!(found.free_threaded);
    assert_eq!(found.winver.as_deref(), Some("3.13t"));
}

#[test]
fn windows_image_embeddable_python_is_found() {
    let tree = Tree::new();
    tree.file("/python.exe", pe(AMD64, &linked("python312.dll")))
        .file("/python312.dll", pe(AMD64, &of_version(3, 12, 8)));
    assert!(tree.refused(None).ends_with("has no standard library beside it: no `Lib/os.py`"));
    tree.file("/python312._pth", "python312.zip\n.\n").file("/python312.zip", "");
    let found = tree.found();
    assert_eq!((found.executable.to_str(), found.prefix.as_str()), (Some("/python.exe"), "/"));
    assert_eq!(found.stdlib, "/Lib");
    assert_eq!(found.magic, None);
}

#[test]
fn windows_image_venv_uses_version_of_its_home() {
    let tree = Tree::new();
    tree.file("/Python313/python.exe", pe(AMD64, &linked("python313.dll")))
        .file("/Python313/python313.dll", pe(AMD64, &of_version(3, 13, 2)))
        .file("/Python313/Lib/os.py", "")
        .file("/env/Scripts/python.exe", pe(AMD64, &plain()))
        .file("/env/pyvenv.cfg", "home = C:\\Python313\r\nversion = 3.13.2\r\n");
    let found = tree.find(Some("/env/Scripts/python.exe")).expect("its files identify it");
    let found = found.expect("it is there");
    assert_eq!(found.version, [3, 13, 2]);
    assert_eq!((found.prefix.as_str(), found.base_prefix.as_str()), ("/env", "/Python313"));
    assert_eq!(found.stdlib, "/Python313/Lib");
    // As for `site`, which adds the prefix itself on Windows, and takes an environment to be open that
    // says nothing about it.
    let own = ["/env", "/env/Lib/site-packages"];
    let base = ["/Python313", "/Python313/Lib/site-packages"];
    assert_eq!(found.site_packages, [own, base].concat());
    tree.file(
        "/env/pyvenv.cfg",
        "home = C:\\Python313\r\ninclude-system-site-packages = false\r\n",
    );
    let found = tree.find(Some("/env/Scripts/python.exe")).expect("its files identify it");
    assert_eq!(found.expect("it is there").site_packages, own);
    tree.file("/env/pyvenv.cfg", "home = C:\\Python313\nversion = 3.12.1\n");
    assert!(tree.refused(Some("/env/Scripts/python.exe")).contains("contradict"));
}

#[test]
fn windows_image_python_without_dll_is_rejected() {
    let tree = Tree::new();
    tree.file("/Python313/python.exe", pe(AMD64, &plain())).file("/Python313/Lib/os.py", "");
    assert!(tree.refused(None).ends_with("is not linked with a `python3*.dll`"));
}

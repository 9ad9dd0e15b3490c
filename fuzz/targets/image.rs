//! An image whose Python is described from its files, each of them untrusted: settings, variables,
//! details, headers, the interpreter itself. The description is usable: paths are absolute and
//! normal, and names are single ones.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::LazyLock;
use tempfile::TempDir;

/// The files whose contents the input has, in this order, separated by zeros.
const FILES: [&str; 7] = [
    "env/pyvenv.cfg",
    "usr/lib/python3.14/_sysconfigdata__linux_x86_64-linux-gnu.py",
    "usr/lib/python3.14/build-details.json",
    "usr/include/python3.14/patchlevel.h",
    "usr/lib/python3.14/sysconfig/__init__.py",
    "usr/lib/python3.14/EXTERNALLY-MANAGED",
    "usr/lib/python3.14/__pycache__/os.cpython-314.pyc",
];

/// An interpreter that states no version: a header, and no sections.
const PROGRAM: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\x38\0\0\0\x40\0\0\0\0\0";

static IMAGE: LazyLock<TempDir> = LazyLock::new(|| {
    let image = tempfile::tempdir_in("/dev/shm").expect("there is memory");
    let root = image.path();
    for path in FILES {
        fs::create_dir_all(root.join(path).parent().expect("it is below")).expect("there is room");
    }
    fs::create_dir_all(root.join("usr/bin")).expect("there is room");
    fs::create_dir_all(root.join("env/bin")).expect("there is room");
    fs::write(root.join("usr/lib/python3.14/os.py"), "").expect("there is room");
    let program = root.join("usr/bin/python3.14");
    fs::write(&program, PROGRAM).expect("there is room");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
    symlink("python3.14", root.join("usr/bin/python3")).expect("there is room");
    symlink("/usr/bin/python3", root.join("env/bin/python")).expect("there is room");
    image
});

fuzz_target!(|bytes: &[u8]| {
    let root = IMAGE.path();
    let mut parts = bytes.split(|byte| *byte == 0);
    for path in FILES {
        match parts.next() {
            Some(contents) if !contents.is_empty() => fs::write(root.join(path), contents),
            _ => fs::remove_file(root.join(path)).or(Ok(())),
        }
        .expect("there is room");
    }
    for wanted in [None, Some("/env/bin/python")] {
        check(root, wanted);
    }
});

fn check(root: &Path, wanted: Option<&str>) {
    let Ok(Some(described)) = host_readers::describe(root, wanted) else { return };
    assert_eq!(described.version[..2], [3, 14]);
    for path in &described.paths {
        let names = path.strip_prefix('/').expect("the path is absolute");
        assert!(!names.split('/').any(|name| matches!(name, "" | "." | "..")), "{path:?}");
    }
    for name in &described.names {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        assert!(name.chars().all(is_plain) && !name.starts_with('.'), "{name:?}");
    }
}

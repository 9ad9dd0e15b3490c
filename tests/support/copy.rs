//! Copies of a tree, cheap enough to make one for every run; and of programs that are run at once.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Copies a tree: directories and links are made anew, files are hard-linked.
///
/// An installer that replaces files does not affect the original, but one that writes into them
/// does. So check the original at the end.
pub(crate) fn link_tree(from: &Path, to: &Path) {
    fs::create_dir(to).expect("the place of a copy is free");
    for entry in from.read_dir().expect("a tree of the test can be listed") {
        let entry = entry.expect("an entry can be read");
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().expect("an entry has a type");
        if kind.is_dir() {
            link_tree(&path, &copy);
        } else if kind.is_symlink() {
            let target = fs::read_link(&path).expect("a link can be read");
            symlink(target, copy).expect("a link can be made");
        } else {
            fs::hard_link(&path, copy).expect("a file can have a second name");
        }
    }
    let permissions = fs::metadata(from).expect("the original is there").permissions();
    fs::set_permissions(to, permissions).expect("a directory of the test can have a mode");
}

/// Copies a tree, except for the entries that a rule selects by their path below it, and everything
/// below them.
pub(crate) fn copy_tree_but(from: &Path, to: &Path, is_left_out: &dyn Fn(&Path) -> bool) {
    let mut pending = vec![PathBuf::new()];
    while let Some(directory) = pending.pop() {
        fs::create_dir(to.join(&directory)).expect("the place of a copy is free");
        let entries = from.join(&directory).read_dir().expect("a tree can be listed");
        for entry in entries.map(|entry| entry.expect("an entry can be read")) {
            let path = directory.join(entry.file_name());
            let kind = entry.file_type().expect("an entry has a type");
            if is_left_out(&path) {
            } else if kind.is_dir() {
                pending.push(path);
            } else if kind.is_symlink() {
                let target = fs::read_link(entry.path()).expect("a link can be read");
                symlink(target, to.join(path)).expect("a link can be made");
            } else {
                fs::copy(entry.path(), to.join(path)).expect("a file can be copied");
            }
        }
    }
}

/// Copies the files of a directory into a new one, without its subdirectories.
pub(crate) fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory can be made");
    for entry in from.read_dir().expect("the directory can be listed").flatten() {
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a file can be copied");
        }
    }
}

/// Copies a program, in another process: a process started meanwhile by another thread of this one would
/// inherit the copy open for writing, and a file that is open for writing cannot be run (`ETXTBSY`).
pub(crate) fn copy_program(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg(from).arg(to).status().expect("cp runs");
    assert!(copied.success(), "{} cannot be copied", from.display());
    fs::set_permissions(to, Permissions::from_mode(0o755)).expect("it is ours");
}

/// Writes a program, by way of a copy.
pub(crate) fn write_program(path: &Path, contents: impl AsRef<[u8]>) {
    let original = path.with_extension("original");
    fs::write(&original, contents).expect("a file can be written");
    copy_program(&original, path);
    fs::remove_file(original).expect("it is there");
}

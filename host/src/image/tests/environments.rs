//! Every shape of `pyvenv.cfg`, compared with the answers of this machine's Pythons in the same
//! environment.

use super::real::{compare_with, interpreters};
use crate::image::find;
use crate::interpreter;
use crate::progress::Reporter;
use crate::root::Root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Names of shapes, each with the text of the file. `{bin}` is the directory of the base Python's
/// interpreter, `{prefix}` the one above.
const SHAPES: &[(&str, &[u8])] = &[
    ("empty", b""),
    ("usual", b"home = {bin}\ninclude-system-site-packages = false\n"),
    ("no spaces", b"home={bin}\n"),
    ("no line end", b"home = {bin}"),
    ("other case", b"HOME = {bin}\nInclude-System-Site-Packages = TRUE\n"),
    ("open", b"home = {bin}\ninclude-system-site-packages = true\n"),
    (
        "closed at last",
        b"home = {bin}\nInclude-System-Site-Packages = true\ninclude-system-site-packages = no\n",
    ),
    ("indented", b"   home =   {bin}   \n"),
    ("tabs", b"home\t=\t{bin}\t\n"),
    ("Windows line ends", b"home = {bin}\r\n"),
    ("old Mac line ends", b"home = {bin}\rversion = 3\r"),
    ("comment", b"# home = {bin}\n"),
    ("byte order mark", b"\xef\xbb\xbfhome = {bin}\n"),
    ("not UTF-8", b"x = \xe9\nhome = {bin}\n"),
    ("twice, first wrong", b"home = /nowhere\nhome = {bin}\n"),
    ("twice, last wrong", b"home = {bin}\nhome = /nowhere\n"),
    ("relative", b"home = bin\n"),
    ("no value", b"home =\n"),
    ("prefix", b"home = {prefix}\n"),
    ("nowhere", b"home = /nowhere\n"),
    ("other keys", b"executable = {bin}/python3\nbase-executable = {bin}/python3\n"),
    ("trailing slash", b"home = {bin}/\n"),
];

/// How the interpreter and the file are in the environment.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    LinkAndFileAbove,
    LinkAndFileBeside,
    CopyAndFileAbove,
}

/// The interpreters to ask: the oldest and the newest, those before and after CPython rewrote this part,
/// and those installed below `/usr`.
fn chosen() -> Vec<PathBuf> {
    let mut chosen = BTreeSet::new();
    let mut minors = BTreeMap::new();
    for interpreter in interpreters() {
        let facts = interpreter::ask(&interpreter, &Reporter::new(None)).expect("it answers");
        // The path through the link `/bin` would be a duplicate.
        if facts.prefix == "/usr" && interpreter.starts_with("/usr") {
            chosen.insert(interpreter.clone());
        }
        if interpreter.starts_with(&facts.prefix) {
            minors.insert(facts.version[1], interpreter);
        }
    }
    let wanted = [minors.keys().next().copied(), Some(10), Some(11), minors.keys().last().copied()];
    let wanted = wanted.into_iter().flatten().filter_map(|minor| minors.get(&minor));
    chosen.extend(wanted.cloned());
    chosen.into_iter().collect()
}

#[test]
fn image_venv_description_matches_its_python() {
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let chosen = chosen();
    assert!(!chosen.is_empty(), "there is no Python to compare with");
    std::thread::scope(|scope| {
        for (number, interpreter) in chosen.iter().enumerate() {
            let directory = scratch.path().join(number.to_string());
            scope.spawn(move || check(interpreter, &directory));
        }
    });
}

/// Compares every shape in every layout.
fn check(interpreter: &Path, directory: &Path) {
    let mut compared = 0;
    for (number, (name, text)) in SHAPES.iter().enumerate() {
        for layout in
            [Layout::LinkAndFileAbove, Layout::LinkAndFileBeside, Layout::CopyAndFileAbove]
        {
            // A copied PyPy does not find its own library.
            if layout == Layout::CopyAndFileAbove && interpreter.ends_with("pypy3") {
                continue;
            }
            let environment = directory.join(format!("{number} {layout:?}"));
            let python = make(interpreter, &environment, layout, text);
            compared += u32::from(compare(&python, layout, name));
        }
    }
    assert!(compared > 30, "{}: only {compared}", interpreter.display());
}

/// Makes an environment, and returns its interpreter.
fn make(interpreter: &Path, environment: &Path, layout: Layout, text: &[u8]) -> PathBuf {
    let bin = interpreter.parent().expect("it is in a directory");
    let prefix = bin.parent().expect("that is in another").to_string_lossy();
    let text = text.iter().map(|byte| char::from(*byte)).collect::<String>();
    let text = text.replace("{bin}", &bin.to_string_lossy()).replace("{prefix}", &prefix);
    // Each character stands for one byte.
    let text: Vec<u8> = text.chars().map(|character| character as u8).collect();
    let programs = environment.join("bin");
    fs::create_dir_all(&programs).expect("directories can be made");
    let python = programs.join(interpreter.file_name().expect("it has a name"));
    if layout == Layout::CopyAndFileAbove {
        fs::copy(interpreter, &python).expect("it can be copied");
    } else {
        symlink(interpreter, &python).expect("a link can be made");
    }
    let place = if layout == Layout::LinkAndFileBeside { &programs } else { environment };
    fs::write(place.join("pyvenv.cfg"), text).expect("a file can be written");
    python
}

/// Compares a description with the answer. Returns whether both exist.
///
/// A copy has no library above it. If `home` does not lead to one either, CPython falls back on its
/// configured prefix, which is in none of its files; this is refused.
fn compare(python: &Path, layout: Layout, name: &str) -> bool {
    let shown = format!("{}, {layout:?}, {name}", python.display());
    let mut root = Root::new(Some(PathBuf::from("/")));
    let found = find(&mut root, python.to_str());
    let refused = |words: &str| match &found {
        Err(error) => assert!(error.to_string().contains(words), "{shown}: {error}"),
        Ok(found) => panic!("{shown}: {found:?}"),
    };
    // PyPy reports that and continues without the environment; CPython exits.
    if name == "not UTF-8" {
        refused("pyvenv.cfg` is not UTF-8");
        return false;
    }
    let facts = interpreter::ask(python, &Reporter::new(None)).expect("it answers");
    if found.is_err() {
        assert_eq!(layout, Layout::CopyAndFileAbove, "{shown}: {found:?}");
        refused("pyvenv.cfg`");
        return false;
    }
    let found = found.expect("its files identify it").expect("it is there");
    let prefix = python.ancestors().nth(2).expect("it is in a directory");
    assert_eq!(found.prefix, prefix.to_string_lossy(), "{shown}");
    compare_with(&found, &facts, &shown);
    true
}

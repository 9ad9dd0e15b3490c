//! Does a root keep everything inside, whatever links it contains?

use crate::support::interpreters::Interpreters;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::target::below;
use crate::support::tree::Tree;
use crate::support::venv;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

/// The target of a link in the root.
enum Link {
    /// A directory outside, by its absolute path. As in a chroot, that is a path in the root.
    Absolute,
    /// A directory outside, by more `..` than needed. As in a chroot, those stop at the root.
    Climbing,
    /// A path in the root that is absolute there, as in an image with a merged `/usr`.
    AbsoluteInside,
    /// A relative path in the root.
    RelativeInside,
    /// Itself.
    Loop,
    /// A file.
    File,
}

const LINKS: [(Link, &str); 6] = [
    (Link::Absolute, "an absolute link out"),
    (Link::Climbing, "a climbing link out"),
    (Link::AbsoluteInside, "an absolute link inside"),
    (Link::RelativeInside, "a relative link inside"),
    (Link::Loop, "a loop"),
    (Link::File, "a link to a file"),
];

/// Each directory on the way to the library and to the scripts is replaced by such a link in turn.
/// Either all of pip is inside the root and nothing outside, or the run is refused and nothing has
/// changed.
#[test]
fn root_symlinks_cannot_escape() {
    let interpreter = Interpreters::newest();
    let scratch = Scratch::new();
    let environment = scratch.work().join("venv");
    let python = venv::make_without_pip(interpreter, &environment, scratch.home());
    let library = format!("lib/python{}/site-packages", interpreter.name());
    let targets = [environment.join(library), environment.join("bin")];

    let (mut installed, mut refused) = (0, 0);
    for target in &targets {
        let ancestors = target.ancestors().filter(|path| path.parent().is_some());
        for replaced in ancestors {
            for (link, name) in &LINKS {
                let outside = scratch.work().join("outside");
                let root = scratch.work().join("root");
                for directory in [&outside, &root] {
                    let _ = fs::remove_dir_all(directory);
                    fs::create_dir(directory).expect("a directory can be made");
                }
                fs::write(outside.join("file"), "precious").expect("a file can be written");
                make(link, &below(&root, replaced), &root, &outside);
                let decoy = Tree::of(&outside);
                let before = Tree::of(&root);

                let run = Program::under_test(scratch.home())
                    .argument("--no-compile")
                    .arguments([Path::new("--python"), &python, Path::new("--root"), &root])
                    .run();

                let shown = format!("{} is {name}: {run}", replaced.display());
                let changes = decoy.differences("before", &Tree::of(&outside), "after");
                assert!(changes.is_empty(), "{shown}\noutside: {}", changes.join("\n"));
                if run.succeeded() {
                    installed += 1;
                    let files = Tree::of(&root).files_added_to(&before);
                    let has = |end: &str| files.iter().any(|path| path.ends_with(end));
                    assert!(has("pip/__init__.py") && has("pip3") && has("RECORD"), "{shown}");
                } else {
                    refused += 1;
                    assert_eq!(run.status(), Some(1), "{shown}");
                    assert!(run.stderr().starts_with("error: failed to open"), "{shown}");
                    let changes = before.differences("before", &Tree::of(&root), "after");
                    assert!(changes.is_empty(), "{shown}\nroot: {}", changes.join("\n"));
                    // A link to a place below itself is a loop as well.
                    let leads_to_itself = match link {
                        Link::Absolute | Link::Climbing => outside.starts_with(replaced),
                        Link::AbsoluteInside | Link::RelativeInside => false,
                        Link::Loop | Link::File => true,
                    };
                    assert!(leads_to_itself, "{shown}");
                }
            }
        }
    }
    assert!(installed > 0 && refused > 0, "{installed} installed, {refused} refused");
}

/// A link that leads outside names a path inside: pip must be found there.
#[test]
fn root_symlink_is_resolved_inside_root() {
    let interpreter = Interpreters::newest();
    let scratch = Scratch::new();
    let environment = scratch.work().join("venv");
    let python = venv::make_without_pip(interpreter, &environment, scratch.home());
    let root = scratch.work().join("root");
    let lib = below(&root, &environment.join("lib"));
    fs::create_dir_all(lib.parent().expect("it has a parent")).expect("directories can be made");
    symlink("/somewhere/else", &lib).expect("a link can be made");

    Program::under_test(scratch.home())
        .argument("--no-compile")
        .arguments([Path::new("--python"), &python, Path::new("--root"), &root])
        .run()
        .expect_success();
    let library = format!("somewhere/else/python{}/site-packages/pip", interpreter.name());
    assert!(root.join(library).join("__init__.py").is_file());
    assert!(!Path::new("/somewhere/else").exists());
}

fn make(link: &Link, at: &Path, root: &Path, outside: &Path) {
    fs::create_dir_all(at.parent().expect("it has a parent")).expect("directories can be made");
    let target = match link {
        Link::Absolute => outside.to_owned(),
        Link::Climbing => {
            let mut climbing = PathBuf::from("../".repeat(40));
            climbing.extend(outside.components().filter(|part| *part != Component::RootDir));
            climbing
        }
        Link::AbsoluteInside => {
            fs::create_dir_all(root.join("merged")).expect("a directory can be made");
            PathBuf::from("/merged")
        }
        Link::RelativeInside => {
            let parent = at.parent().expect("it has a parent");
            fs::create_dir_all(parent.join("beside")).expect("a directory can be made");
            PathBuf::from("./beside/../beside")
        }
        Link::Loop => PathBuf::from(at.file_name().expect("it has a name")),
        Link::File => {
            fs::write(root.join("file"), "").expect("a file can be written");
            PathBuf::from("/file")
        }
    };
    symlink(target, at).expect("a link can be made");
}

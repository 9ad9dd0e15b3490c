//! Is nothing outside touched, whatever links are inside?
//!
//! Each directory and file that the tool reads or writes is replaced by a link in turn. The target
//! of the link outside resembles the original, so that it would be used if the link was followed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

use super::layouts::own_python;
use super::report_cells;
use crate::support::copy::link_tree;
use crate::support::images::BOOKWORM;
use crate::support::pip_wheel::NEWEST;
use crate::support::process::{Finished, Program};
use crate::support::sample::has_cell;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;

/// The target of a link in the image.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Link {
    /// The decoy, by its absolute path.
    Absolute,
    /// The decoy, by more `..` than needed.
    Climbing,
    /// The `/etc` of this machine, by name.
    Etc,
    /// Another place in the image, by its absolute path there.
    Inside,
    /// Nothing.
    Dangling,
    /// Itself.
    Loop,
}

const LINKS: [Link; 6] =
    [Link::Absolute, Link::Climbing, Link::Etc, Link::Inside, Link::Dangling, Link::Loop];

/// An image, and the paths in it that are replaced by links.
struct Layout {
    name: &'static str,
    /// The correct image.
    sound: PathBuf,
    directories: Vec<String>,
    /// The paths of pip there: a package, its metadata, its scripts.
    of_pip: Vec<String>,
}

#[derive(Default)]
struct Counts {
    installed: usize,
    refused: usize,
}

#[test]
fn debian_image_hostile_symlinks_do_not_escape() {
    let scratch = Scratch::new();
    let sound = scratch.work().join("sound");
    if let Err(reason) = BOOKWORM.copy_to(&sound) {
        return report_cells("hostile Debian", &[], &[reason]);
    }
    // Files that are never read make each copy take longer.
    for unseen in ["usr/share", "usr/lib/x86_64-linux-gnu", "var"] {
        let _ = fs::remove_dir_all(sound.join(unseen));
    }
    let directories = ["usr", "usr/bin", "usr/lib", "usr/lib/python3.11", "usr/local", "lib"];
    let directories = directories.into_iter().chain(["usr/local/bin"]).map(str::to_owned);
    let library = Path::new(BOOKWORM.library);
    let above = library.ancestors().take(3).map(|path| path.to_string_lossy().into_owned());
    let layout = Layout {
        name: "hostile Debian",
        sound,
        directories: directories.chain(above).collect(),
        of_pip: of_pip(BOOKWORM.library, "usr/local/bin"),
    };
    check(&layout, &scratch);
}

#[test]
fn opt_python_hostile_symlinks_do_not_escape() {
    let scratch = Scratch::new();
    let sound = scratch.work().join("sound");
    fs::create_dir_all(sound.join("opt")).expect("directories can be made");
    let version = match own_python(&sound.join("opt/python")) {
        Ok(version) => version,
        Err(reason) => return report_cells("hostile opt", &[], &[reason]),
    };
    let library = format!("opt/python/lib/python{version}/site-packages");
    let directories =
        Path::new(&library).ancestors().map(|path| path.to_string_lossy().into_owned());
    let directories = directories.filter(|path| !path.is_empty());
    let layout = Layout {
        name: "hostile opt",
        sound,
        directories: directories.chain(["opt/python/bin".to_owned()]).collect(),
        of_pip: of_pip(&library, "opt/python/bin"),
    };
    check(&layout, &scratch);
}

/// The paths that pip has in a library and among the scripts.
fn of_pip(library: &str, scripts: &str) -> Vec<String> {
    let metadata = format!("pip-{NEWEST}.dist-info");
    let of_library = ["pip", &metadata, &format!("{metadata}/RECORD")];
    let of_library = of_library.map(|name| format!("{library}/{name}"));
    of_library.into_iter().chain([format!("{scripts}/pip3")]).collect()
}

fn check(layout: &Layout, scratch: &Scratch) {
    let original = Tree::of(&layout.sound);
    let etc = names_of_pip_in_etc();
    let mut counts = Counts::default();
    for (place, replaced) in layout.directories.iter().chain(&layout.of_pip).enumerate() {
        for (number, link) in LINKS.into_iter().enumerate() {
            if has_cell(place, number) {
                cell(layout, scratch, replaced, link, &mut counts);
            }
        }
    }
    assert_eq!(etc, names_of_pip_in_etc());
    // The copies share their files with it.
    let changes = original.differences("before", &Tree::of(&layout.sound), "after");
    assert!(changes.is_empty(), "written in place:\n{}", changes.join("\n"));
    let Counts { installed, refused } = counts;
    assert!(installed > 0 && refused > 0, "{installed} installed, {refused} refused");
    report_cells(
        layout.name,
        &[format!("{installed} that installed, {refused} that refused")],
        &[],
    );
}

/// Runs the tool on an image with one link.
fn cell(layout: &Layout, scratch: &Scratch, replaced: &str, link: Link, counts: &mut Counts) {
    let (root, outside) = (scratch.work().join("image"), scratch.work().join("outside"));
    for directory in [&root, &outside] {
        let _ = fs::remove_dir_all(directory);
    }
    fs::create_dir(&outside).expect("a directory can be made");
    link_tree(&layout.sound, &root);
    make(link, &root, replaced, &outside.join("decoy"));
    let decoy = Tree::of(&outside);
    let before = Tree::of(&root);
    let run = |arguments: &[&str]| {
        let tool = Program::under_test(scratch.home()).arguments(arguments);
        // This machine provides no Python to fall back on.
        let tool = tool.environment("PATH", "/nowhere");
        tool.arguments(["--break-system-packages", "--root"]).argument(&root).run()
    };
    let expect_decoy_untouched = |run: &Finished| {
        let changes = decoy.differences("before", &Tree::of(&outside), "after");
        assert!(changes.is_empty(), "{replaced} is {link:?}: {run}\n{}", changes.join("\n"));
        assert!(!run.stderr().contains("panicked"), "{replaced} is {link:?}: {run}");
    };

    let installed = run(&[]);
    expect_decoy_untouched(&installed);
    let shown = format!("{replaced} is {link:?}: {installed}");
    let after = Tree::of(&root);
    if installed.succeeded() {
        counts.installed += 1;
        let has = |end: &str| after.paths().any(|path| path.ends_with(end));
        assert!(has(&format!("pip-{NEWEST}.dist-info/RECORD")) && has("pip3"), "{shown}");
        expect_decoy_untouched(&run(&["status"]));
        expect_decoy_untouched(&run(&["uninstall"]));
    } else {
        counts.refused += 1;
        assert_eq!(installed.status(), Some(1), "{shown}");
        assert!(installed.stderr().starts_with("error: "), "{shown}");
        let changes = before.differences("before", &after, "after");
        assert!(changes.is_empty(), "{shown}\n{}", changes.join("\n"));
    }
    // A complete tree in another place is as good as any.
    let is_directory = layout.directories.iter().any(|directory| directory == replaced);
    if link == Link::Inside && is_directory {
        assert!(installed.succeeded(), "{shown}");
    }
    // Where nothing can exist, nothing is expected.
    if link == Link::Loop && is_directory && replaced != "lib" {
        assert!(!installed.succeeded(), "{shown}");
    }
}

/// Replaces an entry by a link, and puts the entry where the link leads.
fn make(link: Link, root: &Path, replaced: &str, decoy: &Path) {
    let place = root.join(replaced);
    let parent = place.parent().expect("it has a parent");
    fs::create_dir_all(parent).expect("directories can be made");
    let inside = root.join("elsewhere");
    let moved = if link == Link::Inside { &inside } else { decoy };
    let is_file = replaced.ends_with("pip3") || replaced.ends_with("RECORD");
    if place.symlink_metadata().is_ok() {
        fs::rename(&place, moved).expect("it can be moved");
    } else if is_file {
        fs::write(moved, "precious").expect("a file can be written");
    } else {
        fs::create_dir(moved).expect("a directory can be made");
        if link != Link::Inside {
            fs::write(moved.join("precious"), "").expect("a file can be written");
        }
    }
    let target = match link {
        Link::Absolute => decoy.to_owned(),
        Link::Climbing => {
            let mut climbing = PathBuf::from("../".repeat(40));
            climbing.extend(decoy.components().filter(|part| *part != Component::RootDir));
            climbing
        }
        Link::Etc => PathBuf::from("/etc"),
        Link::Inside => PathBuf::from("/elsewhere"),
        Link::Dangling => PathBuf::from("/nowhere/at/all"),
        Link::Loop => PathBuf::from(place.file_name().expect("it has a name")),
    };
    symlink(target, place).expect("a link can be made");
}

/// The names in this machine's own `/etc` that could be pip's.
fn names_of_pip_in_etc() -> Vec<String> {
    let entries = Path::new("/etc").read_dir().expect("it can be listed").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names = names
        .filter(|name| {
            name.starts_with("pip") || name.starts_with("python") || name.contains("ensurepip")
        })
        .collect::<Vec<_>>();
    names.sort();
    names
}

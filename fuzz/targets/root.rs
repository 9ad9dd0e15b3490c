//! Paths in a root, through links made from the input. The result is what the kernel finds with
//! `RESOLVE_IN_ROOT`; directories are made inside, removed again, and nothing else changes.

#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;

/// The names to use: few, so that paths often meet.
const NAMES: [&str; 8] = ["a", "b", "c", "..", ".", "", "outside", "root"];

/// A path by its names.
#[derive(Debug, Arbitrary)]
struct Names(Vec<u8>);

impl Names {
    /// Its text, limited to the first names.
    fn text(&self) -> String {
        let names = self.0.iter().take(12).map(|name| NAMES[usize::from(*name) % NAMES.len()]);
        names.collect::<Vec<_>>().join("/")
    }
}

#[derive(Debug, Arbitrary)]
enum Node {
    Directory(Names),
    File(Names),
    Link { at: Names, is_absolute: bool, to: Names },
}

#[derive(Debug, Arbitrary)]
struct Input {
    tree: Vec<Node>,
    ways: Vec<Names>,
}

fuzz_target!(|input: Input| {
    let place = tempfile::tempdir_in("/dev/shm").expect("there is memory");
    let root = place.path().join("root");
    fs::create_dir_all(&root).expect("there is room");
    fs::create_dir_all(place.path().join("outside/a")).expect("there is room");
    for node in input.tree.iter().take(24) {
        // An entry whose place is taken is skipped; nothing is made through a link, or above the
        // root.
        let _ = make(&root, node);
    }
    let before = everything(place.path());
    for way in input.ways.iter().take(6) {
        check(place.path(), &root, &format!("/{}", way.text()));
        assert_eq!(everything(place.path()), before, "{input:?}");
    }
});

fn make(root: &Path, node: &Node) -> std::io::Result<()> {
    let (Node::Directory(at) | Node::File(at) | Node::Link { at, .. }) = node;
    let names = at.text();
    let names: Vec<&str> =
        names.split('/').filter(|name| !matches!(*name, "" | "." | "..")).collect();
    let mut path = root.to_owned();
    let Some((last, parents)) = names.split_last() else { return Ok(()) };
    for name in parents {
        path.push(name);
        if !path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            fs::create_dir(&path)?;
        }
    }
    path.push(last);
    match node {
        Node::Directory(_) => fs::create_dir(path),
        Node::File(_) => File::create_new(path).map(drop),
        Node::Link { is_absolute, to, .. } => {
            let to = if *is_absolute { format!("/{}", to.text()) } else { to.text() };
            symlink(if to.is_empty() { "." } else { &to }, path)
        }
    }
}

fn check(place: &Path, root: &Path, way: &str) {
    let opened = by_kernel(root, way, OFlags::DIRECTORY, ResolveFlags::empty());
    let directory = host_readers::directory(root, way);
    assert_eq!(directory, opened.as_ref().map(identity), "{way}");

    let found = by_kernel(root, way, OFlags::empty(), ResolveFlags::empty());
    let looked = host_readers::look(root, way);
    assert_eq!(looked.is_some(), found.is_some(), "{way}: {looked:?}");
    if let (Some(looked), Some(found)) = (looked, found) {
        let metadata = found.metadata().expect("it is open");
        assert_eq!((looked.is_directory, looked.is_file), (metadata.is_dir(), metadata.is_file()));
        let again = by_kernel(root, &looked.path, OFlags::empty(), ResolveFlags::NO_SYMLINKS);
        assert_eq!(again.as_ref().map(identity), Some(identity(&found)), "{way}: {looked:?}");
    }

    host_readers::make(root, way, |made| {
        let opened = by_kernel(root, way, OFlags::DIRECTORY, ResolveFlags::empty());
        assert_eq!(made, opened.as_ref().map(identity), "{way}");
        let outside = everything(place).into_iter().filter(|(path, _)| !path.starts_with("root"));
        assert_eq!(outside.count(), 2, "something was made outside");
    });
}

/// The file or directory that the kernel finds at a path in a root.
fn by_kernel(root: &Path, way: &str, flags: OFlags, resolve: ResolveFlags) -> Option<File> {
    let root = File::open(root).expect("the root can be opened");
    let flags = flags | OFlags::PATH | OFlags::CLOEXEC;
    let resolve = resolve | ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    loop {
        match openat2(&root, way, flags, Mode::empty(), resolve) {
            // A rename anywhere on the system makes the kernel unsure of a `..`.
            Err(Errno::AGAIN) => {}
            opened => return opened.ok().map(File::from),
        }
    }
}

fn identity(file: &File) -> (u64, u64) {
    let metadata = file.metadata().expect("it is open");
    (metadata.dev(), metadata.ino())
}

/// Every path below a directory, with its contents.
fn everything(directory: &Path) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(parent) = pending.pop() {
        for entry in parent.read_dir().expect("it can be listed").flatten() {
            let (path, kind) = (entry.path(), entry.file_type().expect("it is there"));
            let below = path.strip_prefix(directory).expect("it is below").display().to_string();
            found.insert((below, format!("{kind:?} {:?}", path.read_link().ok())));
            if kind.is_dir() {
                pending.push(path);
            }
        }
    }
    found
}

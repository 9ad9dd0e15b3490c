//! The walk, compared with the kernel's own notion of a root: `openat2` with `RESOLVE_IN_ROOT`.

use super::{Missing, Root};
use cap_fs_ext::MetadataExt as _;
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;

mod made;
mod unseen;

/// Directories and links of a tree with every kind of path.
const DIRECTORIES: &[&str] = &["usr/lib/python3/site", "usr/local/bin", "etc", "a/b/c", "outside"];
const LINKS: &[(&str, &str)] = &[
    ("lib", "usr/lib"),
    ("absolute", "/usr/lib"),
    ("climbing", "../../../../../usr/lib"),
    ("usr/up", ".."),
    ("usr/upup", "../.."),
    ("a/b/over", "../../usr/local"),
    ("a/chain", "b/over"),
    ("a/b/c/top", "/"),
    ("slashes", "//usr///lib//"),
    ("dots", "./usr/./lib/../lib"),
    ("self", "self"),
    ("ping", "pong"),
    ("pong", "ping"),
    ("dangling", "/nowhere/at/all"),
    ("etc/alternative", "/etc/chosen"),
    ("etc/chosen", "../usr/local/bin"),
    ("file", "usr/file"),
];

/// The paths to resolve: every directory and link, and paths through them.
const WAYS: &[&str] = &[
    "",
    "..",
    "../..",
    "lib/python3",
    "absolute/python3/site",
    "climbing/python3",
    "usr/up/usr/lib",
    "usr/upup/usr/lib",
    "a/chain/bin",
    "a/chain/../lib",
    "a/b/c/top/usr",
    "a/b/c/top/a/b/c/top/usr/local",
    "usr/lib/..",
    "lib/..",
    "absolute/../local",
    "self/x",
    "dangling/x",
    "usr/file/x",
    "file",
    "nowhere",
    "usr/local/../../a/./b//c",
];

/// The walk opens exactly what the kernel opens in the root.
#[test]
fn root_paths_resolve_as_in_kernel() {
    let place = tempfile::tempdir().expect("there is room for a directory");
    let root = place.path().join("root");
    for directory in DIRECTORIES {
        fs::create_dir_all(root.join(directory)).expect("a directory can be made");
    }
    fs::write(root.join("usr/file"), "").expect("a file can be written");
    for (path, target) in LINKS {
        symlink(target, root.join(path)).expect("a link can be made");
    }
    // As many links as allowed, and one more.
    symlink("usr", root.join("link-1")).expect("a link can be made");
    for number in 2..=41 {
        let target = format!("link-{}", number - 1);
        symlink(target, root.join(format!("link-{number}"))).expect("a link can be made");
    }
    let long = ["link-39".to_owned(), "link-40".to_owned(), "link-41".to_owned()];
    let named = DIRECTORIES.iter().chain(WAYS).map(|way| (*way).to_owned());
    let ways = named.chain(LINKS.iter().map(|(path, _)| (*path).to_owned())).chain(long);
    let mut opened = 0;
    for way in ways {
        let kernel = by_kernel(&root, &way);
        let walked = Root::new(Some(root.clone())).directory(&format!("/{way}"), Missing::Leave);
        let walked = walked.ok().flatten().map(|directory| {
            let metadata = directory.dir_metadata().expect("it is open");
            (metadata.dev(), metadata.ino())
        });
        assert_eq!(walked, kernel, "{way}");
        opened += usize::from(kernel.is_some());
    }
    assert!(opened > 25, "{opened}");
}

/// A path with the end of a directory's path does not lead to a file, nor does a link with such a
/// target.
#[test]
fn root_path_with_trailing_slash_finds_only_directories() {
    let place = tempfile::tempdir().expect("there is room for a directory");
    let root = place.path();
    fs::write(root.join("file"), "").expect("a file can be written");
    symlink("file", root.join("link")).expect("a link can be made");
    symlink("file/", root.join("link-to-directory")).expect("a link can be made");
    symlink("/./", root.join("top")).expect("a link can be made");
    let ways =
        ["file", "file/", "file/.", "link", "link/", "link-to-directory", "top", "top/.", "."];
    let mut found = Vec::new();
    for way in ways {
        let looked = Root::new(Some(root.to_owned())).look(&format!("/{way}"));
        let looked = looked.expect("it can be looked at").is_some();
        assert_eq!(looked, by_kernel_with(root, way, OFlags::empty()).is_some(), "{way}");
        found.extend(looked.then_some(way));
    }
    assert_eq!(found, ["file", "link", "top", "top/.", "."]);
}

/// The identity of the directory that the kernel opens. None if it opens nothing.
fn by_kernel(root: &Path, way: &str) -> Option<(u64, u64)> {
    by_kernel_with(root, way, OFlags::DIRECTORY)
}

fn by_kernel_with(root: &Path, way: &str, flags: OFlags) -> Option<(u64, u64)> {
    let root = File::open(root).expect("the root can be opened");
    let flags = OFlags::PATH | OFlags::CLOEXEC | flags;
    let way = if way.is_empty() { "." } else { way };
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let opened = loop {
        match openat2(&root, way, flags, Mode::empty(), resolve) {
            // A rename anywhere on the system makes the kernel unsure of a `..`.
            Err(Errno::AGAIN) => {}
            opened => break File::from(opened.ok()?),
        }
    };
    let metadata = opened.metadata().expect("it is open");
    Some((
        std::os::unix::fs::MetadataExt::dev(&metadata),
        std::os::unix::fs::MetadataExt::ino(&metadata),
    ))
}

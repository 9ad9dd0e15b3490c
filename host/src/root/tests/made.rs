//! Making directories, and comparing them.

use crate::root::{Missing, Root};
use cap_fs_ext::MetadataExt as _;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as StdMetadata, PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

fn moment(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn set_time(path: &Path, seconds: u64) {
    let directory = File::open(path).expect("it can be opened");
    directory.set_modified(moment(seconds)).expect("it is ours");
}

fn time(path: &Path) -> SystemTime {
    fs::metadata(path).and_then(|metadata| metadata.modified()).expect("it is there")
}

fn is_at(directory: &Dir, path: &Path) -> bool {
    let one = directory.dir_metadata().expect("it is open");
    let other = fs::metadata(path).expect("it is there");
    (one.dev(), one.ino()) == (StdMetadata::dev(&other), StdMetadata::ino(&other))
}

#[test]
fn made_directories_have_mode_and_time_and_leave_root_its_time() {
    let place = tempfile::tempdir().expect("there is room");
    set_time(place.path(), 1000);
    let mut root = Root::new(Some(place.path().to_owned()));
    let made = root.directory("/usr/lib", Missing::Make).expect("it can be made");
    assert!(is_at(&made.expect("it is there"), &place.path().join("usr/lib")));
    assert_eq!(root.made_in().count(), 2);
    assert!(is_at(root.made_in().next().expect("two are"), place.path()));
    root.settle(2000).expect("they are ours");
    assert_eq!(time(place.path()), moment(1000));
    for made in ["usr", "usr/lib"] {
        let path = place.path().join(made);
        assert_eq!(time(&path), moment(2000), "{made}");
        let permissions = fs::metadata(&path).expect("it is there").permissions();
        assert_eq!(permissions.mode() & 0o7777, 0o755, "{made}");
    }
}

#[test]
fn made_directories_are_undone_unless_something_is_in_them() {
    let place = tempfile::tempdir().expect("there is room");
    fs::create_dir(place.path().join("usr")).expect("it can be made");
    set_time(&place.path().join("usr"), 1000);
    let mut root = Root::new(Some(place.path().to_owned()));
    for path in ["/usr/lib/python3", "/usr/bin"] {
        assert!(root.directory(path, Missing::Make).expect("it can be made").is_some());
    }
    fs::write(place.path().join("usr/bin/other"), "").expect("it can be written");
    root.undo();
    assert_eq!(root.made_in().count(), 0);
    assert!(!place.path().join("usr/lib").exists());
    assert!(place.path().join("usr/bin/other").exists());
    assert_eq!(time(&place.path().join("usr")), moment(1000));
}

#[test]
fn directory_made_by_someone_else_meanwhile_is_taken() {
    let place = tempfile::tempdir().expect("there is room");
    fs::create_dir(place.path().join("there")).expect("it can be made");
    let parent = Dir::open_ambient_dir(place.path(), ambient_authority()).expect("it is there");
    let mut root = Root::new(Some(place.path().to_owned()));
    assert!(root.make(&parent, "there").expect("it is there").is_none());
    assert!(root.make(&parent, "nowhere/below").is_err());
    assert_eq!(root.made_in().count(), 0);
}

#[test]
fn missing_directory_is_made_only_when_asked() {
    let place = tempfile::tempdir().expect("there is room");
    let path = place.path().join("root");
    let mut root = Root::new(Some(path.clone()));
    assert!(root.directory("/usr", Missing::Leave).expect("nothing is there").is_none());
    assert!(!path.exists());
    assert!(root.directory("/usr", Missing::Make).expect("it can be made").is_some());
    assert!(path.join("usr").is_dir());
}

#[test]
fn path_of_this_system_is_made_where_its_links_and_dots_lead() {
    let place = tempfile::tempdir().expect("there is room");
    fs::create_dir(place.path().join("real")).expect("it can be made");
    symlink("real", place.path().join("link")).expect("it can be made");
    let mut root = Root::new(None);
    assert!(root.is_this_system());
    assert!(!Root::new(Some(place.path().to_owned())).is_this_system());
    let path = place.path().join("link/new/gone/../lib");
    let path = path.to_str().expect("it is UTF-8");
    assert!(root.directory(path, Missing::Leave).expect("it is missing").is_none());
    let made = root.directory(path, Missing::Make).expect("it can be made");
    assert!(is_at(&made.expect("it is there"), &place.path().join("real/new/lib")));
    assert!(!place.path().join("real/new/gone").exists());
    // The directory above belongs to this system, where times change as usual.
    set_time(place.path(), 1000);
    assert!(root.directory(path, Missing::Leave).expect("it is there").is_some());
    root.undo();
    assert!(!place.path().join("real/new").exists());
}

#[test]
fn two_paths_to_one_directory_are_recognized() {
    let place = tempfile::tempdir().expect("there is room");
    fs::create_dir_all(place.path().join("usr/lib")).expect("it can be made");
    fs::create_dir_all(place.path().join("opt")).expect("it can be made");
    symlink("usr/lib", place.path().join("lib")).expect("it can be made");
    let is_one = |path: &Path, one: &str, other: &str| {
        let mut root = Root::new(Some(path.to_owned()));
        root.is_one_directory(one, other).expect("they can be looked at")
    };
    for (one, other, expected) in [
        ("/usr/lib", "/lib", true),
        ("/usr/lib", "/usr", false),
        ("/usr/lib", "/opt", false),
        // For missing paths, the names below the nearest directory count.
        ("/usr/lib/python3/site", "/lib/python3/site", true),
        ("/usr/lib/python3/site", "/lib/python3/other", false),
        ("/usr/lib/python3/site", "/lib/site/python3", false),
        ("/usr/lib/python3", "/opt/python3", false),
        ("/usr/lib/python3", "/usr/lib", false),
    ] {
        assert_eq!(is_one(place.path(), one, other), expected, "{one} and {other}");
    }
    // Nothing is known about the contents of a missing root.
    assert!(!is_one(&place.path().join("missing"), "/usr", "/usr"));
}

#[test]
fn nearest_existing_directory_may_be_above_root() {
    let place = tempfile::tempdir().expect("there is room");
    fs::create_dir(place.path().join("usr")).expect("it can be made");
    let nearest = |root: &Path, path: &str| {
        let mut root = Root::new(Some(root.to_owned()));
        root.nearest_existing(path).expect("something is there")
    };
    assert!(is_at(&nearest(place.path(), "/usr/lib/python3"), &place.path().join("usr")));
    assert!(is_at(&nearest(place.path(), "/opt"), place.path()));
    assert!(is_at(&nearest(&place.path().join("no/root"), "/usr"), place.path()));
}

#[test]
fn windows_paths_are_split_only_once_they_are_expected() {
    let mut root = Root::new(Some("/img".into()));
    assert_eq!(root.display(r"/a\b/c:"), Path::new(r"/img/a\b/c:"));
    root.take_windows_paths();
    assert_eq!(
        root.display(r"C:\Python313\Lib/site-packages"),
        Path::new("/img/Python313/Lib/site-packages")
    );
}

/// A path that cannot be inspected is not the same as a missing one.
#[test]
fn path_that_cannot_be_looked_at_is_an_error() {
    let place = tempfile::tempdir().expect("there is room");
    symlink("loop", place.path().join("loop")).expect("it can be made");
    let long = format!("/{}", "x".repeat(300));
    let mut root = Root::new(Some(place.path().to_owned()));
    for path in [long.as_str(), "/loop"] {
        assert!(root.directory(path, Missing::Leave).is_err(), "{path}");
    }
    assert!(root.look(&long).is_err());
    // As in a search, where a loop leads nowhere.
    assert!(root.look("/loop").expect("it can be looked at").is_none());
}

#[test]
fn links_directories_and_contents_are_read_inside_root() {
    let place = tempfile::tempdir().expect("there is room");
    fs::create_dir(place.path().join("usr")).expect("it can be made");
    fs::write(place.path().join("usr/file"), "12345").expect("it can be written");
    symlink("/usr", place.path().join("top")).expect("it can be made");
    symlink("../file", place.path().join("usr/link")).expect("it can be made");
    let mut root = Root::new(Some(place.path().to_owned()));
    let mut link = |directory: &str, name: &str| root.link(directory, name).expect("it can be");
    assert_eq!(link("/top", "link").as_deref(), Some("../file"));
    assert_eq!(link("/", "top").as_deref(), Some("/usr"));
    assert_eq!(link("/usr", "file"), None);
    assert_eq!(link("/usr/file", "link"), None);
    assert_eq!(link("/usr", "missing"), None);
    for (path, expected) in [("/usr", true), ("/top", true), ("/usr/file", false), ("/no", false)] {
        assert_eq!(root.is_directory(path).expect("it can be"), expected, "{path}");
    }
    // A limit of exactly the file's size is enough.
    let read = root.read("/usr/file", 5).expect("it is short");
    assert_eq!(read.as_deref(), Some(&b"12345"[..]));
    assert!(root.read("/usr/file", 4).is_err());
}

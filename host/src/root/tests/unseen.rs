//! Links that were not made lead where links lead, and what was left out is not missed silently.
//!
//! The expected result is that of real links, which `root_paths_resolve_as_in_kernel` compares with the
//! kernel.

use super::super::{Root, Unseen, Use};
use super::{DIRECTORIES, LINKS, WAYS};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

/// Makes a tree, and returns what it does not show: the links, unless they are made.
fn make(root: &Path, with_links: bool) -> Unseen {
    let mut unseen = Unseen::default();
    for directory in DIRECTORIES {
        fs::create_dir_all(root.join(directory)).expect("a directory can be made");
    }
    fs::write(root.join("usr/file"), "").expect("a file can be written");
    // Only `/` separates names in an image, and none of them is a drive.
    fs::create_dir(root.join(r"c:\x")).expect("a directory can be made");
    for (path, target) in LINKS.iter().chain(&[("odd", r"c:\x"), ("usr/slash", "file/")]) {
        if with_links {
            symlink(target, root.join(path)).expect("a link can be made");
        } else {
            unseen.add_link(path.as_bytes(), target.as_bytes(), false);
        }
    }
    unseen
}

#[test]
fn unmade_links_lead_where_links_lead() {
    let place = tempfile::tempdir().expect("there is room for a directory");
    let [made, unmade] = ["made", "unmade"].map(|name| place.path().join(name));
    make(&made, true);
    let unseen = Arc::new(make(&unmade, false));
    let mut made = Root::new(Some(made));
    let mut unmade = Root::of_image(unmade, unseen);
    let links = LINKS.iter().map(|(path, _)| *path);
    let ways = DIRECTORIES.iter().chain(WAYS).copied().chain(links);
    let mut found = 0;
    for way in ways.chain(["odd", "usr/slash", "usr/up/odd/..", "file/"]) {
        let way = format!("/{way}");
        let looks = [&mut made, &mut unmade].map(|root| {
            let place = root.look(&way).expect("it can be looked at");
            let names = root.list(&way).expect("it can be listed");
            place.map(|place| (place.path, names))
        });
        assert_eq!(looks[0], looks[1], "{way}");
        found += usize::from(looks[0].is_some());
    }
    assert!(found > 25, "{found}");
    for (directory, name) in [("/", "lib"), ("/a/b", "over"), ("/a/chain", "x"), ("/usr", "lib")] {
        let links = [&mut made, &mut unmade]
            .map(|root| root.link(directory, name).expect("it can be looked at"));
        assert_eq!(links[0], links[1], "{directory}/{name}");
    }
}

#[test]
fn what_was_left_out_is_an_error_where_it_matters() {
    let place = tempfile::tempdir().expect("there is room for a directory");
    let mut unseen = make(place.path(), false);
    unseen.leave_out(b"usr/LIB", "it is odd".to_owned());
    unseen.leave_out(b"usr/lib/python3/site/PIP-1.dist-info", "it is odd".to_owned());
    unseen.add_link(b"usr/local/bin/other", b"x", false);
    unseen.add_link(b"usr/local/bin/pip3", b"pip", true);
    unseen.add_program(b"usr/file");
    let mut root = Root::of_image(place.path().to_owned(), Arc::new(unseen));
    assert!(root.list("/usr").expect("it can be listed").contains(&"LIB".to_owned()));
    for way in ["/usr/LIB", "/usr/LIB/x", "/a/b/c/top/usr/LIB"] {
        let error = root.look(way).map(|place| place.is_some()).expect_err("it is left out");
        assert!(error.to_string().ends_with(": it is odd"), "{error}");
    }
    assert!(root.look("/usr/lib").expect("it can be looked at").is_some());
    let error = root.check_seen("/lib/python3/site", Use::LibraryOfPip).expect_err("it matters");
    let expected = "/usr/lib/python3/site/PIP-1.dist-info`: it is odd";
    assert!(error.to_string().ends_with(expected), "{error}");
    root.check_seen("/usr/local/bin", Use::Scripts).expect("a file represents the link");
    root.check_seen("/lib/python3", Use::LibraryOfPip).expect("it is no name of pip");
    root.check_seen("/lib/python3", Use::Packages).expect("it is no metadata");
    root.check_seen("/lib/python3/site", Use::Packages).expect_err("it is metadata");
    let kind = root.look("/file").expect("it can be looked at").map(|place| place.kind);
    assert_eq!(kind, Some(super::super::Kind::Program));
}

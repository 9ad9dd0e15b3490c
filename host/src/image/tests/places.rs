//! Interpreters beyond `PATH`: each documented place is searched.

use super::binaries::of_version;
use super::tree::Tree;
use crate::image::places::GROUPS;
use std::path::Path;

const PAGE: &str = include_str!("../../../../docs/images.md");

#[test]
fn image_search_paths_are_found_and_documented() {
    for pattern in GROUPS.iter().copied().flatten() {
        assert!(PAGE.contains(&format!("`{pattern}`")), "{pattern} is not in docs/images.md");
        let tree = Tree::new();
        let directory = pattern.replace("*.framework", "Python.framework").replace('*', "3.13");
        let prefix = directory.strip_suffix("/bin").unwrap_or("/usr");
        tree.python(prefix, "lib", 13, &of_version(3, 13, 2));
        let mut expected = format!("{directory}/python3");
        if directory == "/usr/libexec" {
            std::fs::create_dir_all(tree.path(&directory)).expect("it can be made");
            expected = format!("{directory}/platform-python");
            std::fs::rename(tree.path("/usr/bin/python3.13"), tree.path(&expected))
                .expect("it moves");
            std::fs::remove_dir_all(tree.path("/usr/bin")).expect("it can be removed");
        } else {
            // Only the name with the version, as in runtimes that have no other.
            std::fs::remove_file(tree.path(&expected)).expect("it is there");
            expected.push_str(".13");
        }
        let found = tree.found();
        assert_eq!((found.executable.to_str(), found.prefix.as_str()), (Some(&*expected), prefix));
        assert_eq!(found.version, [3, 13, 2], "{pattern}");
    }
}

#[test]
fn image_python_on_path_is_preferred() {
    let tree = Tree::new();
    tree.python("/var/lang", "lib", 13, &of_version(3, 13, 2))
        .python("/opt/conda", "lib", 13, &of_version(3, 13, 3))
        .python("/usr", "lib", 12, &of_version(3, 12, 1));
    let found = tree.found();
    assert_eq!(found.executable, Path::new("/usr/bin/python3"));
    assert_eq!(found.origin.others, ["/var/lang/bin/python3", "/opt/conda/bin/python3"]);
}

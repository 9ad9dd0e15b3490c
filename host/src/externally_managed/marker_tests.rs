//! Where the marker is looked for, and in which language it is read.

use super::{MARKER, language, marker};
use crate::facts::Facts;
use crate::root::Root;
use serde_json::json;
use std::fs;
use std::path::Path;

const STDLIB: &str = "/usr/lib/python3.13";

fn facts(prefix: &str) -> Facts {
    let paths = json!({ "purelib": "", "platlib": "", "include": "", "scripts": "", "data": "" });
    let facts = json!({
        "version": [3, 13, 0], "implementation": "cpython", "cache_tag": "cpython-313",
        "os": "posix", "platform": "linux-x86_64", "executable": "/usr/bin/python3",
        "shebang": "/usr/bin/python3", "prefix": prefix, "exec_prefix": prefix,
        "base_prefix": "/usr", "base_exec_prefix": "/usr", "platlibdir": "lib",
        "abiflags": "", "free_threaded": false, "winver": null, "user_base": null,
        "stdlib": STDLIB, "user_site": "off", "magic": null, "user_paths": null, "paths": paths,
    });
    serde_json::from_value(facts).expect("they are facts")
}

/// The message of the marker in a root, as far as there is a marker.
fn found(root: &Path, prefix: &str) -> Option<String> {
    let mut root = Root::new(Some(root.to_owned()));
    let found = marker(&mut root, &facts(prefix)).expect("it can be read");
    found.map(|found| {
        assert_eq!(found.path, root.display(STDLIB).join(MARKER));
        found.message
    })
}

#[test]
fn externally_managed_marker_counts_unless_in_venv() {
    let place = tempfile::tempdir().expect("there is room");
    assert_eq!(found(place.path(), "/usr"), None);
    let stdlib = place.path().join(STDLIB.trim_start_matches('/'));
    fs::create_dir_all(&stdlib).expect("it can be made");
    assert_eq!(found(place.path(), "/usr"), None);
    let text = "[externally-managed]\nError=use apt\n";
    fs::write(stdlib.join(MARKER), text).expect("it can be written");
    assert_eq!(found(place.path(), "/usr").as_deref(), Some("use apt"));
    assert_eq!(found(place.path(), "/venv"), None);
}

/// As `sysconfig` and pip have it, which ask `os.path.isfile`.
#[test]
fn externally_managed_marker_that_is_directory_does_not_count() {
    let place = tempfile::tempdir().expect("there is room");
    let marker = place.path().join(STDLIB.trim_start_matches('/')).join(MARKER);
    fs::create_dir_all(marker).expect("it can be made");
    assert_eq!(found(place.path(), "/usr"), None);
}

/// `LC_ALL` is before `LC_MESSAGES`, that before `LANG`, and an empty one counts as not set (POSIX, XBD 8.2).
#[test]
fn message_language_is_that_of_posix_variables() {
    let of = |set: &[(&str, &str)]| {
        language(|name| {
            let value = set.iter().find(|(other, _)| *other == name);
            value.map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[("LANG", "de_DE.UTF-8")]).as_deref(), Some("de_DE"));
    assert_eq!(of(&[("LANG", "sr_RS@latin")]).as_deref(), Some("sr_RS"));
    assert_eq!(of(&[("LC_ALL", ""), ("LANG", "fr")]).as_deref(), Some("fr"));
    assert_eq!(of(&[("LC_MESSAGES", "it"), ("LANG", "fr")]).as_deref(), Some("it"));
    assert_eq!(of(&[("LC_ALL", "C"), ("LC_MESSAGES", "it")]), None);
    assert_eq!(of(&[("LANG", "C.UTF-8")]), None);
    assert_eq!(of(&[("LANG", "POSIX")]), None);
}

//! Where the marker is searched, how it is read, and in which language.

use super::{DEFAULT, MARKER, language, marker, message, read, section};
use crate::facts::Facts;
use crate::facts::sample::sample;
use crate::root::Root;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const MARKERS: &[&str] = &[
    "[externally-managed]\nError=To install packages, try apt install\n python3-xyz; or = not.\n \n If you wish: use a venv.\n\n See PEP 668.\n",
    "# comment\n[other]\nError=no\n[externally-managed]\nError-de_DE: Nein\n  danke\nERROR-de = Nee\n; comment\nError = No\n\n",
    "[externally-managed]\nError=\n",
    "[externally-managed]\nUnknown = x\n   indented\n\n\nError =\n  only here\n# in between\n  and there\n",
];

/// As if the marker had become a FIFO since it was inspected.
#[cfg(unix)]
#[test]
fn externally_managed_marker_fifo_or_huge_does_not_block() {
    let place = tempfile::tempdir().expect("there is room for a directory");
    let directory = Dir::open_ambient_dir(place.path(), ambient_authority());
    let directory = directory.expect("it can be opened");
    let marker = place.path().join(MARKER);
    assert!(Command::new("mkfifo").arg(&marker).status().expect("it runs").success());
    assert_eq!(read(&directory).expect("nothing is in it"), b"");
    std::fs::remove_file(&marker).expect("it is there");
    let giant = std::fs::File::create(&marker).expect("the name is free");
    giant.set_len(1 << 40).expect("it can be sparse");
    assert_eq!(read(&directory).expect("it can be read").len(), 1 << 20);
}

/// Python's own `configparser` reads the same in them.
#[test]
fn externally_managed_marker_matches_configparser() {
    const READ: &str = "import configparser, json, sys\n\
        parser = configparser.ConfigParser(interpolation=None)\n\
        parser.read_string(sys.stdin.read())\n\
        print(json.dumps(dict(parser['externally-managed'])))";
    for marker in MARKERS {
        let mut python = Command::new("python3")
            .args(["-I", "-c", READ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 runs");
        let mut stdin = python.stdin.take().expect("it has a pipe");
        stdin.write_all(marker.as_bytes()).expect("it reads");
        drop(stdin);
        let output = python.wait_with_output().expect("it ends");
        let expected: BTreeMap<String, String> =
            serde_json::from_slice(&output.stdout).expect("it answers");
        assert_eq!(section(marker, "externally-managed"), expected, "{marker}");
    }
}

#[test]
fn externally_managed_message_prefers_locale() {
    let marker = MARKERS[1];
    assert_eq!(message(marker, Some("de_DE")), "Nein\ndanke");
    assert_eq!(message(marker, Some("de_AT")), "Nee");
    assert_eq!(message(marker, Some("fr")), "No");
    assert_eq!(message(marker, None), "No");
}

#[test]
fn externally_managed_message_has_default() {
    for marker in ["", "[externally-managed]\n", MARKERS[2], "no section"] {
        assert_eq!(message(marker, None), DEFAULT);
    }
}

const STDLIB: &str = "/usr/lib/python3.13";

fn facts(prefix: &str) -> Facts {
    sample(&[&json!({ "prefix": prefix, "exec_prefix": prefix })])
}

/// The message of the marker in a root; none without a marker.
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

/// `sysconfig` and pip do the same: they check `os.path.isfile`.
#[test]
fn externally_managed_marker_that_is_directory_does_not_count() {
    let place = tempfile::tempdir().expect("there is room");
    let marker = place.path().join(STDLIB.trim_start_matches('/')).join(MARKER);
    fs::create_dir_all(marker).expect("it can be made");
    assert_eq!(found(place.path(), "/usr"), None);
}

/// `LC_ALL` precedes `LC_MESSAGES`, which precedes `LANG`; an empty one counts as not set (POSIX, XBD 8.2).
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

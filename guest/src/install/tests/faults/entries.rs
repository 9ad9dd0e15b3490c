//! Faults of the archive's entries, as the wheel's files.
//!
//! What an archive can be by its bytes is in the corpus of hostile wheels.

use super::{FaultCode, Role, Target, apply, assert_refused, pip};

#[test]
fn names_that_lead_elsewhere_or_are_read_in_two_ways_are_refused() {
    for name in [
        "../evil.py",
        "pip/../../evil.py",
        "pip/../evil.py",
        "pip-26.3.data/data/../../evil.py",
        "/etc/evil.py",
        "pip\\evil.py",
        "..\\evil.py",
        "C:/evil.py",
        "pip//evil.py",
        "./evil.py",
        "evil.py\0.txt",
        "evil\n.py",
        "evil\x7f.py",
        "aux.py",
        "pip/CON",
        "pip/evil.",
    ] {
        assert_refused(FaultCode::EntryName, name, &pip().file(name, "evil"));
    }
}

#[test]
fn two_entries_with_one_place_are_refused() {
    for key in ["purelib", "platlib"] {
        let name = format!("{key}/pip/__init__.py");
        let entry = format!("pip-26.3.data/{name}");
        assert_refused(FaultCode::Duplicate, &entry, &pip().data(&name, ""));
    }
}

#[test]
fn what_is_neither_file_nor_directory_is_refused() {
    let (link, fifo, character, block, socket) =
        (0o120_777, 0o010_644, 0o020_644, 0o060_644, 0o140_644);
    for mode in [link, fifo, character, block, socket] {
        let wheel = pip().file("pip/evil", "/etc/passwd").mode("pip/evil", mode);
        assert_refused(FaultCode::EntryType, "pip/evil", &wheel);
    }
    let wheel = pip().file("pip/evil", "contents").mode("pip/evil", 0o040_755);
    assert_refused(FaultCode::EntryType, "pip/evil", &wheel);
}

#[test]
fn entries_for_directories_are_not_at_fault() {
    let target = Target::posix(&[Role::Purelib]);
    let wheel = pip().file("pip/empty/", "").mode("pip/empty/", 0o040_755).unlisted("pip/empty/");
    apply(&wheel, &target).expect("the wheel is sound");
    assert!(!target.paths(Role::Purelib).iter().any(|path| path.contains("empty")));
}

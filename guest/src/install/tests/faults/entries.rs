//! Faults of the archive and its entries.
//!
//! What names an entry may have is tested with `EntryPath`; here are those that installers have
//! been caught with.

use super::{FaultCode, Role, Target, apply, assert_faults, assert_refused};
use super::{faults, faults_of_bytes, pip};
use crate::install::tests::builder::{Builder, CHECKSUM, FLAGS, METHOD, SIZE};

#[test]
fn what_is_no_archive_is_refused() {
    let bytes = pip().build();
    for bytes in [&b""[..], b"PK", &bytes[..bytes.len() / 2], &bytes[..bytes.len() - 1]] {
        let faults = faults_of_bytes(&pip(), bytes);
        assert_faults(FaultCode::Archive, "pip-26.3-py3-none-any.whl", &faults);
    }
}

#[test]
fn an_entry_that_is_encrypted_damaged_or_packed_otherwise_is_refused() {
    let name = "pip/__init__.py";
    for (offset, value) in [
        (FLAGS, &1_u16.to_le_bytes()[..]),
        (METHOD, &12_u16.to_le_bytes()),
        (CHECKSUM, &0_u32.to_le_bytes()),
        (SIZE, &16_u32.to_le_bytes()),
        (SIZE, &18_u32.to_le_bytes()),
    ] {
        assert_refused(FaultCode::Archive, name, &pip().patch(name, offset, value));
    }
}

#[test]
fn an_archive_that_states_more_than_memory_should_hold_is_refused() {
    let size = (256_u32 << 20) + 1;
    let wheel = pip().patch("pip/__init__.py", SIZE, &size.to_le_bytes());
    assert_refused(FaultCode::Archive, "pip-26.3-py3-none-any.whl", &wheel);
}

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
fn a_name_that_is_not_unicode_is_refused() {
    let wheel = pip().file("pip/x.py", "").unlisted("pip/x.py").rename("pip/x.py", b"pip/\xff.py");
    let mut faults = faults(&wheel);
    // What is no text cannot be listed either.
    faults.retain(|fault| fault.code != FaultCode::Unlisted);
    assert_faults(FaultCode::EntryName, "pip/\u{fffd}.py", &faults);
}

#[test]
fn an_entry_with_another_name_in_its_local_header_is_refused() {
    let wheel = pip().file("pip/a.py", "").unlisted("pip/a.py").rename("pip/a.py", b"pip/b.py");
    let wheel = wheel.rows(&Builder::row("pip/b.py", b""));
    assert_refused(FaultCode::Archive, "pip-26.3-py3-none-any.whl", &wheel);
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let twice = pip().file("pip/a.py", "").file("pip/b.py", "").unlisted("pip/b.py");
    let twice = twice.rename("pip/b.py", b"pip/a.py");
    assert_refused(FaultCode::Duplicate, "pip-26.3-py3-none-any.whl", &twice);
    let by_case = pip().file("pip/__INIT__.py", "");
    assert_refused(FaultCode::Duplicate, "pip/__INIT__.py", &by_case);
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

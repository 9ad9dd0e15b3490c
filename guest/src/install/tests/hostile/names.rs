//! Entries that are hostile by what they are called, or by what kind of file they are.

use super::{Case, FaultCode as Code, How::Archive, How::Wheel};
use crate::install::tests::zip_builder::Entry;

pub(super) fn cases() -> Vec<Case> {
    [paths(), collisions(), modes()].into_iter().flatten().collect()
}

fn paths() -> Vec<Case> {
    vec![
        named!("a path that climbs", EntryName, "../evil.py"),
        named!("a path that climbs further down", EntryName, "pip/../../evil.py"),
        named!("a path that climbs and comes back", EntryName, "pip/../evil.py"),
        named!("data that climb", EntryName, "pip-30.3.data/data/../../evil.py"),
        named!("an absolute path", EntryName, "/etc/evil.py"),
        named!("a path from here", EntryName, "./evil.py"),
        named!("an empty component", EntryName, "pip//evil.py"),
        named!("a backslash", EntryName, "pip\\evil.py"),
        named!("backslashes that climb", EntryName, "..\\..\\evil.py"),
        named!("a drive", EntryName, "C:/evil.py"),
        named!("a stream", EntryName, "pip/x.py:evil"),
        named!("a NUL", EntryName, "evil.py\0.txt"),
        named!("a line feed", EntryName, "evil\n.py"),
        named!("an escape", EntryName, "evil\x1b[2J.py"),
        named!("a DEL", EntryName, "evil\x7f.py"),
        named!("a control character of Latin-1", EntryName, "evil\u{9b}.py"),
        named!("a device", EntryName, "pip/CON"),
        named!("a device with an extension", EntryName, "pip/aux.py"),
        named!("a device as a directory", EntryName, "CON/evil.py"),
        named!("a device with a superscript", EntryName, "pip/COM\u{b9}.py"),
        named!("a fullwidth device", EntryName, "pip/\u{ff23}\u{ff2f}\u{ff2e}"),
        named!("a dot at the end", EntryName, "pip/evil.py."),
        named!("a space at the end", EntryName, "pip /evil.py"),
        named!("a wildcard", EntryName, "pip/*.py"),
        named!("a quote", EntryName, "pip/e\"vil.py"),
        named!("text from right to left", EntryName, "pip/\u{202e}yp.live"),
        named!("a space of no width", EntryName, "pip/x\u{200b}.py"),
        named!("a fullwidth slash", EntryName, "..\u{ff0f}evil.py"),
        named!("dots that are one character", EntryName, "\u{2025}/evil.py"),
        named!("the stage of an installation", EntryName, ".ensurepip-host-stage/old/evil.py"),
        named!("the stage in capitals", EntryName, ".Ensurepip-Host-Stage"),
        (
            "a directory that climbs",
            Code::EntryName,
            "../evil/",
            Wheel(|wheel| wheel.file("../evil/", "").mode("../evil/", 0o040_755)),
        ),
        (
            "a name that is no text",
            Code::EntryName,
            "pip/\u{fffd}.py",
            Archive(|f| {
                let mut entry = Entry::new("pip/x.py", b"");
                entry.both(|header| header.name = b"pip/\xff.py".to_vec());
                f.entries.push(entry);
            }),
        ),
        (
            "a name in some code page",
            Code::EntryName,
            "pip/\u{e9}.py",
            Archive(|f| {
                let mut entry = Entry::new("pip/\u{e9}.py", b"");
                entry.both(|header| header.flags = 0);
                f.entries.push(entry);
            }),
        ),
    ]
}

fn collisions() -> Vec<Case> {
    vec![
        (
            "two entries of one name",
            Code::Duplicate,
            "pip/x.py",
            Archive(|f| {
                let twice = f.entry("pip/x.py").clone();
                f.entries.push(twice);
            }),
        ),
        named!("a file in another case", Collision, "pip/X.py"),
        named!("a directory in another case", Collision, "PIP/evil.py"),
        (
            "a directory in another Unicode form",
            Code::Collision,
            "e\u{301}vil/b.py",
            Wheel(|wheel| wheel.file("\u{e9}vil/a.py", "").file("e\u{301}vil/b.py", "")),
        ),
        (
            "a sharp s",
            Code::Collision,
            "pip/STRASSE",
            Wheel(|wheel| wheel.file("pip/stra\u{df}e", "").file("pip/STRASSE", "")),
        ),
        (
            "a ligature",
            Code::Collision,
            "pip/\u{fb01}le",
            Wheel(|wheel| wheel.file("pip/file", "").file("pip/\u{fb01}le", "")),
        ),
        (
            "a long s",
            Code::Collision,
            "pip/\u{17f}ite.py",
            Wheel(|wheel| wheel.file("pip/site.py", "").file("pip/\u{17f}ite.py", "")),
        ),
        named!("a file in a file", Collision, "pip/x.py/evil.py"),
        named!("a file in the place of a directory", Collision, "pip/_vendor"),
        (
            "an empty directory in the place of a file",
            Code::Collision,
            "pip/x.py/",
            Wheel(|wheel| {
                wheel.file("pip/x.py/", "").unlisted("pip/x.py/").mode("pip/x.py/", 0o040_755)
            }),
        ),
        named!("one place by way of purelib", Duplicate, "pip-30.3.data/purelib/pip/x.py"),
        named!("one place by way of platlib", Duplicate, "pip-30.3.data/platlib/pip/x.py"),
        named!("one place but for case", Collision, "pip-30.3.data/platlib/pip/X.PY"),
        named!("a file where a directory goes", Collision, "pip-30.3.data/purelib/pip"),
        (
            "purelib and platlib in one place",
            Code::Duplicate,
            "pip-30.3.data/platlib/evil.py",
            Wheel(|wheel| wheel.data("purelib/evil.py", "").data("platlib/evil.py", "evil")),
        ),
        (
            "data in one place but for case",
            Code::Collision,
            "pip-30.3.data/data/SHARE/b",
            Wheel(|wheel| wheel.data("data/share/a", "").data("data/SHARE/b", "")),
        ),
    ]
}

/// A case of a file with this mode.
macro_rules! mode {
    ($what:literal, $code:ident, $mode:literal) => {
        ($what, Code::$code, "pip/x.py", Wheel(|wheel| wheel.mode("pip/x.py", $mode)))
    };
}

fn modes() -> Vec<Case> {
    vec![
        mode!("a symbolic link", EntryType, 0o120_777),
        mode!("a pipe", EntryType, 0o010_644),
        mode!("a character device", EntryType, 0o020_644),
        mode!("a block device", EntryType, 0o060_644),
        mode!("a socket", EntryType, 0o140_644),
        mode!("a directory that is a file", EntryType, 0o040_755),
        mode!("a set-user-ID bit", Mode, 0o104_755),
        mode!("a set-group-ID bit", Mode, 0o102_755),
        mode!("a sticky bit", Mode, 0o101_755),
        mode!("a set-user-ID bit without a type", Mode, 0o004_755),
        (
            "a link among data",
            Code::EntryType,
            "pip-30.3.data/data/link",
            Wheel(|wheel| {
                let link = "pip-30.3.data/data/link";
                wheel.file(link, "/etc").mode(link, 0o120_777)
            }),
        ),
        (
            "a directory for DOS",
            Code::EntryType,
            "pip/x.py",
            Archive(|f| f.entry("pip/x.py").attributes |= 0x10),
        ),
        (
            "a directory with contents",
            Code::EntryType,
            "pip/evil/",
            Wheel(|wheel| {
                wheel.file("pip/evil/", "evil").unlisted("pip/evil/").mode("pip/evil/", 0)
            }),
        ),
        (
            "a directory that is a link",
            Code::EntryType,
            "pip/evil/",
            Wheel(|wheel| {
                wheel.file("pip/evil/", "").unlisted("pip/evil/").mode("pip/evil/", 0o120_777)
            }),
        ),
        (
            "a directory with hidden data",
            Code::StrayBytes,
            "pip/evil/",
            Archive(|f| {
                let mut entry = Entry::new("pip/evil/", b"");
                entry.attributes = 0o040_755 << 16;
                entry.pack(b"\x03\0evil".to_vec());
                f.entries.push(entry);
            }),
        ),
    ]
}

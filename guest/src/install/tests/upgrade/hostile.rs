//! What a `RECORD` that is not to be trusted can do: name files beside it, and nothing else.

use super::{assert_upgrade_leaves, pip, upgrade};
use crate::bindings::ensurepip::bootstrap::types::Role;
use crate::install::tests::target::Target;
use std::fmt::Write as _;

/// A target with an older version of this `RECORD`, and these files of others.
fn target(record: &[u8], theirs: &[&str]) -> Target {
    let target = Target::posix(&[Role::Purelib]);
    let library = target.memory(Role::Purelib);
    library.put("pip/__init__.py", b"old");
    library.put("pip-24.0.dist-info/METADATA", b"Version: 24.0\n");
    library.put("pip-24.0.dist-info/RECORD", record);
    library.put_all(theirs, b"theirs");
    target
}

#[test]
fn record_rows_outside_library_are_ignored() {
    let theirs = [
        "other/__init__.py",
        "etc/passwd",
        "pip/stays.py",
        "a:b",
        "nul.txt",
        "site-packages/x",
        "py/lib/python3.13/site-packages/x",
    ];
    for row in [
        "/etc/passwd",
        "//etc/passwd",
        "/py/lib/python3.13/site-packages/../site-packages/other/__init__.py",
        "/py/lib/python3.1/site-packages/other/__init__.py",
        "C:/py/lib/python3.13/site-packages/other/__init__.py",
        "../../../../etc/passwd",
        "../site-packages/other/__init__.py",
        "pip/../other/__init__.py",
        "./other/__init__.py",
        "other//__init__.py",
        "other/__init__.py/",
        "other\\__init__.py",
        "..",
        ".",
        "",
        "/",
        "pip\0/stays.py",
        "pip/stays.py\0",
        "pip/stays.py\n",
        "C:/other/__init__.py",
        "a:b",
        "nul.txt",
        "other",
        "pip/",
        "pip",
        "OTHER/__INIT__.PY",
        ".ensurepip-host-stage/0/new/pip/__init__.py",
        ".ensurepip-host-stage",
        "pip-24.0.dist-info",
        "pip-24.0.dist-info/RECORD",
    ] {
        let record = format!("pip/__init__.py,,\n\"{row}\",sha256=x,1\n");
        let target = target(record.as_bytes(), &theirs);
        // The metadata directory goes as a whole, whatever its `RECORD` says of it.
        assert_eq!(assert_upgrade_leaves(&target, &theirs), 3, "{row:?}");
        assert_eq!(*target.obsolete.borrow(), [""; 0], "{row:?}");
    }
}

#[test]
fn record_rows_in_stage_are_ignored() {
    for stage in [".ensurepip-host-stage", ".Ensurepip-Host-Stage"] {
        let file = format!("{stage}/old/pip/__init__.py");
        let record = format!("pip/__init__.py,,\n{file},,\n{stage},,\n");
        let target = target(record.as_bytes(), &[&file]);
        let theirs = [file.as_str()];
        // In its own case it is what an interrupted run left, and goes as that.
        let stays = if stage.to_lowercase() == stage { &[][..] } else { &theirs };
        assert_eq!(assert_upgrade_leaves(&target, stays), 3, "{stage}");
    }
}

#[test]
fn record_script_rows_never_remove_interpreters() {
    let rows = [
        "../../../bin/pip3.9",
        "../../../bin/tool",
        "../../../bin/python3",
        "../../../bin/python3.13",
        "../../../bin/PYTHON.exe",
        "../../../bin/pypy3",
        "../../../bin/.hidden",
        "../../../bin/.ensurepip-host-old-pip3",
        "../../../bin/..",
        "../../../bin/.",
        "../../../bin/",
        "../../../bin",
        "../../../bin/deep/tool2",
        "../../../bin/../bin/tool3",
        "../../../../bin/tool4",
        "../../../sbin/tool5",
        "/py/bin/../bin/tool6",
        "/usr/py/bin/tool6",
        "/bin/tool6",
        "/py/bin/python3",
        "bin/tool7",
        "../../../bin/to ol8",
        "../../../bin/tool9\0",
        "../../../bin/con",
        "../../../bin/tool10.",
    ];
    let record = format!("pip/__init__.py,,\n{},,\n", rows.join(",,\n"));
    let target = target(record.as_bytes(), &[]);
    assert_upgrade_leaves(&target, &[]);
    assert_eq!(*target.obsolete.borrow(), ["pip3.9", "tool"]);
}

#[test]
fn record_with_malformed_rows_is_read_leniently() {
    for record in [
        &b"pip/__init__.py"[..],
        b"pip/__init__.py,,,,,,\n,,,\n\n\r\r\n",
        b"\xff\xfe,,\npip/__init__.py,,\n\x80\n",
        b"\"pip/__init__.py\",\"\"\"\n\"",
        b"pip/__init__.py\0\npip/__init__.py\n",
        b"pip/__init__.py,,\n\"never closed,,\npip/stays.py,,\n",
    ] {
        let theirs = ["pip/stays.py"];
        assert_eq!(assert_upgrade_leaves(&target(record, &theirs), &theirs), 3, "{record:?}");
    }
}

#[test]
fn record_with_many_and_long_rows_is_accepted() {
    let mut record = String::from("pip/__init__.py,,\n");
    for number in 0..100_000 {
        writeln!(record, "../{number}/../{number},,\npip/{number}/x.py,{number}")
            .expect("a string takes every line");
    }
    record.push_str(&"deep/".repeat(1 << 18));
    record.push_str("x.py,,\n");
    assert_eq!(assert_upgrade_leaves(&target(record.as_bytes(), &[]), &[]), 3);
}

#[test]
fn record_over_size_limit_is_refused() {
    let record = "pip/__init__.py,,\n".repeat(1 << 20);
    let target = target(record.as_bytes(), &[]);
    let before = target.trees();
    upgrade(&pip(), &target).expect_err("it is not read");
    assert_eq!(target.trees(), before);
}

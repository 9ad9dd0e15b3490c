//! Wheels that were checked before: taken as the archive would be, or refused.

use super::wheel_builder::{EXECUTABLE, WheelBuilder};
use crate::bindings::ensurepip::bootstrap::types::{CheckedFile, Error, FaultCode, Role};
use crate::wheel::{self, CheckedWheel, Contents, check_wheel};
use std::fs;
use std::path::Path;

/// A wheel with a file for each role, and scripts of both kinds.
fn every_role() -> WheelBuilder {
    WheelBuilder::pip("30.3")
        .entry_points("[console_scripts]\npip = pip._internal.cli.main:main\n")
        .data("purelib/pure.py", "p = 1\n")
        .data("platlib/plat.py", "")
        .data("headers/pip.h", "int pip;\n")
        .data("data/share/doc/pip", "text\n")
        .data("scripts/run-pip", "#!python\nimport pip\n")
        .file("pip/tool.sh", "#!/bin/sh\n")
        .mode("pip/tool.sh", EXECUTABLE)
}

/// Everything that is known of a wheel, as text.
fn described(contents: &Contents) -> Vec<String> {
    let files = contents.files.iter().map(|file| {
        let (path, data) = (file.path.as_str(), file.data.held());
        let (executable, modified) = (file.executable, file.modified);
        format!("{:?} {path} {executable} {modified} {:?} {data:?}", file.role, file.digest)
    });
    let scripts = contents.scripts.iter().map(|script| format!("{script:?}"));
    let Contents { name, dist_info, library, commands, modified, .. } = contents;
    let requires = contents.requires_python.as_ref().map(|requires| &requires.text);
    let rest = format!("{name:?} {dist_info} {library:?} {commands:?} {requires:?} {modified}");
    files.chain(scripts).chain([rest]).collect()
}

#[test]
fn checked_wheel_equals_its_archive() {
    let builder = every_role();
    let mut wheels = vec![(builder.file_name.clone(), builder.build())];
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wheels");
    for entry in directory.read_dir().expect("the wheels are there").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".whl") {
            wheels.push((name, fs::read(entry.path()).expect("a wheel can be read")));
        }
    }
    assert!(wheels.len() > 2, "no wheels in `{}`", directory.display());
    for (name, archive) in wheels {
        let expected = wheel::check_alone(&name, &archive, true).expect("the wheel is sound");
        let CheckedWheel { files, contents } = check_wheel(&name, &archive).expect("it is sound");
        let found = wheel::unpacked(&name, files, contents).expect("it was checked");
        let [expected, found] = [expected, found].map(|contents| described(&contents));
        assert!(expected == found, "{name}");
    }
}

#[test]
fn unsound_wheel_cannot_be_checked_before() {
    let builder = WheelBuilder::pip("30.3").unlisted("pip/__init__.py");
    let refused = check_wheel(&builder.file_name, &builder.build());
    let reason = refused.expect_err("a file is not listed");
    assert!(reason.starts_with("`pip-30.3-py3-none-any.whl` must not be installed: "), "{reason}");
}

/// Whatever a host gets wrong in such a wheel.
#[test]
fn inconsistent_checked_wheel_is_refused() {
    type Change = fn(&mut Vec<CheckedFile>, &mut Vec<u8>);
    let changes: [(FaultCode, Change); 10] = [
        (FaultCode::EntryName, |files, _| files[0].path = "../pip/x.py".to_owned()),
        (FaultCode::EntryName, |files, _| files[0].path = "/pip/x.py".to_owned()),
        (FaultCode::ScriptName, |files, _| {
            let script = files.iter_mut().find(|file| file.role == Role::Scripts);
            script.expect("there is one").path = "../python".to_owned();
        }),
        (FaultCode::WeakDigest, |files, _| files[0].sha256.truncate(31)),
        (FaultCode::Mismatch, |files, _| files[0].size += 1),
        (FaultCode::Mismatch, |files, _| files[0].size = u64::MAX),
        (FaultCode::Mismatch, |_, contents| contents.truncate(9)),
        (FaultCode::StrayBytes, |_, contents| contents.push(0)),
        (FaultCode::DistInfo, |files, _| {
            let metadata = files.iter_mut().find(|file| file.path.ends_with("/METADATA"));
            metadata.expect("there is one").path = "pip/METADATA".to_owned();
        }),
        (FaultCode::WheelFile, |files, contents| {
            let wheel = files.iter().position(|file| file.path.ends_with("/WHEEL"));
            let wheel = wheel.expect("there is one");
            let start: u64 = files[..wheel].iter().map(|file| file.size).sum();
            let start = usize::try_from(start).expect("it is small");
            let size = usize::try_from(files[wheel].size).expect("it is small");
            contents[start..start + size].fill(b'x');
        }),
    ];
    let builder = every_role();
    for (code, change) in changes {
        let checked = check_wheel(&builder.file_name, &builder.build()).expect("it is sound");
        let CheckedWheel { mut files, mut contents } = checked;
        change(&mut files, &mut contents);
        let refused = wheel::unpacked(&builder.file_name, files, contents);
        let Err(Error::UnsoundWheel(faults)) = refused else { panic!("{code:?}: {refused:?}") };
        let [fault] = &faults[..] else { panic!("{code:?}: {faults:?}") };
        assert_eq!(fault.code, code, "{fault:?}");
    }
}

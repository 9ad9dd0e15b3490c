//! A corpus of hostile wheels: each is the sound one with one thing spoiled, and is refused for that
//! thing alone, under its code, with nothing written.

/// A case of a file with this name.
macro_rules! named {
    ($what:literal, $code:ident, $name:literal) => {
        ($what, Code::$code, $name, Wheel(|wheel| wheel.file($name, "evil")))
    };
}

/// Archives that hold too much.
mod bombs;
/// What a wheel says of itself, and what it would put elsewhere.
mod claims;
/// What entries are called, and what kind of file they are.
mod names;
/// Archives that are to be accepted.
mod unusual;
/// The archive, byte by byte.
mod zip;
/// Numbers of 64 bits.
mod zip64;

use super::faults::faults_of_bytes;
use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::zip_builder::ZipBuilder;
use super::{apply, driver, pip, request};
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode, Role};
use crate::install;
use crate::install::WheelResource;
use crate::wheel;
use std::collections::BTreeSet;

/// The file name of the wheel that is spoiled: what faults of the whole are about.
const WHEEL: &str = "pip-30.3-py3-none-any.whl";

/// A hostile wheel: what is wrong with it, the code for that, the entry that is named, and how it is
/// made.
type Case = (&'static str, FaultCode, &'static str, How);

/// How a hostile wheel is made.
enum How {
    /// As a wheel, with a `RECORD` that fits.
    Wheel(fn(WheelBuilder) -> WheelBuilder),
    /// As an archive, from one with the entry `pip/x.py`, which is `RECORD`'s last.
    Archive(fn(&mut ZipBuilder)),
    /// As bytes.
    Bytes(fn(Vec<u8>) -> Vec<u8>),
}

/// The wheel that is spoiled.
fn sound() -> WheelBuilder {
    pip().file("pip/x.py", CONTENTS)
}

/// What its last file holds.
const CONTENTS: &str = "x = 'something that can be packed, that can be packed'\n";

fn cases() -> Vec<Case> {
    [zip::cases(), zip64::cases(), bombs::cases(), names::cases(), claims::cases()]
        .into_iter()
        .flatten()
        .collect()
}

fn make(how: &How) -> Vec<u8> {
    match how {
        How::Wheel(spoil) => spoil(sound()).build(),
        How::Archive(spoil) => {
            let mut zip = sound().zip();
            spoil(&mut zip);
            zip.build()
        }
        How::Bytes(spoil) => spoil(sound().build()),
    }
}

#[test]
fn hostile_wheels_are_rejected_with_fault_code() {
    let roles = [Role::Purelib, Role::Platlib, Role::Headers, Role::Data];
    let cases = cases();
    let (mut names, mut wrong) = (BTreeSet::new(), Vec::new());
    for (name, code, entry, how) in &cases {
        assert!(names.insert(*name), "{name}: there are two of this name");
        let target = Target::posix(&roles);
        for role in roles {
            target.memory(role).put_all(&["pip/x.py", "evil.py"], b"old");
        }
        let before = target.trees();
        let wheel = make(how);
        let given = WheelResource::new(WHEEL.to_owned(), wheel.clone(), false);
        if install::check(&given, Vec::new(), &target).is_ok() {
            wrong.push(format!("{name}: accepted"));
            continue;
        }
        let faults = faults_of_bytes(&target, &sound(), &wheel);
        let is_told = faults.iter().all(|fault| fault.code == *code)
            && faults.iter().any(|fault| fault.entry == *entry);
        if !is_told {
            wrong.push(format!("{name}: {faults:?}"));
        }
        assert_eq!(target.trees(), before, "{name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let codes: BTreeSet<FaultCode> = cases.iter().map(|(_, code, _, _)| *code).collect();
    // Raise it with the corpus. The codes that are left are for the file name, for cut lists, and for a
    // pip without its libraries, which other wheels may have.
    assert_eq!((cases.len(), codes.len()), (277, 27));
}

/// Installs an archive that the sound wheel was made into.
fn apply_bytes(bytes: Vec<u8>, target: &Target) {
    let wheel = WheelResource::new(sound().file_name, bytes, false);
    driver::install(&[&wheel], &request(), target).expect("it is sound");
}

#[test]
fn wheel_before_tampering_is_accepted() {
    for wheel in [sound().build(), make(&How::Archive(|_| {})), make(&How::Bytes(|bytes| bytes))] {
        let target = Target::posix(&[Role::Purelib]);
        apply_bytes(wheel, &target);
    }
}

#[test]
fn debundled_pip_is_refused_before_the_first_write() {
    for module in [
        "DEBUNDLED = True\nvendored(\"six\")\nvendored(\"rich.text\")\n",
        "DEBUNDLED=1 # here\n    vendored(\"packaging\")\n",
        "DEBUNDLED = False\nDEBUNDLED = True\nvendored(\"a\")\n",
    ] {
        let wheel = sound()
            .file("pip/_vendor/__init__.py", module)
            .file("pip/_vendor/six.py", "")
            .file("pip/_vendor/requests/__init__.py", "");
        let target = Target::posix(&[Role::Purelib]);
        let before = target.trees();
        let Err(Error::UnsoundWheel(faults)) = apply(&wheel, &target) else { panic!("{module}") };
        let found: Vec<_> = faults.iter().map(|fault| (fault.code, fault.entry.as_str())).collect();
        assert_eq!(found, [(FaultCode::Debundled, "pip/_vendor/__init__.py")], "{module}");
        assert_eq!(target.trees(), before, "{module}");
    }
}

#[test]
fn debundled_pip_with_vendored_libraries_is_accepted() {
    let wheel = sound()
        .file("pip/_vendor/__init__.py", "DEBUNDLED = True\nvendored(\"six\")\nvendored(\"a.b\")\n")
        .file("pip/_vendor/six.py", "")
        .file("pip/_vendor/a/__init__.py", "");
    let target = Target::posix(&[Role::Purelib]);
    apply(&wheel, &target).expect("it is sound");
}

#[test]
fn zip_variants_of_common_tools_are_accepted() {
    for how in unusual::cases() {
        let target = Target::posix(&[Role::Purelib]);
        apply_bytes(make(&how), &target);
    }
}

#[test]
fn wheel_directory_entry_is_accepted() {
    let target = Target::posix(&[Role::Purelib]);
    let wheel = pip().file("pip/empty/", "").mode("pip/empty/", 0o040_755).unlisted("pip/empty/");
    apply(&wheel, &target).expect("the wheel is sound");
    assert!(!target.paths(Role::Purelib).iter().any(|path| path.contains("empty")));
}

#[test]
fn wheel_with_flipped_bit_is_rejected_or_unchanged() {
    let sound = sound().build();
    let read = |bytes: &[u8]| {
        let contents = wheel::check_alone(WHEEL, bytes, false).ok()?;
        let files = contents.files.into_iter();
        let files = files.map(|file| (file.role, file.path, file.data.held().map(<[u8]>::to_vec)));
        Some(files.collect::<Vec<_>>())
    };
    let expected = read(&sound);
    assert!(expected.is_some());
    let mut accepted = 0;
    for index in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[index] ^= 1 << (index % 8);
        if let Some(found) = read(&bytes) {
            accepted += 1;
            assert!(Some(found) == expected, "byte {index}");
        }
        assert!(read(&sound[..index]).is_none(), "{index} bytes");
        assert!(read(&sound[index + 1..]).is_none(), "all but {} bytes", index + 1);
    }
    // Who made it, the internal attributes, the lower modes, and what deflate leaves open.
    assert!(accepted < sound.len() / 4, "{accepted}");
}

#[test]
fn symlink_entry_and_file_below_it_are_both_reported() {
    let wheel = sound().file("pip/link", "/etc").mode("pip/link", 0o120_777);
    let wheel = wheel.file("pip/link/passwd", "evil");
    let faults = faults_of_bytes(&Target::posix(&[Role::Purelib]), &wheel, &wheel.build());
    let codes: Vec<FaultCode> = faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [FaultCode::EntryType, FaultCode::Collision]);
}

#[test]
fn trusted_wheel_may_contain_pth_and_sitecustomize() {
    for name in ["evil.pth", "evil.start", "sitecustomize.py"] {
        let target = Target::posix(&[Role::Purelib]);
        let wheel = sound().file(name, "import os\n");
        assert!(apply(&wheel, &target).is_err());
        let trusted = WheelResource::new(wheel.file_name.clone(), wheel.build(), true);
        driver::install(&[&trusted], &request(), &target).expect("it is trusted");
        assert!(target.paths(Role::Purelib).contains(&name.to_owned()));
    }
}

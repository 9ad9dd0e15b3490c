//! Wheels that stay in their directory, which the component may read.

use super::trap::{REQUEST, Trap, facts, tree};
use crate::convert::Subject;
use crate::error::Error;
use crate::progress::Reporter;
use crate::requirements::Wanted;
use crate::root::Root;
use crate::sandbox::{Access, Failure, Interrupt, Runtime, Sandbox};
use crate::wheels::{Storage, Wheel, in_directory, newest};
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The file name of a bundled wheel, and its bytes.
fn bundled() -> (&'static str, Vec<u8>) {
    let name = newest().file_name;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wheels").join(name);
    (name, fs::read(path).expect("the wheel can be read"))
}

/// The same files in another archive.
fn repacked(archive: &[u8]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).expect("it is an archive");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("it can be read");
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents).expect("it can be unpacked");
        let name = entry.name().expect("the name is text").into_owned();
        writer.start_file(name, options).expect("it can be added");
        writer.write_all(&contents).expect("it can be written");
    }
    writer.finish().expect("it can be finished").into_inner()
}

/// The wheel of pip in a directory, which stays there.
fn left_in(directory: &Path) -> Arc<Wheel> {
    let wanted = Wanted::any("pip");
    let candidates = in_directory(directory, &wanted).expect("there is a wheel");
    Arc::new(candidates[0].read(&wanted, &mut Storage::without_memory()).expect("it can be read"))
}

fn sandbox() -> Sandbox {
    let runtime = Runtime::new().expect("the component can be loaded");
    let sandbox = runtime.sandbox(Reporter::new(None), &Interrupt::default());
    sandbox.expect("it can be instantiated")
}

/// Its digest may have been a reason to trust it.
#[test]
fn wheel_replaced_after_it_was_hashed_is_refused() {
    let directory = tempfile::tempdir().expect("there is room");
    let (name, bytes) = bundled();
    let path = directory.path().join(name);
    let write = |bytes: &[u8]| fs::write(&path, bytes).expect("it can be written");
    write(&bytes);
    let wheel = left_in(directory.path());
    assert!(wheel.directory().is_some() && wheel.held() == 0);
    let checked = sandbox().check(&wheel, &[], &[]).expect("it is the same");
    checked.expect("it is sound");

    let other = repacked(&bytes);
    write(&other);
    let refused = sandbox().check(&wheel, &[], &[]).map(drop);
    let expected = format!(
        "failed to read the wheel `{}`: it has changed since it was hashed",
        path.display()
    );
    assert_eq!(refused.expect_err("it is another").to_string(), expected);
    // It is sound by itself.
    let other = sandbox().check(&left_in(directory.path()), &[], &[]).expect("it is the same");
    other.expect("it is sound");

    fs::remove_file(&path).expect("it can be removed");
    let refused = sandbox().check(&wheel, &[], &[]).map(drop);
    assert_eq!(refused.expect_err("it is gone").to_string(), expected);
}

/// Between the check and the writing, the component itself shows the difference.
#[test]
fn wheel_replaced_after_check_is_refused_when_it_is_staged() {
    let trap = Trap::new();
    let (name, bytes) = bundled();
    let path = trap.path("decoy").join(name);
    fs::write(&path, &bytes).expect("it can be written");
    let (wheel, facts) = (left_in(&trap.path("decoy")), facts());
    let mut sandbox = sandbox();
    let checked = sandbox.check(&wheel, &[], &[]).expect("it is the same");
    checked.expect("it is sound");
    fs::write(&path, repacked(&bytes)).expect("it can be written");
    let access = Access::writable(&Arc::new(vec![trap.grant()]));
    let before = tree(&trap.path("purelib"));
    let begun = sandbox.begin(access, &[Arc::clone(&wheel)], &facts, &REQUEST);
    let Ok(mut transaction) = begun else { panic!("nothing was read again") };
    let Err(Failure::Answer(refused)) = transaction.stage() else { panic!("it was staged") };
    transaction.roll_back();
    assert_eq!(tree(&trap.path("purelib")), before);
    let subject = Subject {
        root: &Root::new(None),
        facts: &facts,
        wheel: (name, newest().version),
        wheels: &[name],
        scheme: None,
    };
    let message = subject.error(refused).to_string();
    let expected =
        format!("failed to read the wheel `{name}`: it has changed since it was checked: ");
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn directory_of_wheels_is_read_only_and_no_way_out() {
    let trap = Trap::new();
    fs::write(trap.path("purelib/pip-1-py3-none-any.whl"), "no archive").expect("there is room");
    let before = tree(trap.directory.path());
    let refused = trap.sandbox().check(&left_in(&trap.path("purelib")), &[], &[]).map(drop);
    let Err(Error::Component(attempts)) = refused else { panic!("the probe opens no wheel") };
    assert!(!attempts.contains("GOT OUT"), "{attempts}");
    assert!(attempts.contains("grants: wheels read-only"), "{attempts}");
    assert!(attempts.matches("\\n").count() > 60, "{attempts}");
    assert_eq!(tree(trap.directory.path()), before);
}

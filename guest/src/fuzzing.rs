//! An entry point for `fuzz/`: the readers of untrusted bytes, and their results.
//!
//! It exists only where `cfg(fuzzing)` is set, as cargo-fuzz does. Its functions are thin; the
//! targets define what must hold of their results.

mod forged;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/support/wheel_builder.rs"]
mod wheel_builder;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/support/zip_builder.rs"]
mod zip_builder;

pub use forged::forged;

use crate::archive::Archive;
use crate::bindings::ensurepip::bootstrap::types::Role;
use crate::entry_path::EntryPath;
use crate::faults::Faults;
use crate::file_data::Unpacker;
use crate::metadata::Headers;
use crate::record::{self, Claims};
use crate::{entry_path, entry_points, wheel};
use std::rc::Rc;

/// The file name of every wheel that is checked.
const WHEEL: &str = "pip-30.3-py3-none-any.whl";

/// A file of an accepted archive.
#[derive(Debug)]
pub struct File {
    /// Its path in the archive; for a file of a wheel, the one it is unpacked to.
    pub path: String,
    /// Its contents.
    pub contents: Vec<u8>,
    /// Whether it is marked executable.
    pub executable: bool,
    /// Seconds since 1970.
    pub modified: u64,
}

/// The files of an archive, in order. None if it is rejected.
#[must_use]
pub fn archive(bytes: &[u8]) -> Option<Vec<File>> {
    let mut faults = Faults::default();
    let archive = Archive::open(WHEEL, &Rc::new(bytes.to_vec()), &mut faults)?;
    faults.check(WHEEL).ok()?;
    let read = archive.entries().iter().map(|entry| {
        Some(File {
            path: entry.path.to_string(),
            contents: entry.packed.whole(archive.bytes()).ok()?,
            executable: entry.executable,
            modified: entry.modified,
        })
    });
    read.collect()
}

/// The files that a wheel is unpacked to, without scripts and `RECORD`. None if it is rejected.
#[must_use]
pub fn wheel(bytes: &[u8]) -> Option<Vec<File>> {
    let contents = wheel::check_alone(WHEEL, bytes, false).ok()?;
    // Both libraries are one directory on most systems.
    let place = |role| match role {
        Role::Purelib | Role::Platlib => "library",
        Role::Headers => "headers",
        Role::Data => "data",
        Role::Scripts => "scripts",
    };
    let unpacker = Unpacker::of_memory(WHEEL, bytes);
    let files = contents.files.iter().map(|file| {
        Some(File {
            path: file.path.below(place(file.role)),
            contents: file.contents(&unpacker).ok()?.into_owned(),
            executable: file.executable,
            modified: file.modified,
        })
    });
    files.collect()
}

/// Whether the name of an entry would be accepted.
#[must_use]
pub fn is_entry_path(name: &str) -> bool {
    EntryPath::new(name).is_ok()
}

/// The folded form of a name: two are equal if and only if their names count as the same.
#[must_use]
pub fn fold(name: &str) -> String {
    entry_path::fold(name)
}

/// The SHA-256 digest of some contents, in hexadecimal.
#[must_use]
pub fn hexadecimal_sha256(contents: &[u8]) -> String {
    record::sha256(contents).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The rows of a wheel's `RECORD`, sorted by path. None if it is rejected.
#[must_use]
pub fn claims(record: &[u8]) -> Option<Vec<[String; 3]>> {
    let mut faults = Faults::default();
    let claims = Claims::parse("RECORD", record, &mut faults);
    faults.check(WHEEL).ok()?;
    Some(claims.into_rows().collect())
}

/// The paths that an installed `RECORD` lists.
#[must_use]
pub fn listed(record: &[u8]) -> Vec<String> {
    record::listed(record)
}

/// An installed `RECORD` of files with known contents.
#[must_use]
pub fn written(paths: &[String]) -> Vec<u8> {
    let row = |path: &String| record::Row::hashed(path.clone(), path.as_bytes(), 1);
    record::write(&mut paths.iter().map(row).collect::<Vec<_>>())
}

/// The fields of a header file by name. None if it is rejected, or has one of them twice.
#[must_use]
pub fn headers(contents: &[u8], fields: &[&str]) -> Option<Vec<Option<String>>> {
    let headers = Headers::parse(contents).ok()?;
    let is_sound = headers.first_repeated(fields).is_none();
    is_sound.then(|| fields.iter().map(|field| headers.get(field).map(str::to_owned)).collect())
}

/// The commands of `entry_points.txt`: name, module, attribute, and whether they have no console.
/// None if it is rejected.
#[must_use]
pub fn commands(contents: &[u8]) -> Option<Vec<(String, String, String, bool)>> {
    let (commands, wrong) = entry_points::parse(contents);
    let commands = commands.into_iter();
    let commands = commands.map(|one| (one.name, one.module, one.attribute, one.gui));
    wrong.is_empty().then(|| commands.collect())
}

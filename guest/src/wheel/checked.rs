//! A wheel that was checked before and comes unpacked: the bundled wheels, which are checked when the
//! host is built.
//!
//! [`check_wheel`] does the check then, with the very code that the component consists of.
//! [`unpacked`] takes its result in the component. It verifies names and sizes again, but no digest.

use super::identity::library;
use super::reading::requires_python;
use super::{Contents, DataScript, File};
use crate::bindings::ensurepip::bootstrap::types::{CheckedFile, Error, FaultCode, Role};
use crate::entry_path::EntryPath;
use crate::entry_points;
use crate::faults::fault;
use crate::file_data::FileData;
#[cfg(not(target_family = "wasm"))]
use crate::file_data::{Unpacker, Unreadable};
use crate::metadata::{Headers, Licenses};
use crate::scripts;
use crate::wheel_name::WheelName;
use std::cmp::Ordering;
use std::rc::Rc;

/// Takes a wheel that was checked before: its files, and their contents one after the other.
pub(crate) fn unpacked(
    file_name: &str,
    files: Vec<CheckedFile>,
    contents: Vec<u8>,
) -> Result<Contents, Error> {
    let name = WheelName::parse(file_name)?;
    check_sizes(&files, &contents).map_err(|(code, detail)| fault(code, file_name, detail))?;
    let metadata = files.iter().find_map(|file| {
        let directory = file.path.strip_suffix("/METADATA")?;
        (directory.ends_with(".dist-info") && !directory.contains('/')).then_some(directory)
    });
    let dist_info = metadata
        .ok_or_else(|| fault(FaultCode::DistInfo, file_name, "it has no `METADATA`"))?
        .to_owned();
    let mut wheel = Contents {
        name,
        dist_info,
        library: Role::Purelib,
        files: Vec::with_capacity(files.len()),
        scripts: Vec::new(),
        commands: Vec::new(),
        requires_python: None,
        requires_dist: Vec::new(),
        licenses: Licenses::default(),
        debundled: Vec::new(),
        modified: 0,
    };
    let (contents, mut start) = (Rc::new(contents), 0);
    for (entry, file) in files.into_iter().enumerate() {
        // No size is larger than their sum.
        let range = start..start + usize::try_from(file.size).unwrap_or_default();
        start = range.end;
        wheel.modified = wheel.modified.max(file.modified);
        wheel.add(entry, file, FileData::Part(Rc::clone(&contents), range))?;
    }
    Ok(wheel)
}

/// Compares the sizes of files with that of their contents. The error is a clause.
fn check_sizes(files: &[CheckedFile], contents: &[u8]) -> Result<(), (FaultCode, &'static str)> {
    let total = files.iter().try_fold(0_u64, |total, file| total.checked_add(file.size));
    match total.map(|total| total.cmp(&(contents.len() as u64))) {
        Some(Ordering::Equal) => Ok(()),
        Some(Ordering::Less) => Err((FaultCode::StrayBytes, "there are more contents than files")),
        _ => Err((FaultCode::Mismatch, "there are fewer contents than files")),
    }
}

impl Contents {
    /// Adds a file that was checked before.
    fn add(&mut self, entry: usize, file: CheckedFile, data: FileData) -> Result<(), Error> {
        let CheckedFile { role, path, sha256, executable, modified, .. } = file;
        let held = data.held().unwrap_or_default();
        let wrong = |code, detail: &str| fault(code, &path, detail);
        if role == Role::Scripts {
            let checked = scripts::check_name(&path);
            checked.map_err(|detail| wrong(FaultCode::ScriptName, detail))?;
            let contents = held.to_vec();
            self.scripts.push(DataScript { name: path, contents });
            return Ok(());
        }
        let parsed = EntryPath::new(&path).map_err(|detail| wrong(FaultCode::EntryName, detail))?;
        let digest = sha256.try_into();
        let digest =
            digest.map_err(|_| wrong(FaultCode::WeakDigest, "its digest is not a SHA-256"))?;
        match path.strip_prefix(&self.dist_info).and_then(|rest| rest.strip_prefix('/')) {
            Some("WHEEL") => {
                let found = library(held);
                self.library = found.map_err(|detail| wrong(FaultCode::WheelFile, &detail))?;
            }
            Some("METADATA") => {
                let headers = Headers::parse(held);
                let headers = headers.map_err(|detail| wrong(FaultCode::Metadata, &detail))?;
                let found = requires_python(&headers);
                self.requires_python =
                    found.map_err(|detail| wrong(FaultCode::Metadata, &detail))?;
                self.requires_dist = headers.all("Requires-Dist");
                self.licenses = headers.licenses();
            }
            Some("entry_points.txt") => self.commands = entry_points::parse(held).0,
            _ => {}
        }
        let entry = u32::try_from(entry).unwrap_or(u32::MAX);
        self.files.push(File { entry, role, path: parsed, data, digest, executable, modified });
        Ok(())
    }
}

/// A wheel that was checked, unpacked.
#[cfg(not(target_family = "wasm"))]
#[derive(Debug)]
pub struct CheckedWheel {
    /// All its files except `RECORD`, in the order of the archive; scripts that it brings as files are
    /// at the end.
    pub files: Vec<CheckedFile>,
    /// Their contents, one after the other.
    pub contents: Vec<u8>,
}

/// Checks a wheel whose source is trusted, as the component does, and unpacks it.
///
/// # Errors
///
/// Fails with all faults of the wheel, as text, if it must not be installed.
#[cfg(not(target_family = "wasm"))]
pub fn check_wheel(file_name: &str, bytes: &[u8]) -> Result<CheckedWheel, String> {
    let trusted = true;
    let wheel = super::check_alone(file_name, bytes, trusted);
    let wheel = wheel.and_then(|wheel| super::debundled::check(&[&wheel]).map(|()| wheel));
    let wheel = wheel.map_err(|error| format!("`{file_name}` must not be installed: {error:?}"))?;
    let mut checked = CheckedWheel { files: Vec::new(), contents: Vec::new() };
    let unpacker = Unpacker::of_memory(file_name, bytes);
    for file in &wheel.files {
        let contents = file.contents(&unpacker).map_err(|Unreadable(detail)| detail)?;
        checked.contents.extend_from_slice(&contents);
        let File { role, path, data, digest, executable, modified, .. } = file;
        checked.files.push(CheckedFile {
            role: *role,
            path: path.as_str().to_owned(),
            size: data.size(),
            sha256: digest.to_vec(),
            executable: *executable,
            modified: *modified,
        });
    }
    for DataScript { name, contents } in wheel.scripts {
        checked.files.push(CheckedFile {
            role: Role::Scripts,
            path: name,
            size: contents.len() as u64,
            sha256: crate::record::sha256(&contents).to_vec(),
            executable: true,
            modified: wheel.modified,
        });
        checked.contents.extend_from_slice(&contents);
    }
    Ok(checked)
}

//! What must be known of a wheel before its files mean anything: the one `.dist-info` directory, and
//! what the `WHEEL` file in it says.

use crate::archive::Archive;
use crate::bindings::ensurepip::bootstrap::types::{FaultCode, Role};
use crate::entry_path::fold;
use crate::faults::Faults;
use crate::metadata::Headers;
use crate::wheel_name::{WheelName, canonical_name, same_version};
use std::collections::BTreeSet;

/// Fields that `WHEEL` may have once. Of several, readers take one or the other.
const SINGLE_WHEEL_FIELDS: [&str; 2] = ["Wheel-Version", "Root-Is-Purelib"];

/// What must be known of a wheel before its files mean anything.
pub(super) struct Identity {
    /// The name of its `.dist-info` directory.
    pub(super) dist_info: String,
    /// `purelib` or `platlib`: where its root goes.
    pub(super) library: Role,
}

impl Identity {
    /// Steps 1 and 2 of unpacking: parse `WHEEL`, and see that we know its version of the format.
    /// None if that cannot be; why not is noted.
    pub(super) fn read(
        file_name: &str,
        archive: &Archive,
        name: &WheelName,
        faults: &mut Faults,
    ) -> Option<Identity> {
        let dist_info = find_dist_info(archive, name);
        let dist_info =
            dist_info.map_err(|detail| faults.add(FaultCode::DistInfo, file_name, detail)).ok()?;
        let path = format!("{dist_info}/WHEEL");
        let library = read_wheel_file(archive, &path);
        let library =
            library.map_err(|detail| faults.add(FaultCode::WheelFile, &path, detail)).ok()?;
        Some(Identity { dist_info, library })
    }
}

/// Reads `WHEEL`, for where the root goes. The error is a clause.
fn read_wheel_file(archive: &Archive, path: &str) -> Result<Role, String> {
    let entry = archive.find(path).ok_or("there is no such file")?;
    library(&entry.packed.whole(archive.bytes()).map_err(|(_, detail)| detail)?)
}

/// Where the root of a wheel goes, by its `WHEEL` file. The error is a clause.
pub(super) fn library(contents: &[u8]) -> Result<Role, String> {
    let headers = Headers::parse(contents)?;
    if let Some(field) = headers.first_repeated(&SINGLE_WHEEL_FIELDS) {
        return Err(format!("{field} is there twice"));
    }
    let version = headers.get("Wheel-Version").ok_or("no Wheel-Version")?;
    match version.split_once('.') {
        Some(("1", minor)) if minor.parse::<u32>().is_ok() => {}
        _ => return Err(format!("Wheel-Version `{version}` is not supported, 1.x is")),
    }
    match headers.get("Root-Is-Purelib").map(str::to_ascii_lowercase).as_deref() {
        Some("true") => Ok(Role::Purelib),
        Some("false") => Ok(Role::Platlib),
        _ => Err("Root-Is-Purelib is neither `true` nor `false`".to_owned()),
    }
}

/// The one `.dist-info` directory, which must be that of the file name. The error is a clause.
fn find_dist_info(archive: &Archive, name: &WheelName) -> Result<String, String> {
    let tops: BTreeSet<&str> = archive
        .entries()
        .iter()
        .map(|entry| entry.path.split_first().0)
        .filter(|top| fold(top).ends_with(".dist-info"))
        .collect();
    let mut tops = tops.into_iter();
    let (Some(found), None) = (tops.next(), tops.next()) else {
        return Err("there is not exactly one `.dist-info` directory".to_owned());
    };
    let parts = found.strip_suffix(".dist-info").and_then(|stem| stem.split_once('-'));
    let agrees = parts.is_some_and(|(project, version)| {
        canonical_name(project) == canonical_name(&name.project)
            && same_version(version, &name.version)
    });
    if agrees {
        Ok(found.to_owned())
    } else {
        Err(format!("`{found}` is not of the project and version of the file name"))
    }
}

//! Several instances stage one wheel, each on its own CPU: what one of them leaves to the others,
//! and how the others stage it.
//!
//! One of them has checked the wheel and decides what goes where. The others write the files that
//! they have kept from reading their parts of the wheel, and bytecode from the host.

use super::wheel_resource::WheelResource;
use crate::bindings::ensurepip::bootstrap::types::Error;
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Place, PlacedBytecode, PlacedFile,
};
use crate::file_data::Data;
use crate::host::Host;

/// Stages the share that another instance has left to this one. Returns how many of the files this
/// one had.
pub(crate) fn stage_share(
    wheel: &WheelResource,
    files: &[PlacedFile],
    bytecode: Vec<PlacedBytecode>,
    host: &dyn Host,
) -> Result<u32, Error> {
    let count = wheel.with_read(|kept| -> Result<u32, Error> {
        let mut count = 0;
        for PlacedFile { entry, place } in files {
            let entry = usize::try_from(*entry).ok();
            if let Some((contents, _)) = entry.and_then(|entry| kept.get(&entry)) {
                write(place, &contents[..].into(), host)?;
                count += 1;
            }
        }
        Ok(count)
    })?;
    for PlacedBytecode { place, contents } in bytecode {
        write(&place, &contents.into(), host)?;
    }
    Ok(count)
}

fn write(place: &Place, contents: &Data, host: &dyn Host) -> Result<(), Error> {
    let directory = host.directory(place.role).ok_or(Error::NotGranted(place.role))?;
    let written = directory.create_file(&place.path, contents, place.modified);
    written.map_err(|reason| reason.of(place.role))
}

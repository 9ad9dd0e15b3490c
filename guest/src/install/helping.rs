//! Several instances that stage one wheel, each on a CPU of its own: what one of them leaves to the
//! others, and what those do.
//!
//! One of them has checked the wheel, and says what goes where; nobody else decides anything. The
//! others write what they have kept since the check, and bytecode that the host has kept.

use super::bytecode::Place as SourcePlace;
use super::wheel_resource::WheelResource;
use crate::bindings::ensurepip::bootstrap::types::{Error, KeptFile, Place};
use crate::bindings::exports::ensurepip::bootstrap::installer::ShareReport;
use crate::host::Host;

/// What other instances are staging. They have come to an end when this is dropped.
pub(super) struct Helped<'work> {
    host: &'work dyn Host,
    /// The sources of the bytecode among it, call by call.
    sources: Vec<Vec<SourcePlace<'work>>>,
    is_under_way: bool,
}

impl<'work> Helped<'work> {
    /// Has them begin with these files, and the bytecode of these sources, which has these places.
    pub(super) fn begin(
        host: &'work dyn Host,
        files: &[KeptFile],
        sources: Vec<Vec<SourcePlace<'work>>>,
        bytecode: &[Vec<Place>],
    ) -> Helped<'work> {
        let is_under_way = !files.is_empty() || !bytecode.is_empty();
        if is_under_way {
            host.stage_elsewhere(files, bytecode);
        }
        Helped { host, sources, is_under_way }
    }

    /// Waits for them. The sources of which there is bytecode now, and where that is.
    pub(super) fn finish(mut self) -> Result<Vec<SourcePlace<'work>>, Error> {
        if !std::mem::take(&mut self.is_under_way) {
            return Ok(Vec::new());
        }
        let written = self.host.staged_elsewhere()?;
        let sources = std::mem::take(&mut self.sources).into_iter().flatten();
        let mut written = written.into_iter().flatten();
        // Of what is not told, there is none.
        Ok(sources.filter(|_| written.next().unwrap_or(false)).collect())
    }
}

impl Drop for Helped<'_> {
    /// What has failed meanwhile is about to be undone: nothing is to be added to it.
    fn drop(&mut self) {
        if self.is_under_way {
            let _ = self.host.staged_elsewhere();
        }
    }
}

/// What this instance has kept of these files.
pub(crate) fn kept(wheel: &WheelResource, entries: &[u32]) -> Vec<Option<Vec<u8>>> {
    wheel.with_kept(|kept| {
        let contents = entries.iter().map(|entry| {
            let (contents, _) = kept.get(&usize::try_from(*entry).ok()?)?;
            Some(contents.clone())
        });
        contents.collect()
    })
}

/// Stages what another instance has left to this one.
pub(crate) fn stage_share(
    wheel: &WheelResource,
    files: &[KeptFile],
    bytecode: &[Vec<Place>],
    host: &dyn Host,
) -> Result<ShareReport, Error> {
    let files = wheel.with_kept(|kept| -> Result<u32, Error> {
        let mut count = 0;
        for KeptFile { entry, place } in files {
            let entry = usize::try_from(*entry).ok();
            if let Some((contents, _)) = entry.and_then(|entry| kept.get(&entry)) {
                write(place, contents, host)?;
                count += 1;
            }
        }
        Ok(count)
    })?;
    let bytecode = bytecode.iter().map(|places| stage_bytecode(places, host));
    Ok(ShareReport { files, bytecode: bytecode.collect::<Result<_, _>>()? })
}

/// Stages what the next call has come to. For which of the places there was anything.
fn stage_bytecode(places: &[Place], host: &dyn Host) -> Result<Vec<bool>, Error> {
    let answers = host.compiled()?;
    if answers.len() != places.len() {
        let detail = format!("{} places have {} answers", places.len(), answers.len());
        return Err(Error::Bytecode(detail));
    }
    for (place, answer) in places.iter().zip(&answers) {
        answer.iter().try_for_each(|contents| write(place, contents, host))?;
    }
    Ok(answers.iter().map(Option::is_some).collect())
}

fn write(place: &Place, contents: &[u8], host: &dyn Host) -> Result<(), Error> {
    let directory = host.directory(place.role).ok_or(Error::NotGranted(place.role))?;
    let written = directory.create_file(&place.path, &contents.into(), place.modified);
    written.map_err(|failure| failure.of(place.role))
}

//! A run in an image: select, then for each platform read, lay out, run and compare, then write.

use super::changes::changes;
use super::reading::Reading;
use super::report::{ImageOutcome, ImageReport, NewLayer, PlatformReport, SkippedImage};
use super::sparse::SparseRoot;
use super::turns::Turns;
use super::{Image, named};
use crate::bootstrap::Bootstrap;
use crate::error::{Error, RootError};
use crate::progress::Reporter;
use crate::report::{Change, Command, Outcome, Report, WheelReport};
use crate::sandbox::Runtime;
use crate::scarcity;
use ensurepip_oci::{Addition, Layout, NewEntry, Platform, write_layer};
use std::collections::BTreeMap;
use std::io;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The settings for a platform.
pub(super) type Settings<'run> = dyn Fn(&Platform) -> Bootstrap + Sync + 'run;

/// Carries out a command for all selected images, and writes the result.
pub(super) fn run(
    image: Image,
    command: Command,
    settings: &Settings<'_>,
) -> Result<ImageReport, Error> {
    let Image { source, output, platforms, on_progress } = image;
    let layout = Layout::open(&source.path)?;
    let selection = layout.select(source.reference.as_deref(), &platforms)?;
    let sizes = selection.images.iter().flat_map(|image| &image.layers).map(|layer| layer.size);
    let mut images = selection.images.iter();
    let is_dry_run = images.any(|image| settings(&image.platform).is_dry_run());
    let run = ImageRun {
        layout: &layout,
        shown: &named(&source),
        command,
        settings,
        runtime: Runtime::new()?,
        reading: Reading::new(Reporter::new(on_progress), sizes.sum()),
        turns: Turns::new(scarcity::parallelism()),
    };
    let (mut reports, mut additions, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    let mut without_python = None;
    for (image, done) in selection.images.iter().zip(run.each(&selection.images)?) {
        match done {
            Done::Run(report, addition) => {
                reports.push(*report);
                additions.push(addition);
            }
            Done::NoPython(error) => {
                skipped.push(SkippedImage::without_python(image));
                additions.push(None);
                without_python = Some(error);
            }
        }
    }
    // Nobody asks for an image that has no Python.
    if let Some(error) = without_python
        && (reports.is_empty() || !platforms.is_empty())
    {
        return Err(error);
    }
    skipped.extend(selection.skipped.iter().map(SkippedImage::of));
    let update = selection.update(&layout, additions)?;
    let outcome = if command == Command::Status {
        ImageOutcome::Status
    } else if reports.iter().any(|done| matches!(done.report.outcome, Outcome::Planned { .. })) {
        ImageOutcome::Planned
    } else if update.changed() {
        ImageOutcome::Changed
    } else if output.is_some() && !is_dry_run {
        ImageOutcome::Copied
    } else {
        ImageOutcome::Unchanged
    };
    // Where nothing has changed, it may be because a killed run has done it, and has left something.
    let is_written = match outcome {
        ImageOutcome::Changed | ImageOutcome::Copied => true,
        ImageOutcome::Unchanged => !is_dry_run,
        ImageOutcome::Status | ImageOutcome::Planned => false,
    };
    if is_written {
        if run.reading.is_cancelled() {
            return Err(Error::Cancelled);
        }
        update.write(layout, output.as_ref())?;
    }
    let manifests = selection.images.iter().map(|image| &image.manifest).zip(update.images());
    let manifests: BTreeMap<_, _> = manifests.map(|(old, new)| (old.to_string(), new)).collect();
    for report in &mut reports {
        let new = manifests.get(&report.manifest).map(ToString::to_string);
        report.new_manifest = new.filter(|new| *new != report.manifest);
    }
    Ok(ImageReport {
        command,
        image: named(&source),
        output: output.as_ref().map(named),
        outcome,
        digest: update.root().to_string(),
        platforms: reports,
        skipped,
        dropped: update.dropped().iter().map(|dropped| dropped.digest.to_string()).collect(),
    })
}

/// What the work on all platforms has in common.
struct ImageRun<'run> {
    layout: &'run Layout,
    shown: &'run Path,
    command: Command,
    settings: &'run Settings<'run>,
    runtime: Runtime,
    reading: Reading,
    /// Runs take most of the memory, so there is one for each CPU at a time.
    turns: Turns,
}

/// The result for a platform.
enum Done {
    /// The report, and the layer if there is anything to change.
    Run(Box<PlatformReport>, Option<Addition>),
    /// The image has no Python, and this is what the error would be.
    NoPython(Error),
}

impl ImageRun<'_> {
    /// Works on each image. There is one thread more than CPUs, so that on two of them three images do not
    /// take twice the time of one. Fails with the error of the first image that has one.
    fn each(&self, images: &[ensurepip_oci::Image]) -> Result<Vec<Done>, Error> {
        let next = AtomicUsize::new(0);
        let done: Vec<Mutex<Option<Result<Done, Error>>>> =
            images.iter().map(|_| Mutex::new(None)).collect();
        let work = || {
            loop {
                let position = next.fetch_add(1, Ordering::Relaxed);
                let (Some(image), Some(slot)) = (images.get(position), done.get(position)) else {
                    return;
                };
                let result = self.platform(image);
                if result.is_err() {
                    self.reading.stop();
                }
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            }
        };
        thread::scope(|scope| {
            let threads = match scarcity::parallelism() {
                1 => 1,
                cpus => cpus + 1,
            };
            for _ in 1..threads.min(images.len()) {
                // Without it, this thread does all of the work.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        let results = done
            .into_iter()
            .filter_map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
        let (mut all, mut failure) = (Vec::new(), None);
        for result in results {
            match result {
                Ok(done) => all.push(done),
                // The others were stopped because of the error.
                Err(Error::Cancelled) => {
                    failure.get_or_insert(Error::Cancelled);
                }
                Err(error) => {
                    failure =
                        failure.filter(|known| !matches!(known, Error::Cancelled)).or(Some(error));
                }
            }
        }
        failure.map_or(Ok(all), Err)
    }

    /// Works on the image of one platform.
    fn platform(&self, image: &ensurepip_oci::Image) -> Result<Done, Error> {
        let named = |error| {
            let (platform, error) = (image.platform.to_string(), Box::new(error));
            Error::ImagePlatform { platform, error }
        };
        match self.carry_out(image) {
            Err(Error::Cancelled) => Err(Error::Cancelled),
            Err(error @ Error::Root(RootError::NoPython { .. })) => {
                Ok(Done::NoPython(named(error)))
            }
            Err(error) => Err(named(error)),
            Ok((report, addition)) => Ok(Done::Run(Box::new(report), addition)),
        }
    }

    fn carry_out(
        &self,
        image: &ensurepip_oci::Image,
    ) -> Result<(PlatformReport, Option<Addition>), Error> {
        let settings = (self.settings)(&image.platform);
        let created = settings.epoch();
        let tree =
            self.reading.tree(self.layout, &image.layers, settings.cache_directory().as_deref())?;
        let (report, addition) = self.turns.take(|| {
            let root = SparseRoot::lay_out(&tree)
                .map_err(|error| temporary("lay out the image in", &error))?;
            let report = self.run_in(&root, settings)?;
            let entries = changes(&root, &tree);
            let entries = entries.map_err(|error| temporary("read the image in", &error))?;
            let addition = if entries.is_empty() {
                None
            } else {
                Some(addition(image, entries, created, &report)?)
            };
            Ok::<_, Error>((report, addition))
        })?;
        let layer = addition.as_ref().map(|addition| NewLayer {
            digest: addition.digest.to_string(),
            diff_id: addition.diff_id.to_string(),
            size: addition.compressed.len() as u64,
        });
        let platform = PlatformReport {
            platform: image.platform.to_string(),
            manifest: image.manifest.to_string(),
            new_manifest: None,
            layer,
            report,
        };
        Ok((platform, addition))
    }

    /// Runs the command in the sparse root. The system confines a thread for good, so this one gets a
    /// thread of its own.
    fn run_in(&self, root: &SparseRoot, settings: Bootstrap) -> Result<Report, Error> {
        let reading = self.reading.clone();
        let settings = settings
            .in_image(root.path(), Arc::clone(root.unseen()), self.shown)
            .runtime(&self.runtime)
            .on_progress(move |progress| reading.forward(progress));
        let command = self.command;
        let run = move || match command {
            Command::Install => settings.run(),
            Command::Uninstall => settings.uninstall(),
            Command::Status => settings.status(),
        };
        thread::scope(|scope| {
            let thread = thread::Builder::new().spawn_scoped(scope, run);
            let thread = thread.map_err(|reason| Error::Thread { reason })?;
            thread.join().unwrap_or_else(|panic| resume_unwind(panic))
        })
    }
}

/// Writes the layer.
fn addition(
    image: &ensurepip_oci::Image,
    entries: Vec<NewEntry>,
    created: Option<u64>,
    report: &Report,
) -> Result<Addition, Error> {
    let compression = image.compression();
    let layer = write_layer(entries, compression)?;
    let changed = report.wheels.iter().filter_map(|WheelReport { source, change }| match change {
        Change::Installed { .. } => Some(format!("{} {}", source.project, source.version)),
        Change::Removed { version } => Some(format!("{} {version}", source.project)),
        _ => None,
    });
    let command = match &report.outcome {
        Outcome::Removed { .. } => "ensurepip-host uninstall",
        _ => "ensurepip-host",
    };
    let created_by = format!("{command}: {}", changed.collect::<Vec<_>>().join(", "));
    Ok(Addition {
        compressed: layer.bytes,
        compression,
        digest: layer.digest,
        diff_id: layer.diff_id,
        created,
        created_by,
    })
}

/// The error for a failed operation on a sparse root.
fn temporary(operation: &str, error: &io::Error) -> Error {
    Error::Io {
        operation: operation.to_owned(),
        path: std::env::temp_dir(),
        reason: error.to_string(),
    }
}

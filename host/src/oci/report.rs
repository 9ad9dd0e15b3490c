//! The report of a run in an image: as data, as text, as JSON.

use crate::report::{Command, Document, Done, Report, cyclonedx_document};
use ensurepip_oci::Skipped;
use serde::Serialize;
use serde_json::json;
use std::borrow::Cow;
use std::fmt::{Display, Formatter, Result};
use std::path::{Path, PathBuf};

/// The report of a run in an image.
///
/// Displayed as text, it has the reports of all platforms, with the name of the platform before each
/// line if there are several. [`ImageReport::to_json`] is for programs.
#[derive(Clone, Debug)]
pub struct ImageReport {
    /// The requested command.
    pub command: Command,
    /// The image, as `LAYOUT[:REF]`.
    pub image: PathBuf,
    /// Where the result was written, as `LAYOUT[:REF]`; none if that is the image itself.
    pub output: Option<PathBuf>,
    /// What became of the image.
    pub outcome: ImageOutcome,
    /// The digest that the reference has now: that of an index, or of a manifest.
    pub digest: String,
    /// What was done for each platform.
    pub platforms: Vec<PlatformReport>,
    /// Manifests of the image that could not be worked on.
    pub skipped: Vec<SkippedImage>,
    /// The digests of attestations and other manifests that were about a manifest that was replaced,
    /// and that the image no longer has.
    pub dropped: Vec<String>,
}

/// What became of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageOutcome {
    /// The images of one or more platforms got a layer.
    Changed,
    /// Nothing was to be changed, and the image was copied to the output as it is.
    Copied,
    /// Nothing was to be changed, and nothing was written.
    Unchanged,
    /// It was a dry run, and the images of one or more platforms would get a layer.
    Planned,
    /// The images were inspected.
    Status,
}

impl ImageOutcome {
    /// Its name in a JSON document.
    fn name(self) -> &'static str {
        match self {
            ImageOutcome::Changed => "changed",
            ImageOutcome::Copied => "copied",
            ImageOutcome::Unchanged => "unchanged",
            ImageOutcome::Planned => "planned",
            ImageOutcome::Status => "status",
        }
    }
}

/// What was done for a platform.
#[derive(Clone, Debug)]
pub struct PlatformReport {
    /// The platform, as `OS/ARCHITECTURE[/VARIANT]`.
    pub platform: String,
    /// The digest of its former manifest.
    pub manifest: String,
    /// The digest of its new manifest; none if the manifest has not changed.
    pub new_manifest: Option<String>,
    /// The layer that was added; none if there was nothing to change.
    pub layer: Option<NewLayer>,
    /// The report of the run. Its paths are those in the image.
    pub report: Report,
}

/// A layer that was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLayer {
    /// The digest of its blob.
    pub digest: String,
    /// The digest of the blob without its compression.
    pub diff_id: String,
    /// The size of the blob in bytes.
    pub size: u64,
}

/// A manifest that could not be worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedImage {
    /// Its platform, if it is known.
    pub platform: Option<String>,
    /// Its digest.
    pub digest: String,
    /// The reason.
    pub reason: String,
}

impl SkippedImage {
    pub(super) fn without_python(image: &ensurepip_oci::Image) -> SkippedImage {
        SkippedImage {
            platform: Some(image.platform.to_string()),
            digest: image.manifest.to_string(),
            reason: "the image has no Python".to_owned(),
        }
    }

    pub(super) fn of(skipped: &Skipped) -> SkippedImage {
        SkippedImage {
            platform: skipped.platform.as_ref().map(ToString::to_string),
            digest: skipped.digest.to_string(),
            reason: skipped.reason.clone(),
        }
    }
}

impl Display for ImageReport {
    fn fmt(&self, out: &mut Formatter) -> Result {
        for PlatformReport { platform, layer, report, .. } in &self.platforms {
            let start =
                if self.has_several_platforms() { format!("{platform}: ") } else { String::new() };
            for line in report.to_string().lines() {
                writeln!(out, "{start}{line}")?;
            }
            if let Some(NewLayer { digest, size, .. }) = layer {
                writeln!(out, "{start}Added layer {digest} ({size} bytes)")?;
            }
        }
        for SkippedImage { platform, digest, reason } in &self.skipped {
            let platform = platform.as_deref().unwrap_or(digest);
            writeln!(out, "{platform}: skipped: {reason}")?;
        }
        for digest in &self.dropped {
            writeln!(out, "Dropped {digest}, which was about a replaced manifest")?;
        }
        let place = self.output.as_ref().unwrap_or(&self.image).display();
        match self.outcome {
            ImageOutcome::Changed => writeln!(out, "{place} is now {}", self.digest),
            ImageOutcome::Copied => writeln!(out, "{place} is now {}, unchanged", self.digest),
            ImageOutcome::Unchanged | ImageOutcome::Planned | ImageOutcome::Status => Ok(()),
        }
    }
}

/// The members of a JSON document of `docs/image-report.schema.json`.
#[derive(Serialize)]
struct Members<'report> {
    image: Cow<'report, str>,
    output: Option<Cow<'report, str>>,
    digest: &'report str,
    platforms: Vec<Entry<'report>>,
    skipped: Vec<Left<'report>>,
    dropped: &'report [String],
}

#[derive(Serialize)]
struct Entry<'report> {
    platform: &'report str,
    manifest: &'report str,
    new_manifest: Option<&'report str>,
    layer: Option<Layer<'report>>,
    report: Document<Done<'report>>,
}

#[derive(Serialize)]
struct Layer<'report> {
    digest: &'report str,
    diff_id: &'report str,
    size: u64,
}

#[derive(Serialize)]
struct Left<'report> {
    platform: Option<&'report str>,
    digest: &'report str,
    reason: &'report str,
}

impl ImageReport {
    /// Whether the report is about more than one platform, skipped ones among them. Then each line of
    /// its text begins with the platform.
    #[must_use]
    pub fn has_several_platforms(&self) -> bool {
        self.platforms.len() + self.skipped.len() > 1
    }

    /// A CycloneDX document of pip and the other projects that the image of each platform has after the
    /// run, with a line end. None if no image has any, or if they were only inspected.
    #[must_use]
    pub fn to_cyclonedx(&self) -> Option<String> {
        let mut components = Vec::new();
        for platform in &self.platforms {
            let name = &platform.platform;
            for mut component in platform.report.components() {
                let reference = component["bom-ref"].as_str();
                if let Some(reference) = reference.map(|reference| format!("{reference}#{name}")) {
                    component["bom-ref"] = reference.into();
                }
                component["properties"] = json!([{ "name": "oci:platform", "value": name }]);
                components.push(component);
            }
        }
        (!components.is_empty()).then(|| cyclonedx_document(&components))
    }

    /// The report as a JSON document of `docs/image-report.schema.json`, with a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let platforms = self.platforms.iter().map(|platform| Entry {
            platform: &platform.platform,
            manifest: &platform.manifest,
            new_manifest: platform.new_manifest.as_deref(),
            layer: platform.layer.as_ref().map(|layer| Layer {
                digest: &layer.digest,
                diff_id: &layer.diff_id,
                size: layer.size,
            }),
            report: platform.report.to_document(),
        });
        let skipped = self.skipped.iter().map(|skipped| Left {
            platform: skipped.platform.as_deref(),
            digest: &skipped.digest,
            reason: &skipped.reason,
        });
        let members = Members {
            image: self.image.to_string_lossy(),
            output: self.output.as_deref().map(Path::to_string_lossy),
            digest: &self.digest,
            platforms: platforms.collect(),
            skipped: skipped.collect(),
            dropped: &self.dropped,
        };
        // A copy is a change to the output alone.
        let changed = matches!(self.outcome, ImageOutcome::Changed | ImageOutcome::Copied);
        Document::new(self.command, (self.outcome.name(), changed), members).to_text()
    }
}

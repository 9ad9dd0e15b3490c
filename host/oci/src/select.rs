//! Which images a reference names.

mod entries;
mod roots;

use crate::document::bounded;
use crate::document::config::Config;
use crate::document::descriptor::Descriptor;
use crate::document::index::Index;
use crate::document::manifest::Manifest;
use crate::document::media_type::{self, Flavour};
use crate::layout::{INDEX, Layout};
use crate::platform::Platform;
use crate::{Compression, Digest, Error};
use entries::Found;

/// How many images `index.json` may list.
pub(crate) const MOST_ROOTS: usize = 10_000;
/// How many manifests the images of one reference may have.
pub(crate) const MOST_ENTRIES: usize = 1_000;

/// The images that a reference names: one for each platform.
#[derive(Debug)]
pub struct Selection {
    /// The images that were asked for, in the order in which the layout lists them.
    pub images: Vec<Image>,
    /// What else the reference names and cannot be changed. Attestations are not among it.
    pub skipped: Vec<Skipped>,
    /// The descriptors of `index.json` that have the reference.
    pub(crate) roots: Vec<Descriptor>,
    /// The index that the only root names, if it names one.
    pub(crate) index: Option<Index>,
    /// Everything that the roots name, without the indexes between.
    pub(crate) entries: Vec<Entry>,
    /// The indexes inside the index.
    pub(crate) inner: Vec<Descriptor>,
}

/// An image for one platform.
#[derive(Debug)]
pub struct Image {
    /// The platform, as the index states it; if it does not, as the config does.
    pub platform: Platform,
    /// The digest of the manifest.
    pub manifest: Digest,
    /// The digest of the config.
    pub config: Digest,
    /// The layers, the lowest first.
    pub layers: Vec<LayerBlob>,
    pub(crate) documents: Documents,
}

impl Image {
    /// The compression for a layer that is added: that of the last layer, so that a reader of the
    /// image can read the addition. Docker's manifests have no media type for Zstandard, so the addition
    /// to such an image has gzip. So has the addition to an image without layers.
    #[must_use]
    pub fn compression(&self) -> Compression {
        let last = self.layers.last().map_or(Compression::Gzip, |layer| layer.compression);
        match (self.documents.manifest.flavour(), last) {
            (Flavour::Docker, Compression::Zstd) => Compression::Gzip,
            (_, last) => last,
        }
    }
}

/// The documents of an image.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(crate) manifest: Manifest,
    pub(crate) config: Config,
}

/// A layer of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerBlob {
    /// The digest of the blob.
    pub digest: Digest,
    /// The size of the blob in bytes.
    pub size: u64,
    /// The compression that the media type states.
    pub compression: Compression,
    /// The digest of the blob without its compression.
    pub diff_id: Digest,
}

/// A manifest that cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The platform, if it is known.
    pub platform: Option<Platform>,
    /// The digest of the manifest.
    pub digest: Digest,
    /// Why it cannot be changed.
    pub reason: String,
}

/// A manifest that a reference names.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) descriptor: Descriptor,
    pub(crate) content: Content,
}

/// What a manifest is.
#[derive(Debug)]
pub(crate) enum Content {
    /// The manifest of the image at this place of `images`.
    Image(usize),
    /// An attestation, or whatever else is about the manifest of this digest.
    About(Option<Digest>),
    /// Anything else: an image that was not asked for, or an artifact.
    Other,
}

impl Layout {
    /// Finds the images of a reference: the annotation `org.opencontainers.image.ref.name` or
    /// `io.containerd.image.name` of a descriptor in `index.json`, or its digest. Without a reference,
    /// the layout has to contain one image only. Without platforms, all are selected.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`] if the reference or a platform is not there or names two images,
    /// [`Error::Document`] and [`Error::Blob`] if an image cannot be read.
    pub fn select(
        &self,
        reference: Option<&str>,
        platforms: &[Platform],
    ) -> Result<Selection, Error> {
        let index = Index::parse(INDEX.to_owned(), &self.index()?, None, MOST_ROOTS)?;
        let roots = roots::find(&index, reference)
            .map_err(|fault| fault.unwrap_or_else(|reason| self.no_selection(reason)))?;
        let found = Found::read(self, &roots)?;
        let mut selection = Selection {
            images: Vec::new(),
            skipped: Vec::new(),
            index: found.index,
            entries: Vec::new(),
            inner: found.inner,
            roots,
        };
        let mut platforms_seen = Vec::new();
        for descriptor in found.entries {
            let content = selection.classify(self, &descriptor, platforms, &mut platforms_seen)?;
            selection.entries.push(Entry { descriptor, content });
        }
        selection.check(platforms, &platforms_seen).map_err(|reason| self.no_selection(reason))?;
        Ok(selection)
    }

    fn no_selection(&self, reason: String) -> Error {
        Error::Selection { path: self.path().to_owned(), reason: bounded(reason) }
    }
}

impl Selection {
    /// Finds out what a manifest is, and reads it if it is an image that was asked for.
    fn classify(
        &mut self,
        layout: &Layout,
        descriptor: &Descriptor,
        platforms: &[Platform],
        seen: &mut Vec<Seen>,
    ) -> Result<Content, Error> {
        if descriptor.is_attestation()? {
            return Ok(Content::About(descriptor.attested()?));
        }
        let stated = descriptor.platform()?.filter(|stated| !stated.is_unknown());
        let digest = descriptor.digest.clone();
        let variety = descriptor.annotation(entries::ZSTD_VARIETY)?;
        let is_asked = |platform: &Platform| {
            platforms.is_empty() || platforms.iter().any(|asked| platform.matches(asked))
        };
        if let Some(platform) = stated.clone().filter(|stated| !is_asked(stated)) {
            seen.push(Seen { platform, digest, variety });
            return Ok(Content::Other);
        }
        let Some(flavour) = media_type::manifest(&descriptor.media_type) else {
            let reason = format!("media type `{}`", descriptor.media_type.escape_debug());
            return Ok(self.skip(stated, digest, &reason));
        };
        if !layout.has(&digest)? && !self.is_only(descriptor) {
            return Ok(self.skip(stated, digest, "its manifest is missing from the layout"));
        }
        let manifest = Manifest::parse(descriptor, flavour, &layout.document(descriptor)?)?;
        if let Some(reason) = manifest.not_an_image()? {
            if let Some(subject) = manifest.subject()? {
                return Ok(Content::About(Some(subject)));
            }
            return Ok(self.skip(stated, digest, &reason));
        }
        // With the images of one platform, containerd saves the manifests of all, with nothing below.
        if !layout.has(&manifest.config.digest)? && !self.is_only(descriptor) {
            return Ok(self.skip(stated, digest, "its config is missing from the layout"));
        }
        let config = Config::parse(&manifest.config.digest, &layout.document(&manifest.config)?)?;
        let platform = stated.unwrap_or_else(|| config.platform.clone());
        let twin = seen.iter().find(|seen| seen.platform == platform && seen.variety == variety);
        if let Some(twin) = twin {
            if twin.digest != digest {
                return Err(layout.no_selection(format!(
                    "manifests {} and {digest} are both for {platform}",
                    twin.digest
                )));
            }
        } else {
            seen.push(Seen { platform: platform.clone(), digest: digest.clone(), variety });
        }
        if platform.os == "windows" {
            return Ok(self.skip(Some(platform), digest, "Windows images are not supported"));
        }
        if !is_asked(&platform) {
            return Ok(Content::Other);
        }
        let same = |image: &Image| image.manifest == digest && image.platform == platform;
        if let Some(position) = self.images.iter().position(same) {
            return Ok(Content::Image(position));
        }
        let image = Image::new(layout, platform, digest, Documents { manifest, config })?;
        self.images.push(image);
        Ok(Content::Image(self.images.len() - 1))
    }

    fn skip(&mut self, platform: Option<Platform>, digest: Digest, reason: &str) -> Content {
        self.skipped.push(Skipped { platform, digest, reason: bounded(reason) });
        Content::Other
    }

    /// Whether this is all that the reference names.
    fn is_only(&self, descriptor: &Descriptor) -> bool {
        matches!(&self.roots[..], [root] if root.digest == descriptor.digest)
    }

    /// Checks that everything that was asked for was found.
    fn check(&self, platforms: &[Platform], seen: &[Seen]) -> Result<(), String> {
        for asked in platforms {
            if self.images.iter().any(|image| image.platform.matches(asked)) {
                continue;
            }
            let is_asked =
                |skipped: &&Skipped| skipped.platform.as_ref().is_some_and(|it| it.matches(asked));
            if let Some(skipped) = self.skipped.iter().find(is_asked) {
                return Err(format!("{asked}: manifest {}: {}", skipped.digest, skipped.reason));
            }
            let there: Vec<String> = seen.iter().map(|seen| seen.platform.to_string()).collect();
            let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
            return Err(format!("no image for {asked}; platforms: {there}"));
        }
        if !self.images.is_empty() {
            return Ok(());
        }
        match &self.skipped[..] {
            [] => Err("the reference names no image".to_owned()),
            [first, ..] => {
                Err(format!("no image can be changed; manifest {}: {}", first.digest, first.reason))
            }
        }
    }
}

/// A platform for which there is an image.
struct Seen {
    platform: Platform,
    digest: Digest,
    /// Marks a second image of the same contents, which differs in its compression.
    variety: Option<String>,
}

impl Image {
    /// Checks that the layers are there, and that there are as many diff IDs.
    fn new(
        layout: &Layout,
        platform: Platform,
        digest: Digest,
        documents: Documents,
    ) -> Result<Image, Error> {
        let Documents { manifest, config } = &documents;
        if manifest.layers.len() != config.diff_ids.len() {
            let (layers, ids) = (manifest.layers.len(), config.diff_ids.len());
            return Err(
                manifest.wrong(format!("{layers} layers, but {ids} diff IDs in the config"))
            );
        }
        let mut layers = Vec::new();
        for (layer, diff_id) in manifest.layers.iter().zip(&config.diff_ids) {
            let Descriptor { digest, size, .. } = layer;
            if layer.has_urls()? && !layout.has(digest)? {
                let reason =
                    "missing from the layout; it has to be fetched from its URLs".to_owned();
                return Err(Error::Blob { digest: digest.clone(), reason });
            }
            layout.blob(digest, *size)?;
            let compression = media_type::layer(&layer.media_type)
                .ok_or_else(|| manifest.wrong("a layer has no known media type"))?;
            let (digest, diff_id) = (digest.clone(), diff_id.clone());
            layers.push(LayerBlob { digest, size: *size, compression, diff_id });
        }
        let config = manifest.config.digest.clone();
        Ok(Image { platform, manifest: digest, config, layers, documents })
    }
}

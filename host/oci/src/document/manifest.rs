//! Manifests: the config and the layers of one image.

use super::descriptor::Descriptor;
use super::media_type::{self, Flavour};
use super::{Object, index};
use crate::{Digest, Error};
use serde_json::value::RawValue;

/// How many layers an image may have. Engines stop between 127 and 500.
pub(super) const MOST_LAYERS: usize = 1_000;

const MEMBERS: [&str; 8] = [
    "schemaVersion",
    "mediaType",
    "artifactType",
    "config",
    "layers",
    "subject",
    "annotations",
    "manifests",
];

/// A manifest of an image or of an artifact.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    object: Object,
    flavour: Flavour,
    /// The config.
    pub(crate) config: Descriptor,
    /// The layers, the lowest first.
    pub(crate) layers: Vec<Descriptor>,
}

impl Manifest {
    /// Parses the manifest that this descriptor names.
    pub(crate) fn parse(
        descriptor: &Descriptor,
        flavour: Flavour,
        text: &[u8],
    ) -> Result<Manifest, Error> {
        let object = Object::parse(format!("manifest {}", descriptor.digest), text, &MEMBERS)?;
        index::check(&object, Some(&descriptor.media_type), &["manifests"])?;
        let config = object.require::<Box<RawValue>>("config")?;
        let config = Descriptor::parse(format!("{}: config", object.name()), &config)?;
        let layers = object.elements("layers", MOST_LAYERS)?;
        let layers = layers.iter().enumerate().map(|(position, text)| {
            Descriptor::parse(format!("{}: layers[{position}]", object.name()), text)
        });
        let layers = layers.collect::<Result<_, _>>()?;
        Ok(Manifest { object, flavour, config, layers })
    }

    /// Whose format it is of.
    pub(crate) fn flavour(&self) -> Flavour {
        self.flavour
    }

    /// Reports a fault of this manifest.
    pub(crate) fn wrong(&self, reason: impl std::fmt::Display) -> Error {
        self.object.wrong(reason)
    }

    /// The digest of the manifest that this one refers to.
    pub(crate) fn subject(&self) -> Result<Option<Digest>, Error> {
        let Some(subject) = self.object.text("subject") else { return Ok(None) };
        let name = format!("{}: subject", self.object.name());
        Descriptor::parse(name, subject).map(|subject| Some(subject.digest))
    }

    /// Why this is not the manifest of an image, if it is not.
    pub(crate) fn not_an_image(&self) -> Result<Option<String>, Error> {
        if !media_type::is_config(&self.config.media_type) {
            let kind = self.object.get("artifactType")?.unwrap_or(self.config.media_type.clone());
            return Ok(Some(format!("an artifact of type `{}`", kind.escape_debug())));
        }
        let unknown =
            self.layers.iter().find(|layer| media_type::layer(&layer.media_type).is_none());
        Ok(unknown.map(|layer| {
            format!("a layer has the media type `{}`", layer.media_type.escape_debug())
        }))
    }

    /// The text of the same manifest with another config and one more layer.
    pub(crate) fn with(&self, config: &Descriptor, layer: &Descriptor) -> Result<String, Error> {
        let mut object = self.object.clone();
        object.set("config", &config.to_raw());
        let mut layers = self.object.elements("layers", MOST_LAYERS)?;
        layers.push(layer.to_raw());
        object.set("layers", &layers);
        Ok(object.to_text())
    }
}

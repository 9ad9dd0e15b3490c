//! Content descriptors.

use super::Object;
use crate::platform::Platform;
use crate::{Digest, Error};
use serde_json::value::RawValue;

/// The annotation with the reference of an image in `index.json`.
pub(crate) const REFERENCE: &str = "org.opencontainers.image.ref.name";
/// The annotation with the full name of an image, which BuildKit and `docker save` write.
pub(crate) const IMAGE_NAME: &str = "io.containerd.image.name";
/// The annotation that marks BuildKit's attestations.
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";
/// The annotation with the digest of the manifest that an attestation is about.
const REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";

/// How many URLs a descriptor may have.
const MOST_URLS: usize = 1_000;

const MEMBERS: [&str; 8] =
    ["mediaType", "digest", "size", "urls", "annotations", "data", "platform", "artifactType"];

/// A descriptor: what a blob is, its digest and its size.
#[derive(Clone, Debug)]
pub(crate) struct Descriptor {
    object: Object,
    /// The media type that the descriptor states.
    pub(crate) media_type: String,
    /// The digest of the blob.
    pub(crate) digest: Digest,
    /// The size of the blob in bytes.
    pub(crate) size: u64,
}

impl Descriptor {
    /// Parses a descriptor inside a document; `name` is what errors call it.
    pub(crate) fn parse(name: String, text: &RawValue) -> Result<Descriptor, Error> {
        let object = Object::nested(name, text, &MEMBERS)?;
        let media_type = object.require("mediaType")?;
        let digest = object.require("digest")?;
        let size = object.require("size")?;
        Ok(Descriptor { object, media_type, digest, size })
    }

    /// A descriptor with nothing but what it has to have.
    pub(crate) fn new(media_type: &str, digest: &Digest, size: u64) -> Descriptor {
        let mut object = Object::empty(format!("descriptor {digest}"));
        object.set("mediaType", media_type);
        object.set("digest", digest);
        object.set("size", &size);
        Descriptor { object, media_type: media_type.to_owned(), digest: digest.clone(), size }
    }

    /// The same descriptor for other contents. Contents that are repeated in it are left out.
    pub(crate) fn with_contents(&self, digest: &Digest, size: u64) -> Descriptor {
        let mut changed = self.clone();
        changed.object.set("digest", digest);
        changed.object.set("size", &size);
        changed.object.remove("data");
        Descriptor { digest: digest.clone(), size, ..changed }
    }

    /// The platform, if the descriptor states one.
    pub(crate) fn platform(&self) -> Result<Option<Platform>, Error> {
        let object = self.object.object("platform", &Platform::MEMBERS)?;
        object.map(|object| Platform::read(&object)).transpose()
    }

    /// States the platform, unless the descriptor does.
    pub(crate) fn fill_platform(&mut self, platform: &Platform) {
        if self.object.text("platform").is_none() {
            self.object.set_object("platform", &platform.to_object());
        }
    }

    /// The artifact type, if the descriptor states one.
    pub(crate) fn artifact_type(&self) -> Result<Option<String>, Error> {
        self.object.get("artifactType")
    }

    /// Whether the contents may be elsewhere.
    pub(crate) fn has_urls(&self) -> Result<bool, Error> {
        Ok(!self.object.elements("urls", MOST_URLS)?.is_empty())
    }

    /// The value of an annotation.
    pub(crate) fn annotation(&self, annotation: &str) -> Result<Option<String>, Error> {
        match self.object.object("annotations", &[])? {
            Some(annotations) => annotations.get(annotation),
            None => Ok(None),
        }
    }

    /// Whether this is an attestation of BuildKit.
    pub(crate) fn is_attestation(&self) -> Result<bool, Error> {
        Ok(self.annotation(REFERENCE_TYPE)?.as_deref() == Some("attestation-manifest"))
    }

    /// The digest of the manifest that this attestation is about, if it says.
    pub(crate) fn attested(&self) -> Result<Option<Digest>, Error> {
        Ok(self.annotation(REFERENCE_DIGEST)?.and_then(|digest| digest.parse().ok()))
    }

    /// The reference and the full name of the image.
    pub(crate) fn names(&self) -> Result<Names, Error> {
        Ok(Names { reference: self.annotation(REFERENCE)?, image: self.annotation(IMAGE_NAME)? })
    }

    /// Sets the reference and the full name of the image, or removes them.
    pub(crate) fn set_names(&mut self, names: &Names) -> Result<(), Error> {
        let name = format!("{}: annotations", self.object.name());
        let mut annotations =
            self.object.object("annotations", &[])?.unwrap_or_else(|| Object::empty(name));
        for (annotation, value) in [(REFERENCE, &names.reference), (IMAGE_NAME, &names.image)] {
            match value {
                Some(value) => annotations.set(annotation, value),
                None => annotations.remove(annotation),
            }
        }
        if annotations.is_empty() {
            self.object.remove("annotations");
        } else {
            self.object.set_object("annotations", &annotations);
        }
        Ok(())
    }

    /// The descriptor as JSON.
    pub(crate) fn to_raw(&self) -> Box<RawValue> {
        self.object.to_raw()
    }

    /// What errors call it.
    pub(crate) fn name(&self) -> &str {
        self.object.name()
    }
}

/// What an image is called in `index.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// The reference, such as `12` or `docker.io/library/debian:12`.
    pub(crate) reference: Option<String>,
    /// The full name that containerd's tools use.
    pub(crate) image: Option<String>,
}

impl Names {
    /// Whether there is neither.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Names::default()
    }

    /// Whether either is this one.
    pub(crate) fn include(&self, reference: &str) -> bool {
        [&self.reference, &self.image].iter().any(|name| name.as_deref() == Some(reference))
    }
}

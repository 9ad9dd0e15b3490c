//! Adds a layer to the images of a selection. Nothing is written before [`Update::write`].

mod archive;
mod directory;
mod docker;
mod listing;
mod lock;
mod write;
mod writing;

use crate::document::descriptor::{Descriptor, Names};
use crate::document::index::Index;
use crate::document::media_type;
use crate::layout::{INDEX, Layout};
use crate::select::{Content, Documents, Entry, Image, MOST_ROOTS, Selection};
use crate::{Compression, Digest, Error};
use docker::NewConfig;
use std::collections::{BTreeMap, BTreeSet};

/// A layer to add to an image.
#[derive(Clone, Debug)]
pub struct Addition {
    /// The blob.
    pub compressed: Vec<u8>,
    /// How it is compressed; see [`Image::compression`].
    pub compression: Compression,
    /// The digest of the blob.
    pub digest: Digest,
    /// The digest of the blob without its compression.
    pub diff_id: Digest,
    /// When the image was made, in seconds since 1970, as `SOURCE_DATE_EPOCH` states it. Without it, the
    /// config keeps its time, and the history entry has the same.
    pub created: Option<u64>,
    /// What made the layer, for the history.
    pub created_by: String,
}

/// New blobs, and the descriptor that replaces those of the selection.
#[derive(Debug)]
pub struct Update {
    /// The new blobs.
    blobs: BTreeMap<Digest, Vec<u8>>,
    /// The blobs and documents of the source that stay part of the image.
    kept: Vec<Kept>,
    /// What `index.json` lists before and after.
    replaced: Vec<Descriptor>,
    root: Descriptor,
    /// The descriptors of `index.json` that are about a manifest which is no longer there.
    orphans: Vec<Digest>,
    images: Vec<Digest>,
    dropped: Vec<Dropped>,
    changed: bool,
    /// What each changed image has, by the digest of its former config.
    configs: BTreeMap<Digest, NewConfig>,
}

/// What is kept of an image that a copy has to contain.
#[derive(Debug)]
enum Kept {
    /// A layer.
    Blob(Digest, u64),
    /// What this descriptor names, and everything below it.
    Tree(Descriptor),
}

/// An attestation or another manifest about an image that is no longer there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The digest of its manifest.
    pub digest: Digest,
    /// The digest of the manifest that it was about.
    pub about: Digest,
}

impl Selection {
    /// Adds a layer to each image that has an addition; the order is that of `images`. An image without
    /// one stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] if a document cannot take the addition.
    ///
    /// # Panics
    ///
    /// If there are not as many additions as images.
    pub fn update(
        &self,
        layout: &Layout,
        additions: Vec<Option<Addition>>,
    ) -> Result<Update, Error> {
        assert_eq!(additions.len(), self.images.len(), "one addition for each image");
        let mut blobs = BTreeMap::new();
        let mut configs = BTreeMap::new();
        let mut manifests: Vec<Option<(Digest, u64)>> = Vec::new();
        for (image, addition) in self.images.iter().zip(additions) {
            let Some(addition) = addition else {
                manifests.push(None);
                continue;
            };
            let layer = image.layer(&addition);
            let (config, manifest) = image.with(&addition, &layer)?;
            let new = NewConfig {
                digest: Digest::of(config.as_bytes()),
                layer,
                diff_id: addition.diff_id,
            };
            let size = manifest.len() as u64;
            manifests.push(Some((Digest::of(manifest.as_bytes()), size)));
            blobs.insert(new.digest.clone(), config.into_bytes());
            blobs.insert(Digest::of(manifest.as_bytes()), manifest.into_bytes());
            blobs.insert(addition.digest, addition.compressed);
            configs.insert(image.config.clone(), new);
        }
        let changed = manifests.iter().any(Option::is_some);
        let images =
            self.images.iter().zip(&manifests).map(|(image, new)| {
                new.as_ref().map_or(&image.manifest, |(digest, _)| digest).clone()
            });
        let mut update = Update {
            blobs,
            kept: Vec::new(),
            replaced: self.roots.clone(),
            // Replaced below, unless nothing changes.
            root: self.roots[0].clone(),
            orphans: Vec::new(),
            images: images.collect(),
            dropped: Vec::new(),
            changed,
            configs,
        };
        if !changed && self.roots.len() == 1 {
            update.kept.push(Kept::Tree(update.root.clone()));
            return Ok(update);
        }
        let entries = update.entries(self, &manifests)?;
        update.set_root(self, entries)?;
        if changed {
            update.find_orphans(self, layout)?;
        }
        Ok(update)
    }
}

impl Image {
    /// The descriptor of a layer that is added.
    fn layer(&self, addition: &Addition) -> Descriptor {
        let flavour = self.documents.manifest.flavour();
        let media_type = media_type::of_layer(flavour, addition.compression);
        Descriptor::new(media_type, &addition.digest, addition.compressed.len() as u64)
    }

    /// The config and the manifest of the same image with one more layer.
    fn with(&self, addition: &Addition, layer: &Descriptor) -> Result<(String, String), Error> {
        let Documents { manifest, config } = &self.documents;
        let config =
            config.with_layer(&addition.diff_id, addition.created, &addition.created_by)?;
        let digest = Digest::of(config.as_bytes());
        let descriptor = manifest.config.with_contents(&digest, config.len() as u64);
        Ok((config, manifest.with(&descriptor, layer)?))
    }
}

impl Update {
    /// Whether any image has changed.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// The digests of the manifests of all images, in the order of the selection's `images`.
    #[must_use]
    pub fn images(&self) -> &[Digest] {
        &self.images
    }

    /// The digest that the reference now has in `index.json`: that of an index, or of the manifest if
    /// there is only one.
    #[must_use]
    pub fn root(&self) -> &Digest {
        &self.root.digest
    }

    /// What is about a manifest that is no longer there, and was dropped for that reason.
    #[must_use]
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// The descriptors of all that the reference names, changed images among them.
    fn entries(
        &mut self,
        selection: &Selection,
        manifests: &[Option<(Digest, u64)>],
    ) -> Result<Vec<Descriptor>, Error> {
        let is_replaced = |digest: &Digest| {
            let images = selection.images.iter().zip(manifests);
            let mut same = images.filter(|(image, _)| image.manifest == *digest).peekable();
            same.peek().is_some() && same.all(|(_, new)| new.is_some())
        };
        let mut entries: Vec<Descriptor> = Vec::new();
        for Entry { descriptor, content } in &selection.entries {
            let mut entry = match content {
                Content::About(Some(about)) if is_replaced(about) => {
                    let (digest, about) = (descriptor.digest.clone(), about.clone());
                    self.dropped.push(Dropped { digest, about });
                    continue;
                }
                Content::Image(position) => match &manifests[*position] {
                    Some((digest, size)) => {
                        let layers = &selection.images[*position].layers;
                        self.kept.extend(
                            layers.iter().map(|layer| Kept::Blob(layer.digest.clone(), layer.size)),
                        );
                        descriptor.with_contents(digest, *size)
                    }
                    None => self.keep(descriptor),
                },
                _ => self.keep(descriptor),
            };
            if selection.roots.len() > 1 {
                // What was listed in `index.json` moves into an index of its own.
                entry.set_names(&Names::default())?;
                if let Content::Image(position) = content {
                    entry.fill_platform(&selection.images[*position].platform);
                }
                let (digest, platform) = (&entry.digest, entry.platform()?);
                let mut same = entries.iter().filter(|other| other.digest == *digest);
                if same.any(|other| other.platform().is_ok_and(|other| other == platform)) {
                    continue;
                }
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    fn keep(&mut self, descriptor: &Descriptor) -> Descriptor {
        self.kept.push(Kept::Tree(descriptor.clone()));
        descriptor.clone()
    }

    /// Makes the descriptor that replaces the roots, and the index that it names. Several manifests under
    /// one reference get an index, and an index inside an index is dissolved: tools such as skopeo copy
    /// nothing else.
    fn set_root(&mut self, selection: &Selection, entries: Vec<Descriptor>) -> Result<(), Error> {
        let mut index = match &selection.index {
            Some(index) => index.clone(),
            None if selection.roots.len() > 1 => Index::new(),
            None => {
                self.root = entries.into_iter().next().expect("the only root is an image");
                return Ok(());
            }
        };
        index.manifests = entries;
        let text = index.to_text();
        let (digest, size) = (Digest::of(text.as_bytes()), text.len() as u64);
        let first = &selection.roots[0];
        self.root = if selection.index.is_some() {
            first.with_contents(&digest, size)
        } else {
            let mut root = Descriptor::new(media_type::OCI_INDEX, &digest, size);
            root.set_names(&first.names()?)?;
            root
        };
        self.blobs.insert(digest, text.into_bytes());
        Ok(())
    }

    /// Finds descriptors of `index.json` without a name that are about what is no longer there.
    fn find_orphans(&mut self, selection: &Selection, layout: &Layout) -> Result<(), Error> {
        let mut gone: BTreeSet<&Digest> = selection.roots.iter().map(|root| &root.digest).collect();
        gone.extend(selection.inner.iter().map(|inner| &inner.digest));
        gone.extend(selection.entries.iter().map(|entry| &entry.descriptor.digest));
        let stays: BTreeSet<&Digest> = self.images.iter().chain([&self.root.digest]).collect();
        gone.retain(|digest| !stays.contains(digest));
        let index = Index::parse(INDEX.to_owned(), &layout.index()?, None, MOST_ROOTS)?;
        for orphan in listing::about(layout, &index, &selection.roots, &gone)? {
            self.orphans.push(orphan.digest.clone());
            self.dropped.push(orphan);
        }
        Ok(())
    }
}

//! Where an update goes.

use super::listing::Place;
use super::writing::Writing;
use super::{Kept, Update, archive, directory};
use crate::document::descriptor::{Descriptor, Names};
use crate::document::index::Index;
use crate::document::manifest::Manifest;
use crate::document::media_type;
use crate::layout::{Files, Layout, follow};
use crate::select::MOST_ENTRIES;
use crate::{Digest, Error, Location};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How deep indexes are followed when an image is copied.
const DEEPEST: usize = 6;

impl Update {
    /// Writes the update: in place, or the whole image to another layout, which is created if it is not
    /// there. A new layout is an archive if its name ends in `.tar`. Other images of either layout stay
    /// as they are.
    ///
    /// Blobs are written first and `index.json` is replaced last, by one rename; an archive is replaced as
    /// a whole. So a run that is killed leaves the former images. Two runs at once wait for each other.
    ///
    /// The source is closed, because it may be the archive that is replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if a file cannot be written, [`Error::Blob`] if a blob that is copied is damaged,
    /// [`Error::Selection`] if the reference is not valid or no longer names what was selected.
    pub fn write(&self, source: Layout, output: Option<&Location>) -> Result<(), Error> {
        let Some(output) = output else { return self.write_in_place(source, &Place::Selection) };
        let mut root = self.root.clone();
        if let Some(reference) = &output.reference {
            check_reference(&output.path, reference)?;
            // A full name stays if it is the one that was given.
            if !root.names()?.include(reference) {
                root.set_names(&Names { reference: Some(reference.clone()), image: None })?;
            }
        }
        let place = Place::Reference(&root);
        let existing = follow(&output.path).ok();
        let same = |path: &PathBuf| {
            let source = fs::canonicalize(source.path());
            source.is_ok_and(|source| fs::canonicalize(path).is_ok_and(|path| path == source))
        };
        if existing.as_ref().is_some_and(same) {
            let same = root.names()? == self.root.names()?;
            return self.write_in_place(source, if same { &Place::Selection } else { &place });
        }
        let copied = self.copied(&source)?;
        let writing = Writing { update: self, place: &place, copied: Some((&source, &copied)) };
        let path = existing.as_deref().unwrap_or(&output.path);
        if path.is_file() || existing.is_none() && path.extension().is_some_and(|it| it == "tar") {
            archive::write(path, writing)
        } else {
            directory::create(path, writing)
        }
    }

    fn write_in_place(&self, source: Layout, place: &Place) -> Result<(), Error> {
        if !self.changed && matches!(place, Place::Selection) {
            if let Files::Directory(target) = source.files() {
                directory::tidy(target);
            }
            return Ok(());
        }
        let writing = Writing { update: self, place, copied: None };
        match source.files() {
            Files::Directory(target) => directory::write(target, writing),
            Files::Archive(_) => {
                let path = source.target().to_owned();
                // Windows replaces no file that is open.
                drop(source);
                archive::write(&path, writing)
            }
        }
    }

    /// The blobs of the source that belong to the image, with their sizes.
    fn copied(&self, source: &Layout) -> Result<BTreeMap<Digest, u64>, Error> {
        let mut copied = Copied { source, blobs: BTreeMap::new(), documents: 0 };
        for kept in &self.kept {
            match kept {
                Kept::Blob(digest, size) => copied.add(digest, *size)?,
                Kept::Tree(descriptor) => copied.tree(descriptor, 0)?,
            }
        }
        Ok(copied.blobs)
    }
}

/// Checks a reference by the grammar of the specification, whose image layout states it with the
/// annotation.
fn check_reference(path: &Path, reference: &str) -> Result<(), Error> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric();
    let component = |text: &str| {
        let allowed = |byte: u8| is_plain(byte) || b"-._:@+".contains(&byte);
        let ends =
            text.bytes().next().is_some_and(is_plain) && text.bytes().last().is_some_and(is_plain);
        ends && text.bytes().all(allowed)
    };
    if reference.split('/').all(component) {
        return Ok(());
    }
    let reason = format!("`{}` is not a valid reference", reference.escape_debug());
    Err(Error::Selection { path: path.to_owned(), reason })
}

/// Collects the blobs below descriptors.
struct Copied<'a> {
    source: &'a Layout,
    blobs: BTreeMap<Digest, u64>,
    documents: usize,
}

impl Copied<'_> {
    fn add(&mut self, digest: &Digest, size: u64) -> Result<(), Error> {
        match self.blobs.insert(digest.clone(), size) {
            Some(other) if other != size => {
                let reason = format!("has two sizes, {other} and {size} bytes");
                Err(Error::Blob { digest: digest.clone(), reason })
            }
            _ => Ok(()),
        }
    }

    /// Adds what a descriptor names. Manifests that an index lists may be missing, and so may what is
    /// below them, because tools copy single platforms with the whole index.
    fn tree(&mut self, descriptor: &Descriptor, depth: usize) -> Result<(), Error> {
        if !self.source.has(&descriptor.digest)? {
            return Ok(());
        }
        self.add(&descriptor.digest, descriptor.size)?;
        let flavour = media_type::manifest(&descriptor.media_type);
        let is_index = media_type::is_index(&descriptor.media_type);
        if flavour.is_none() && !is_index {
            return Ok(());
        }
        self.documents += 1;
        if depth == DEEPEST || self.documents > 2 * MOST_ENTRIES {
            return Err(crate::document::wrong(
                descriptor.name(),
                "nested too deeply or too often",
            ));
        }
        let text = self.source.document(descriptor)?;
        if let Some(flavour) = flavour {
            let manifest = Manifest::parse(descriptor, flavour, &text)?;
            if !self.source.has(&manifest.config.digest)? {
                return Ok(());
            }
            for blob in [&manifest.config].into_iter().chain(&manifest.layers) {
                if !blob.has_urls()? || self.source.has(&blob.digest)? {
                    self.add(&blob.digest, blob.size)?;
                }
            }
            return Ok(());
        }
        let name = format!("index {}", descriptor.digest);
        let index = Index::parse(name, &text, Some(&descriptor.media_type), MOST_ENTRIES)?;
        for inner in &index.manifests {
            self.tree(inner, depth + 1)?;
        }
        Ok(())
    }
}

//! Changes the descriptors of `index.json`.

use super::{Dropped, Update};
use crate::document::descriptor::Descriptor;
use crate::document::index::Index;
use crate::document::manifest::Manifest;
use crate::document::media_type;
use crate::layout::Layout;
use crate::{Digest, Error};
use std::collections::BTreeSet;

/// How many manifests are read in search of those that are about another one.
const MOST_READ: usize = 1_000;
/// How deep indexes are followed in this search.
const DEEPEST: usize = 5;

/// Which descriptors of a listing the new one replaces.
pub(super) enum Place<'a> {
    /// Those of the selection, which have to be there.
    Selection,
    /// Those of this reference, if there are any.
    Reference(&'a Descriptor),
}

impl Update {
    /// Puts the new descriptor into a listing. Returns nothing if the listing no longer has what was
    /// selected.
    pub(super) fn list(&self, index: &mut Index, place: &Place) -> Result<Option<()>, Error> {
        let (root, replaced) = match place {
            Place::Selection => (&self.root, self.selected(index)?),
            Place::Reference(root) => (*root, same_reference(index, root)?),
        };
        if matches!(place, Place::Selection) && replaced.len() != self.replaced.len() {
            return Ok(None);
        }
        let first = replaced.iter().next().copied();
        let mut listed = Vec::new();
        for (position, descriptor) in std::mem::take(&mut index.manifests).into_iter().enumerate() {
            if Some(position) == first {
                listed.push(root.clone());
            } else if !(replaced.contains(&position) || self.is_orphan(place, &descriptor)?) {
                listed.push(descriptor);
            }
        }
        if first.is_none() {
            listed.push(root.clone());
        }
        index.manifests = listed;
        Ok(Some(()))
    }

    fn is_orphan(&self, place: &Place, descriptor: &Descriptor) -> Result<bool, Error> {
        Ok(matches!(place, Place::Selection)
            && self.orphans.contains(&descriptor.digest)
            && descriptor.names()?.is_empty())
    }

    /// Where the descriptors of the selection are now.
    fn selected(&self, index: &Index) -> Result<BTreeSet<usize>, Error> {
        let mut positions = BTreeSet::new();
        for selected in &self.replaced {
            let names = selected.names()?;
            for (position, descriptor) in index.manifests.iter().enumerate() {
                let same = descriptor.digest == selected.digest && descriptor.names()? == names;
                if same && !positions.contains(&position) {
                    positions.insert(position);
                    break;
                }
            }
        }
        Ok(positions)
    }
}

/// Where descriptors with the reference of this one are. If it has none, where its digest is.
fn same_reference(index: &Index, root: &Descriptor) -> Result<BTreeSet<usize>, Error> {
    let names = root.names()?;
    let mut positions = BTreeSet::new();
    for (position, descriptor) in index.manifests.iter().enumerate() {
        let other = descriptor.names()?;
        let same = match (&names.reference, &names.image) {
            (_, Some(image)) if other.image.is_some() => other.image.as_ref() == Some(image),
            (Some(reference), _) => other.reference.as_ref() == Some(reference),
            (None, Some(_)) => false,
            (None, None) => other.is_empty() && descriptor.digest == root.digest,
        };
        if same {
            positions.insert(position);
        }
    }
    Ok(positions)
}

/// The descriptors without a name that are about a manifest which is gone, and which no other
/// descriptor leads to.
pub(super) fn about(
    layout: &Layout,
    index: &Index,
    roots: &[Descriptor],
    gone: &BTreeSet<&Digest>,
) -> Result<Vec<Dropped>, Error> {
    let mut search = Search { layout, left: MOST_READ };
    let mut reached = BTreeSet::new();
    let mut about = Vec::new();
    for descriptor in &index.manifests {
        let names = descriptor.names()?;
        if roots.iter().any(|root| {
            root.digest == descriptor.digest && root.names().is_ok_and(|other| other == names)
        }) {
            continue;
        }
        let subject = if names.is_empty() { search.subject(descriptor)? } else { None };
        match subject.filter(|subject| gone.contains(subject)) {
            Some(subject) => {
                about.push(Dropped { digest: descriptor.digest.clone(), about: subject });
            }
            None => search.reach(descriptor, 0, &mut reached),
        }
    }
    about.retain(|dropped| !reached.contains(&dropped.about));
    Ok(about)
}

/// A search of limited length, which passes over what cannot be read: it is not part of the selection.
struct Search<'a> {
    layout: &'a Layout,
    left: usize,
}

impl Search<'_> {
    /// The digest of the manifest that this one is about.
    fn subject(&mut self, descriptor: &Descriptor) -> Result<Option<Digest>, Error> {
        if descriptor.is_attestation()? {
            return descriptor.attested();
        }
        let Some(flavour) = media_type::manifest(&descriptor.media_type) else { return Ok(None) };
        let Some(text) = self.read(descriptor) else { return Ok(None) };
        let manifest = Manifest::parse(descriptor, flavour, &text);
        Ok(manifest.and_then(|manifest| manifest.subject()).ok().flatten())
    }

    /// Collects the digests of everything below a descriptor.
    fn reach(&mut self, descriptor: &Descriptor, depth: usize, reached: &mut BTreeSet<Digest>) {
        let new = reached.insert(descriptor.digest.clone());
        if !new || depth == DEEPEST || !media_type::is_index(&descriptor.media_type) {
            return;
        }
        let Some(text) = self.read(descriptor) else { return };
        let name = format!("index {}", descriptor.digest);
        let index = Index::parse(name, &text, Some(&descriptor.media_type), MOST_READ);
        for inner in index.iter().flat_map(|index| &index.manifests) {
            self.reach(inner, depth + 1, reached);
        }
    }

    fn read(&mut self, descriptor: &Descriptor) -> Option<Vec<u8>> {
        self.left = self.left.checked_sub(1)?;
        self.layout.document(descriptor).ok()
    }
}

//! Follows the descriptors of a reference through indexes to the manifests.

use super::MOST_ENTRIES;
use crate::Error;
use crate::document::descriptor::Descriptor;
use crate::document::index::Index;
use crate::document::{media_type, wrong};
use crate::layout::{INDEX, Layout};

/// How deep indexes may be nested. By their digests they cannot contain themselves.
const DEEPEST: usize = 5;

/// How many indexes may be inside of indexes. Each time that one is listed counts.
const MOST_INNER: usize = 100;

/// The annotation of a second manifest of one platform whose layers are compressed with Zstandard:
/// `podman manifest push --add-compression` writes it.
pub(super) const ZSTD_VARIETY: &str = "io.github.containers.compression.zstd";

/// What the descriptors of a reference lead to.
pub(super) struct Found {
    /// The index that the only descriptor names, if it names one.
    pub(super) index: Option<Index>,
    /// The manifests of all indexes, in their order.
    pub(super) entries: Vec<Descriptor>,
    /// The indexes inside indexes.
    pub(super) inner: Vec<Descriptor>,
}

impl Found {
    /// Reads all indexes below these descriptors.
    pub(super) fn read(layout: &Layout, roots: &[Descriptor]) -> Result<Found, Error> {
        let mut found = Found { index: None, entries: Vec::new(), inner: Vec::new() };
        for root in roots {
            if media_type::is_index(&root.media_type) {
                let index = read(layout, root)?;
                found.add(layout, &index, 1)?;
                if roots.len() == 1 {
                    found.index = Some(index);
                }
            } else {
                found.push(root)?;
            }
        }
        Ok(found)
    }

    fn add(&mut self, layout: &Layout, index: &Index, depth: usize) -> Result<(), Error> {
        for descriptor in &index.manifests {
            if !media_type::is_index(&descriptor.media_type) {
                self.push(descriptor)?;
                continue;
            }
            if depth == DEEPEST {
                let reason = format!("indexes are nested more than {DEEPEST} levels deep");
                return Err(wrong(descriptor.name(), reason));
            }
            if self.inner.len() == MOST_INNER {
                let reason = format!("the reference names more than {MOST_INNER} indexes");
                return Err(wrong(INDEX, reason));
            }
            self.inner.push(descriptor.clone());
            self.add(layout, &read(layout, descriptor)?, depth + 1)?;
        }
        Ok(())
    }

    fn push(&mut self, descriptor: &Descriptor) -> Result<(), Error> {
        if self.entries.len() == MOST_ENTRIES {
            let reason = format!("the reference names more than {MOST_ENTRIES} manifests");
            return Err(wrong(INDEX, reason));
        }
        self.entries.push(descriptor.clone());
        Ok(())
    }
}

fn read(layout: &Layout, descriptor: &Descriptor) -> Result<Index, Error> {
    let name = format!("index {}", descriptor.digest);
    let text = layout.document(descriptor)?;
    Index::parse(name, &text, Some(&descriptor.media_type), MOST_ENTRIES)
}

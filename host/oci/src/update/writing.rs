//! What directories and archives have in common when an update is written.

use super::listing::Place;
use super::{Update, docker};
use crate::document::index::Index;
use crate::layout::archive::Archive;
use crate::layout::{INDEX, Layout, check};
use crate::select::MOST_ROOTS;
use crate::{Digest, Error, Verifying};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// What the names of temporary files begin with. The next run removes those that a killed one has left.
pub(super) const TEMPORARY: &str = ".ensurepip-host-";

/// An update and the way in which it is listed.
#[derive(Clone, Copy)]
pub(super) struct Writing<'a> {
    pub(super) update: &'a Update,
    pub(super) place: &'a Place<'a>,
    /// The blobs to copy, with their sizes, and where they are. Nothing if they are there already.
    pub(super) copied: Option<(&'a Layout, &'a BTreeMap<Digest, u64>)>,
}

impl Writing<'_> {
    /// The new text of `index.json`. `path` is the layout's, and `text` what it has now, if anything.
    pub(super) fn index(&self, path: &Path, text: Option<&[u8]>) -> Result<String, Error> {
        let mut index = match text {
            Some(text) => Index::parse(INDEX.to_owned(), text, None, MOST_ROOTS)?,
            None => Index::new(),
        };
        if self.update.list(&mut index, self.place)?.is_none() {
            let reason = "changed by another program during the run".to_owned();
            return Err(Error::Selection { path: path.to_owned(), reason });
        }
        Ok(index.to_text())
    }

    /// The new text of Docker's own list in an archive, or nothing if the list would not agree with the
    /// layout: nothing states what another reference replaces there.
    pub(super) fn docker_list(&self, base: &Archive) -> Result<Option<String>, Error> {
        match (self.place, base.file(docker::LIST)?) {
            (Place::Selection, Some(text)) => self.update.docker_list(&text).map(Some),
            _ => Ok(None),
        }
    }
}

/// Copies a blob, and compares its digest with what was copied.
pub(super) fn copy(
    source: &Layout,
    digest: &Digest,
    size: u64,
    target: &mut impl Write,
) -> Result<io::Result<()>, Error> {
    let mut reader = Verifying::new(source.blob(digest, size)?, digest);
    if let Err(error) = io::copy(&mut reader, target) {
        return Ok(Err(error));
    }
    check(reader.finish(), digest, size).map(Ok)
}

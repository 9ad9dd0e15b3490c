//! The layers of an image, read once, and known from then on.

use super::aliases::{Aliases, HardLinks};
use super::interest::{Interest, VERSION, interest};
use crate::error::Error;
use crate::progress::{Decision, Progress, Reporter, Step};
use crate::store::{Key, Store};
use ensurepip_oci::{Layer, LayerBlob, Layout, Tree, read_layer};
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How often layers are read again for files that only links have shown to be needed.
const ROUNDS: usize = 4;

/// Reads layers, and reports the progress of that to the caller.
#[derive(Clone)]
pub(super) struct Reading(Arc<State>);

struct State {
    reporter: Reporter,
    /// The size of all layers in bytes, and how much was read.
    size: u64,
    read: AtomicU64,
    /// Set when another image has failed.
    is_stopped: AtomicBool,
}

impl Reading {
    pub(super) fn new(reporter: Reporter, size: u64) -> Reading {
        let (read, is_stopped) = (AtomicU64::new(0), AtomicBool::new(false));
        Reading(Arc::new(State { reporter, size, read, is_stopped }))
    }

    /// Ends all reading soon.
    pub(super) fn stop(&self) {
        self.0.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Whether the caller has cancelled, or another image has failed.
    pub(super) fn is_cancelled(&self) -> bool {
        self.0.is_stopped.load(Ordering::Relaxed) || self.0.reporter.ask() == Decision::Cancel
    }

    /// Forwards the progress of a run. Its own commit is not that of the image, and while layers of
    /// other platforms are read, that is what takes time.
    pub(super) fn forward(&self, progress: Progress) -> Decision {
        if self.0.is_stopped.load(Ordering::Relaxed) {
            return Decision::Cancel;
        }
        let are_layers_left = self.0.read.load(Ordering::Relaxed) < self.0.size;
        match progress.step {
            Step::Commit => self.0.reporter.ask(),
            _ if are_layers_left => self.0.reporter.ask(),
            _ => self.0.reporter.report(progress),
        }
    }

    /// The tree of an image's layers, with the contents of all files that a run needs.
    pub(super) fn tree(
        &self,
        layout: &Layout,
        layers: &[LayerBlob],
        cache: Option<&Path>,
    ) -> Result<Tree, Error> {
        let store = cache.and_then(Store::open);
        let (mut more, mut last) = (BTreeSet::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (mut tree, mut hard_links) = (Tree::new(), HardLinks::default());
            for layer in layers {
                let layer = self.layer(layout, layer, store.as_ref(), &more)?;
                hard_links.add(&layer);
                tree.apply(layer)?;
            }
            let missing = Aliases::of(&tree).missing(&tree, &hard_links);
            if missing.is_empty() {
                return Ok(tree);
            }
            let real = missing.iter().find(|path| tree.get(path).is_some());
            last = real.cloned().unwrap_or_default();
            if missing.is_subset(&more) {
                break;
            }
            tracing::debug!(?missing, "links lead to these files, so their layers are read again");
            more.extend(missing);
        }
        // Without the contents, the run would take the file for an empty one.
        Err(Error::Io {
            operation: "read".to_owned(),
            path: Path::new("/").join(&*String::from_utf8_lossy(&last)),
            reason: "its layer has it under a path that does not show that it is needed".to_owned(),
        })
    }

    /// A layer, from the cache if it was read before.
    fn layer(
        &self,
        layout: &Layout,
        layer: &LayerBlob,
        store: Option<&Store>,
        more: &BTreeSet<Vec<u8>>,
    ) -> Result<Layer, Error> {
        let key = store.map(|store| (store, key(layer, more)));
        if let Some((store, key)) = &key
            && let Some((known, _)) = store.reader(key)
            && let Some(known) = Layer::decode(io::BufReader::new(known), &layer.digest)
        {
            tracing::debug!(digest = %layer.digest, "the layer is known");
            self.advance(layer.size);
            return Ok(known);
        }
        let blob = layout.blob(&layer.digest, layer.size)?;
        let counted = Counted { inner: blob, reading: self };
        let wanted = |path: &[u8], size: u64| {
            interest(path, size) == Interest::Contents || more.contains(path)
        };
        let read = read_layer(
            io::BufReader::with_capacity(1 << 18, counted),
            &layer.digest,
            layer.size,
            &layer.diff_id,
            &wanted,
            &|| self.is_cancelled(),
        );
        let read = read.map_err(|error| match error {
            ensurepip_oci::Error::Stopped => Error::Cancelled,
            error => error.into(),
        })?;
        if let Some((store, key)) = key {
            store.put_with(&key, |mut out| read.encode(&mut out));
        }
        Ok(read)
    }

    fn advance(&self, bytes: u64) -> Decision {
        let read = self.0.read.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let [files, done] =
            [self.0.size, read].map(|bytes| u32::try_from(bytes >> 20).unwrap_or(u32::MAX));
        self.0.reporter.report(Progress { step: Step::Layers, files, done: done.min(files) })
    }
}

/// The key of a layer that was read by the present rule.
fn key(layer: &LayerBlob, more: &BTreeSet<Vec<u8>>) -> Key {
    let (rule, digest) = (VERSION.to_le_bytes(), layer.digest.to_string());
    let diff_id = layer.diff_id.to_string();
    let parts: [&[u8]; 4] = [b"layer", &rule, digest.as_bytes(), diff_id.as_bytes()];
    Key::of(parts.into_iter().chain(more.iter().map(Vec::as_slice)))
}

/// A reader that reports how much was read.
struct Counted<'run, R> {
    inner: R,
    reading: &'run Reading,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.reading.advance(read as u64);
        Ok(read)
    }
}

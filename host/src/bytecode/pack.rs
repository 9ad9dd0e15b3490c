//! Bytecode packs: the bytecode of a wheel's sources in a file, for every path and time.
//!
//! A pack is written where there is an interpreter (`make.rs`), and read where there is none. It is
//! given explicitly, so it is trusted as the wheel is. Nothing in it is used before all of it was
//! verified: the form and the digests (`format.rs`), and here the Python, the wheel and the paths.

mod format;
mod make;
#[cfg(test)]
mod tests;

pub(crate) use make::pack;

use super::relocate::Layout;
use super::{Bytecode, Invalidation, SourceDigest};
use crate::digest::hexadecimal;
use crate::error::Error;
use crate::facts::Facts;
use crate::wheels::{self, Wheel};
use format::{Header, Unpacked};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A bytecode pack that fits a Python and a wheel.
pub(crate) struct Pack {
    path: PathBuf,
    layout: Layout,
    /// By the SHA-256 digest of the source, in lower-case hexadecimal.
    entries: HashMap<String, Entry>,
}

/// The bytecode of a source.
struct Entry {
    source_size: u64,
    /// The canonical form, with the hash of the source; none if the source is not valid in this Python.
    canonical: Option<Vec<u8>>,
}

impl Pack {
    /// Reads a pack, and verifies all of it for a Python and a wheel. `place` returns the final path
    /// of a file of the wheel.
    pub(crate) fn open(
        path: &Path,
        facts: &Facts,
        wheel: &Wheel,
        place: impl Fn(&str) -> String,
    ) -> Result<Pack, Error> {
        let refused = |reason| Error::BytecodePack { path: path.to_owned(), reason };
        let Unpacked { header, forms } = format::read(path).map_err(refused)?;
        check_python(&header, facts).map_err(refused)?;
        check_wheel(&header, wheel).map_err(refused)?;
        let layout = layout(&header.implementation, facts.version).map_err(refused)?;
        let entries =
            header.entries.into_iter().zip(forms).map(|(entry, canonical)| {
                (entry.sha256, Entry { source_size: entry.size, canonical })
            });
        let pack = Pack { path: path.to_owned(), layout, entries: entries.collect() };
        pack.check_sources(wheel, place).map_err(refused)?;
        Ok(pack)
    }

    /// Returns the bytecode of these sources, for their paths and times.
    pub(super) fn get_all(
        &self,
        sources: &[SourceDigest],
        invalidation: Invalidation,
    ) -> Result<Vec<Bytecode>, Error> {
        let get = |source: &SourceDigest| {
            let SourceDigest { path, modified, sha256 } = source;
            let found = self.get(&hexadecimal(sha256), path, *modified, invalidation);
            found.map_err(|reason| Error::BytecodePack { path: self.path.clone(), reason })
        };
        sources.iter().map(get).collect()
    }

    /// Returns the bytecode of the source with a digest, for a path and a time.
    fn get(
        &self,
        sha256: &str,
        path: &str,
        modified: u64,
        invalidation: Invalidation,
    ) -> Result<Bytecode, String> {
        let missing = || format!("it has no entry for the source `{path}`");
        let Entry { source_size, canonical } = self.entries.get(sha256).ok_or_else(missing)?;
        let Some(canonical) = canonical else { return Ok(None) };
        let timed;
        let form = match invalidation {
            Invalidation::CheckedHash => Some(&canonical[..]),
            Invalidation::Timestamp => {
                timed = self.layout.timed(canonical, *source_size);
                timed.as_deref()
            }
        };
        let relocated = form.and_then(|form| self.layout.relocated(form, path, modified));
        let refused = || format!("its bytecode cannot be used for the source `{path}`");
        Ok(Some(relocated.ok_or_else(refused)?))
    }

    /// Checks that the pack has the bytecode of all sources of the wheel, for their final paths, and no
    /// other.
    fn check_sources(&self, wheel: &Wheel, place: impl Fn(&str) -> String) -> Result<(), String> {
        let known = wheels::of_digest(&wheel.sha256);
        let known = known.ok_or("packs are only used for the wheels that this program bundles")?;
        let mut used = HashMap::new();
        for file in known.files.iter().filter(|file| file.path.ends_with(make::SOURCE)) {
            let (sha256, path) = (hexadecimal(&file.sha256), place(file.path));
            for invalidation in [Invalidation::CheckedHash, Invalidation::Timestamp] {
                self.get(&sha256, &path, 0, invalidation)?;
            }
            used.insert(sha256, file.size);
        }
        for (sha256, entry) in &self.entries {
            match used.get(sha256) {
                None => return Err(format!("no source of the wheel has the digest {sha256}")),
                Some(size) if *size != entry.source_size => {
                    return Err(format!("the source with the digest {sha256} has {size} bytes"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// The layout of bytecode that a pack can have.
fn layout(implementation: &str, version: [u32; 3]) -> Result<Layout, String> {
    let known = Layout::of(implementation, version).filter(|layout| layout.has_hashes());
    known.ok_or_else(|| {
        let [major, minor, _] = version;
        format!("packs are for CPython 3.7 to 3.15, not for {implementation} {major}.{minor}")
    })
}

/// Checks that a pack is for a Python.
fn check_python(header: &Header, facts: &Facts) -> Result<(), String> {
    let Header { implementation, version, cache_tag, magic, .. } = header;
    let [major, minor, _] = facts.version;
    let is_same = *implementation == facts.implementation
        && *version == [major, minor]
        && Some(cache_tag) == facts.cache_tag.as_ref()
        && facts.magic.as_ref().is_none_or(|known| known == magic);
    if is_same {
        return Ok(());
    }
    let own = format!("{implementation} {}.{}", version[0], version[1]);
    let tag = facts.cache_tag.as_deref().unwrap_or("none");
    let known = facts.magic.as_deref().unwrap_or("unknown");
    Err(format!(
        "it is for {own} (cache tag {cache_tag}, magic number {magic}), not for {} {major}.{minor} \
         (cache tag {tag}, magic number {known})",
        facts.implementation
    ))
}

/// Checks that a pack is for a wheel. The file name of a wheel of a directory does not count.
fn check_wheel(header: &Header, wheel: &Wheel) -> Result<(), String> {
    let name = wheels::of_digest(&wheel.sha256).map_or(&*wheel.name, |known| known.file_name);
    if header.wheel.sha256 == wheel.sha256 && header.wheel.name == name {
        return Ok(());
    }
    let shown = |name: &str, sha256: &str| format!("`{name}` (SHA-256 {sha256})");
    let own = shown(&header.wheel.name, &header.wheel.sha256);
    Err(format!("it is for the wheel {own}, not for {}", shown(name, &wheel.sha256)))
}

//! A wheel from the host, and what is known about it: the contract's resource `wheel`.

use super::wheel_source::WheelSource;
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::{CheckedFile, Error};
use crate::bindings::exports::ensurepip::bootstrap::installer::ReadFile;
use crate::file_data::Unpacker;
use crate::host::{Host, report_file};
use crate::record::Digest;
use crate::wheel::{self, Contents, Keeping, Opened, ReadHere};
use crate::wheel_name::WheelName;
use std::cell::RefCell;
use std::rc::Rc;

/// A wheel, checked once for all calls that use it.
pub(crate) struct WheelResource {
    file_name: String,
    source: WheelSource,
    trusted: bool,
    known: RefCell<Known>,
}

/// What is known about a wheel.
#[derive(Default)]
struct Known {
    /// The opened archive, if parts of it were read.
    opened: Option<Opened>,
    /// Files that were already read, for a later check or to be staged for another instance.
    kept: ReadHere,
    /// The contents, if the wheel was checked.
    checked: Option<Rc<Contents>>,
    /// The digest of the file that it was read from.
    file_digest: Option<Digest>,
}

impl WheelResource {
    /// Takes a wheel without looking at it yet.
    pub(crate) fn new(file_name: String, bytes: Vec<u8>, trusted: bool) -> WheelResource {
        let source = WheelSource::Memory(Rc::new(bytes));
        WheelResource { file_name, source, trusted, known: RefCell::default() }
    }

    /// Takes a wheel that was checked before, unpacked.
    pub(crate) fn checked(
        file_name: String,
        files: Vec<CheckedFile>,
        contents: Vec<u8>,
    ) -> Result<WheelResource, Error> {
        let checked = Some(Rc::new(wheel::unpacked(&file_name, files, contents)?));
        let known = RefCell::new(Known { checked, ..Known::default() });
        let source = WheelSource::Memory(Rc::default());
        Ok(WheelResource { file_name, source, trusted: true, known })
    }

    /// Reads the wheel of this name from the directory of wheels.
    pub(crate) fn open(
        file_name: String,
        trusted: bool,
        host: &dyn Host,
    ) -> Result<WheelResource, Error> {
        WheelName::parse(&file_name)?;
        let source = WheelSource::Memory(WheelSource::File(file_name.clone()).read(host)?);
        Ok(WheelResource { file_name, source, trusted, known: RefCell::default() })
    }

    /// Takes the wheel of this name from the directory of wheels. Its bytes stay there.
    pub(crate) fn in_directory(
        file_name: String,
        trusted: bool,
        host: &dyn Host,
    ) -> Result<WheelResource, Error> {
        WheelName::parse(&file_name)?;
        let source = WheelSource::File(file_name.clone());
        source.open(host)?;
        Ok(WheelResource { file_name, source, trusted, known: RefCell::default() })
    }

    /// Returns the contents of the wheel, after a check of every byte.
    pub(crate) fn contents(&self, host: &dyn Host) -> Result<Rc<Contents>, Error> {
        self.check(Vec::new(), host)
    }

    /// Likewise, with files that other instances have read. The component cannot verify that; the
    /// host vouches for it.
    pub(crate) fn check(
        &self,
        read_elsewhere: Vec<ReadFile>,
        host: &dyn Host,
    ) -> Result<Rc<Contents>, Error> {
        let mut known = self.known.borrow_mut();
        if let Some(contents) = &known.checked {
            return Ok(Rc::clone(contents));
        }
        let read = (std::mem::take(&mut known.kept), read_elsewhere);
        let opened = if let Some(opened) = known.opened.take() {
            opened
        } else {
            let (opened, digest) = self.open_archive(host)?;
            known.file_digest = digest;
            opened
        };
        let digests = |contents: &[u8]| host.digests(contents);
        let on_file = |files, done| report_file(host, Step::Check, files, done);
        let contents =
            Rc::new(wheel::check(&self.file_name, opened, self.trusted, read, digests, on_file)?);
        known.checked = Some(Rc::clone(&contents));
        Ok(contents)
    }

    /// Reads one of several parts of the wheel's files, and keeps them.
    pub(crate) fn read_part(&self, part: (u32, u32), host: &dyn Host) -> Vec<ReadFile> {
        let mut known = self.known.borrow_mut();
        if known.checked.is_some() {
            return Vec::new();
        }
        if known.opened.is_none() {
            let (opened, digest) = self.open_archive(host).ok().unzip();
            (known.opened, known.file_digest) = (opened, digest.flatten());
        }
        // If there is no archive, the check reports why.
        let archive = known.opened.as_ref().and_then(|opened| opened.archive.as_ref());
        let digests = |contents: &[u8]| host.digests(contents);
        let read = archive.map(|archive| wheel::read_part(archive, part, digests));
        let mut read = read.unwrap_or_default();
        let files = read.iter().filter_map(|(entry, (_, sha256))| {
            Some(ReadFile { entry: u32::try_from(*entry).ok()?, sha256: sha256.to_vec() })
        });
        let files = files.collect();
        known.kept.append(&mut read);
        files
    }

    /// Returns the contents of these files; `None` for those that cannot be read again. If the wheel was
    /// not checked, it has only those that were kept.
    pub(crate) fn read(&self, entries: &[u32], host: &dyn Host) -> Vec<Option<Vec<u8>>> {
        let known = self.known.borrow();
        let Some(contents) = &known.checked else {
            let kept =
                |entry: &u32| Some(known.kept.get(&usize::try_from(*entry).ok()?)?.0.clone());
            return entries.iter().map(kept).collect();
        };
        let digests = |contents: &[u8]| host.digests(contents);
        let Ok(archive) = self.source.open(host) else { return vec![None; entries.len()] };
        let unpacker = Unpacker { wheel: &self.file_name, archive, digests: &digests };
        let read = |entry: &u32| {
            let index = contents.files.binary_search_by_key(entry, |file| file.entry).ok()?;
            Some(contents.files[index].contents(&unpacker).ok()?.into_owned())
        };
        entries.iter().map(read).collect()
    }

    /// Its file name.
    pub(super) fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The SHA-256 digest of its file, if it was checked in a directory.
    pub(super) fn file_digest(&self) -> Option<Digest> {
        self.known.borrow().file_digest
    }

    /// Where its bytes are.
    pub(super) fn source(&self) -> &WheelSource {
        &self.source
    }

    /// Passes the kept files to `look`. None are left once the wheel was checked.
    pub(super) fn with_read<T>(&self, look: impl FnOnce(&ReadHere) -> T) -> T {
        look(&self.known.borrow().kept)
    }

    /// Opens the archive. Returns the digest of its file, if it stays there.
    fn open_archive(&self, host: &dyn Host) -> Result<(Opened, Option<Digest>), Error> {
        let bytes = self.source.read(host)?;
        let (keeping, digest) = match self.source {
            WheelSource::Memory(_) => (Keeping::Files, None),
            WheelSource::File(_) => (Keeping::Nothing, Some(host.digests(&bytes).0)),
        };
        Ok((wheel::open(&self.file_name, &bytes, keeping), digest))
    }
}

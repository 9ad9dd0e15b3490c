//! A wheel from the host, and what is known about it: the contract's resource `wheel`.

use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::{CheckedFile, Error};
use crate::bindings::exports::ensurepip::bootstrap::installer::ReadFile;
use crate::directory::Directory;
use crate::host::{Host, report_file};
use crate::wheel::{self, Contents, Opened, ReadHere};
use crate::wheel_name::WheelName;
use std::cell::RefCell;
use std::rc::Rc;

/// How large a wheel may be that is read from a directory, in bytes.
const SIZE_LIMIT: usize = 1 << 30;

/// A wheel, checked once for all calls that use it.
pub(crate) struct WheelResource {
    file_name: String,
    bytes: Rc<Vec<u8>>,
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
}

impl WheelResource {
    /// Takes a wheel without looking at it yet.
    pub(crate) fn new(file_name: String, bytes: Vec<u8>, trusted: bool) -> WheelResource {
        WheelResource { file_name, bytes: Rc::new(bytes), trusted, known: RefCell::default() }
    }

    /// Takes a wheel that was checked before, unpacked.
    pub(crate) fn checked(
        file_name: String,
        files: Vec<CheckedFile>,
        contents: Vec<u8>,
    ) -> Result<WheelResource, Error> {
        let checked = Some(Rc::new(wheel::unpacked(&file_name, files, contents)?));
        let known = RefCell::new(Known { checked, ..Known::default() });
        Ok(WheelResource { file_name, bytes: Rc::default(), trusted: true, known })
    }

    /// Takes the wheel of this name from a directory of wheels.
    pub(crate) fn read_from(
        directory: Option<&dyn Directory>,
        file_name: String,
        trusted: bool,
    ) -> Result<WheelResource, Error> {
        let unreadable = |reason: &str| Error::UnreadableWheel(format!("`{file_name}`: {reason}"));
        let directory = directory.ok_or_else(|| unreadable("no preopen is named `wheels`"))?;
        WheelName::parse(&file_name)?;
        let read = directory.read_file(&file_name, SIZE_LIMIT);
        let bytes = read.map_err(|failure| unreadable(&failure.reason))?;
        let bytes = bytes.ok_or_else(|| unreadable("there is no such file, or it is too large"))?;
        Ok(WheelResource::new(file_name, bytes, trusted))
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
        let opened = known.opened.take().unwrap_or_else(|| self.open());
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
        let opened = known.opened.get_or_insert_with(|| self.open());
        // If there is no archive, the check reports why.
        let archive = opened.archive.as_ref();
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

    /// Returns the contents of these files. If the wheel was not checked, only of those that were
    /// kept.
    pub(crate) fn read(&self, entries: &[u32]) -> Vec<Option<Vec<u8>>> {
        let known = self.known.borrow();
        let read = |entry: &u32| {
            let Some(contents) = &known.checked else {
                let (contents, _) = known.kept.get(&usize::try_from(*entry).ok()?)?;
                return Some(contents.clone());
            };
            let index = contents.files.binary_search_by_key(entry, |file| file.entry).ok()?;
            Some(contents.files[index].data.whole().into_owned())
        };
        entries.iter().map(read).collect()
    }

    /// Passes the kept files to `look`. None are left once the wheel was checked.
    pub(super) fn with_read<T>(&self, look: impl FnOnce(&ReadHere) -> T) -> T {
        look(&self.known.borrow().kept)
    }

    fn open(&self) -> Opened {
        wheel::open(&self.file_name, &self.bytes)
    }
}

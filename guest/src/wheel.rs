//! A wheel: a ZIP archive with a `.dist-info` directory, opened, then checked as a whole.
//!
//! Follows "Binary distribution format", packaging.python.org. Whoever holds [`Contents`] holds a
//! wheel every byte of which was checked against its `RECORD`; nothing else can be installed.

mod bytecode;
mod checked;
pub(crate) mod debundled;
mod identity;
mod reading;
mod sharing;
mod spread;

pub(crate) use checked::unpacked;
#[cfg(not(target_family = "wasm"))]
pub use checked::{CheckedWheel, check_wheel};
pub(crate) use sharing::{ReadHere, read_part};

use crate::archive::Archive;
use crate::bindings::ensurepip::bootstrap::types::{Error, Role, Scheme};
use crate::bindings::exports::ensurepip::bootstrap::installer::ReadFile;
use crate::entry_path::EntryPath;
use crate::entry_points::EntryPoint;
use crate::faults::Faults;
use crate::file_data::{FileData, Unpacker, Unreadable};
use crate::metadata::Licenses;
use crate::record::Digest;
use crate::scheme;
use crate::wheel_name::WheelName;
use identity::Identity;
use pep440_rs::VersionSpecifiers;
use reading::{Reading, check_held};
use sharing::Shared;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;

/// What stays in memory between the check of a wheel and its installation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Its bytes, and most of its files.
    Files,
    /// Neither. Files are unpacked again from the file that the wheel is in.
    Nothing,
}

/// A wheel whose archive was opened, and nothing else yet.
pub(crate) struct Opened {
    /// None if one fault hides all others.
    pub(crate) archive: Option<Archive>,
    keeping: Keeping,
    /// What is wrong with it so far.
    faults: Faults,
}

/// Opens a wheel. `file_name` is what faults of the whole are about.
pub(crate) fn open(file_name: &str, bytes: &Rc<Vec<u8>>, keeping: Keeping) -> Opened {
    let mut faults = Faults::default();
    Opened { archive: Archive::open(file_name, bytes, &mut faults), keeping, faults }
}

/// Checks a wheel, every file of it. Fails with all faults at once, unless one hides the others.
/// `trusted` says whether somebody has vouched for these bytes. Some files may have been read already:
/// here, so that they were kept, or by other instances. `digests` computes SHA-256 and CRC-32; `on_file`
/// is told before each file how many there are and how many were read, and may fail.
pub(crate) fn check(
    file_name: &str,
    Opened { archive, keeping, mut faults }: Opened,
    trusted: bool,
    (kept, read): (ReadHere, Vec<ReadFile>),
    digests: impl Fn(&[u8]) -> (Digest, u32),
    on_file: impl FnMut(usize, usize) -> Result<(), Error>,
) -> Result<Contents, Error> {
    let name = WheelName::parse(file_name)?;
    let archive = archive.and_then(|archive| check_held(file_name, archive, &mut faults));
    let identified = archive.and_then(|archive| {
        Some((Identity::read(file_name, &archive, &name, &mut faults)?, archive))
    });
    let Some((identity, archive)) = identified else {
        return Err(faults.into_error(file_name));
    };
    let reading = Reading::new((name, identity), trusted, Shared::new(kept, read), keeping, faults);
    let (contents, faults) = reading.read(&archive, digests, on_file)?;
    faults.check(file_name)?;
    Ok(contents)
}

/// Checks a wheel without other instances and without a host.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn check_alone(file_name: &str, bytes: &[u8], trusted: bool) -> Result<Contents, Error> {
    let opened = open(file_name, &Rc::new(bytes.to_vec()), Keeping::Files);
    check(file_name, opened, trusted, Default::default(), crate::record::digests, |_, _| Ok(()))
}

/// A whole wheel, checked.
#[derive(Debug)]
pub(crate) struct Contents {
    /// What its file name says, and its metadata confirms.
    pub(crate) name: WheelName,
    /// The name of its `.dist-info` directory.
    pub(crate) dist_info: String,
    /// `purelib` or `platlib`: where its root goes.
    pub(crate) library: Role,
    /// Its files, without scripts, bytecode and `RECORD`, in the order of the archive.
    pub(crate) files: Vec<File>,
    /// The files of its `.data/scripts`.
    pub(crate) scripts: Vec<DataScript>,
    /// The commands it declares.
    pub(crate) commands: Vec<EntryPoint>,
    /// Which Pythons it supports, if it says.
    pub(crate) requires_python: Option<Requires>,
    /// The distributions it requires, as written (PEP 508).
    pub(crate) requires_dist: Vec<String>,
    /// The licences it states.
    pub(crate) licenses: Licenses,
    /// The distributions that a pip needs and a distributor has taken out, which other wheels have to
    /// bring.
    pub(crate) debundled: Vec<String>,
    /// The newest modification time of its files, in seconds since 1970.
    pub(crate) modified: u64,
}

impl Contents {
    fn new(name: WheelName, identity: Identity) -> Contents {
        Contents {
            name,
            dist_info: identity.dist_info,
            library: identity.library,
            files: Vec::new(),
            scripts: Vec::new(),
            commands: Vec::new(),
            requires_python: None,
            requires_dist: Vec::new(),
            licenses: Licenses::default(),
            debundled: Vec::new(),
            modified: 0,
        }
    }

    /// The roles of the directories that its files go to, scripts left out; the library directory is
    /// always one. Roles with the same directory are one.
    pub(crate) fn roles(&self, scheme: &Scheme) -> BTreeSet<Role> {
        let roles = self.files.iter().map(|file| file.role).chain([self.library]);
        roles.map(|role| scheme::unify(role, scheme)).collect()
    }
}

/// A file to install.
#[derive(Debug)]
pub(crate) struct File {
    /// Its number in the archive, counted from 0.
    pub(crate) entry: u32,
    /// The directory it goes to.
    pub(crate) role: Role,
    /// Its path there.
    pub(crate) path: EntryPath,
    pub(crate) data: FileData,
    pub(crate) digest: Digest,
    pub(crate) executable: bool,
    /// Seconds since 1970.
    pub(crate) modified: u64,
}

impl File {
    /// All of its contents.
    pub(crate) fn contents(&self, unpacker: &Unpacker) -> Result<Cow<'_, [u8]>, Unreadable> {
        self.data.whole(&self.digest, unpacker)
    }
}

/// A script that the wheel brings as a file.
#[derive(Debug)]
pub(crate) struct DataScript {
    pub(crate) name: String,
    pub(crate) contents: Vec<u8>,
}

/// Which Pythons a wheel supports.
#[derive(Debug)]
pub(crate) struct Requires {
    /// `Requires-Python`, as written.
    pub(crate) text: String,
    pub(crate) specifiers: VersionSpecifiers,
}

//! The reading of a wheel from end to end: every file is unpacked, hashed and compared with what
//! `RECORD` claims of it, and what an installer must know is taken from it on the way.

use super::bytecode::Bytecode;
use super::debundled;
use super::identity::Identity;
use super::sharing::{Read, Shared};
use super::spread::{Destination, Spread};
use super::{Contents, DataScript, File, Keeping, Requires};
use crate::archive::{Archive, Damage, Entry};
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode, Role};
use crate::entry_path::{EntryPath, fold};
use crate::entry_points;
use crate::faults::Faults;
use crate::file_data::{FileData, LARGE, MEMORY_LIMIT};
use crate::metadata::Headers;
use crate::record::{Claims, Digest, Hashed, Hashing};
use crate::scripts;
use crate::wheel_name::{WheelName, canonical_name, same_version};
use pep440_rs::VersionSpecifiers;
use std::str::FromStr as _;

/// Files of a `.dist-info` directory that are for the installer to write.
const INSTALLERS_OWN: [&str; 3] = ["INSTALLER", "REQUESTED", "direct_url.json"];

/// How much scripts and the files of the `.dist-info` directory may hold together, in bytes. Unlike
/// other files, they are in memory as a whole, beside the archive. Of popular wheels none has more than
/// uv, with 43 MiB.
const HELD_LIMIT: u64 = 128 << 20;

/// Fields that `METADATA` may have once. Of several, readers take one or the other.
const SINGLE_METADATA_FIELDS: [&str; 4] =
    ["Metadata-Version", "Name", "Version", "Requires-Python"];

/// A wheel that is being read from end to end.
pub(super) struct Reading {
    contents: Contents,
    /// None if `RECORD` is at fault itself, so that nothing can be compared with it.
    claims: Option<Claims>,
    spread: Spread,
    bytecode: Bytecode,
    /// What was read of it already.
    shared: Shared,
    /// The files that come to a scripts directory: entry and name.
    files_of_scripts: Vec<(String, String)>,
    /// How much more of the files may stay in memory, in bytes.
    room: u64,
    faults: Faults,
}

impl Reading {
    /// Begins; `trusted` says whether somebody has vouched for the wheel.
    pub(super) fn new(
        (name, identity): (WheelName, Identity),
        trusted: bool,
        shared: Shared,
        keeping: Keeping,
        faults: Faults,
    ) -> Reading {
        Reading {
            spread: Spread::new(&identity.dist_info, identity.library, trusted),
            contents: Contents::new(name, identity),
            claims: None,
            bytecode: Bytecode::default(),
            shared,
            files_of_scripts: Vec::new(),
            room: if keeping == Keeping::Files { MEMORY_LIMIT } else { 0 },
            faults,
        }
    }

    /// Reads every file. Returns what is in the wheel, and what is wrong with it.
    pub(super) fn read(
        mut self,
        archive: &Archive,
        digests: impl Fn(&[u8]) -> (Digest, u32),
        mut on_file: impl FnMut(usize, usize) -> Result<(), Error>,
    ) -> Result<(Contents, Faults), Error> {
        self.read_record(archive);
        for (number, entry) in archive.entries().iter().enumerate() {
            on_file(archive.entries().len(), number)?;
            if let Err((code, detail)) = self.read_entry((number, entry), archive, &digests) {
                let path = entry.path.as_str();
                self.faults.add(code, path, detail);
                self.excuse(path);
            }
        }
        archive.refused().iter().for_each(|name| self.excuse(name));
        if let Some(claims) = self.claims.take() {
            claims.finish(&mut self.faults);
        }
        self.check_metadata(archive);
        self.check_scripts();
        self.bytecode.finish(&self.contents.files, &mut self.faults);
        if is_pip(&self.contents.name) {
            self.contents.debundled = debundled::missing(archive);
        }
        Ok((self.contents, self.faults))
    }

    fn read_record(&mut self, archive: &Archive) {
        let path = format!("{}/RECORD", self.contents.dist_info);
        match archive.find(&path).map(|entry| entry.packed.whole(archive.bytes())) {
            Some(Ok(bytes)) => self.claims = Some(Claims::parse(&path, &bytes, &mut self.faults)),
            // The fault is noted when the entry has its turn.
            Some(Err(_)) => {}
            None if archive.refused().contains(&path) => {}
            None => {
                self.faults.add(FaultCode::Record, &path, "there is no such file");
                self.claims = Some(Claims::default());
            }
        }
    }

    /// Lets a file go unchecked.
    fn excuse(&mut self, path: &str) {
        if let Some(claims) = &mut self.claims {
            claims.excuse(path);
        }
    }

    /// Reads an entry to its end, unless that was done, and takes from it what there is to be known.
    fn read_entry(
        &mut self,
        (number, entry): (usize, &Entry),
        archive: &Archive,
        digests: impl Fn(&[u8]) -> (Digest, u32),
    ) -> Result<(), Damage> {
        let path = entry.path.as_str();
        let in_metadata =
            path.strip_prefix(&self.contents.dist_info).and_then(|rest| rest.strip_prefix('/'));
        // `RECORD` cannot state a digest of itself and of its signatures.
        let is_outside_record = matches!(in_metadata, Some("RECORD" | "RECORD.jws" | "RECORD.p7s"));
        let place = self.spread.destination(&entry.path);
        let is_wanted = in_metadata.is_some() || matches!(place, Ok(Destination::Script(_)));
        let mut hashing = match &self.claims {
            Some(claims) if !is_outside_record => claims.hashing(path),
            _ => Hashing::new(None),
        };
        let size = entry.packed.size();
        let data = match self.shared.take(number) {
            Some(Read::Here(bytes, sha256)) => {
                hashing.take(&bytes, sha256);
                FileData::Whole(bytes)
            }
            Some(Read::Elsewhere(sha256)) if !is_wanted && hashing.take_unseen(size, sha256) => {
                FileData::Elsewhere(entry.packed.clone())
            }
            _ if size <= LARGE || is_wanted => {
                let (bytes, sha256) = entry.packed.whole_with(archive.bytes(), digests)?;
                hashing.take(&bytes, sha256);
                FileData::Whole(bytes)
            }
            _ => {
                let mut portions = entry.packed.portions(archive.bytes());
                while let Some(portion) = portions.next()? {
                    hashing.update(portion);
                }
                FileData::Packed(entry.packed.clone())
            }
        };
        let hashed = hashing.finish();
        match &mut self.claims {
            Some(claims) if !is_outside_record => claims.check(path, &hashed, &mut self.faults),
            _ => self.excuse(path),
        }
        if in_metadata == Some("RECORD") {
            return Ok(());
        }
        self.contents.modified = self.contents.modified.max(entry.modified);
        if let Some(name) = in_metadata {
            self.read_metadata(path, name, data.held().unwrap_or_default());
        }
        match place {
            Err(detail) => self.faults.add(FaultCode::DataKey, path, detail),
            Ok(Destination::Script(name)) => {
                self.add_script(path, name, data.held().unwrap_or_default().to_vec());
            }
            Ok(Destination::File(role, to)) => {
                self.add_file((number, entry), (role, to), data, &hashed);
            }
        }
        Ok(())
    }

    fn add_script(&mut self, path: &str, name: String, contents: Vec<u8>) {
        if let Err(detail) = scripts::check_name(&name) {
            self.faults.add(FaultCode::ScriptName, path, detail);
        }
        self.files_of_scripts.push((path.to_owned(), name.clone()));
        self.contents.scripts.push(DataScript { name, contents });
    }

    /// Adds a file, with what it holds, unless it is bytecode.
    fn add_file(
        &mut self,
        (number, entry): (usize, &Entry),
        (role, to): (Role, EntryPath),
        mut data: FileData,
        hashed: &Hashed,
    ) {
        let may_cache = !is_pip(&self.contents.name);
        if self.bytecode.take(&entry.path, (role, &to), may_cache, &mut self.faults) {
            return;
        }
        self.spread.check(&entry.path, role, &to, &mut self.faults);
        if let Some(name) = scripts::name_in_prefix(&to).filter(|_| role == Role::Data) {
            self.files_of_scripts.push((entry.path.as_str().to_owned(), name.to_owned()));
        }
        if matches!(data, FileData::Whole(_)) {
            match self.room.checked_sub(data.size()) {
                Some(room) => self.room = room,
                None => data = FileData::Packed(entry.packed.clone()),
            }
        }
        self.contents.files.push(File {
            entry: u32::try_from(number).unwrap_or(u32::MAX),
            role,
            path: to,
            data,
            digest: hashed.sha256,
            executable: entry.executable,
            modified: entry.modified,
        });
    }

    /// Takes what an installer must know from a file of the `.dist-info` directory.
    fn read_metadata(&mut self, path: &str, name: &str, bytes: &[u8]) {
        match name {
            "METADATA" => match Headers::parse(bytes) {
                Ok(headers) => self.read_headers(path, &headers),
                Err(detail) => self.faults.add(FaultCode::Metadata, path, detail),
            },
            "entry_points.txt" => {
                let (commands, wrong) = entry_points::parse(bytes);
                for detail in wrong {
                    self.faults.add(FaultCode::EntryPoint, path, detail);
                }
                self.contents.commands = commands;
            }
            _ if INSTALLERS_OWN.contains(&name) => {
                self.faults.add(FaultCode::DistInfo, path, "only an installer writes this file");
            }
            _ => {}
        }
    }

    fn read_headers(&mut self, path: &str, headers: &Headers) {
        let WheelName { project, version } = &self.contents.name;
        let faults = &mut self.faults;
        let mut wrong = |detail: &str| faults.add(FaultCode::Metadata, path, detail);
        if let Some(field) = headers.first_repeated(&SINGLE_METADATA_FIELDS) {
            wrong(&format!("{field} is there twice"));
        }
        let format = headers.get("Metadata-Version").and_then(|version| version.split_once('.'));
        if !matches!(format, Some(("1" | "2", _))) {
            wrong("its Metadata-Version is not supported");
        }
        let agrees = headers.get("Name").map(canonical_name) == Some(canonical_name(project))
            && headers.get("Version").is_some_and(|found| same_version(found, version));
        if !agrees {
            wrong("Name and Version are not those of the file name");
        }
        self.contents.requires_dist = headers.all("Requires-Dist");
        self.contents.licenses = headers.licenses();
        match requires_python(headers) {
            Ok(requires) => self.contents.requires_python = requires,
            Err(detail) => wrong(&detail),
        }
    }

    fn check_metadata(&mut self, archive: &Archive) {
        let path = format!("{}/METADATA", self.contents.dist_info);
        if archive.find(&path).is_none() && !archive.refused().contains(&path) {
            self.faults.add(FaultCode::Metadata, &path, "there is no such file");
        }
    }

    fn check_scripts(&mut self) {
        let path = format!("{}/entry_points.txt", self.contents.dist_info);
        for command in &self.contents.commands {
            if let Err(detail) = scripts::check_name(&command.name) {
                let detail = format!("`{}`: {detail}", command.name);
                self.faults.add(FaultCode::ScriptName, &path, detail);
            }
        }
        let mut taken = scripts::Taken::new(&self.contents.commands);
        let mut names = Vec::new();
        for command in &self.contents.commands {
            names.push((&path, &command.name, taken.add(&command.name)));
        }
        for (entry, name) in &self.files_of_scripts {
            names.push((entry, name, taken.add_file(name)));
        }
        for (entry, name, is_free) in names {
            if !is_free {
                let detail = format!("another script is called `{name}`, or may be");
                self.faults.add(FaultCode::ScriptName, entry, detail);
            }
        }
    }
}

/// Whether a wheel calls itself pip.
fn is_pip(name: &WheelName) -> bool {
    canonical_name(&name.project) == "pip"
}

/// Checks that what will be in memory as a whole fits there. None if it does not.
pub(super) fn check_held(
    file_name: &str,
    archive: Archive,
    faults: &mut Faults,
) -> Option<Archive> {
    let held = archive.entries().iter().filter(|entry| {
        let (top, rest) = entry.path.split_first();
        let is_script = || rest.is_some_and(|rest| rest.split_first().0 == "scripts");
        let top = fold(top);
        top.ends_with(".dist-info") || top.ends_with(".data") && is_script()
    });
    let total: u64 = held.map(|entry| entry.packed.size()).sum();
    if total <= HELD_LIMIT {
        return Some(archive);
    }
    let detail = format!("its scripts and metadata hold {total} bytes, more than {HELD_LIMIT}");
    faults.add(FaultCode::TooLarge, file_name, detail);
    None
}

/// Which Pythons a wheel supports, by its `METADATA` file. The error is a clause.
pub(super) fn requires_python(headers: &Headers) -> Result<Option<Requires>, String> {
    let Some(text) = headers.get("Requires-Python") else { return Ok(None) };
    match VersionSpecifiers::from_str(text) {
        Ok(specifiers) => Ok(Some(Requires { text: text.to_owned(), specifiers })),
        Err(_) => Err(format!("Requires-Python `{text}` cannot be read (PEP 440)")),
    }
}

//! A wheel: a ZIP archive with a `.dist-info` directory, opened, then checked as a whole.
//!
//! Follows "Binary distribution format", packaging.python.org. Whoever holds [`Contents`] holds a
//! wheel every byte of which was checked against its `RECORD`; nothing else can be installed.

mod identity;
mod spread;

use crate::archive::{Archive, Entry};
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode, Role};
use crate::entry_path::EntryPath;
use crate::entry_points::{self, EntryPoint};
use crate::faults::Faults;
use crate::metadata::Headers;
use crate::record::{Claims, Digest, sha256};
use crate::scripts;
use crate::wheel_name::{WheelName, canonical_name, same_version};
use identity::Identity;
use pep440_rs::VersionSpecifiers;
use spread::Spread;
use std::collections::BTreeSet;
use std::str::FromStr as _;

/// Files of a `.dist-info` directory that are for the installer to write.
const INSTALLERS_OWN: [&str; 3] = ["INSTALLER", "REQUESTED", "direct_url.json"];

/// Fields that `METADATA` may have once. Of several, readers take one or the other.
const SINGLE_METADATA_FIELDS: [&str; 4] =
    ["Metadata-Version", "Name", "Version", "Requires-Python"];

/// Checks a wheel, every file of it. Fails with all faults at once, unless one hides the others.
/// `trusted` says whether somebody has vouched for these bytes; `on_open` is told how many files
/// there are before they are read.
pub(crate) fn check(
    file_name: &str,
    bytes: &[u8],
    trusted: bool,
    on_open: impl FnOnce(usize) -> Result<(), Error>,
) -> Result<Contents, Error> {
    let name = WheelName::parse(file_name)?;
    let mut faults = Faults::default();
    let opened = Archive::open(file_name, bytes, &mut faults).and_then(|archive| {
        Some((Identity::read(file_name, &archive, &name, &mut faults)?, archive))
    });
    let Some((identity, archive)) = opened else {
        return Err(faults.into_error(file_name));
    };
    on_open(archive.entries().len())?;
    let spread = Spread::new(&identity.dist_info, identity.library, trusted);
    let mut reading = Reading {
        contents: Contents::new(name, identity),
        claims: None,
        spread,
        files_of_scripts: Vec::new(),
        faults,
    };
    reading.read(&archive);
    let Reading { contents, faults, .. } = reading;
    faults.check(file_name)?;
    Ok(contents)
}

/// A wheel that is being read from end to end.
struct Reading {
    contents: Contents,
    /// None if `RECORD` is at fault itself, so that nothing can be compared with it.
    claims: Option<Claims>,
    spread: Spread,
    /// The files that come to a scripts directory: entry and name.
    files_of_scripts: Vec<(String, String)>,
    faults: Faults,
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
    /// Its files, without scripts and `RECORD`, in the order of the archive.
    pub(crate) files: Vec<File>,
    /// The files of its `.data/scripts`.
    pub(crate) scripts: Vec<DataScript>,
    /// The commands it declares.
    pub(crate) commands: Vec<EntryPoint>,
    /// Which Pythons it supports, if it says.
    pub(crate) requires_python: Option<Requires>,
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
            modified: 0,
        }
    }

    /// The roles that its files go to, scripts left out; the library directory is always one.
    pub(crate) fn roles(&self) -> BTreeSet<Role> {
        self.files.iter().map(|file| file.role).chain([self.library]).collect()
    }
}

/// A file to install.
#[derive(Debug)]
pub(crate) struct File {
    /// The directory it goes to.
    pub(crate) role: Role,
    /// Its path there.
    pub(crate) path: EntryPath,
    pub(crate) contents: Vec<u8>,
    pub(crate) digest: Digest,
    pub(crate) executable: bool,
    /// Seconds since 1970.
    pub(crate) modified: u64,
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

/// Where an entry goes.
enum Place {
    File(Role, EntryPath),
    Script(String),
}

impl Reading {
    /// Reads every file.
    fn read(&mut self, archive: &Archive) {
        self.read_record(archive);
        for entry in archive.entries() {
            let path = entry.path.as_str();
            match entry.read() {
                Ok(bytes) => self.read_file(entry, bytes),
                Err((code, detail)) => {
                    self.faults.add(code, path, detail);
                    self.excuse(path);
                }
            }
        }
        archive.refused().iter().for_each(|name| self.excuse(name));
        if let Some(claims) = self.claims.take() {
            claims.finish(&mut self.faults);
        }
        self.check_metadata(archive);
        self.check_scripts();
    }

    fn read_record(&mut self, archive: &Archive) {
        let path = format!("{}/RECORD", self.contents.dist_info);
        match archive.find(&path).map(Entry::read) {
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

    fn read_file(&mut self, entry: &Entry, bytes: Vec<u8>) {
        let path = entry.path.as_str();
        let in_metadata =
            path.strip_prefix(&self.contents.dist_info).and_then(|rest| rest.strip_prefix('/'));
        // `RECORD` cannot state a digest of itself and of its signatures.
        let is_outside_record = matches!(in_metadata, Some("RECORD" | "RECORD.jws" | "RECORD.p7s"));
        let digest = match &mut self.claims {
            Some(claims) if !is_outside_record => claims.check(path, &bytes, &mut self.faults),
            _ => {
                self.excuse(path);
                sha256(&bytes)
            }
        };
        if in_metadata == Some("RECORD") {
            return;
        }
        self.contents.modified = self.contents.modified.max(entry.modified);
        if let Some(name) = in_metadata {
            self.read_metadata(path, name, &bytes);
        }
        match self.spread.place(&entry.path) {
            Err(detail) => self.faults.add(FaultCode::DataKey, path, detail),
            Ok(Place::Script(name)) => {
                if let Err(detail) = scripts::check_name(&name) {
                    self.faults.add(FaultCode::ScriptName, path, detail);
                }
                self.files_of_scripts.push((path.to_owned(), name.clone()));
                self.contents.scripts.push(DataScript { name, contents: bytes });
            }
            Ok(Place::File(role, to)) => {
                self.spread.check(&entry.path, role, &to, &mut self.faults);
                if let Some(name) = scripts::name_in_prefix(&to).filter(|_| role == Role::Data) {
                    self.files_of_scripts.push((path.to_owned(), name.to_owned()));
                }
                self.contents.files.push(File {
                    role,
                    path: to,
                    contents: bytes,
                    digest,
                    executable: entry.executable,
                    modified: entry.modified,
                });
            }
        }
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
                self.faults.add(FaultCode::DistInfo, path, "it is for the installer to write");
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
            wrong("its Metadata-Version is none that is known");
        }
        let agrees = headers.get("Name").map(canonical_name) == Some(canonical_name(project))
            && headers.get("Version").is_some_and(|found| same_version(found, version));
        if !agrees {
            wrong("Name and Version are not those of the file name");
        }
        let Some(text) = headers.get("Requires-Python") else { return };
        match VersionSpecifiers::from_str(text) {
            Ok(specifiers) => {
                let requires = Requires { text: text.to_owned(), specifiers };
                self.contents.requires_python = Some(requires);
            }
            Err(_) => wrong(&format!("Requires-Python `{text}` cannot be read (PEP 440)")),
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

//! A wheel: a ZIP archive with a `.dist-info` directory, opened, then checked as a whole.
//!
//! Follows "Binary distribution format", packaging.python.org. Whoever holds [`Contents`] holds a
//! wheel every byte of which was checked against its `RECORD`; nothing else can be installed.

use crate::archive::{Archive, Entry};
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode, Role};
use crate::entry_path::EntryPath;
use crate::entry_points::{self, EntryPoint};
use crate::faults::{Faults, fault};
use crate::metadata::Headers;
use crate::record::{Claims, Digest};
use crate::scripts;
use crate::wheel_name::{WheelName, canonical_name, same_version};
use std::collections::{BTreeSet, HashSet};

/// Files of a `.dist-info` directory that are for the installer to write.
const INSTALLERS_OWN: [&str; 3] = ["INSTALLER", "REQUESTED", "direct_url.json"];

/// Checks a wheel, every file of it. Fails with all faults at once, unless one hides the others.
/// `on_open` is told how many files there are before they are read.
pub(crate) fn check(
    file_name: &str,
    bytes: &[u8],
    on_open: impl FnOnce(usize) -> Result<(), Error>,
) -> Result<Contents, Error> {
    let wheel = Wheel::open(file_name, bytes)?;
    on_open(wheel.archive.entries().len())?;
    wheel.check(file_name)
}

/// An open wheel, known by its own metadata.
struct Wheel<'bytes> {
    archive: Archive<'bytes>,
    faults: Faults,
    name: WheelName,
    /// The name of its `.dist-info` directory.
    dist_info: String,
    /// `purelib` or `platlib`: where its root goes.
    library: Role,
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
    /// `Requires-Python`, as written.
    pub(crate) requires_python: Option<String>,
    /// The newest modification time of its files, in seconds since 1970.
    pub(crate) modified: u64,
}

impl Contents {
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

/// Where an entry goes.
enum Place {
    File(Role, EntryPath),
    Script(String),
}

impl<'bytes> Wheel<'bytes> {
    /// Opens a wheel. Fails if it cannot be told what it is; further faults are kept for `check`.
    fn open(file_name: &str, bytes: &'bytes [u8]) -> Result<Wheel<'bytes>, Error> {
        let name = WheelName::parse(file_name)?;
        let mut faults = Faults::default();
        let mut archive = Archive::open(file_name, bytes, &mut faults)?;
        let dist_info = find_dist_info(file_name, &archive, &name)?;

        // Unpack, step 1: parse WHEEL. Step 2: check that we know its version of the format.
        let path = format!("{dist_info}/WHEEL");
        let wrong = |detail: &str| fault(FaultCode::WheelFile, &path, detail);
        let entry = archive.find(&path).ok_or_else(|| wrong("there is no such file"))?;
        let contents = archive.read(&entry).map_err(|detail| wrong(&detail))?;
        let headers = Headers::parse(&contents).map_err(|detail| wrong(&detail))?;
        let version = headers.get("Wheel-Version").ok_or_else(|| wrong("no Wheel-Version"))?;
        match version.split_once('.') {
            Some(("1", minor)) if minor.parse::<u32>().is_ok() => {}
            _ => return Err(wrong(&format!("Wheel-Version `{version}` is not supported, 1.x is"))),
        }
        let library = match headers.get("Root-Is-Purelib").map(str::to_ascii_lowercase).as_deref() {
            Some("true") => Role::Purelib,
            Some("false") => Role::Platlib,
            _ => return Err(wrong("Root-Is-Purelib is neither `true` nor `false`")),
        };
        Ok(Wheel { archive, faults, name, dist_info, library })
    }

    /// Checks every file of the wheel and hands the contents over. Fails with all faults at once.
    fn check(mut self, file_name: &str) -> Result<Contents, Error> {
        let mut contents = Contents {
            name: self.name.clone(),
            dist_info: self.dist_info.clone(),
            library: self.library,
            files: Vec::with_capacity(self.archive.entries().len()),
            scripts: Vec::new(),
            commands: Vec::new(),
            requires_python: None,
            modified: 0,
        };
        let mut claims = self.read_record();
        self.archive.refused().iter().for_each(|name| claims.excuse(name));
        let mut destinations = HashSet::new();
        for entry in self.archive.entries().to_vec() {
            let path = entry.path.as_str();
            let bytes = match self.archive.read(&entry) {
                Ok(bytes) => bytes,
                Err(detail) => {
                    self.faults.add(FaultCode::Archive, path, detail);
                    claims.excuse(path);
                    continue;
                }
            };
            if self.is_outside_record(path) {
                claims.excuse(path);
                if path.ends_with("/RECORD") {
                    continue;
                }
            }
            let digest = if self.is_outside_record(path) {
                crate::record::sha256(&bytes)
            } else {
                claims.check(path, &bytes, &mut self.faults)
            };
            contents.modified = contents.modified.max(entry.modified);
            self.read_metadata(path, &bytes, &mut contents);
            let place = match self.place(&entry) {
                Ok(place) => place,
                Err(detail) => {
                    self.faults.add(FaultCode::DataKey, path, detail);
                    continue;
                }
            };
            match place {
                Place::Script(name) => {
                    if let Err(detail) = scripts::check_name(&name) {
                        self.faults.add(FaultCode::ScriptName, path, detail);
                    }
                    contents.scripts.push(DataScript { name, contents: bytes });
                }
                Place::File(role, to) => {
                    let name = to.as_str().rsplit('/').next().unwrap_or_default();
                    if role == Role::Data && scripts::is_interpreter(name) {
                        let detail = "the file would replace a Python interpreter";
                        self.faults.add(FaultCode::ScriptName, path, detail);
                    }
                    // Both library directories are one on most systems.
                    let key = if role == Role::Platlib { Role::Purelib } else { role };
                    if !destinations.insert((key, to.as_str().to_lowercase())) {
                        self.faults.add(FaultCode::Duplicate, path, "two entries go to one place");
                    }
                    contents.files.push(File {
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
        claims.finish(&mut self.faults);
        self.check_scripts(&contents);
        // Most other faults of an archive are inconsistencies as well, and told better.
        if self.faults.is_empty() {
            self.archive.check_headers(file_name, &mut self.faults);
        }
        self.faults.check()?;
        Ok(contents)
    }

    /// Step 3 and 4 of unpacking, and the spreading of `.data`: where an entry goes. The error is
    /// a clause that says why it goes nowhere.
    fn place(&self, entry: &Entry) -> Result<Place, &'static str> {
        let (first, rest) = entry.path.split_first();
        let is_data = first.to_lowercase().ends_with(".data") && rest.is_some();
        if !is_data {
            return Ok(Place::File(self.library, entry.path.clone()));
        }
        if first.strip_suffix(".data") != self.dist_info.strip_suffix(".dist-info") {
            return Err("the data directory is not this wheel's own");
        }
        let rest = rest.ok_or("it has no key")?;
        let (key, path) = rest.split_first();
        let path = path.ok_or("it lies in no key's directory")?;
        match key {
            "purelib" => Ok(Place::File(Role::Purelib, path)),
            "platlib" => Ok(Place::File(Role::Platlib, path)),
            "headers" => Ok(Place::File(Role::Headers, path)),
            "data" => Ok(Place::File(Role::Data, path)),
            "scripts" => Ok(Place::Script(path.as_str().to_owned())),
            _ => Err("no scheme has this key"),
        }
    }

    /// Whether a file cannot be listed in `RECORD` with a digest: itself, and its signatures.
    fn is_outside_record(&self, path: &str) -> bool {
        let rest = path.strip_prefix(&self.dist_info).and_then(|rest| rest.strip_prefix('/'));
        matches!(rest, Some("RECORD" | "RECORD.jws" | "RECORD.p7s"))
    }

    fn read_record(&mut self) -> Claims {
        let path = format!("{}/RECORD", self.dist_info);
        let Some(entry) = self.archive.find(&path) else {
            self.faults.add(FaultCode::Record, &path, "there is no such file");
            return Claims::default();
        };
        match self.archive.read(&entry) {
            Ok(bytes) => Claims::parse(&path, &bytes, &mut self.faults),
            // The fault is noted when the entry has its turn.
            Err(_) => Claims::default(),
        }
    }

    /// Takes what an installer must know from a file of the `.dist-info` directory.
    fn read_metadata(&mut self, path: &str, bytes: &[u8], contents: &mut Contents) {
        let name = path.strip_prefix(&self.dist_info).and_then(|rest| rest.strip_prefix('/'));
        match name {
            Some("METADATA") => match Headers::parse(bytes) {
                Ok(headers) => {
                    let agrees = headers.get("Name").map(canonical_name)
                        == Some(canonical_name(&self.name.project))
                        && headers
                            .get("Version")
                            .is_some_and(|version| same_version(version, &self.name.version));
                    if !agrees {
                        let detail = "Name and Version are not those of the file name";
                        self.faults.add(FaultCode::Metadata, path, detail);
                    }
                    contents.requires_python = headers.get("Requires-Python").map(str::to_owned);
                }
                Err(detail) => self.faults.add(FaultCode::Metadata, path, detail),
            },
            Some("entry_points.txt") => {
                let (commands, wrong) = entry_points::parse(bytes);
                for detail in wrong {
                    self.faults.add(FaultCode::EntryPoint, path, detail);
                }
                contents.commands = commands;
            }
            Some(name) if INSTALLERS_OWN.contains(&name) => {
                self.faults.add(FaultCode::DistInfo, path, "it is for the installer to write");
            }
            _ => {}
        }
    }

    fn check_scripts(&mut self, contents: &Contents) {
        let metadata = format!("{}/METADATA", self.dist_info);
        if !contents.files.iter().any(|file| file.path.as_str() == metadata) {
            self.faults.add(FaultCode::Metadata, &metadata, "there is no such file");
        }
        let path = format!("{}/entry_points.txt", self.dist_info);
        let mut names = HashSet::new();
        for command in &contents.commands {
            if let Err(detail) = scripts::check_name(&command.name) {
                let detail = format!("`{}`: {detail}", command.name);
                self.faults.add(FaultCode::ScriptName, &path, detail);
            }
        }
        let commands = contents.commands.iter().map(|command| &command.name);
        for name in commands.chain(contents.scripts.iter().map(|script| &script.name)) {
            if !names.insert(name.to_lowercase()) {
                let detail = format!("two scripts are called `{name}`");
                self.faults.add(FaultCode::ScriptName, &path, detail);
            }
        }
    }
}

/// The one `.dist-info` directory, which must be that of the file name.
fn find_dist_info(file_name: &str, archive: &Archive, name: &WheelName) -> Result<String, Error> {
    let wrong = |detail: &str| fault(FaultCode::DistInfo, file_name, detail);
    let tops: BTreeSet<&str> = archive
        .entries()
        .iter()
        .map(|entry| entry.path.split_first().0)
        .filter(|top| top.to_lowercase().ends_with(".dist-info"))
        .collect();
    let mut tops = tops.into_iter();
    let (Some(found), None) = (tops.next(), tops.next()) else {
        return Err(wrong("there is not exactly one `.dist-info` directory"));
    };
    let parts = found.strip_suffix(".dist-info").and_then(|stem| stem.split_once('-'));
    let agrees = parts.is_some_and(|(project, version)| {
        canonical_name(project) == canonical_name(&name.project)
            && same_version(version, &name.version)
    });
    if !agrees {
        return Err(wrong(&format!(
            "`{found}` is not of the project and version of the file name"
        )));
    }
    Ok(found.to_owned())
}

//! Where the files of a wheel go, and what may not go there.
//!
//! Follows "Spreading the .data directory": a wheel's root goes to a library directory, the rest by
//! key. The entries of an archive may have names of their own and still meet where they go; a name
//! may be harmless in one place and be run by every Python in another. Reads no contents.

use crate::bindings::ensurepip::bootstrap::types::{FaultCode, Role};
use crate::entry_path::{EntryPath, Kind, Names, fold};
use crate::faults::Faults;
use crate::scripts;

/// What a directory or file in a library says that a distribution is installed.
const METADATA_SUFFIXES: [&str; 4] = [".dist-info", ".egg-info", ".egg-link", ".egg"];

/// What Python reads or imports from a library directory at every start: path configuration,
/// entry points to call (PEP 829), and two modules.
const STARTUP_SUFFIXES: [&str; 2] = [".pth", ".start"];
const STARTUP_MODULES: [&str; 2] = ["sitecustomize", "usercustomize"];

/// Where an entry goes.
pub(super) enum Destination {
    File(Role, EntryPath),
    Script(String),
}

/// The destinations of one wheel.
pub(super) struct Spread {
    /// The name of its `.dist-info` directory.
    dist_info: String,
    /// `purelib` or `platlib`: where its root goes.
    library: Role,
    /// Whether it may bring what is run at every start.
    trusted: bool,
    /// What has its place already. Both library directories are one on most systems.
    libraries: Names,
    headers: Names,
    data: Names,
}

impl Spread {
    pub(super) fn new(dist_info: &str, library: Role, trusted: bool) -> Spread {
        Spread {
            dist_info: dist_info.to_owned(),
            library,
            trusted,
            libraries: Names::default(),
            headers: Names::default(),
            data: Names::default(),
        }
    }

    /// Where an entry goes. The error is a clause that says why it goes nowhere.
    pub(super) fn destination(&self, path: &EntryPath) -> Result<Destination, &'static str> {
        let (first, rest) = path.split_first();
        let Some(rest) = rest.filter(|_| fold(first).ends_with(".data")) else {
            return Ok(Destination::File(self.library, path.clone()));
        };
        if first.strip_suffix(".data") != self.dist_info.strip_suffix(".dist-info") {
            return Err("the data directory is not this wheel's own");
        }
        let (key, path) = rest.split_first();
        let path = path.ok_or("it lies in no key's directory")?;
        match key {
            "purelib" => Ok(Destination::File(Role::Purelib, path)),
            "platlib" => Ok(Destination::File(Role::Platlib, path)),
            "headers" => Ok(Destination::File(Role::Headers, path)),
            "data" => Ok(Destination::File(Role::Data, path)),
            "scripts" => Ok(Destination::Script(path.as_str().to_owned())),
            _ => Err("no scheme has this key"),
        }
    }

    /// Notes what is wrong with a file in its place.
    pub(super) fn check(
        &mut self,
        from: &EntryPath,
        role: Role,
        to: &EntryPath,
        faults: &mut Faults,
    ) {
        let entry = from.as_str();
        let folded = fold(to.as_str());
        let components: Vec<&str> = folded.split('/').collect();
        let (first, last) = (components[0], components[components.len() - 1]);
        let is_library = matches!(role, Role::Purelib | Role::Platlib);

        if role == Role::Data && scripts::is_part_of_python(&components) {
            let detail = "the file would replace a Python interpreter, or a part of one";
            faults.add(FaultCode::ScriptName, entry, detail);
        }
        if is_library && METADATA_SUFFIXES.iter().any(|suffix| first.ends_with(suffix)) {
            let is_own = from == to && from.split_first().0 == self.dist_info;
            if !is_own {
                let detail =
                    "it would be the metadata of another distribution, or pass for this one's";
                faults.add(FaultCode::DistInfo, entry, detail);
            }
        }
        // Data may come to a library directory too, wherever in the prefix that is.
        let is_startup_file = STARTUP_SUFFIXES.iter().any(|suffix| last.ends_with(suffix))
            && (role == Role::Data || is_library && components.len() == 1);
        let module = first.split('.').next().unwrap_or_default();
        let is_startup_module = is_library && STARTUP_MODULES.contains(&module);
        if (is_startup_file || is_startup_module) && !self.trusted {
            let detail = "Python would run it at every start, and the wheel is not trusted";
            faults.add(FaultCode::PthFile, entry, detail);
        }
        let names = match role {
            Role::Purelib | Role::Platlib => &mut self.libraries,
            Role::Headers => &mut self.headers,
            Role::Data | Role::Scripts => &mut self.data,
        };
        if let Err(clash) = names.add(to, Kind::File) {
            faults.add(clash.code(), entry, format!("where it goes, {clash}"));
        }
    }
}

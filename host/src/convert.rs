//! Converts between the contract's types and our own: the only module that uses both.

use crate::bindings::ensurepip::bootstrap::progress;
use crate::bindings::ensurepip::bootstrap::types::{self, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer;
use crate::bytecode::{FileNumber, Invalidation, Listed, SourceDigest};
use crate::error::{Error, SetError};
use crate::facts::{Facts, Paths, Scheme, SchemeName};
use crate::progress::{Decision, Progress, Step};
use crate::report::Licenses;
use crate::root::Root;
use crate::shims::{Content, Script};
use ensurepip_wheels::BundledFile;
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::PathBuf;

/// The licences that a wheel states.
pub(crate) fn licenses(info: &installer::WheelInfo) -> Licenses {
    Licenses { expression: info.license_expression.clone(), names: info.licenses.clone() }
}

/// The facts of a Python, with the scheme that it reported.
pub(crate) fn python(facts: &Facts) -> types::Python {
    types::Python {
        version: version(facts.version),
        implementation: facts.implementation.clone(),
        cache_tag: facts.cache_tag.clone(),
        os: if facts.os == "nt" { types::OsName::Nt } else { types::OsName::Posix },
        platform: facts.platform.clone(),
        prefix: facts.prefix.clone(),
        exec_prefix: facts.exec_prefix.clone(),
        base_prefix: facts.base_prefix.clone(),
        base_exec_prefix: facts.base_exec_prefix.clone(),
        platlibdir: facts.platlibdir.clone(),
        abiflags: facts.abiflags.clone(),
        free_threaded: facts.free_threaded,
        winver: facts.winver.clone(),
        user_base: facts.user_base.clone(),
        scheme_source: match facts.scheme.clone() {
            Scheme::Reported(Paths { purelib, platlib, include, scripts, data }) => {
                let paths = types::ReportedPaths { purelib, platlib, include, scripts, data };
                types::SchemeSource::Reported(paths)
            }
            Scheme::Named(name) => types::SchemeSource::Named(match name {
                SchemeName::PosixPrefix => types::SchemeName::PosixPrefix,
                SchemeName::PosixLocal => types::SchemeName::PosixLocal,
                SchemeName::RpmLocal => types::SchemeName::RpmLocal,
                SchemeName::Nt => types::SchemeName::Nt,
            }),
        },
    }
}

fn version([major, minor, micro]: [u32; 3]) -> types::VersionInfo {
    types::VersionInfo { major, minor, micro }
}

/// All roles, in the order of a report.
pub(crate) const ROLES: [Role; 5] =
    [Role::Purelib, Role::Platlib, Role::Headers, Role::Scripts, Role::Data];

/// The name of a role's preopen.
pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Purelib => "purelib",
        Role::Platlib => "platlib",
        Role::Headers => "headers",
        Role::Scripts => "scripts",
        Role::Data => "data",
    }
}

/// The path of a role in the target.
pub(crate) fn role_path(scheme: &types::Scheme, role: Role) -> &str {
    match role {
        Role::Purelib => &scheme.purelib,
        Role::Platlib => &scheme.platlib,
        Role::Headers => &scheme.headers,
        Role::Scripts => &scheme.scripts,
        Role::Data => &scheme.data,
    }
}

/// A file of a bundled wheel.
pub(crate) fn checked_file(file: &BundledFile) -> types::CheckedFile {
    let BundledFile { path, size, sha256, executable, modified } = *file;
    let (path, sha256) = (path.to_owned(), sha256.to_vec());
    types::CheckedFile { role: Role::Purelib, path, size, sha256, executable, modified }
}

/// A source that the component lists.
pub(crate) fn source(source: installer::Source) -> Listed {
    let installer::Source { wheel, entry, path, modified, size, sha256 } = source;
    Listed {
        file: FileNumber { wheel, entry },
        size,
        digest: SourceDigest { path, modified, sha256 },
    }
}

/// How bytecode recognizes its source.
pub(crate) fn invalidation(checked_hash: bool) -> Invalidation {
    if checked_hash { Invalidation::CheckedHash } else { Invalidation::Timestamp }
}

pub(crate) fn script(script: installer::Script) -> Script {
    let content = match script.content {
        installer::ScriptContent::Launcher(installer::Launcher { source, gui, stub }) => {
            Content::Launcher { source, gui, stub }
        }
        installer::ScriptContent::Python(rest) => Content::Python(rest),
        installer::ScriptContent::Verbatim(contents) => Content::Verbatim(contents),
    };
    Script { name: script.name, content }
}

/// A requested script of this number that was written, with its contents.
pub(crate) fn written_script(
    script: u32,
    (name, contents): (String, Vec<u8>),
) -> installer::WrittenScript {
    let (sha256, size) = (Sha256::digest(&contents).to_vec(), contents.len() as u64);
    installer::WrittenScript { script, name, sha256, size }
}

pub(crate) fn progress(step: progress::Step, files: u32, done: u32) -> Progress {
    let step = match step {
        progress::Step::Check => Step::Check,
        progress::Step::Stage => Step::Stage,
        progress::Step::Commit => Step::Commit,
    };
    Progress { step, files, done }
}

pub(crate) fn decision(decision: Decision) -> progress::Decision {
    match decision {
        Decision::Proceed => progress::Decision::Proceed,
        Decision::Cancel => progress::Decision::Cancel,
    }
}

/// The subject of the component's errors.
pub(crate) struct Subject<'run> {
    pub(crate) root: &'run Root,
    pub(crate) facts: &'run Facts,
    /// The wheel's file name, and the version in it.
    pub(crate) wheel: (&'run str, &'run str),
    /// The file names of all wheels.
    pub(crate) wheels: &'run [&'run str],
    /// None until it is known.
    pub(crate) scheme: Option<&'run types::Scheme>,
}

impl Subject<'_> {
    /// The error for a wheel that the component cannot read from its directory: its name and a reason.
    fn unreadable(&self, words: &str) -> Error {
        let named = words.strip_prefix('`').and_then(|rest| rest.split_once("`: "));
        match named.filter(|(name, _)| self.wheels.contains(name)) {
            Some((name, reason)) => {
                let reason = io::Error::other(reason.escape_debug().to_string());
                Error::WheelRead { path: PathBuf::from(name), reason }
            }
            None => Error::Component(format!("it cannot read a wheel: {}", words.escape_debug())),
        }
    }

    /// Converts an error of the component to one of our own.
    pub(crate) fn error(&self, error: types::Error) -> Error {
        let (wheel, version) = self.wheel;
        match error {
            types::Error::UnsoundWheel(faults) => Error::UnsoundWheel {
                wheel: wheel.to_owned(),
                faults: faults.iter().map(fault).collect(),
            },
            types::Error::UnreadableWheel(words) => self.unreadable(&words),
            types::Error::UnsupportedPython(unsupported) => {
                let types::VersionInfo { major, minor, micro } = unsupported.found;
                Error::UnsupportedPython {
                    path: self.facts.executable.clone(),
                    found: format!("{major}.{minor}.{micro}"),
                    version: version.to_owned(),
                    requires: unsupported.requires,
                }
            }
            types::Error::NoScheme(detail) => {
                Error::PythonAnswer { path: self.facts.executable.clone(), detail }
            }
            types::Error::NotGranted(role) => {
                Error::Component(format!("it asked for `{}`, not granted", role_name(role)))
            }
            types::Error::Occupied((role, path)) => {
                Error::Occupied { path: self.path(role, &path) }
            }
            types::Error::UnknownFiles(found) => Error::UnknownFiles {
                path: self.path(found.role, &found.metadata),
                version: found.version,
            },
            types::Error::UnreadableMetadata(found) => {
                Error::UnreadableMetadata { path: self.path(found.role, &found.metadata) }
            }
            types::Error::SeveralVersions(found) => Error::SeveralVersions {
                paths: found.iter().map(|one| self.path(one.role, &one.metadata)).collect(),
            },
            types::Error::Io(failure) => Error::Io {
                path: self.path(failure.role, &failure.path),
                operation: verb(failure.operation).to_owned(),
                reason: reason(&failure.reason),
            },
            types::Error::Conflict(types::Conflict { role, path, wheels: (one, other) }) => {
                let wheels = [one, other].map(|number| {
                    let name =
                        usize::try_from(number).ok().and_then(|number| self.wheels.get(number));
                    name.copied().unwrap_or_default().to_owned()
                });
                SetError::Conflict { wheels, path: self.path(role, &path) }.into()
            }
            types::Error::Misuse(words) => Error::Component(words.escape_debug().to_string()),
            types::Error::Cancelled => Error::Cancelled,
        }
    }

    /// A path below a role's directory, as named on this machine.
    fn path(&self, role: Role, path: &str) -> PathBuf {
        let directory = self.scheme.map(|scheme| self.root.display(role_path(scheme, role)));
        directory.unwrap_or_default().join(path)
    }
}

/// An operation, as errors name it.
fn verb(operation: types::Operation) -> &'static str {
    match operation {
        types::Operation::Create => "create",
        types::Operation::List => "list",
        types::Operation::LookUp => "look up",
        types::Operation::Move => "move",
        types::Operation::Read => "read",
        types::Operation::Remove => "remove",
        types::Operation::Rename => "rename",
        types::Operation::Write => "write",
    }
}

/// One fault of a wheel as a line, with its code as the contract spells it.
fn fault(fault: &types::Fault) -> String {
    let code = match fault.code {
        types::FaultCode::Archive => "archive",
        types::FaultCode::StrayBytes => "stray-bytes",
        types::FaultCode::Overlap => "overlap",
        types::FaultCode::HeaderMismatch => "header-mismatch",
        types::FaultCode::ReaderMismatch => "reader-mismatch",
        types::FaultCode::ZipFeature => "zip-feature",
        types::FaultCode::Damaged => "damaged",
        types::FaultCode::TooLarge => "too-large",
        types::FaultCode::Bomb => "bomb",
        types::FaultCode::EntryName => "entry-name",
        types::FaultCode::Duplicate => "duplicate",
        types::FaultCode::Collision => "collision",
        types::FaultCode::EntryType => "entry-type",
        types::FaultCode::Mode => "mode",
        types::FaultCode::DistInfo => "dist-info",
        types::FaultCode::WheelFile => "wheel-file",
        types::FaultCode::Metadata => "metadata",
        types::FaultCode::FileName => "file-name",
        types::FaultCode::Record => "record",
        types::FaultCode::Unlisted => "unlisted",
        types::FaultCode::Phantom => "phantom",
        types::FaultCode::Mismatch => "mismatch",
        types::FaultCode::WeakDigest => "weak-digest",
        types::FaultCode::DataKey => "data-key",
        types::FaultCode::EntryPoint => "entry-point",
        types::FaultCode::ScriptName => "script-name",
        types::FaultCode::Bytecode => "bytecode",
        types::FaultCode::PthFile => "pth-file",
        types::FaultCode::Debundled => "debundled",
        types::FaultCode::More => "more",
    };
    // Both contain text from the wheel, which must not control the terminal.
    let detail = fault.detail.escape_debug().to_string().replace("\\'", "'");
    format!("  {}: {detail} [{code}]", fault.entry.escape_debug())
}

/// Converts a `wasi:filesystem` error code to the wording of the platform's own messages. A message
/// of the system itself, where there is no code, is kept.
fn reason(code: &str) -> String {
    match code {
        "access" => "permission denied".to_owned(),
        "exist" => "it already exists".to_owned(),
        "busy" => "it is in use or a mount point".to_owned(),
        "cross-device" => "the system refuses to move it to another directory".to_owned(),
        "illegal-byte-sequence" => "a name in it is not Unicode".to_owned(),
        "io" => "I/O error (possibly a full quota)".to_owned(),
        "insufficient-space" => "no space left on the device".to_owned(),
        "loop" => "a link is in the way".to_owned(),
        "no-entry" => "no such file or directory".to_owned(),
        // WASI also has this code for leaving a directory, which the component does not try.
        "not-permitted" => "not permitted, as where something is immutable".to_owned(),
        "quota" => "disk quota exceeded".to_owned(),
        "read-only" => "the file system is read-only".to_owned(),
        // A code is one word, a message of the system is a sentence.
        words if words.contains(' ') => words.to_owned(),
        other => other.replace('-', " "),
    }
}

//! A report as JSON, for programs. `docs/report.schema.json` is its schema. What all documents of the
//! program have in common is used for images as well.

use super::{
    Change, Command, File, Found, MissingModule, Outcome, Refusal, Report, Scope, ToDo,
    WheelReport, WheelSource, shown,
};
use crate::error::Error;
use serde::Serialize;
use std::borrow::Cow;
use std::path::Path;

/// The version of the format. Members may be added without a new one.
const FORMAT: u32 = 3;

/// A document: the members of every document, and the rest.
#[derive(Serialize)]
pub(crate) struct Document<Rest> {
    format: u32,
    program: Program,
    command: &'static str,
    result: &'static str,
    /// Whether the target is another one than before.
    changed: bool,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Serialize)]
struct Program {
    name: &'static str,
    version: &'static str,
}

/// The members of a run that failed.
#[derive(Serialize)]
struct Failed {
    error: Failure,
}

/// The members of a run that did not fail.
#[derive(Serialize)]
pub(crate) struct Done<'report> {
    /// Why nothing was changed; null if something was.
    reason: Option<String>,
    target: Target<'report>,
    wheel: Wheel<'report>,
    /// All wheels, that one first.
    wheels: Vec<Member<'report>>,
    scheme: Scheme<'report>,
    /// What a run would do, in a status.
    to_do: Option<&'static str>,
    /// The same for a run with an upgrade.
    to_do_with_upgrade: Option<&'static str>,
    /// What keeps pip from starting; null if that is not known.
    missing_modules: Option<Vec<Missing<'report>>>,
    /// The former pip of the target.
    found: Option<Pip<'report>>,
    /// The version that was or would be removed.
    removed: Option<&'report str>,
    scripts: Option<&'report [String]>,
    files: Option<Vec<Entry<'report>>>,
    removed_files: Option<&'report [String]>,
    warnings: Vec<String>,
    /// The error that a run would fail with, in a status.
    refusal: Option<Failure>,
}

#[derive(Serialize)]
struct Target<'report> {
    host_root: Option<Cow<'report, str>>,
    root_is_new: bool,
    python: Cow<'report, str>,
    version: &'report str,
    implementation: &'report str,
    platform: &'report str,
    host_python: Option<Cow<'report, str>>,
    others: &'report [String],
    virtual_environment: bool,
    scope: &'static str,
    host_externally_managed: Option<Cow<'report, str>>,
    confined_by: Option<&'static str>,
}

#[derive(Serialize)]
struct Wheel<'report> {
    project: &'report str,
    version: &'report str,
    file: &'report str,
    host_directory: Option<Cow<'report, str>>,
    sha256: &'report str,
}

/// A wheel, and what became of its project.
#[derive(Serialize)]
struct Member<'report> {
    #[serde(flatten)]
    wheel: Wheel<'report>,
    /// As the `result` of a run with this wheel alone.
    result: &'static str,
    found: Option<Pip<'report>>,
    to_do: Option<&'static str>,
    to_do_with_upgrade: Option<&'static str>,
}

#[derive(Serialize)]
struct Scheme<'report> {
    purelib: &'report str,
    platlib: &'report str,
    headers: &'report str,
    scripts: &'report str,
    data: &'report str,
}

#[derive(Serialize)]
struct Missing<'report> {
    module: &'report str,
    package: Option<&'report str>,
}

#[derive(Serialize)]
struct Pip<'report> {
    version: &'report str,
    host_directory: Option<Cow<'report, str>>,
}

#[derive(Serialize)]
struct Entry<'report> {
    path: &'report str,
    sha256: Option<&'report str>,
    size: u64,
    /// In octal, as `chmod` takes it.
    mode: Option<String>,
}

#[derive(Serialize)]
struct Failure {
    code: &'static str,
    message: String,
    hint: Option<&'static str>,
}

impl Failure {
    fn of(refusal: &Refusal) -> Failure {
        let Refusal { code, message, hint } = refusal.clone();
        Failure { code, message, hint }
    }
}

impl Report {
    /// The report as a JSON document of `docs/report.schema.json`, with a line end. Parts of a path
    /// that are not UTF-8 are replaced.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.to_document().to_text()
    }

    /// The report as a document.
    pub(crate) fn to_document(&self) -> Document<Done<'_>> {
        let changed = matches!(self.outcome, Outcome::Installed { .. } | Outcome::Removed { .. });
        Document::new(self.command, (self.result(), changed), self.done())
    }

    fn result(&self) -> &'static str {
        match &self.outcome {
            Outcome::Installed { .. } => "installed",
            Outcome::Planned { .. } => "planned",
            Outcome::Removed { .. } => "removed",
            Outcome::Other(_) => "other-version",
            Outcome::Absent => "absent",
            Outcome::Kept(_) => "kept",
            Outcome::Status { .. } => "status",
        }
    }

    fn done(&self) -> Done<'_> {
        let [purelib, platlib, headers, scripts, data] =
            self.scheme.paths.each_ref().map(|(_, path)| path.as_str());
        Done {
            reason: self.reason(),
            target: Target {
                host_root: self.root.as_deref().map(Path::to_string_lossy),
                root_is_new: self.root_is_new,
                python: self.python.executable.to_string_lossy(),
                version: &self.python.version,
                implementation: &self.python.implementation,
                platform: &self.python.platform,
                host_python: self.python.asked.as_deref().map(Path::to_string_lossy),
                others: &self.python.others,
                virtual_environment: self.python.is_virtual_environment,
                scope: match self.scope {
                    Scope::Everyone => "everyone",
                    Scope::User => "user",
                    Scope::UserFallback => "user-fallback",
                },
                host_externally_managed: self
                    .externally_managed
                    .as_deref()
                    .map(Path::to_string_lossy),
                confined_by: self.confined_by,
            },
            wheel: wheel(&self.wheel),
            wheels: self.wheels.iter().map(|wheel| self.member(wheel)).collect(),
            scheme: Scheme { purelib, platlib, headers, scripts, data },
            to_do: self.to_do(false),
            to_do_with_upgrade: self.to_do(true),
            missing_modules: self.missing_modules.as_deref().map(missing),
            found: self.wheels.first().and_then(|first| self.member(first).found),
            removed: self.wheels.first().and_then(|first| match &first.change {
                Change::Installed { replaced } => replaced.as_deref(),
                Change::Removed { version } => Some(version.as_str()),
                _ => None,
            }),
            scripts: match &self.outcome {
                Outcome::Installed { scripts, .. }
                | Outcome::Planned { scripts, .. }
                | Outcome::Removed { scripts, .. } => Some(scripts),
                _ => None,
            },
            files: match &self.outcome {
                Outcome::Installed { manifest, .. } => {
                    manifest.as_ref().map(|manifest| entries(&manifest.files))
                }
                Outcome::Planned { files, .. } => Some(entries(files)),
                _ => None,
            },
            removed_files: match &self.outcome {
                Outcome::Removed { removed, .. } => removed.as_deref(),
                _ => None,
            },
            warnings: self.warnings(),
            refusal: match &self.outcome {
                Outcome::Status { refusal: Some(refusal), .. } => Some(Failure::of(refusal)),
                _ => None,
            },
        }
    }

    /// What a status says of a run, with an upgrade or as it was requested.
    fn to_do(&self, with_upgrade: bool) -> Option<&'static str> {
        let Outcome::Status { installed, is_older, to_do, .. } = &self.outcome else {
            return None;
        };
        let upgraded = ToDo::about(installed.as_ref(), *is_older, true);
        Some(to_do_name(if with_upgrade { upgraded } else { *to_do }))
    }

    fn member<'report>(&self, member: &'report WheelReport) -> Member<'report> {
        let is_planned = matches!(self.outcome, Outcome::Planned { .. });
        let former = |version| Some(Pip { version, host_directory: None });
        let (result, found) = match &member.change {
            Change::Installed { replaced } => {
                let result = if is_planned { "planned" } else { "installed" };
                (result, replaced.as_deref().and_then(former))
            }
            Change::Kept(found) => ("kept", Some(pip(found))),
            Change::Removed { version } => ("removed", former(version)),
            Change::Other(found) => ("other-version", Some(pip(found))),
            Change::Absent => ("absent", None),
            Change::Status { installed, .. } => ("status", installed.as_ref().map(pip)),
        };
        let (to_do, to_do_with_upgrade) = match &member.change {
            Change::Status { installed, is_older, to_do } => {
                let upgraded = ToDo::about(installed.as_ref(), *is_older, true);
                (Some(to_do_name(*to_do)), Some(to_do_name(upgraded)))
            }
            _ => (None, None),
        };
        Member { wheel: wheel(&member.source), result, found, to_do, to_do_with_upgrade }
    }

    /// Why nothing was changed about several projects, as a clause.
    fn reason_about_all(&self) -> Option<&'static str> {
        match &self.outcome {
            Outcome::Kept(_) => Some("all projects are there already"),
            Outcome::Other(_) => Some("only other versions are there"),
            Outcome::Absent => Some("none of the projects is there"),
            Outcome::Planned { .. } => Some("it was a dry run"),
            _ => None,
        }
    }

    /// Why nothing was changed, as a clause.
    fn reason(&self) -> Option<String> {
        let version = &self.wheel.version;
        if self.wheels.len() > 1 {
            return self.reason_about_all().map(str::to_owned);
        }
        let project = &self.wheel.project;
        match &self.outcome {
            Outcome::Kept(found) if found.version == *version => {
                Some(format!("{project} {version} is there already"))
            }
            Outcome::Kept(found) => {
                let found = shown(&found.version);
                Some(format!(
                    "{project} {found} is there, which is newer or was not to be replaced"
                ))
            }
            Outcome::Other(found) => {
                let installed = shown(&found.version);
                Some(format!("{project} {installed} is there, and only {version} would be removed"))
            }
            Outcome::Absent => Some(format!("there is no {project}")),
            Outcome::Planned { .. } => Some("it was a dry run".to_owned()),
            _ => None,
        }
    }
}

/// A failure as a JSON document of `docs/report.schema.json`, with a line end.
#[must_use]
pub fn failure_as_json(command: Command, error: &Error) -> String {
    Document::new(command, ("failed", false), Failed { error: Failure::of(&Refusal::of(error)) })
        .to_text()
}

fn wheel(source: &WheelSource) -> Wheel<'_> {
    let WheelSource { project, version, file_name, directory, sha256, .. } = source;
    let host_directory = directory.as_deref().map(Path::to_string_lossy);
    Wheel { project, version, file: file_name, host_directory, sha256 }
}

fn pip(Found { version, directory }: &Found) -> Pip<'_> {
    Pip { version, host_directory: Some(directory.to_string_lossy()) }
}

fn to_do_name(to_do: ToDo) -> &'static str {
    match to_do {
        ToDo::Install => "install",
        ToDo::Upgrade => "upgrade",
        ToDo::Nothing => "nothing",
    }
}

fn missing(modules: &[MissingModule]) -> Vec<Missing<'_>> {
    let modules = modules
        .iter()
        .map(|MissingModule { module, package }| Missing { module, package: package.as_deref() });
    modules.collect()
}

fn entries(files: &[File]) -> Vec<Entry<'_>> {
    let entries = files.iter().map(|file| Entry {
        path: &file.path,
        sha256: file.sha256.as_deref(),
        size: file.size,
        mode: file.mode.map(|mode| format!("{mode:04o}")),
    });
    entries.collect()
}

impl<Rest: Serialize> Document<Rest> {
    /// A document about a result, and whether it has changed the target.
    pub(crate) fn new(
        command: Command,
        (result, changed): (&'static str, bool),
        rest: Rest,
    ) -> Document<Rest> {
        Document {
            format: FORMAT,
            program: Program { name: "ensurepip-host", version: env!("CARGO_PKG_VERSION") },
            command: command.name(),
            result,
            changed,
            rest,
        }
    }

    /// The document as text, with a line end.
    pub(crate) fn to_text(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("all of it is text, numbers and lists");
        text.push('\n');
        text
    }
}

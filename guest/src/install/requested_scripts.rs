//! The scripts that the host should write, and those that it should remove.

use super::plan::Plan;
use super::planned::Planned;
use crate::bindings::ensurepip::bootstrap::types::{Error, OsName, Python};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Launcher, Script, ScriptContent};
use crate::host::Host;
use crate::scripts;
use crate::wheel_name::canonical_name;
use std::collections::BTreeSet;

/// A script to write, and the number of its wheel.
pub(super) struct Requested {
    pub(super) wheel: u32,
    pub(super) script: Script,
}

/// The scripts to write, wheel by wheel: first the wheel's own, then those of its entry points.
pub(super) fn new(plan: &Plan, python: &Python, host: &dyn Host) -> Result<Vec<Requested>, Error> {
    let mut requested = Vec::new();
    for (wheel, planned) in (0..).zip(&plan.wheels).filter(|(_, planned)| planned.is_new()) {
        let scripts = of_wheel(planned, &plan.wheels, python, host)?.into_iter();
        requested.extend(scripts.map(|script| Requested { wheel, script }));
    }
    Ok(requested)
}

fn of_wheel(
    planned: &Planned,
    wheels: &[Planned],
    python: &Python,
    host: &dyn Host,
) -> Result<Vec<Script>, Error> {
    let brought = planned.contents.scripts.iter().map(|script| Script {
        name: script.name.clone(),
        content: match python_script(&script.contents) {
            Some(rest) => ScriptContent::Python(rest.to_vec()),
            None => ScriptContent::Verbatim(script.contents.clone()),
        },
    });
    let mut scripts: Vec<Script> = brought.collect();
    for command in &planned.commands {
        let stub = match scripts::stub_name(python, command.gui) {
            Some(name) => find_stub(wheels, &name, host)?,
            None => None,
        };
        let source = scripts::source(command, pip_version(wheels));
        let launcher = Launcher { source, gui: command.gui, stub };
        let content = ScriptContent::Launcher(launcher);
        scripts.push(Script { name: command.name.clone(), content });
    }
    Ok(scripts)
}

/// The version of pip that is installed beside the wheels, which would write their scripts.
fn pip_version(wheels: &[Planned]) -> Option<&str> {
    let names = wheels.iter().map(|wheel| &wheel.contents.name);
    let pip = { names }.find(|name| canonical_name(&name.project) == "pip");
    pip.map(|name| name.version.as_str())
}

/// The file names of the scripts of removed versions that are not written again.
pub(super) fn obsolete(
    former: &BTreeSet<String>,
    requested: &[Requested],
    os: OsName,
) -> Vec<String> {
    let written = requested.iter().map(|Requested { script, .. }| written_name(script, os));
    let written: BTreeSet<String> = written.collect();
    // Where case does not count, removing the one would remove the other.
    let is_obsolete = |name: &&String| !written.contains(&name.to_lowercase());
    former.iter().filter(is_obsolete).cloned().collect()
}

/// The file name that a script will have, in lower case.
fn written_name(script: &Script, os: OsName) -> String {
    let is_program = os == OsName::Nt && matches!(script.content, ScriptContent::Launcher(_));
    let name = script.name.to_lowercase();
    if is_program { format!("{name}.exe") } else { name }
}

/// The contents after the first line, if that line requests the target's Python.
fn python_script(contents: &[u8]) -> Option<&[u8]> {
    if !contents.starts_with(b"#!python") {
        return None;
    }
    let end = contents.iter().position(|byte| *byte == b'\n').map_or(contents.len(), |at| at + 1);
    Some(&contents[end..])
}

/// The launcher program of this name, which pip's wheel contains in its copy of distlib. None if there
/// is no pip among the wheels, or one without launchers.
fn find_stub(wheels: &[Planned], name: &str, host: &dyn Host) -> Result<Option<Vec<u8>>, Error> {
    let path = format!("pip/_vendor/distlib/{name}");
    for planned in wheels {
        let mut files = planned.contents.files.iter();
        if let Some(file) = files.find(|file| file.path.as_str() == path) {
            let digests = |contents: &[u8]| host.digests(contents);
            let unpacker = planned.unpacker(&digests, host)?;
            return Ok(Some(file.contents(&unpacker)?.into_owned()));
        }
    }
    Ok(None)
}

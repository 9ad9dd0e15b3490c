//! The scripts that the host should write, and those that it should remove.

use super::plan::Work;
use crate::bindings::ensurepip::bootstrap::types::Error;
use crate::bindings::exports::ensurepip::bootstrap::installer::{Launcher, Script, ScriptContent};
use crate::scripts;
use std::collections::BTreeSet;

/// The scripts to write: first the wheel's own, then those of its entry points.
pub(super) fn new(work: &Work) -> Result<Vec<Script>, Error> {
    let brought = work.contents.scripts.iter().map(|script| Script {
        name: script.name.clone(),
        content: match python_script(&script.contents) {
            Some(rest) => ScriptContent::Python(rest.to_vec()),
            None => ScriptContent::Verbatim(script.contents.clone()),
        },
    });
    let mut scripts: Vec<Script> = brought.collect();
    for command in &work.commands {
        let stub = match scripts::stub_name(&work.python, command.gui) {
            Some(name) => Some(find_stub(work, &name)?),
            None => None,
        };
        let source = scripts::source(command, &work.contents.name.version);
        let launcher = Launcher { source, gui: command.gui, stub };
        let content = ScriptContent::Launcher(launcher);
        scripts.push(Script { name: command.name.clone(), content });
    }
    Ok(scripts)
}

/// The file names of the scripts of removed versions that are not written again.
pub(super) fn obsolete(work: &Work, scripts: &[Script]) -> Vec<String> {
    let written: BTreeSet<String> = scripts.iter().map(written_name).collect();
    // Where case does not count, removing the one would remove the other.
    let is_obsolete = |name: &&String| !written.contains(&name.to_lowercase());
    work.former_scripts.iter().filter(is_obsolete).cloned().collect()
}

/// The file name that a script will have, in lower case.
fn written_name(script: &Script) -> String {
    let is_program =
        matches!(&script.content, ScriptContent::Launcher(launcher) if launcher.stub.is_some());
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

/// The launcher program of this name, which pip's wheel contains in its copy of distlib.
fn find_stub(work: &Work, name: &str) -> Result<Vec<u8>, Error> {
    let path = format!("pip/_vendor/distlib/{name}");
    let stub = work.contents.files.iter().find(|file| file.path.as_str() == path);
    Ok(stub.ok_or(Error::NoLauncher(path))?.data.whole().into_owned())
}

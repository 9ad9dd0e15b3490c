//! The scripts of a host: staged beside their final names, published, and withdrawn after a failure.

use super::{Details, Failed};
use crate::bindings::ensurepip::bootstrap::types::OsName;
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Script, ScriptContent, WrittenScript,
};
use crate::install::tests::target::{Scripts, Target};
use crate::record::sha256;

/// The scripts of one run.
pub(super) struct Shims<'run> {
    target: &'run Target,
    /// The scripts to publish, with their contents; none for those to remove.
    pending: Vec<(String, Option<Vec<u8>>)>,
    /// The scripts before that, once any was staged.
    former: Option<Scripts>,
}

impl<'run> Shims<'run> {
    pub(super) fn new(target: &'run Target) -> Shims<'run> {
        Shims { target, pending: Vec::new(), former: None }
    }

    /// Writes them beside their final names.
    pub(super) fn stage(&mut self, details: &Details) -> Result<Vec<WrittenScript>, Failed> {
        let Details { scripts, obsolete_scripts, modified, .. } = details;
        let names: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
        if self.target.act(format!("stage scripts {}", names.join(" "))) {
            return Err(Failed::Host("a script cannot be written"));
        }
        let staged = scripts.iter().map(|script| (script.clone(), *modified));
        self.target.staged.borrow_mut().extend(staged);
        self.target.obsolete.borrow_mut().extend_from_slice(obsolete_scripts);
        let written = (0..).zip(scripts).map(|(script, Script { name, content })| {
            let is_program = self.target.python.os == OsName::Nt
                && matches!(content, ScriptContent::Launcher(_));
            let contents = contents(content);
            WrittenScript {
                script,
                name: if is_program { format!("{name}.exe") } else { name.clone() },
                sha256: sha256(&contents).to_vec(),
                size: contents.len() as u64,
            }
        });
        let written: Vec<WrittenScript> = written.collect();
        let names = written.iter().map(|written| written.name.clone());
        let present = scripts.iter().map(|staged| Some(contents(&staged.content)));
        let gone = obsolete_scripts.iter().map(|name| (name.clone(), None));
        self.pending = names.zip(present).chain(gone).collect();
        self.former = Some(self.target.bin.borrow().clone());
        Ok(written)
    }

    /// Gives them their final names. A host that is stopped here has done half of it, and has another
    /// script out of its place.
    pub(super) fn publish(&mut self) -> Result<(), Failed> {
        let fails = self.target.act("publish scripts".to_owned());
        let mut pending = std::mem::take(&mut self.pending);
        if fails {
            let is_stopped = self.target.journal.is_stopped();
            pending.truncate(pending.len().div_ceil(2) * usize::from(is_stopped));
            pending.last_mut().into_iter().for_each(|(_, contents)| *contents = None);
        }
        let mut bin = self.target.bin.borrow_mut();
        for (name, contents) in pending {
            match contents {
                Some(contents) => bin.insert(name, contents),
                None => bin.remove(&name),
            };
        }
        if fails { Err(Failed::Host("a script cannot be renamed")) } else { Ok(()) }
    }

    /// Brings back those that were there before.
    pub(super) fn withdraw(&mut self) {
        if self.target.act("withdraw scripts".to_owned()) {
            return;
        }
        if let Some(former) = self.former.take() {
            self.target.bin.replace(former);
        }
    }
}

/// What a script holds after it was written.
fn contents(content: &ScriptContent) -> Vec<u8> {
    match content {
        ScriptContent::Launcher(launcher) => {
            let stub = launcher.stub.clone().unwrap_or_default();
            [stub, b"#!/py/bin/python3\n".to_vec(), launcher.source.clone().into_bytes()].concat()
        }
        ScriptContent::Python(rest) => [&b"#!/py/bin/python3\n"[..], rest].concat(),
        ScriptContent::Verbatim(contents) => contents.clone(),
    }
}

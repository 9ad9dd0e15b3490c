//! Carries a transaction through or rolls it back: what the host does between the component's
//! calls.

use crate::bindings::ensurepip::bootstrap::types::Role;
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Action, Bytecode, Details, PlacedBytecode, Report, StagedTree, WrittenScript,
};
use crate::bytecode::{Compilation, Compiler, FileNumber};
use crate::convert;
use crate::error::Error;
use crate::grants::Grant;
use crate::progress::Reporter;
use crate::sandbox::{Access, Failure, Helpers, Transaction};
use crate::shims::{Script, Scripts, check_name};
use std::sync::Arc;

/// What the host needs for a transaction.
pub(super) struct Host<'run> {
    pub(super) grants: &'run Arc<Vec<Grant>>,
    /// The scripts directory; `None` if it does not exist and no script is to be written.
    pub(super) scripts: Option<&'run mut Scripts>,
    /// The bytecode compiler; `None` if no bytecode is wanted.
    pub(super) compiler: Option<Compiler>,
    /// Other instances that have read parts of the wheel.
    pub(super) helpers: Helpers,
    pub(super) reporter: Reporter,
}

/// The result of a transaction.
pub(super) struct Done {
    /// What was done about each wheel.
    pub(super) actions: Vec<Action>,
    /// The time of scripts, metadata and directories, in seconds since 1970.
    pub(super) modified: u64,
    /// The file names of the scripts that were written, or that were removed with a version.
    pub(super) scripts: Vec<String>,
    /// The executable files that were installed, scripts left out, by their paths in the directory of a
    /// role.
    pub(super) executables: Vec<(Role, String)>,
    pub(super) report: Report,
}

impl Host<'_> {
    /// Carries a transaction through. If a step fails, restores the previous state.
    pub(super) fn carry_through(mut self, mut transaction: Transaction) -> Result<Done, Failure> {
        match self.work(&mut transaction) {
            Ok(done) => {
                transaction.end();
                Ok(done)
            }
            Err(failure) => {
                self.helpers.stop();
                // Before the files: no version is to look installed whose scripts are those of another. A
                // component that was stopped in `complete` may have put the new metadata in its place.
                // The scripts are published by then, and the next run completes what is missing.
                if !transaction.is_stopped_completing() {
                    self.scripts.into_iter().for_each(Scripts::withdraw);
                }
                transaction.roll_back();
                Err(failure)
            }
        }
    }

    fn work(&mut self, transaction: &mut Transaction) -> Result<Done, Failure> {
        let mut details = transaction.details()?;
        let actions = std::mem::take(&mut details.actions);
        let mut executables = Vec::new();
        let is_new = |action: &Action| matches!(action, Action::Install | Action::Upgrade(_));
        let scripts = if actions.iter().any(is_new) {
            self.stage(transaction, (&mut details, actions.len()), &mut executables)?
        } else if actions.iter().any(|action| matches!(action, Action::Remove(_))) {
            self.stage_scripts(&[], 0, details.obsolete_scripts.clone())?;
            details.obsolete_scripts
        } else {
            let report = Report { files: Vec::new(), bytecode: 0, removed: 0 };
            let scripts = Vec::new();
            return Ok(Done { actions, modified: 0, scripts, executables, report });
        };
        transaction.displace()?;
        if let Some(scripts) = &mut self.scripts {
            scripts.publish().map_err(Error::Shims)?;
        }
        let report = transaction.complete()?;
        let modified = details.modified;
        Ok(Done { actions, modified, scripts, executables, report })
    }

    /// Stages everything that is new, and adds the executable files to a list. Returns the file names
    /// of the scripts.
    fn stage(
        &mut self,
        transaction: &mut Transaction,
        (details, wheels): (&mut Details, usize),
        executables: &mut Vec<(Role, String)>,
    ) -> Result<Vec<String>, Failure> {
        // Sources are compiled while the files are staged.
        let mut compilation = self.begin_compilation(transaction, details, wheels)?;
        self.share(transaction, compilation.as_mut())?;
        transaction.stage()?;
        if let Some(compilation) = &mut compilation {
            self.add_bytecode(transaction, compilation)?;
        }
        self.helpers.finish()?;

        let scripts = std::mem::take(&mut details.scripts).into_iter().map(convert::script);
        let obsolete = std::mem::take(&mut details.obsolete_scripts);
        let scripts =
            self.stage_scripts(&scripts.collect::<Vec<_>>(), details.modified, obsolete)?;
        for tree in transaction.add_metadata(&scripts)? {
            self.normalize(&tree)?;
            executables.extend(tree.executables.into_iter().map(|path| (tree.role, path)));
        }
        Ok(scripts.into_iter().map(|script| script.name).collect())
    }

    /// Starts the compiler. Returns `None` if no bytecode is wanted.
    fn begin_compilation(
        &mut self,
        transaction: &mut Transaction,
        details: &mut Details,
        wheels: usize,
    ) -> Result<Option<Compilation>, Failure> {
        let Some(compiler) = self.compiler.take() else { return Ok(None) };
        let sources = std::mem::take(&mut details.sources).into_iter().map(convert::source);
        let invalidation = convert::invalidation(details.checked_hash);
        let mut compilation = Compilation::new(compiler, invalidation, sources.collect(), wheels)?;
        compilation.bring(|files| read(&mut self.helpers, transaction, files))?;
        Ok(Some(compilation))
    }

    /// Leaves to the helpers the files that they have read, and their share of the cached bytecode.
    fn share(
        &mut self,
        transaction: &mut Transaction,
        compilation: Option<&mut Compilation>,
    ) -> Result<(), Failure> {
        let others = self.helpers.count();
        if others == 0 {
            return Ok(());
        }
        let known = compilation.map(|compilation| compilation.share_known(others));
        let known = known.unwrap_or_default();
        let numbers: Vec<u32> = known.iter().map(|(number, _)| *number).collect();
        let share = transaction.share(&numbers)?;
        if share.bytecode.len() != known.len() {
            let words = "it did not place all bytecode that it was to share";
            return Err(Error::Component(words.to_owned()).into());
        }
        let bytecode = share.bytecode.into_iter().zip(known);
        let bytecode =
            bytecode.map(|(place, (_, contents))| PlacedBytecode { place, contents }).collect();
        self.helpers.stage(share.files, bytecode, &Access::writable(self.grants));
        Ok(())
    }

    fn add_bytecode(
        &mut self,
        transaction: &mut Transaction,
        compilation: &mut Compilation,
    ) -> Result<(), Failure> {
        loop {
            if !compilation.has_workers() {
                // An interpreter may start where a thread has been.
                self.helpers.settle();
            }
            let Some(bytecode) = compilation.next(&self.reporter)? else { return Ok(()) };
            let bytecode: Vec<Bytecode> = bytecode
                .into_iter()
                .map(|(source, contents)| Bytecode { source, contents })
                .collect();
            compilation.bring(|files| read(&mut self.helpers, transaction, files))?;
            transaction.add_bytecode(&bytecode)?;
        }
    }

    /// Writes scripts beside their final names, and notes which others will be removed.
    fn stage_scripts(
        &mut self,
        scripts: &[Script],
        modified: u64,
        obsolete: Vec<String>,
    ) -> Result<Vec<WrittenScript>, Error> {
        let written = match &mut self.scripts {
            Some(directory) => directory.stage(scripts, modified, obsolete),
            // What does not exist has nothing obsolete in it; a bad name is bad all the same.
            None if scripts.is_empty() => {
                obsolete.iter().try_for_each(|name| check_name(name)).map(|()| Vec::new())
            }
            None => Err("there is no scripts directory".to_owned()),
        };
        let written = (0..).zip(written.map_err(Error::Shims)?);
        Ok(written.map(|(number, script)| convert::written_script(number, script)).collect())
    }

    /// Sets the modes of what was staged.
    fn normalize(&self, tree: &StagedTree) -> Result<(), Error> {
        let name = convert::role_name(tree.role);
        let grant = self.grants.iter().find(|grant| grant.name == name);
        let grant =
            grant.ok_or_else(|| Error::Component(format!("it staged files in `{name}`")))?;
        let shown = grant.shown.join(&tree.path);
        grant
            .normalize(&tree.path, &tree.executables)
            .map_err(|error| Error::Permissions(format!("`{}`: {error}", shown.display())))
    }
}

/// The contents of files of the wheels.
fn read(
    helpers: &mut Helpers,
    transaction: &mut Transaction,
    files: &[FileNumber],
) -> Result<Vec<Vec<u8>>, Failure> {
    let mut contents = Vec::with_capacity(files.len());
    for files in files.chunk_by(|one, other| one.wheel == other.wheel) {
        let wheel = files.first().map_or(0, |file| file.wheel);
        let entries: Vec<u32> = files.iter().map(|file| file.entry).collect();
        contents.append(&mut read_of(helpers, transaction, wheel, &entries)?);
    }
    Ok(contents)
}

/// The contents of files of one wheel, from a helper that has read them, or else from the instance
/// that has checked them. Helpers have read the first wheel.
fn read_of(
    helpers: &mut Helpers,
    transaction: &mut Transaction,
    wheel: u32,
    entries: &[u32],
) -> Result<Vec<Vec<u8>>, Failure> {
    let mut found = if wheel == 0 { helpers.read(entries)? } else { vec![None; entries.len()] };
    let missing = entries.iter().zip(&found).filter(|(_, found)| found.is_none());
    let missing: Vec<u32> = missing.map(|(entry, _)| *entry).collect();
    if !missing.is_empty() {
        let wheel = usize::try_from(wheel).unwrap_or(usize::MAX);
        let mut rest = transaction.read(wheel, &missing)?.into_iter();
        found.iter_mut().filter(|found| found.is_none()).for_each(|found| {
            *found = rest.next().flatten();
        });
    }
    let found: Option<Vec<Vec<u8>>> = found.into_iter().collect();
    let missing = || Error::Component("it lists a source that it does not have".to_owned());
    Ok(found.ok_or_else(missing)?)
}

#[cfg(all(test, unix))]
mod tests;

//! The installation, in the order of the wheel specification's "Installing a wheel".
//!
//! Everything is staged before anything gets its final name, and the `.dist-info` directory gets
//! its own last: it is what makes a distribution installed.

use super::bytecode::{Compiled, Compiling, final_path};
use super::helping::Helped;
use super::plan::{Plan, Work};
use super::wheel_resource::WheelResource;
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::shims::{Content, Launcher, Script};
use crate::bindings::ensurepip::bootstrap::types::{Error, KeptFile, Place, Python, Request, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{ApplyReport, WrittenFile};
use crate::entry_path::EntryPath;
use crate::host::{Host, report_file};
use crate::owned::Whole;
use crate::record::{self, Row, sha256};
use crate::scheme::{self, relative};
use crate::scripts;
use crate::stage::Stage;
use crate::wheel::File;
use std::collections::BTreeSet;

/// Installs the wheel.
pub(crate) fn apply(
    wheel: &WheelResource,
    python: &Python,
    request: &Request,
    host: &dyn Host,
) -> Result<ApplyReport, Error> {
    let Plan { action, work } = Plan::make(wheel, python, request, host)?;
    let mut report = ApplyReport {
        action,
        files: Vec::new(),
        modified: 0,
        bytecode: 0,
        scripts: Vec::new(),
        removed: 0,
    };
    let Some(work) = work else { return Ok(report) };
    let mut transaction = Transaction { stages: Vec::new() };
    match transaction.run(request, &work, host, &mut report) {
        Ok(()) => {
            transaction.stages.into_iter().for_each(Stage::finish);
            Ok(report)
        }
        Err(error) => {
            host.withdraw_scripts();
            transaction.stages.into_iter().rev().for_each(Stage::undo);
            Err(error)
        }
    }
}

/// An installation under way, which can be undone until it has succeeded.
struct Transaction {
    stages: Vec<Stage>,
}

impl Transaction {
    fn run(
        &mut self,
        request: &Request,
        work: &Work,
        host: &dyn Host,
        report: &mut ApplyReport,
    ) -> Result<(), Error> {
        let mut rows = Vec::with_capacity(2 * work.contents.files.len());
        self.begin(work, host)?;
        let mut compiling = begin_compiling(request, work, host)?;
        let helped = self.share(request, work, &mut compiling, host)?;

        // Unpack, steps 3 and 4; spread, step 2: each file goes to the directory of its role.
        for (done, file) in work.contents.files.iter().enumerate() {
            report_file(host, Step::Stage, work.contents.files.len(), done)?;
            let stage = self.stage(work, file.role)?;
            if helped.is_none() || file.data.elsewhere().is_none() {
                stage.write(&file.path, &file.data, modified(request, file))?;
            }
            if file.executable {
                stage.mark_executable(&file.path);
            }
            let path = record_path(work, file.role, &file.path);
            rows.push(Row::hashed(path, &file.digest, file.data.size()));
        }

        // Spread, step 6: compile, which has gone on meanwhile.
        let mut bytecode = Vec::new();
        loop {
            // The host may have to start an interpreter.
            self.close_kept();
            let next = compiling.as_mut().map_or(Ok(None), Compiling::next)?;
            let Some(compiled) = next else { break };
            for Compiled { source, path, contents } in compiled {
                let stage = self.stage(work, source.role)?;
                stage.write(&path, &contents.into(), modified(request, source))?;
                bytecode.push((source, path));
            }
        }
        for (source, path) in helped.map_or_else(|| Ok(Vec::new()), Helped::finish)? {
            self.stage(work, source.role)?.note(&path);
            bytecode.push((source, path));
        }
        rows.extend(
            bytecode.iter().map(|(source, path)| Row::bare(record_path(work, source.role, path))),
        );

        // Spread, step 3: scripts, those of the entry points and those the wheel brings.
        let modified = request.source_date_epoch.unwrap_or(work.contents.modified);
        let scripts = scripts_of(work)?;
        let written = host.stage_scripts(&scripts, modified, &obsolete(work, &scripts))?;
        for script in &written {
            let directory = relative(work.python.os, library_path(work), &work.scheme.scripts);
            let path = format!("{directory}/{}", script.name);
            rows.push(Row::hashed(path, &script.sha256, script.size));
        }

        // Spread, step 4: the metadata that an installer adds, RECORD last.
        let library = work.contents.library;
        let dist_info = &work.contents.dist_info;
        // Who asks for pip through ensurepip gets pip's own answer to who installed it: pip has
        // behaviour that hangs on this word.
        for (name, contents) in [("INSTALLER", &b"pip\n"[..]), ("REQUESTED", b"")] {
            let path = metadata_path(dist_info, name)?;
            self.stage(work, library)?.write(&path, &contents.into(), modified)?;
            let row = record_path(work, library, &path);
            rows.push(Row::hashed(row, &sha256(contents), contents.len() as u64));
        }
        let path = metadata_path(dist_info, "RECORD")?;
        rows.push(Row::bare(record_path(work, library, &path)));
        let row_count = rows.len();
        self.stage(work, library)?.write(&path, &record::write(rows).into(), modified)?;

        self.close_kept();
        for stage in &self.stages {
            host.normalize(stage.role(), stage.path(), stage.executables())?;
        }
        host.report(Step::Commit, row_count, 0)?;
        self.commit(work, host)?;

        report.files = self.stages.iter().flat_map(written_files).collect();
        report.modified = modified;
        report.bytecode = u32::try_from(bytecode.len()).unwrap_or(u32::MAX);
        report.scripts = written.into_iter().map(|script| script.name).collect();
        report.removed = self.stages.iter().map(Stage::removed).sum();
        Ok(())
    }

    /// Leaves to other instances what they have in memory, and a share of the bytecode that the host
    /// has. None if there are no others.
    fn share<'work>(
        &mut self,
        request: &Request,
        work: &'work Work,
        compiling: &mut Option<Compiling<'work>>,
        host: &'work dyn Host,
    ) -> Result<Option<Helped<'work>>, Error> {
        let helpers = host.helpers();
        if helpers == 0 {
            return Ok(None);
        }
        let mut files = Vec::new();
        for file in &work.contents.files {
            if let Some(entry) = file.data.elsewhere() {
                let place = self.place(work, (file.role, &file.path), modified(request, file))?;
                self.stage(work, file.role)?.note(&file.path);
                files.push(KeptFile { entry, place });
            }
        }
        let sources = compiling.as_mut().map(|compiling| compiling.hand_over(helpers));
        let sources = sources.unwrap_or_default();
        let mut bytecode = Vec::with_capacity(sources.len());
        for portion in &sources {
            let places = portion.iter().map(|(source, path)| {
                self.place(work, (source.role, path), modified(request, source))
            });
            bytecode.push(places.collect::<Result<_, _>>()?);
        }
        Ok(Some(Helped::begin(host, &files, sources, &bytecode)))
    }

    /// Where another instance is to write a file, which has this path in the directory of this role.
    fn place(
        &mut self,
        work: &Work,
        (role, path): (Role, &EntryPath),
        modified: u64,
    ) -> Result<Place, Error> {
        let stage = self.stage(work, role)?;
        Ok(Place { role: stage.role(), path: stage.make_room(path)?, modified })
    }

    /// Closes what is kept open in any directory.
    fn close_kept(&self) {
        for stage in &self.stages {
            stage.close_kept();
        }
    }

    /// Gives everything its final name. Metadata goes first and comes last, so that whatever
    /// happens in between, no version looks installed that is not whole.
    fn commit(&mut self, work: &Work, host: &dyn Host) -> Result<(), Error> {
        self.stages.iter_mut().try_for_each(Stage::begin_moves)?;
        for removal in &work.removals {
            self.take_out(work, removal.role, &removal.metadata)?;
        }
        for removal in &work.removals {
            self.take_out(work, removal.role, &removal.files)?;
        }
        self.stages.iter_mut().try_for_each(Stage::remove_emptied)?;
        let (library, dist_info) = (work.contents.library, &work.contents.dist_info);
        for stage in &mut self.stages {
            stage.commit_all_but((stage.role() == library).then_some(dist_info.as_str()))?;
        }
        host.publish_scripts()?;
        self.stage(work, library)?.commit(dist_info)
    }

    fn take_out(&mut self, work: &Work, role: Role, wholes: &[Whole]) -> Result<(), Error> {
        let stage = self.stage(work, role)?;
        wholes.iter().try_for_each(|whole| stage.take_out(&whole.path, whole.files))
    }

    /// Makes the stages, the library's last, so that its metadata is what is finished last.
    fn begin(&mut self, work: &Work, host: &dyn Host) -> Result<(), Error> {
        let library = work.contents.library;
        let roles = work.contents.roles().into_iter();
        let mut roles: BTreeSet<Role> =
            roles.map(|role| scheme::unify(role, work.contents.library, &work.scheme)).collect();
        roles.extend(work.removals.iter().map(|removal| removal.role));
        roles.remove(&library);
        for role in roles.into_iter().chain([library]) {
            let directory = host.directory(role).ok_or(Error::NotGranted(role))?;
            self.stages.push(Stage::begin(role, directory)?);
        }
        Ok(())
    }

    fn stage(&mut self, work: &Work, role: Role) -> Result<&mut Stage, Error> {
        let role = scheme::unify(role, work.contents.library, &work.scheme);
        let found = self.stages.iter_mut().find(|stage| stage.role() == role);
        found.ok_or(Error::NotGranted(role))
    }
}

/// The modification time that a file gets.
fn modified(request: &Request, file: &File) -> u64 {
    request.source_date_epoch.unwrap_or(file.modified)
}

/// Has the sources compiled while the files are staged. Left out where this Python keeps no bytecode.
fn begin_compiling<'work>(
    request: &Request,
    work: &'work Work,
    host: &'work dyn Host,
) -> Result<Option<Compiling<'work>>, Error> {
    let Some(cache_tag) = work.python.cache_tag.as_ref().filter(|_| request.compile) else {
        return Ok(None);
    };
    let (files, paths) = (&work.contents.files, (work.python.os, &work.scheme));
    Compiling::begin(host, files, paths, cache_tag, request.source_date_epoch).map(Some)
}

/// The files that were written through a stage.
fn written_files(stage: &Stage) -> impl Iterator<Item = WrittenFile> {
    let role = stage.role();
    stage.written().iter().map(move |path| WrittenFile { role, path: path.clone() })
}

/// The scripts to ask of the host: those the wheel brings, then those of its commands.
fn scripts_of(work: &Work) -> Result<Vec<Script>, Error> {
    let brought = work.contents.scripts.iter().map(|script| Script {
        name: script.name.clone(),
        content: match python_script(&script.contents) {
            Some(rest) => Content::Python(rest.to_vec()),
            None => Content::Verbatim(script.contents.clone()),
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
        scripts.push(Script { name: command.name.clone(), content: Content::Launcher(launcher) });
    }
    Ok(scripts)
}

/// The scripts of what is to go that are not written anew, by file name.
fn obsolete(work: &Work, scripts: &[Script]) -> Vec<String> {
    let written: BTreeSet<String> = scripts.iter().map(written_name).collect();
    // Where case does not count, removing the one would remove the other.
    let is_obsolete = |name: &&String| !written.contains(&name.to_lowercase());
    work.former_scripts.iter().filter(is_obsolete).cloned().collect()
}

/// The file name that a script will have, in lower case.
fn written_name(script: &Script) -> String {
    let is_program =
        matches!(&script.content, Content::Launcher(launcher) if launcher.stub.is_some());
    let name = script.name.to_lowercase();
    if is_program { format!("{name}.exe") } else { name }
}

/// What follows the first line, if that line asks for the target's Python.
fn python_script(contents: &[u8]) -> Option<&[u8]> {
    if !contents.starts_with(b"#!python") {
        return None;
    }
    let end = contents.iter().position(|byte| *byte == b'\n').map_or(contents.len(), |at| at + 1);
    Some(&contents[end..])
}

/// The launcher program of this name, which pip's wheel brings in its copy of distlib.
fn find_stub(work: &Work, name: &str) -> Result<Vec<u8>, Error> {
    let path = format!("pip/_vendor/distlib/{name}");
    let stub = work.contents.files.iter().find(|file| file.path.as_str() == path);
    let missing = || Error::Shims(format!("the wheel has no launcher program `{path}`"));
    Ok(stub.ok_or_else(missing)?.data.whole().into_owned())
}

fn library_path(work: &Work) -> &str {
    scheme::directory(&work.scheme, work.contents.library)
}

/// A file's path as `RECORD` has it.
fn record_path(work: &Work, role: Role, path: &EntryPath) -> String {
    if role == work.contents.library {
        return path.as_str().to_owned();
    }
    let os = work.python.os;
    relative(os, library_path(work), &final_path(os, &work.scheme, role, path))
}

fn metadata_path(dist_info: &str, name: &str) -> Result<EntryPath, Error> {
    let path = format!("{dist_info}/{name}");
    EntryPath::new(&path).map_err(|detail| {
        crate::faults::fault(
            crate::bindings::ensurepip::bootstrap::types::FaultCode::EntryName,
            &path,
            detail,
        )
    })
}

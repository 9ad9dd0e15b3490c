//! Writes everything new beside its final place: the wheel specification's "Installing a wheel",
//! from step 3 of unpacking to step 6 of spreading.

use super::installation::{Installation, NewWheel};
use super::stages::Stages;
use super::transaction::{Phase, Transaction};
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Bytecode, PlacedFile, Share, StagedTree, WrittenScript,
};
use crate::entry_path::EntryPath;
use crate::faults::fault;
use crate::file_data::Unpacker;
use crate::host::{Host, report_file};
use crate::record::{self, Row, sha256};
use crate::stage::Stage;
use std::rc::Rc;

/// The metadata that an installer adds beside `RECORD`: who has installed the distribution, and
/// that it was asked for. An installation through ensurepip names pip as the installer, because
/// pip's behaviour depends on that.
const INSTALLER: (&str, &[u8]) = ("INSTALLER", b"pip\n");
const REQUESTED: (&str, &[u8]) = ("REQUESTED", b"");

impl Transaction {
    /// Leaves to other instances the files that they have read, and the bytecode of these sources.
    pub(crate) fn share(&mut self, bytecode: &[u32]) -> Result<Share, Error> {
        let phases = (&[Phase::Begun][..], Phase::Shared);
        self.install_step("share", phases, |stages, installation| {
            let [wheel] = &installation.wheels[..] else {
                return Err(Error::Misuse("several wheels cannot be shared".to_owned()));
            };
            let contents = Rc::clone(&wheel.planned.contents);
            // A call that fails for a wrong number has changed nothing.
            bytecode.iter().try_for_each(|number| installation.source(*number).map(drop))?;
            let mut files = Vec::new();
            for file in contents.files.iter().filter(|file| file.data.is_elsewhere()) {
                let place = installation.place(stages, 0, file, &file.path)?;
                files.push(PlacedFile { entry: file.entry, place });
            }
            let mut places = Vec::with_capacity(bytecode.len());
            for number in bytecode {
                let (wheel, source, path) = installation.source(*number)?;
                places.push(installation.place(stages, wheel, source, path)?);
                stages.of(installation.wheels[wheel].planned.role(source.role))?.note(path);
                installation.add_bytecode(*number)?;
            }
            Ok(Share { files, bytecode: places })
        })
    }

    /// Writes the wheel's files, each to the directory of its role (unpack, steps 3 and 4; spread,
    /// step 2).
    pub(crate) fn stage(&mut self, host: &dyn Host) -> Result<(), Error> {
        let is_shared = self.phase() == Phase::Shared;
        let phases = (&[Phase::Begun, Phase::Shared][..], Phase::Staged);
        self.install_step("stage", phases, |stages, installation| {
            let counts = installation.wheels.iter().map(|wheel| wheel.planned.contents.files.len());
            let (count, mut done) = (counts.sum(), 0);
            let digests = |contents: &[u8]| host.digests(contents);
            for index in 0..installation.wheels.len() {
                let NewWheel { planned, .. } = &installation.wheels[index];
                let (contents, file_name) =
                    (Rc::clone(&planned.contents), planned.file_name.clone());
                let archive = planned.source.open(host)?;
                let unpacker = Unpacker { wheel: &file_name, archive, digests: &digests };
                for file in &contents.files {
                    report_file(host, Step::Stage, count, done)?;
                    done += 1;
                    let stage = stages.of(installation.wheels[index].planned.role(file.role))?;
                    if is_shared && file.data.is_elsewhere() {
                        stage.note(&file.path);
                    } else {
                        let data = file.data.to_write(&file.digest, &unpacker)?;
                        stage.write(&file.path, &data, installation.modified(file))?;
                    }
                    if file.executable {
                        stage.mark_executable(&file.path);
                    }
                    let path = installation.record_path(index, file.role, &file.path);
                    let row = Row::hashed(path, &file.digest, file.data.size());
                    installation.wheels[index].add(file.role, &file.path, row);
                }
            }
            Ok(())
        })
    }

    /// Writes bytecode (spread, step 6).
    pub(crate) fn add_bytecode(&mut self, bytecode: &[Bytecode]) -> Result<(), Error> {
        let phases = (&[Phase::Staged][..], Phase::Staged);
        self.install_step("add-bytecode", phases, |stages, installation| {
            // A call that fails for a wrong number has changed nothing.
            bytecode.iter().try_for_each(|it| installation.source(it.source).map(drop))?;
            for Bytecode { source: number, contents } in bytecode {
                let (wheel, source, path) = installation.source(*number)?;
                let stage = stages.of(installation.wheels[wheel].planned.role(source.role))?;
                stage.write(path, &contents[..].into(), installation.modified(source))?;
                installation.add_bytecode(*number)?;
            }
            Ok(())
        })
    }

    /// Writes the metadata that an installer adds, `RECORD` last (spread, steps 3 and 4). Returns
    /// what was staged.
    pub(crate) fn add_metadata(
        &mut self,
        scripts: &[WrittenScript],
    ) -> Result<Vec<StagedTree>, Error> {
        let modified = self.details.modified;
        let phases = (&[Phase::Staged][..], Phase::Ready);
        self.install_step("add-metadata", phases, |stages, installation| {
            scripts.iter().try_for_each(|script| installation.add_script(script))?;
            for wheel in &mut installation.wheels {
                write_metadata(wheel, stages, modified)?;
            }
            Ok(stages.0.iter().map(staged_tree).collect())
        })
    }

    /// Executes one step of an installation.
    fn install_step<T>(
        &mut self,
        call: &str,
        phases: (&[Phase], Phase),
        step: impl FnOnce(&mut Stages, &mut Installation) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.step(call, phases, |this| match &mut this.installation {
            Some(installation) => step(&mut this.stages, installation),
            None => Err(Error::Misuse("a removal stages nothing".to_owned())),
        })
    }
}

/// Writes the metadata that an installer adds to a wheel's.
fn write_metadata(wheel: &mut NewWheel, stages: &mut Stages, modified: u64) -> Result<(), Error> {
    let contents = Rc::clone(&wheel.planned.contents);
    let (library, dist_info) = (contents.library, &contents.dist_info);
    let stage = stages.of(wheel.planned.role(library))?;
    let requested = wheel.is_requested.then_some(REQUESTED);
    for (name, contents) in [INSTALLER].into_iter().chain(requested) {
        let path = metadata_path(dist_info, name)?;
        stage.write(&path, &contents.into(), modified)?;
        let name = path.as_str().to_owned();
        wheel.add(library, &path, Row::hashed(name, &sha256(contents), contents.len() as u64));
    }
    let path = metadata_path(dist_info, "RECORD")?;
    wheel.add(library, &path, Row::bare(path.as_str().to_owned()));
    let record = record::write(&mut wheel.rows);
    stage.write(&path, &record.into(), modified)
}

/// Describes what is new in a stage.
fn staged_tree(stage: &Stage) -> StagedTree {
    StagedTree {
        role: stage.role(),
        path: stage.path().to_owned(),
        executables: stage.executables().to_vec(),
    }
}

fn metadata_path(dist_info: &str, name: &str) -> Result<EntryPath, Error> {
    let path = format!("{dist_info}/{name}");
    EntryPath::new(&path).map_err(|detail| fault(FaultCode::EntryName, &path, detail))
}

//! Writes everything new beside its final place: the wheel specification's "Installing a wheel",
//! from step 3 of unpacking to step 6 of spreading.

use super::sources::final_path;
use super::transaction::{Installation, Phase, Stages, Transaction};
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Bytecode, Place, PlacedFile, Share, StagedTree, WrittenScript,
};
use crate::entry_path::EntryPath;
use crate::faults::fault;
use crate::host::{Host, report_file};
use crate::record::{self, Row, sha256};
use crate::scheme::{self, relative};
use crate::stage::Stage;
use crate::wheel::File;

/// The metadata that an installer adds beside `RECORD`. An installation through ensurepip names pip
/// as the installer, because pip's behaviour depends on that.
const ADDED: [(&str, &[u8]); 2] = [("INSTALLER", b"pip\n"), ("REQUESTED", b"")];

impl Transaction {
    /// Leaves to other instances the files that they have read, and the bytecode of these sources.
    pub(crate) fn share(&mut self, bytecode: &[u32]) -> Result<Share, Error> {
        let phases = (&[Phase::Begun][..], Phase::Shared);
        self.install_step("share", phases, |stages, installation| {
            let sources = bytecode.iter().map(|number| installation.source(*number));
            let sources = sources.collect::<Result<Vec<_>, Error>>()?;
            let mut files = Vec::new();
            for file in &installation.work.contents.files {
                if file.data.is_elsewhere() {
                    let place = installation.place(stages, file, &file.path)?;
                    files.push(PlacedFile { entry: file.entry, place });
                }
            }
            let (mut places, mut rows) = (Vec::with_capacity(sources.len()), Vec::new());
            for (source, path) in sources {
                places.push(installation.place(stages, source, path)?);
                stages.of(installation.role(source.role))?.note(path);
                rows.push(Row::bare(installation.record_path(source.role, path)));
            }
            installation.add_bytecode(rows);
            Ok(Share { files, bytecode: places })
        })
    }

    /// Writes the wheel's files, each to the directory of its role (unpack, steps 3 and 4; spread,
    /// step 2).
    pub(crate) fn stage(&mut self, host: &dyn Host) -> Result<(), Error> {
        let is_shared = self.phase() == Phase::Shared;
        let phases = (&[Phase::Begun, Phase::Shared][..], Phase::Staged);
        self.install_step("stage", phases, |stages, installation| {
            let mut rows = Vec::new();
            let files = &installation.work.contents.files;
            for (done, file) in files.iter().enumerate() {
                report_file(host, Step::Stage, files.len(), done)?;
                let stage = stages.of(installation.role(file.role))?;
                if is_shared && file.data.is_elsewhere() {
                    stage.note(&file.path);
                } else {
                    stage.write(&file.path, &file.data, installation.modified(file))?;
                }
                if file.executable {
                    stage.mark_executable(&file.path);
                }
                let path = installation.record_path(file.role, &file.path);
                rows.push(Row::hashed(path, &file.digest, file.data.size()));
            }
            installation.rows.append(&mut rows);
            Ok(())
        })
    }

    /// Writes bytecode (spread, step 6).
    pub(crate) fn add_bytecode(&mut self, bytecode: &[Bytecode]) -> Result<(), Error> {
        let phases = (&[Phase::Staged][..], Phase::Staged);
        self.install_step("add-bytecode", phases, |stages, installation| {
            let sources = bytecode.iter().map(|bytecode| installation.source(bytecode.source));
            let sources = sources.collect::<Result<Vec<_>, Error>>()?;
            let mut rows = Vec::with_capacity(sources.len());
            for ((source, path), Bytecode { contents, .. }) in sources.into_iter().zip(bytecode) {
                let stage = stages.of(installation.role(source.role))?;
                stage.write(path, &contents[..].into(), installation.modified(source))?;
                rows.push(Row::bare(installation.record_path(source.role, path)));
            }
            installation.add_bytecode(rows);
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
            for script in scripts {
                let path = installation.script_path(&script.name);
                installation.rows.push(Row::hashed(path, &script.sha256, script.size));
            }
            let stage = stages.of(installation.work.contents.library)?;
            let dist_info = &installation.work.contents.dist_info;
            for (name, contents) in ADDED {
                let path = metadata_path(dist_info, name)?;
                stage.write(&path, &contents.into(), modified)?;
                let row =
                    Row::hashed(path.as_str().to_owned(), &sha256(contents), contents.len() as u64);
                installation.rows.push(row);
            }
            let path = metadata_path(dist_info, "RECORD")?;
            installation.rows.push(Row::bare(path.as_str().to_owned()));
            let record = record::write(&mut installation.rows);
            stage.write(&path, &record.into(), modified)?;
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

impl Installation {
    /// A source, and the path of its bytecode.
    fn source(&self, number: u32) -> Result<(&File, &EntryPath), Error> {
        let source = usize::try_from(number).ok().and_then(|number| self.sources.get(number));
        let source = source.ok_or_else(|| Error::Misuse(format!("there is no source {number}")))?;
        Ok((&self.work.contents.files[source.file], &source.bytecode))
    }

    /// Where another instance has to write a file. `path` is in the directory of the role of
    /// `file`.
    fn place(&self, stages: &mut Stages, file: &File, path: &EntryPath) -> Result<Place, Error> {
        let stage = stages.of(self.role(file.role))?;
        let modified = self.modified(file);
        Ok(Place { role: stage.role(), path: stage.make_room(path)?, modified })
    }

    /// The modification time that a file gets.
    fn modified(&self, file: &File) -> u64 {
        self.source_date_epoch.unwrap_or(file.modified)
    }

    fn add_bytecode(&mut self, mut rows: Vec<Row>) {
        self.bytecode += u32::try_from(rows.len()).unwrap_or(u32::MAX);
        self.rows.append(&mut rows);
    }

    /// A file's path for `RECORD`.
    fn record_path(&self, role: Role, path: &EntryPath) -> String {
        let (work, os) = (&self.work, self.work.python.os);
        if role == work.contents.library {
            return path.as_str().to_owned();
        }
        relative(os, self.library_path(), &final_path(os, &work.scheme, role, path))
    }

    /// A script's path for `RECORD`.
    fn script_path(&self, name: &str) -> String {
        let scripts = &self.work.scheme.scripts;
        format!("{}/{name}", relative(self.work.python.os, self.library_path(), scripts))
    }

    fn library_path(&self) -> &str {
        scheme::directory(&self.work.scheme, self.work.contents.library)
    }
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

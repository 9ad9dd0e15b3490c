//! An installation: the wheels, the sources to compile, and the rows of each `RECORD`.

use super::planned::Planned;
use super::stages::Stages;
use crate::bindings::ensurepip::bootstrap::types::{Error, OsName, Request, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Place, WrittenFile, WrittenScript,
};
use crate::entry_path::EntryPath;
use crate::record::Row;
use crate::scheme::{self, relative};
use crate::wheel::File;

/// What is installed.
pub(super) struct Installation {
    pub(super) wheels: Vec<NewWheel>,
    pub(super) sources: Vec<SourceFile>,
    /// The number of the wheel of each requested script.
    scripts: Vec<u32>,
    source_date_epoch: Option<u64>,
    os: OsName,
    /// The number of bytecode files.
    pub(super) bytecode: u32,
}

/// A wheel that is installed.
pub(super) struct NewWheel {
    /// Its number among the wheels of the transaction, counted from 0.
    pub(super) number: u32,
    pub(super) planned: Planned,
    /// Whether it was asked for. Otherwise another wheel requires it.
    pub(super) is_requested: bool,
    /// The rows of its `RECORD`.
    pub(super) rows: Vec<Row>,
    /// The files that are written for it.
    pub(super) written: Vec<WrittenFile>,
}

/// A source file.
pub(super) struct SourceFile {
    /// The index of its wheel among the wheels to install.
    pub(super) wheel: usize,
    /// Its index among the files of the wheel.
    pub(super) file: usize,
    /// The path of its bytecode, in the directory of its role.
    pub(super) bytecode: EntryPath,
}

impl Installation {
    pub(super) fn new(
        wheels: Vec<NewWheel>,
        sources: Vec<SourceFile>,
        scripts: Vec<u32>,
        source_date_epoch: Option<u64>,
        os: OsName,
    ) -> Installation {
        Installation { wheels, sources, scripts, source_date_epoch, os, bytecode: 0 }
    }

    /// The role and the name of each metadata directory.
    pub(super) fn metadata(&self) -> Vec<(Role, &str)> {
        let planned = self.wheels.iter().map(|wheel| &wheel.planned);
        let named = planned.map(|planned| {
            (planned.role(planned.contents.library), planned.contents.dist_info.as_str())
        });
        named.collect()
    }

    /// How many rows all `RECORD`s have by now.
    pub(super) fn rows(&self) -> usize {
        self.wheels.iter().map(|wheel| wheel.rows.len()).sum()
    }

    /// The index in `wheels` of the wheel of a source, its file, and the path of its bytecode.
    pub(super) fn source(&self, number: u32) -> Result<(usize, &File, &EntryPath), Error> {
        let source = usize::try_from(number).ok().and_then(|number| self.sources.get(number));
        let source = source.ok_or_else(|| Error::Misuse(format!("there is no source {number}")))?;
        let file = &self.wheels[source.wheel].planned.contents.files[source.file];
        Ok((source.wheel, file, &source.bytecode))
    }

    /// The modification time that a file gets.
    pub(super) fn modified(&self, file: &File) -> u64 {
        self.source_date_epoch.unwrap_or(file.modified)
    }

    /// Where another instance has to write a file. `path` is in the directory of the role of
    /// `file`, which is a file of `wheel`.
    pub(super) fn place(
        &self,
        stages: &mut Stages,
        wheel: usize,
        file: &File,
        path: &EntryPath,
    ) -> Result<Place, Error> {
        let stage = stages.of(self.wheels[wheel].planned.role(file.role))?;
        let modified = self.modified(file);
        Ok(Place { role: stage.role(), path: stage.make_room(path)?, modified })
    }

    /// Adds the bytecode of a source to the `RECORD` of its wheel.
    pub(super) fn add_bytecode(&mut self, source: u32) -> Result<(), Error> {
        let (wheel, File { role, .. }, path) = self.source(source)?;
        let (role, path) = (*role, path.clone());
        let row = Row::bare(self.record_path(wheel, role, &path));
        self.wheels[wheel].add(role, &path, row);
        self.bytecode = self.bytecode.saturating_add(1);
        Ok(())
    }

    /// A file's path for the `RECORD` of its wheel.
    pub(super) fn record_path(&self, wheel: usize, role: Role, path: &EntryPath) -> String {
        let planned = &self.wheels[wheel].planned;
        if role == planned.contents.library {
            return path.as_str().to_owned();
        }
        relative(
            self.os,
            planned.library(),
            &scheme::final_path(self.os, &planned.scheme, role, path),
        )
    }

    /// Adds a script to the `RECORD` of its wheel.
    pub(super) fn add_script(&mut self, script: &WrittenScript) -> Result<(), Error> {
        let WrittenScript { script: number, name, sha256, size } = script;
        let unknown = || Error::Misuse(format!("there is no script {number}"));
        let of_number = usize::try_from(*number).ok().and_then(|number| self.scripts.get(number));
        let owner = of_number.ok_or_else(unknown)?;
        let wheel = self.wheels.iter_mut().find(|wheel| wheel.number == *owner);
        let NewWheel { planned, rows, .. } = wheel.ok_or_else(unknown)?;
        let scripts = relative(self.os, planned.library(), &planned.scheme.scripts);
        rows.push(Row::hashed(format!("{scripts}/{name}"), sha256, *size));
        Ok(())
    }
}

impl NewWheel {
    /// The wheels of a plan that are installed.
    pub(super) fn all(planned: Vec<Planned>, request: &Request) -> Vec<NewWheel> {
        let new = (0..).zip(planned).filter(|(_, planned)| planned.is_new());
        let new = new.map(|(number, planned)| NewWheel {
            number,
            is_requested: !request.dependencies.contains(&number),
            rows: Vec::with_capacity(planned.contents.files.len()),
            written: Vec::with_capacity(planned.contents.files.len()),
            planned,
        });
        new.collect()
    }

    /// Adds a file to the `RECORD`.
    pub(super) fn add(&mut self, role: Role, path: &EntryPath, row: Row) {
        let (wheel, role) = (self.number, self.planned.role(role));
        self.rows.push(row);
        self.written.push(WrittenFile { wheel, role, path: path.as_str().to_owned() });
    }
}

//! Writes a bytecode pack: which Python compiles which wheel, and how the file gets its name.

use super::Bootstrap;
use crate::bytecode;
use crate::error::Error;
use crate::progress::{Decision, Reporter};
use crate::wheels;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::process;

impl Bootstrap {
    /// Writes a pack for the Python of this machine that was named, or that would get pip.
    pub(super) fn make_pack(mut self, output: &Path) -> Result<(), Error> {
        let reporter = Reporter::new(self.on_progress.take());
        self.pack_with(output, &reporter).map_err(|error| match reporter.ask() {
            Decision::Cancel => Error::Cancelled,
            Decision::Proceed => error,
        })
    }

    fn pack_with(&self, output: &Path, reporter: &Reporter) -> Result<(), Error> {
        let facts = self.find_here(reporter)?.facts(reporter)?;
        let python = facts.origin.interpreter.clone().unwrap_or_else(|| facts.executable.clone());
        let wheel = wheels::newest_for(facts.version).ok_or_else(|| Error::NoFittingWheel {
            path: python.clone(),
            found: facts.version.map(|number| number.to_string()).join("."),
            is_old: true,
            wheels: wheels::bundled()
                .iter()
                .map(|wheel| format!("{} ({})", wheel.name, wheel.requires_python().unwrap_or("")))
                .collect(),
        })?;
        let contents = bytecode::pack(output, (&python, &facts), wheel, reporter)?;
        write(output, &contents).map_err(|error| {
            let reason = format!("failed to write: {error}");
            Error::BytecodePack { path: output.to_owned(), reason }
        })
    }
}

/// Writes a file beside its final name, and renames it.
fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}", process::id()));
    let temporary = path.with_file_name(temporary);
    let mut file = File::create_new(&temporary)?;
    let written = file.write_all(contents);
    drop(file);
    written.and_then(|()| fs::rename(&temporary, path)).inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

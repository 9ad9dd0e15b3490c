//! Python's reading of the same formats, for tests and fuzzing to compare with: its own modules for
//! ZIP, tar, CSV, mail headers and entry points, and the `packaging` in the bundled pip.
//!
//! One process answers any number of questions, through pipes. Not a part of the component.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The program that Python runs.
const READ: &str = include_str!("reference/read.py");

/// The directory of the bundled wheels, and the table that names them, the newest first.
const WHEELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wheels");
const TABLE: &str = include_str!("../../wheels/wheels.csv");

/// The format to read.
#[derive(Clone, Copy, Debug)]
pub enum Format {
    /// A ZIP archive: name, digest, size, executable mark and time of each file.
    Archive,
    /// A wheel: the same, compared with its `RECORD`.
    Wheel,
    /// `RECORD`: the columns of all rows.
    Record,
    /// `METADATA` and `WHEEL`: the fields that an installer uses.
    Headers,
    /// `entry_points.txt`: name, module, attribute and group of each command.
    EntryPoints,
    /// `_sysconfigdata_*.py`: names and values, sorted.
    Variables,
    /// Two versions, a line each: `less`, `equal` or `greater`.
    Comparison,
    /// Specifiers and a version, a line each: whether they contain it.
    Specifiers,
    /// A layer, uncompressed: name, kind, mode, owner, group, time, size and target of each entry.
    Layer,
}

/// A Python that reads the contents sent to it.
#[derive(Debug)]
pub struct Reference {
    process: Child,
}

impl Reference {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// Fails if there is no Python.
    pub fn start() -> io::Result<Reference> {
        // The column `file` of the first row.
        let file = TABLE.lines().nth(1).and_then(|row| row.split(',').nth(2)).unwrap_or_default();
        let pip = Path::new(WHEELS).join(file);
        let process = Command::new("python3")
            .args(["-I", "-S", "-c", READ])
            .arg(pip)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Reference { process })
    }

    /// Python's reading of some contents, as fields; or why it rejects them.
    ///
    /// # Errors
    ///
    /// Fails if the process does not answer.
    pub fn read(
        &mut self,
        format: Format,
        contents: &[u8],
    ) -> io::Result<Result<Vec<String>, String>> {
        let (Some(questions), Some(answers)) = (&mut self.process.stdin, &mut self.process.stdout)
        else {
            return Err(io::Error::other("the process has no pipes"));
        };
        let letter = match format {
            Format::Archive => b'A',
            Format::Wheel => b'W',
            Format::Record => b'R',
            Format::Headers => b'H',
            Format::EntryPoints => b'E',
            Format::Variables => b'V',
            Format::Comparison => b'C',
            Format::Specifiers => b'S',
            Format::Layer => b'L',
        };
        let length = (contents.len() as u64).to_le_bytes();
        questions.write_all(&[&[letter][..], &length, contents].concat())?;
        questions.flush()?;
        let mut letter = [0];
        answers.read_exact(&mut letter)?;
        let answer = take(answers)?;
        let mut rest = answer.as_slice();
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let field = take(&mut rest)?;
            fields.push(String::from_utf8(field).map_err(io::Error::other)?);
        }
        Ok(if letter == *b"Y" { Ok(fields) } else { Err(fields.concat()) })
    }
}

/// Reads bytes that are preceded by their number.
fn take(input: &mut dyn io::Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut bytes = Vec::new();
    if input.take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

impl Drop for Reference {
    /// Leaves no process behind, and no zombie.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

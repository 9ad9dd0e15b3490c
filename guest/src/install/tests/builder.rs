//! Wheels in memory: sound ones by default, and spoiled in one way at a time.

use crate::record::sha256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

/// When the files of a wheel were modified, as its archive has it and in seconds since 1970.
const WRITTEN: (u16, u8, u8, u8, u8, u8) = (2026, 11, 2, 19, 29, 20);
pub(super) const MODIFIED: u64 = 1_793_647_760;

/// A regular file's mode, and that of one that is executable.
const PLAIN: u32 = 0o100_644;
pub(super) const EXECUTABLE: u32 = 0o100_755;

/// Fields of an entry's header in the central directory: their offsets there.
pub(super) const FLAGS: usize = 8;
pub(super) const METHOD: usize = 10;
pub(super) const CHECKSUM: usize = 16;
pub(super) const SIZE: usize = 24;
const NAME_LENGTH: usize = 28;
const ATTRIBUTES: usize = 38;
const NAME: usize = 46;

/// A wheel under construction.
#[derive(Clone)]
pub(super) struct Builder {
    /// The wheel's file name.
    pub(super) file_name: String,
    dist_info: String,
    files: Vec<File>,
    /// Rows to put after those of the files.
    rows: String,
    /// Files without a row of their own.
    unlisted: Vec<String>,
    has_record: bool,
    patches: Vec<(String, usize, Vec<u8>)>,
}

#[derive(Clone)]
struct File {
    name: String,
    contents: Vec<u8>,
    mode: u32,
}

impl Builder {
    /// A wheel as pip's are, of this version.
    pub(super) fn pip(version: &str) -> Builder {
        let dist_info = format!("pip-{version}.dist-info");
        let builder = Builder {
            file_name: format!("pip-{version}-py3-none-any.whl"),
            dist_info: dist_info.clone(),
            files: Vec::new(),
            rows: String::new(),
            unlisted: Vec::new(),
            has_record: true,
            patches: Vec::new(),
        };
        builder
            .file("pip/__init__.py", "def main(): pass\n")
            .file("pip/_internal/__init__.py", "")
            .mode("pip/_internal/__init__.py", EXECUTABLE)
            .file("pip/_vendor/README.rst", "Vendored\n")
            .file("pip/_vendor/distlib/t32.exe", "MZ t32")
            .file("pip/_vendor/distlib/t64-arm.exe", "MZ t64-arm")
            .file("pip/_vendor/distlib/t64.exe", "MZ t64")
            .file("pip/_vendor/distlib/w64.exe", "MZ w64")
            .file("pip/_vendor/invalid.py", "print 'Python 2'\n")
            .file(&format!("{dist_info}/METADATA"), &metadata("pip", version))
            .file(&format!("{dist_info}/WHEEL"), "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
            .entry_points("[console_scripts]\npip = pip:main\npip3 = pip:main\n")
            .file(&format!("{dist_info}/licenses/LICENSE.txt"), "MIT\n")
    }

    /// Adds a file, or gives one other contents.
    pub(super) fn file(mut self, name: &str, contents: &str) -> Builder {
        let contents = contents.as_bytes().to_vec();
        match self.files.iter_mut().find(|file| file.name == name) {
            Some(file) => file.contents = contents,
            None => self.files.push(File { name: name.to_owned(), contents, mode: PLAIN }),
        }
        self
    }

    /// Adds a file to the `.dist-info` directory, or gives one other contents.
    pub(super) fn metadata(self, name: &str, contents: &str) -> Builder {
        let name = format!("{}/{name}", self.dist_info);
        self.file(&name, contents)
    }

    /// Adds a file to the `.data` directory.
    pub(super) fn data(self, name: &str, contents: &str) -> Builder {
        let stem = self.dist_info.strip_suffix(".dist-info").expect("is a metadata directory");
        let name = format!("{stem}.data/{name}");
        self.file(&name, contents)
    }

    /// Declares these entry points instead.
    pub(super) fn entry_points(self, contents: &str) -> Builder {
        self.metadata("entry_points.txt", contents)
    }

    /// Takes a file away, and its row with it.
    pub(super) fn without(mut self, name: &str) -> Builder {
        self.files.retain(|file| file.name != name);
        self
    }

    /// Gives a file a Unix mode, type included.
    pub(super) fn mode(mut self, name: &str, mode: u32) -> Builder {
        let file = self.files.iter_mut().find(|file| file.name == name);
        file.expect("the file is there").mode = mode;
        self
    }

    /// Adds text to `RECORD`.
    pub(super) fn rows(mut self, rows: &str) -> Builder {
        self.rows.push_str(rows);
        self
    }

    /// Leaves a file out of `RECORD`.
    pub(super) fn unlisted(mut self, name: &str) -> Builder {
        self.unlisted.push(name.to_owned());
        self
    }

    /// Leaves `RECORD` out.
    pub(super) fn without_record(mut self) -> Builder {
        self.has_record = false;
        self
    }

    /// Overwrites a field of an entry's header in the central directory.
    pub(super) fn patch(mut self, name: &str, offset: usize, value: &[u8]) -> Builder {
        self.patches.push((name.to_owned(), offset, value.to_vec()));
        self
    }

    /// Gives an entry the name of another one, which must be as long; in the central directory,
    /// which is what counts.
    pub(super) fn rename(self, from: &str, to: &[u8]) -> Builder {
        assert_eq!(from.len(), to.len(), "headers cannot grow");
        self.patch(from, NAME, to)
    }

    /// The row of a file.
    pub(super) fn row(name: &str, contents: &[u8]) -> String {
        let name = if name.contains([',', '\n']) { format!("\"{name}\"") } else { name.to_owned() };
        let digest = URL_SAFE_NO_PAD.encode(sha256(contents));
        format!("{name},sha256={digest},{}\n", contents.len())
    }

    /// The wheel.
    pub(super) fn build(&self) -> Vec<u8> {
        let mut files = self.files.clone();
        if self.has_record {
            let listed = files.iter().filter(|file| !self.unlisted.contains(&file.name));
            let rows = listed.map(|file| Builder::row(&file.name, &file.contents));
            let name = format!("{}/RECORD", self.dist_info);
            let contents = rows.chain([self.rows.clone(), format!("{name},,\n")]);
            let contents = contents.collect::<String>().into_bytes();
            files.push(File { name, contents, mode: PLAIN });
        }
        let (year, month, day, hour, minute, second) = WRITTEN;
        let time = DateTime::from_date_and_time(year, month, day, hour, minute, second);
        let options = SimpleFileOptions::default().last_modified_time(time.expect("is a time"));
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for file in &files {
            writer.start_file(&file.name, options).expect("an entry can begin");
            writer.write_all(&file.contents).expect("memory takes the contents");
        }
        let mut wheel = writer.finish().expect("the archive can be closed").into_inner();
        for file in &files {
            patch(&mut wheel, &file.name, ATTRIBUTES, &(file.mode << 16).to_le_bytes());
        }
        for (name, offset, value) in &self.patches {
            patch(&mut wheel, name, *offset, value);
        }
        wheel
    }
}

/// A `METADATA` file.
pub(super) fn metadata(project: &str, version: &str) -> String {
    format!("Metadata-Version: 2.4\nName: {project}\nVersion: {version}\nRequires-Python: >=3.9\n")
}

/// Overwrites a field of an entry's header in the central directory.
fn patch(wheel: &mut [u8], name: &str, offset: usize, value: &[u8]) {
    let length = u16::try_from(name.len()).expect("the name is short").to_le_bytes();
    let header = (0..wheel.len()).find(|at| {
        let rest = &wheel[*at..];
        rest.starts_with(b"PK\x01\x02")
            && rest[NAME_LENGTH..].starts_with(&length)
            && rest[NAME..].starts_with(name.as_bytes())
    });
    let field = header.expect("the entry is there") + offset;
    wheel[field..field + value.len()].copy_from_slice(value);
}

//! Builds wheels in memory: sound by default, with one fault each on request.
//!
//! The component's unit tests and fuzz targets include this file as well.

use super::zip_builder::{Entry, ZipBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The Unix modes of a regular file and of an executable one.
const PLAIN: u32 = 0o100_644;
pub(crate) const EXECUTABLE: u32 = 0o100_755;

/// A wheel under construction.
#[derive(Clone)]
pub(crate) struct WheelBuilder {
    /// The wheel's file name.
    pub(crate) file_name: String,
    dist_info: String,
    files: Vec<File>,
    /// Rows of `RECORD` after those of the files.
    rows: String,
    /// Files without a row of their own.
    unlisted: Vec<String>,
    has_record: bool,
}

#[derive(Clone)]
struct File {
    name: String,
    contents: Vec<u8>,
    mode: u32,
}

impl WheelBuilder {
    /// A wheel of these files, for any Python.
    pub(crate) fn new(project: &str, version: &str, files: &[(&str, &str)]) -> Self {
        let builder = Self {
            file_name: format!("{project}-{version}-py3-none-any.whl"),
            dist_info: format!("{project}-{version}.dist-info"),
            files: Vec::new(),
            rows: String::new(),
            unlisted: Vec::new(),
            has_record: true,
        };
        let metadata = format!("Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n");
        files
            .iter()
            .fold(builder, |builder, (name, contents)| builder.file(name, contents))
            .metadata("METADATA", &metadata)
            .metadata("WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    }

    /// A wheel with the same kinds of files as pip's.
    pub(crate) fn pip(version: &str) -> Self {
        let files = [
            ("pip/__init__.py", "def main(): pass\n"),
            ("pip/_internal/__init__.py", ""),
            ("pip/_vendor/README.rst", "Vendored\n"),
            ("pip/_vendor/distlib/t32.exe", "MZ t32"),
            ("pip/_vendor/distlib/t64-arm.exe", "MZ t64-arm"),
            ("pip/_vendor/distlib/t64.exe", "MZ t64"),
            ("pip/_vendor/distlib/w64.exe", "MZ w64"),
            ("pip/_vendor/invalid.py", "print 'Python 2'\n"),
        ];
        Self::new("pip", version, &files)
            .mode("pip/_internal/__init__.py", EXECUTABLE)
            .metadata("METADATA", &metadata("pip", version))
            .entry_points("[console_scripts]\npip = pip:main\npip3 = pip:main\n")
            .metadata("licenses/LICENSE.txt", "MIT\n")
    }

    /// Changes the version of a pip.
    pub(crate) fn renamed(mut self, version: &str) -> Self {
        let Self { file_name, dist_info, .. } = Self::new("pip", version, &[]);
        for file in &mut self.files {
            file.name = file.name.replace(&self.dist_info, &dist_info);
        }
        (self.file_name, self.dist_info) = (file_name, dist_info);
        self.metadata("METADATA", &metadata("pip", version))
    }

    /// Adds a file, or replaces its contents.
    pub(crate) fn file(mut self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        let contents = contents.as_ref().to_vec();
        match self.files.iter_mut().find(|file| file.name == name) {
            Some(file) => file.contents = contents,
            None => self.files.push(File { name: name.to_owned(), contents, mode: PLAIN }),
        }
        self
    }

    /// Adds a file to the `.dist-info` directory, or replaces its contents.
    pub(crate) fn metadata(self, name: &str, contents: &str) -> Self {
        let name = format!("{}/{name}", self.dist_info);
        self.file(&name, contents)
    }

    /// Adds a file to the `.data` directory.
    pub(crate) fn data(self, name: &str, contents: &str) -> Self {
        let stem = self.dist_info.strip_suffix(".dist-info").expect("is a metadata directory");
        let name = format!("{stem}.data/{name}");
        self.file(&name, contents)
    }

    /// Sets the contents of `entry_points.txt`.
    pub(crate) fn entry_points(self, contents: &str) -> Self {
        self.metadata("entry_points.txt", contents)
    }

    /// Removes a file and its row.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.files.retain(|file| file.name != name);
        self
    }

    /// Sets the Unix mode of a file, type included.
    pub(crate) fn mode(mut self, name: &str, mode: u32) -> Self {
        let file = self.files.iter_mut().find(|file| file.name == name);
        file.expect("the file is there").mode = mode;
        self
    }

    /// Adds text to `RECORD`.
    pub(crate) fn rows(mut self, rows: &str) -> Self {
        self.rows.push_str(rows);
        self
    }

    /// Leaves a file out of `RECORD`.
    pub(crate) fn unlisted(mut self, name: &str) -> Self {
        self.unlisted.push(name.to_owned());
        self
    }

    /// Leaves `RECORD` out.
    pub(crate) fn without_record(mut self) -> Self {
        self.has_record = false;
        self
    }

    /// The row of a file.
    pub(crate) fn row(name: &str, contents: &[u8]) -> String {
        let name = if name.contains([',', '\n']) { format!("\"{name}\"") } else { name.to_owned() };
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(contents));
        format!("{name},sha256={digest},{}\n", contents.len())
    }

    /// The wheel.
    pub(crate) fn build(&self) -> Vec<u8> {
        self.zip().build()
    }

    /// The wheel's archive, for adding faults.
    pub(crate) fn zip(&self) -> ZipBuilder {
        let mut files = self.files.clone();
        if self.has_record {
            let listed = files.iter().filter(|file| !self.unlisted.contains(&file.name));
            let rows = listed.map(|file| Self::row(&file.name, &file.contents));
            let name = format!("{}/RECORD", self.dist_info);
            let contents = rows.chain([self.rows.clone(), format!("{name},,\n")]);
            let contents = contents.collect::<String>().into_bytes();
            files.push(File { name, contents, mode: PLAIN });
        }
        let entries = files.iter().map(|file| {
            let mut entry = Entry::new(&file.name, &file.contents);
            entry.attributes = file.mode << 16;
            entry
        });
        ZipBuilder { entries: entries.collect(), ..ZipBuilder::default() }
    }
}

/// The contents of a `METADATA` file.
pub(crate) fn metadata(project: &str, version: &str) -> String {
    format!("Metadata-Version: 2.4\nName: {project}\nVersion: {version}\nRequires-Python: >=3.9\n")
}

//! Wheels in memory: sound ones by default, and spoiled in one way at a time.

use super::forge::{Forge, Part};
use crate::record::sha256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A regular file's mode, and that of one that is executable.
const PLAIN: u32 = 0o100_644;
pub(super) const EXECUTABLE: u32 = 0o100_755;

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

    /// Gives it another version.
    pub(super) fn renamed(mut self, version: &str) -> Builder {
        let dist_info = format!("pip-{version}.dist-info");
        for file in &mut self.files {
            file.name = file.name.replace(&self.dist_info, &dist_info);
        }
        self.file_name = format!("pip-{version}-py3-none-any.whl");
        self.dist_info = dist_info;
        self.metadata("METADATA", &metadata("pip", version))
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

    /// The row of a file.
    pub(super) fn row(name: &str, contents: &[u8]) -> String {
        let name = if name.contains([',', '\n']) { format!("\"{name}\"") } else { name.to_owned() };
        let digest = URL_SAFE_NO_PAD.encode(sha256(contents));
        format!("{name},sha256={digest},{}\n", contents.len())
    }

    /// The wheel.
    pub(super) fn build(&self) -> Vec<u8> {
        self.forge().build()
    }

    /// The wheel's archive, to be spoiled.
    pub(super) fn forge(&self) -> Forge {
        let mut files = self.files.clone();
        if self.has_record {
            let listed = files.iter().filter(|file| !self.unlisted.contains(&file.name));
            let rows = listed.map(|file| Builder::row(&file.name, &file.contents));
            let name = format!("{}/RECORD", self.dist_info);
            let contents = rows.chain([self.rows.clone(), format!("{name},,\n")]);
            let contents = contents.collect::<String>().into_bytes();
            files.push(File { name, contents, mode: PLAIN });
        }
        let parts = files.iter().map(|file| {
            let mut part = Part::new(&file.name, &file.contents);
            part.attributes = file.mode << 16;
            part
        });
        Forge { parts: parts.collect(), ..Forge::default() }
    }
}

/// A `METADATA` file.
pub(super) fn metadata(project: &str, version: &str) -> String {
    format!("Metadata-Version: 2.4\nName: {project}\nVersion: {version}\nRequires-Python: >=3.9\n")
}

//! Files of others among those of pip: no upgrade may touch them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::target::Target;

/// Below the library directory: files that a user, another Python and another installer may leave.
const IN_LIBRARY: &[&str] = &[
    "pip/extra.txt",
    "pip/_internal/__pycache__/foreign.cpython-399.pyc",
    "other/__init__.py",
    "other/pip.py",
];

/// The metadata of a distribution: name below the library directory, and contents.
const OTHER: &[(&str, &str)] = &[
    ("other-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"),
    ("other-1.0.dist-info/INSTALLER", "someone\n"),
    (
        "other-1.0.dist-info/RECORD",
        "other/__init__.py,,\nother/pip.py,,\nother-1.0.dist-info/METADATA,,\n\
         other-1.0.dist-info/INSTALLER,,\nother-1.0.dist-info/RECORD,,\n",
    ),
];

/// The planted files, with their contents.
pub(super) struct Planted {
    files: Vec<(PathBuf, String)>,
}

impl Planted {
    /// Plants them.
    pub(super) fn beside_pip_of(target: &Target) -> Self {
        let library = target.library();
        let mut files = vec![(target.environment.join("bin/pip3.99"), "#!/bin/sh\n".to_owned())];
        files.extend(IN_LIBRARY.iter().map(|name| (library.join(name), format!("# {name}\n"))));
        files.extend(OTHER.iter().map(|(name, text)| (library.join(name), (*text).to_owned())));
        for (path, text) in &files {
            let parent = path.parent().expect("a planted file is in a directory");
            fs::create_dir_all(parent).expect("a directory can be made");
            fs::write(path, text).expect("a file can be written");
        }
        Self { files }
    }

    /// Their paths.
    pub(super) fn paths(&self) -> Vec<&Path> {
        self.files.iter().map(|(path, _)| path.as_path()).collect()
    }

    /// The files that have changed, one line for each.
    pub(super) fn changes(&self) -> Vec<String> {
        let is_changed = |(path, text): &&(PathBuf, String)| {
            fs::read_to_string(path).ok().as_deref() != Some(text.as_str())
        };
        let changed = self.files.iter().filter(is_changed);
        changed.map(|(path, _)| format!("{} is not as it was", path.display())).collect()
    }
}

//! Made-up trees.

use super::binaries::{self, Made};
use crate::error::Error;
use crate::facts::Facts;
use crate::image::find;
use crate::root::Root;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// `e_machine` of the CPU that most of these trees are for.
pub(super) const X86_64: u16 = 62;

/// A directory that serves as an image.
pub(super) struct Tree {
    directory: tempfile::TempDir,
}

impl Tree {
    pub(super) fn new() -> Tree {
        Tree { directory: tempfile::tempdir().expect("a directory can be made") }
    }

    /// The path on this machine of a path in the image.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path.trim_start_matches('/'))
    }

    pub(super) fn directory(&self, path: &str) -> &Self {
        std::fs::create_dir_all(self.path(path)).expect("it can be made");
        self
    }

    pub(super) fn file(&self, path: &str, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        let above = path.parent().expect("it is below");
        std::fs::create_dir_all(above).expect("it can be made");
        std::fs::write(&path, contents).expect("it can be written");
        self
    }

    /// A file that may be run.
    pub(super) fn program(&self, path: &str, contents: impl AsRef<[u8]>) -> &Self {
        use std::os::unix::fs::PermissionsExt as _;
        self.file(path, contents);
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.path(path), mode).expect("it is ours");
        self
    }

    pub(super) fn link(&self, path: &str, target: impl AsRef<Path>) -> &Self {
        let path = self.path(path);
        let above = path.parent().expect("it is below");
        std::fs::create_dir_all(above).expect("it can be made");
        std::os::unix::fs::symlink(target, path).expect("it can be made");
        self
    }

    /// A CPython of Linux below a prefix: `bin/python3`, `bin/python3.N` and the files of its
    /// library.
    pub(super) fn python(&self, prefix: &str, platlibdir: &str, minor: u8, made: &Made) -> &Self {
        let library = format!("{prefix}/{platlibdir}/python3.{minor}");
        let variables = format!(
            "# generated\nbuild_time_vars = {{'ABIFLAGS': '',\n 'CFLAGS': '-O2 '\n   \"-g 'x'\",\n \
             'MACHDEP': 'linux',\n 'PLATLIBDIR': '{platlibdir}',\n 'Py_GIL_DISABLED': 0,\n \
             'VERSION': '3.{minor}'}}\n"
        );
        self.program(&format!("{prefix}/bin/python3.{minor}"), binaries::elf(X86_64, made))
            .link(&format!("{prefix}/bin/python3"), format!("python3.{minor}"))
            .file(&format!("{library}/os.py"), "")
            .file(&format!("{library}/sysconfig.py"), "def get_preferred_scheme(key): ...\n")
            .file(&format!("{library}/_sysconfigdata__linux_.py"), variables)
            .directory(&format!("{library}/lib-dynload"))
    }

    pub(super) fn find(&self, wanted: Option<&str>) -> Result<Option<Facts>, Error> {
        find(&mut Root::new(Some(self.directory.path().to_owned())), wanted)
    }

    /// The Python of the image, which must have one.
    pub(super) fn found(&self) -> Facts {
        self.find(None).expect("its files identify it").expect("there is one")
    }

    /// The error message for an image whose Python cannot be described.
    pub(super) fn refused(&self, wanted: Option<&str>) -> String {
        let error = self.find(wanted).expect_err("its files do not tell");
        assert!(error.hint().is_some() || matches!(error, Error::Io { .. }), "{error}");
        self.inside(error)
    }

    /// The file that lacks required information, and what is wrong with it.
    pub(super) fn fault(&self, wanted: Option<&str>) -> (String, String) {
        match self.find(wanted) {
            Err(Error::PythonFiles { path, detail }) => (self.inside(path.display()), detail),
            other => panic!("another answer: {other:?}"),
        }
    }

    /// The two files that contradict each other, and the contradiction.
    pub(super) fn contradiction(&self, wanted: Option<&str>) -> ([String; 2], String) {
        match self.find(wanted) {
            Err(Error::PythonContradiction { first, second, detail }) => {
                ([first, second].map(|path| self.inside(path.display())), detail)
            }
            other => panic!("another answer: {other:?}"),
        }
    }

    /// A text with the paths of this machine replaced by those in the image.
    fn inside(&self, text: impl Display) -> String {
        text.to_string().replace(&*self.directory.path().to_string_lossy(), "")
    }
}
